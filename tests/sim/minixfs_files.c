// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/inside.h"
#include "minixfs_files.h"

const char *const dir_names[DIRS] = { "", "dir1", "dir2", "dir3" };
const char *const file_names[NAMES] = { "f0", "f1", "f2", "f3", "f4", "f5" };
static unsigned int below(unsigned int n)
{
	return dice_throw(&w->disk.dice, n);
}

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

/* What may happen while a client's data are copied */
static void write_meanwhile(void)
{
	switch (below(8)) {
	case 0:
		inside_chill(&w->disk);
		break;
	case 1:
		mfs_sync_begin(w->disk.fs);
		disk_settle(&w->disk);
		break;
	case 2:
		disk_settle(&w->disk);
		break;
	default:
		break;
	}
}

static void write_put(const struct mfs_map *map, const unsigned char *data,
		      size_t bytes)
{
	for (unsigned int i = 0; i < map->nr && bytes; i++) {
		const size_t len = map->seg[i].iov_len < bytes ?
					   map->seg[i].iov_len :
					   bytes;

		memcpy(map->seg[i].iov_base, data, len);
		data += len;
		bytes -= len;
	}
}

/* A piece, of which a client that dies does not give all: bytes or -errno */
static long write_piece(uint32_t ino, size_t at, const unsigned char *data,
			size_t len)
{
	struct mfs_map map;
	size_t copied, written;
	int rc;

	do
		rc = mfs_write_begin(w->disk.fs, ino, at, len, &map);
	while (disk_again(&w->disk, rc));
	if (rc)
		return rc;
	write_meanwhile();
	copied = below(8) ? map.bytes : below((unsigned int)map.bytes + 1);
	write_put(&map, data, copied);
	write_meanwhile();
	do
		rc = mfs_write_end(w->disk.fs, &map, copied,
				   (int64_t)w->operation, &written);
	while (disk_again(&w->disk, rc));
	if (rc)
		mfs_write_abort(w->disk.fs, &map);
	return rc ? rc : (long)written;
}

static void write_file(uint32_t ino, struct file *f)
{
	static unsigned char data[MOST_FILE];
	const size_t at = below(3) ? below((unsigned int)f->size + 1) :
				     below(MOST_FILE);
	size_t len = 1 + below(below(3) ? 6000 : 40000);
	unsigned char version = (unsigned char)w->operation;
	size_t done = 0;
	long rc;

	if (len > MOST_FILE - at)
		len = MOST_FILE - at;
	if (!len)
		return;
	if (version == SECRET)
		version = 1;
	for (size_t i = 0; i < len; i++)
		data[i] = (at + i) % 2 ? version : f->id;
	touch(f);
	do {
		rc = write_piece(ino, at + done, data + done, len - done);
		if (rc > 0)
			done += (size_t)rc;
	} while (rc > 0 && done < len);
	expect("write", rc < 0 ? (int)rc : 0, 0);
	if (!done)
		return;
	if (at > f->size)
		memset(f->data + f->size, 0, at - f->size);
	memcpy(f->data + at, data, done);
	if (at + done > f->size)
		f->size = at + done;
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

void operation(void)
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
