// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "fs": the mounts of a VM, what their caches did, what is open there, and whom
 * the file system knows
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mol/fs.h>

#include "common/memory.h"
#include "commands.h"
#include "find.h"
#include "out.h"
#include "say.h"

#define NR_REQUESTS 100000 /* files that a liar may have */

static const struct out_column mount_columns[] = {
	{ "MOUNT", NULL, "mount", false },
	{ "DEVICE", NULL, "device", true },
	{ "STATE", NULL, "state", true },
	{ "HITS", NULL, "hits", false },
	{ "MISSES", NULL, "misses", false },
	{ "RATE", NULL, NULL, false },
	{ "WRITTEN", NULL, "blocks_written", false },
	{ "COPIED", NULL, "bytes_copied", false },
	{ NULL, NULL, NULL, false },
};

static const struct out_column open_columns[] = {
	{ "ENDPOINT", NULL, "endpoint", false },
	{ "USER", NULL, "uid", true },
	{ "FD", NULL, "fd", false },
	{ "MODE", NULL, "mode", true },
	{ "MOUNT", NULL, "mount", false },
	{ "INODE", NULL, "inode", false },
	{ "POSITION", NULL, "position", false },
	{ NULL, NULL, NULL, false },
};

static const struct out_column process_columns[] = {
	{ "ENDPOINT", NULL, "endpoint", false },
	{ "NODE", NULL, "node", false },
	{ "USER", NULL, "uid", true },
	{ "UMASK", NULL, "umask", true },
	{ "FILES", NULL, "files", false },
	{ "DIRECTORY", NULL, "directory", true },
	{ "ROOT", NULL, "root", true },
	{ NULL, NULL, NULL, false },
};

/* -ENOENT: that was the last. */
static int fs_ask(int type, message *m)
{
	int rc;

	m->m_type = type;
	rc = mnx_sendrec(FS_PROC_NR, m);
	return rc ? rc : m->m_type;
}

static void put_rate(struct out *out, const fs_mount_t *mount)
{
	const double asked = (double)mount->hits + (double)mount->misses;

	if (asked > 0)
		out_value(out, NULL, "%.1f%%",
			  100 * (double)mount->hits / asked);
	else
		out_value(out, NULL, "-");
}

static void put_mount(struct out *out, const fs_mount_t *mount)
{
	char device[sizeof(mount->device) + 1] = "";

	memcpy(device, mount->device, sizeof(mount->device));
	out_int(out, mount->number);
	out_string(out, device);
	out_string(out, mount->flags & FS_BROKEN ? "failed" :
			mount->flags & FS_RDONLY ? "read-only" :
						   "read-write");
	out_int(out, (int64_t)mount->hits);
	out_int(out, (int64_t)mount->misses);
	put_rate(out, mount);
	out_int(out, (int64_t)mount->written);
	out_int(out, (int64_t)mount->copied);
}

static const char *mode_of(uint32_t flags)
{
	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		return "r";
	case O_WRONLY:
		return "w";
	default:
		return "rw";
	}
}

static void put_open(struct out *out, const fs_file_t *file)
{
	out_endpoint(out, file->endpoint);
	out_user(out, file->uid);
	out_int(out, file->fd);
	out_string(out, mode_of(file->flags));
	out_int(out, file->dev);
	out_int(out, file->ino);
	out_int(out, file->position);
}

static int put_mounts(struct out *out)
{
	fs_mount_t arg = { .number = 0 };
	message m;
	int rc;

	for (int i = 0; i < NR_REQUESTS; i++) {
		com_put(&m, &arg);
		rc = fs_ask(FS_NEXTMOUNT, &m);
		if (rc)
			return rc == -ENOENT ? 0 : rc;
		com_get(&m, &arg);
		put_mount(out, &arg);
		if (!++arg.number)
			break;
	}
	return 0;
}

static int put_files(struct out *out, const VM_usr_t *vm)
{
	fs_file_t arg = { .endpoint = -vm->vm_nr_tasks, .fd = -1 };
	message m;
	int rc;

	for (int i = 0; i < NR_REQUESTS; i++) {
		com_put(&m, &arg);
		rc = fs_ask(FS_NEXTFILE, &m);
		if (rc)
			return rc == -ENOENT ? 0 : rc;
		com_get(&m, &arg);
		put_open(out, &arg);
	}
	return 0;
}

/* An inode of a mount */
static void put_place(struct out *out, uint32_t dev, uint32_t ino)
{
	char text[24];

	snprintf(text, sizeof(text), "%u:%u", dev, ino);
	out_string(out, dev ? text : "lost");
}

static void put_process(struct out *out, const fs_process_t *process)
{
	char umask[12];

	snprintf(umask, sizeof(umask), "%03o", process->umask);
	out_endpoint(out, process->endpoint);
	out_int(out, process->node);
	out_user(out, process->uid);
	out_string(out, umask);
	out_int(out, process->nr_open);
	put_place(out, process->cwd_dev, process->cwd_ino);
	put_place(out, process->root_dev, process->root_ino);
}

static int put_processes(struct out *out)
{
	static fs_process_t table[M3IPC_MAX_SLOTS];
	const int nr = mol_getfsproctab(table, M3IPC_MAX_SLOTS);

	for (int i = 0; i < nr && i < M3IPC_MAX_SLOTS; i++)
		put_process(out, &table[i]);
	return nr < 0 ? -errno : 0;
}

/* One that is empty is not printed. */
static void table_print(struct out *out)
{
	if (!out->nr_cells)
		return;
	putchar('\n');
	out_end(out);
}

/* Tables, or one value of JSON */
static void fs_print(const struct args *args, struct out *mounts,
		     struct out *files, struct out *processes)
{
	if (args->json) {
		out_json(memory_checked(json_pack("{s:o, s:o, s:o}", "mounts",
						  mounts->rows, "files",
						  files->rows, "processes",
						  processes->rows)));
		return;
	}
	out_end(mounts);
	table_print(files);
	table_print(processes);
}

int cmd_fs(const struct args *args)
{
	struct out mounts, files, processes;
	VM_usr_t vm;
	int rc;

	rc = find_vm(args, &vm);
	if (!rc)
		rc = find_client(args, &vm);
	if (rc)
		return rc;
	out_start(&mounts, OUT_TABLE, args->json, mount_columns);
	out_start(&files, OUT_TABLE, args->json, open_columns);
	out_start(&processes, OUT_TABLE, args->json, process_columns);
	rc = put_mounts(&mounts);
	if (!rc)
		rc = put_files(&files, &vm);
	if (!rc)
		rc = put_processes(&processes);
	if (rc)
		return rc > EMOLERRCODE ?
			       say_error(args, "%s: the file system: %s",
					 vm.vm_name, strerror(-rc)) :
			       say_fail(args, rc, "%s: the file system",
					vm.vm_name);
	fs_print(args, &mounts, &files, &processes);
	return EXIT_SUCCESS;
}
