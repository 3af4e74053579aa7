// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Histories of a file system on a disk whose power fails (minixfs_cut.h): files
 * are made, written, cut, renamed and removed, also while they are open, and
 * synced.  After each write the power fails, on the side, and of what is on the
 * disk then is asked
 *
 *	that fsck.minix, and a stricter judge, find nothing
 *	that files which were synced, and left alone since, are there, the same
 *	that no file has data of another one, or of nobody
 *
 *	minixfs [-n COUNT] [-o OPERATIONS] [-f FAULT] [-s SEED] [-v]
 *
 * Without arguments: so many; then each of the faults below is put in and has to
 * be found.  -s replays a seed, -v shows it.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/util.h"
#include "fs/minix/fault.h"
#include "lib/inside.h"
#include "lib/judge.h"
#include "minixfs_cut.h"

#define HISTORIES   12
#define OPERATIONS  250
#define FAULT_TRIES 400
#define KIB	    900
#define DIRS	    4 /* the first is the root */
#define NAMES	    6
#define MOST_FILE   120000
#define SECRET	    0xa5 /* what was on the disk before */
#define OPEN	    3

enum mx_fault mx_fault;

static const struct fault {
	enum mx_fault number;
	const char *what;
} faults[] = {
	{ MX_FAULT_ORDER, "a group does not wait for its data" },
	{ MX_FAULT_REUSE, "a zone is used again before the commit" },
	{ MX_FAULT_UNDO, "what has to wait is not undone" },
	{ MX_FAULT_ORPHAN, "an orphan's zones are taken to be free" },
	{ MX_FAULT_SPLIT, "a group lacks its last block" },
};

/* A file as it is, and whether it was so when it was synced */
struct file {
	bool exists, synced;
	uint64_t changed; /* operation */
	unsigned char id;
	size_t size;
	unsigned char data[MOST_FILE];
};

struct world {
	struct disk disk;
	bool has_fsck;
	bool dir_exists[DIRS];
	uint32_t dir_ino[DIRS];
	struct file file[DIRS][NAMES];
	struct opened {
		uint32_t ino;
		struct file file;
	} opened[OPEN];
	uint64_t operation;
	uint64_t sync, sync_operation; /* under way; 0: none */
	unsigned char ids;
	char wrong[300];
	bool verbose;
	unsigned long cuts, fscks, compared;
};

static struct world *w;
static const char *const dir_names[DIRS] = { "", "dir1", "dir2", "dir3" };
static const char *const file_names[NAMES] = { "f0", "f1", "f2",
					       "f3", "f4", "f5" };
static const char *const kinds[] = { "-3", "-1", "-2", "-1 -n 14", "-2 -n 14",
				     NULL };

static unsigned int below(unsigned int n)
{
	return dice_throw(&w->disk.dice, n);
}

PRINTF_LIKE(1, 2) static void wrong(const char *fmt, ...)
{
	va_list ap;

	if (*w->wrong)
		return;
	va_start(ap, fmt);
	vsnprintf(w->wrong, sizeof(w->wrong), fmt, ap);
	va_end(ap);
}

/* What the disk has after a cut */

/* Bytes in even places are the file's, in odd ones of the write. */
static void compare_owner(unsigned int dir, unsigned int n,
			  const unsigned char *data, long size)
{
	unsigned char id = 0;

	for (long i = 0; i < size; i++) {
		if (!data[i])
			continue;
		if (data[i] == SECRET)
			wrong("dir%u/f%u has at %ld what was there before", dir,
			      n, i);
		if (i % 2)
			continue;
		if (id && data[i] != id)
			wrong("dir%u/f%u has at %ld data of another file", dir,
			      n, i);
		id = data[i];
	}
}

static void compare_file(struct disk *d, uint32_t dir_ino, unsigned int dir,
			 unsigned int n)
{
	static unsigned char data[MOST_FILE + 1];
	const struct file *f = &w->file[dir][n];
	const char *name = file_names[n];
	uint32_t ino;
	long size;
	int rc;

	do
		rc = mfs_lookup(d->fs, dir_ino, name, strlen(name), &ino);
	while (disk_again(d, rc));
	if (rc && rc != -ENOENT)
		wrong("dir%u/%s: look-up: %d", dir, name, rc);
	if (rc && f->synced)
		wrong("dir%u/%s was synced and is lost", dir, name);
	if (rc)
		return;
	size = disk_read(d, ino, 0, data, sizeof(data));
	if (size < 0)
		wrong("dir%u/%s: read: %ld", dir, name, size);
	compare_owner(dir, n, data, size);
	if (!f->synced)
		return;
	w->compared++;
	if ((size_t)size != f->size || memcmp(data, f->data, f->size))
		wrong("dir%u/%s is not what was synced", dir, name);
}

static void compare(const unsigned char *data, int fd)
{
	struct disk d = { .fd = fd,
			  .size = w->disk.size,
			  .data = (unsigned char *)(uintptr_t)data };
	uint32_t ino = MFS_ROOT_INO;
	int rc = disk_mount(&d, 0, MFS_RDONLY);

	if (rc)
		wrong("it cannot be mounted: %d", rc);
	for (unsigned int dir = 0; !rc && dir < DIRS; dir++) {
		const char *name = dir_names[dir];

		if (dir)
			do
				rc = mfs_lookup(d.fs, MFS_ROOT_INO, name,
						strlen(name), &ino);
			while (disk_again(&d, rc));
		for (unsigned int n = 0; !rc && n < NAMES; n++)
			compare_file(&d, ino, dir, n);
		for (unsigned int n = 0; rc && n < NAMES; n++)
			if (w->file[dir][n].synced)
				wrong("%s was synced and is lost", name);
		rc = 0;
	}
	disk_crash(&d);
}

static void cut(void)
{
	const unsigned char *data;
	const char *what;
	int fd;

	data = cut_image(&w->disk.dice, &fd);
	w->cuts++;
	what = judge_image(data, w->disk.size, JUDGE_CUT);
	if (what)
		wrong("%s", what);
	if (w->has_fsck && w->cuts % 8 == 0 && !*w->wrong) {
		w->fscks++;
		if (disk_fsck_fd(fd, false))
			wrong("fsck.minix is not content");
	}
	if (!*w->wrong)
		compare(data, fd);
	cut_undo();
}

static bool written(struct disk *d, const struct mfs_io *io)
{
	(void)d;
	cut_add(io);
	if (!*w->wrong && (io->kind == MFS_IO_GROUP || below(2)))
		cut();
	return true;
}

/* Operations */

static void expect(const char *what, int rc, int want)
{
	if (w->verbose)
		printf("%lu: %s: %d\n", (unsigned long)w->operation, what, rc);
	if (rc != want && rc != -ENOSPC)
		wrong("%s: %d and not %d", what, rc, want);
}

static void touch(struct file *f)
{
	f->changed = w->operation;
	f->synced = false;
}

static const struct mfs_owner *owner(void)
{
	static struct mfs_owner o;

	o.now = (int64_t)w->operation;
	return &o;
}

static void make_dir(unsigned int dir)
{
	const char *name = dir_names[dir];
	int rc;

	if (!dir || w->dir_exists[dir])
		return;
	do
		rc = mfs_create(w->disk.fs, MFS_ROOT_INO, name, strlen(name),
				S_IFDIR | 0755, 0, owner(), &w->dir_ino[dir]);
	while (disk_again(&w->disk, rc));
	expect("mkdir", rc, 0);
	w->dir_exists[dir] = !rc;
}

static void remove_dir(unsigned int dir)
{
	const char *name = dir_names[dir];
	int rc, want = 0;

	if (!dir || !w->dir_exists[dir])
		return;
	for (unsigned int n = 0; n < NAMES; n++)
		if (w->file[dir][n].exists)
			want = -ENOTEMPTY;
	do
		rc = mfs_rmdir(w->disk.fs, MFS_ROOT_INO, name, strlen(name),
			       (int64_t)w->operation);
	while (disk_again(&w->disk, rc));
	expect("rmdir", rc, want);
	w->dir_exists[dir] = rc;
}

static int file_ino(unsigned int dir, unsigned int n, uint32_t *ino)
{
	const char *name = file_names[n];
	int rc;

	do
		rc = mfs_lookup(w->disk.fs, w->dir_ino[dir], name, strlen(name),
				ino);
	while (disk_again(&w->disk, rc));
	return rc;
}

static void make_file(unsigned int dir, unsigned int n)
{
	struct file *f = &w->file[dir][n];
	const char *name = file_names[n];
	uint32_t ino;
	int rc;

	do
		rc = mfs_create(w->disk.fs, w->dir_ino[dir], name, strlen(name),
				S_IFREG | 0644, 0, owner(), &ino);
	while (disk_again(&w->disk, rc));
	expect("create", rc, f->exists ? -EEXIST : 0);
	if (rc)
		return;
	touch(f);
	f->exists = true;
	f->size = 0;
	do
		f->id = ++w->ids;
	while (!f->id || f->id == SECRET);
}

static void write_file(uint32_t ino, struct file *f)
{
	static unsigned char data[MOST_FILE];
	const size_t at = below(3) ? below((unsigned int)f->size + 1) :
				     below(MOST_FILE);
	size_t len = 1 + below(below(3) ? 6000 : 40000);
	unsigned char version = (unsigned char)w->operation;
	long done;

	if (len > MOST_FILE - at)
		len = MOST_FILE - at;
	if (!len)
		return;
	if (version == SECRET)
		version = 1;
	for (size_t i = 0; i < len; i++)
		data[i] = (at + i) % 2 ? version : f->id;
	touch(f);
	done = disk_write(&w->disk, ino, at, data, len, (int64_t)w->operation);
	expect("write", done < 0 ? (int)done : 0, 0);
	if (done <= 0)
		return;
	if (at > f->size)
		memset(f->data + f->size, 0, at - f->size);
	memcpy(f->data + at, data, (size_t)done);
	if (at + (size_t)done > f->size)
		f->size = at + (size_t)done;
}

static void truncate_file(uint32_t ino, struct file *f)
{
	const struct mfs_attr attr = { .size = below(MOST_FILE) };
	int rc;

	touch(f);
	do
		rc = mfs_setattr(w->disk.fs, ino, &attr, MFS_SET_SIZE);
	while (disk_again(&w->disk, rc));
	expect("truncate", rc, 0);
	if (attr.size > f->size)
		memset(f->data + f->size, 0, attr.size - f->size);
	f->size = attr.size;
}

static void open_file(uint32_t ino, const struct file *f)
{
	struct opened *o = &w->opened[below(OPEN)];

	if (o->ino)
		mfs_put(w->disk.fs, o->ino);
	o->ino = ino;
	o->file = *f;
	expect("open", mfs_get(w->disk.fs, ino), 0);
}

/* What is open and has no name can be read and written. */
static void use_orphan(struct opened *o)
{
	static unsigned char data[MOST_FILE];
	struct mfs_attr attr;
	long size;
	int rc;

	if (!o->ino)
		return;
	do
		rc = mfs_getattr(w->disk.fs, o->ino, &attr);
	while (disk_again(&w->disk, rc));
	if (attr.nlink)
		return;
	size = disk_read(&w->disk, o->ino, 0, data, sizeof(data));
	if (size != (long)o->file.size || memcmp(data, o->file.data, size))
		wrong("an orphan is not what it was");
	if (below(2))
		write_file(o->ino, &o->file);
	else
		truncate_file(o->ino, &o->file);
}

static void remove_file(unsigned int dir, unsigned int n)
{
	struct file *f = &w->file[dir][n];
	const char *name = file_names[n];
	uint32_t ino;
	int rc;

	if (f->exists && below(2) && !file_ino(dir, n, &ino))
		open_file(ino, f);
	do
		rc = mfs_unlink(w->disk.fs, w->dir_ino[dir], name, strlen(name),
				(int64_t)w->operation);
	while (disk_again(&w->disk, rc));
	expect("unlink", rc, f->exists ? 0 : -ENOENT);
	touch(f);
	f->exists = false;
}

static void rename_file(unsigned int dir, unsigned int n, unsigned int new_dir,
			unsigned int new_n)
{
	struct file *from = &w->file[dir][n], *to = &w->file[new_dir][new_n];
	const char *name = file_names[n], *new_name = file_names[new_n];
	int rc;

	if (from == to)
		return;
	do
		rc = mfs_rename(w->disk.fs, w->dir_ino[dir], name, strlen(name),
				w->dir_ino[new_dir], new_name, strlen(new_name),
				0, (int64_t)w->operation);
	while (disk_again(&w->disk, rc));
	expect("rename", rc, from->exists ? 0 : -ENOENT);
	if (rc)
		return;
	*to = *from;
	touch(to);
	touch(from);
	from->exists = false;
}

static void sync_step(void)
{
	if (!w->sync && below(6) == 0) {
		w->sync = mfs_sync_begin(w->disk.fs);
		w->sync_operation = w->operation;
	}
	if (below(3) == 0)
		disk_settle(&w->disk);
	if (!w->sync || mfs_synced(w->disk.fs, w->sync))
		return;
	for (unsigned int i = 0; i < DIRS * NAMES; i++) {
		struct file *f = &w->file[i / NAMES][i % NAMES];

		if (f->exists && f->changed <= w->sync_operation)
			f->synced = true;
	}
	w->sync = 0;
}

static void operation(void)
{
	unsigned int dir = below(DIRS), n = below(NAMES), other = below(DIRS);
	struct file *f = &w->file[dir][n];
	const unsigned int what = below(100);
	uint32_t ino;

	w->operation++;
	if (below(4) == 0)
		inside_chill(&w->disk);
	if (!w->dir_exists[dir] || !w->dir_exists[other]) {
		make_dir(w->dir_exists[dir] ? other : dir);
	} else if (what < 20) {
		make_file(dir, n);
	} else if (what < 35) {
		remove_file(dir, n);
	} else if (what < 45) {
		rename_file(dir, n, other, below(NAMES));
	} else if (what < 48) {
		remove_dir(dir);
	} else if (what < 58) {
		use_orphan(&w->opened[below(OPEN)]);
	} else if (f->exists && !file_ino(dir, n, &ino)) {
		if (what < 90)
			write_file(ino, f);
		else
			truncate_file(ino, f);
	}
	sync_step();
}

static void history_begin(uint64_t seed)
{
	const char *kind = kinds[seed % ARRAY_SIZE(kinds)];

	w->has_fsck = kind;
	disk_make(&w->disk, kind, KIB);
	if (!kind)
		judge_format(w->disk.data, w->disk.size, 2048, 200);
	w->disk.dice.state = seed;
	/* Nobody's zones have been somebody's. */
	for (size_t at = w->disk.size / 4; at < w->disk.size; at++)
		w->disk.data[at] = SECRET;
	cut_begin(&w->disk);
	w->disk.written = written;
	w->dir_exists[0] = true;
	w->dir_ino[0] = MFS_ROOT_INO;
	if (disk_mount(&w->disk, 0, 0))
		wrong("it cannot be mounted");
}

/* NULL, or what is wrong */
static const char *history(uint64_t seed, unsigned int operations)
{
	const bool verbose = w->verbose;

	memset(w, 0, sizeof(*w));
	w->verbose = verbose;
	history_begin(seed);
	while (!*w->wrong && w->operation < operations)
		operation();
	for (unsigned int i = 0; i < OPEN; i++)
		if (w->opened[i].ino)
			mfs_put(w->disk.fs, w->opened[i].ino);
	if (!*w->wrong && disk_unmount(&w->disk))
		wrong("it cannot be unmounted");
	if (!*w->wrong && w->has_fsck && disk_fsck(&w->disk, false))
		wrong("fsck.minix is not content at the end");
	cut_end();
	disk_free(&w->disk);
	return *w->wrong ? w->wrong : NULL;
}

/* In a process of its own, as a fault may do anything */
static bool fault_is_found(const struct fault *f, unsigned int operations)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		mx_fault = f->number;
		for (uint64_t seed = 1; seed <= FAULT_TRIES; seed++) {
			const char *what = history(seed, operations);

			if (what) {
				printf("found at seed %lu: %s: %s\n",
				       (unsigned long)seed, f->what, what);
				fflush(stdout);
				_exit(0);
			}
		}
		printf("not found: %s\n", f->what);
		fflush(stdout);
		_exit(1);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
	unsigned long count = HISTORIES, seed = 0, passed = 0, failed = 0;
	unsigned long cuts = 0, fscks = 0, compared = 0;
	unsigned int operations = OPERATIONS;
	int option;

	w = calloc(1, sizeof(*w));
	if (!w)
		return EXIT_FAILURE;
	while ((option = getopt(argc, argv, "n:o:f:s:v")) != -1)
		switch (option) {
		case 'n':
			count = strtoul(optarg, NULL, 0);
			break;
		case 'o':
			operations = (unsigned int)strtoul(optarg, NULL, 0);
			break;
		case 'f':
			mx_fault = (enum mx_fault)strtoul(optarg, NULL, 0);
			break;
		case 's':
			seed = strtoul(optarg, NULL, 0);
			count = 1;
			break;
		case 'v':
			w->verbose = true;
			break;
		default:
			return EXIT_FAILURE;
		}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (unsigned long i = 0; i < count; i++) {
		const char *what = history(seed ? seed : i + 1, operations);

		cuts += w->cuts;
		fscks += w->fscks;
		compared += w->compared;
		if (what)
			printf("FAILED: seed %lu: %s\n", seed ? seed : i + 1,
			       what);
		*(what ? &failed : &passed) += 1;
	}
	printf("power failed %lu times, fsck.minix %lu times, %lu synced files "
	       "compared\n",
	       cuts, fscks, compared);
	for (unsigned int i = 0; !seed && !mx_fault && i < ARRAY_SIZE(faults);
	     i++)
		*(fault_is_found(&faults[i], operations) ? &passed : &failed) +=
			1;
	free(w);
	printf("%lu passed, %lu failed\n", passed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
