// SPDX-License-Identifier: GPL-2.0-or-later
/* minixfs_files.h: what the disk has when the power fails */
#include <errno.h>
#include <string.h>

#include "lib/judge.h"
#include "minixfs_cut.h"
#include "minixfs_files.h"

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
			  .quiet = true,
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

void look(void)
{
	const unsigned char *data;
	const char *what;
	int fd;

	data = cut_image(&w->disk.dice, &fd);
	w->cuts++;
	what = judge_image(data, w->disk.size, JUDGE_CUT);
	if (what)
		wrong("%s", what);
	if (w->has_fsck && !*w->wrong) {
		w->fscks++;
		if (disk_fsck_fd(fd, false))
			wrong("fsck.minix is not content");
	}
	if (!*w->wrong)
		compare(data, fd);
	cut_undo();
}
