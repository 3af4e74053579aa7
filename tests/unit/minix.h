/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls of libminixfs on a disk in memory, which carries out what they want */
#ifndef TEST_UNIT_MINIX_H
#define TEST_UNIT_MINIX_H

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "common/util.h"
#include "lib/disk.h"
#include "lib/inside.h"
#include "lib/judge.h"
#include "suite.h"

#define UNUSED __attribute__((unused))

static struct disk disk;
static struct mfs_owner owner = { .uid = 7, .gid = 8, .now = 1000 };

/* One of each version, and of each length of names and size of blocks */
static const char *const kinds[] = { "-1",       "-1 -n 14", "-2",
				     "-2 -n 14", "-3",       NULL };

#define NR_KINDS 6

UNUSED static void begin(const char *kind, unsigned int kib, size_t cache)
{
	disk_make(&disk, kind, kib);
	if (!kind)
		judge_format(disk.data, disk.size, MFS_BLOCK_MAX, 500);
	ck_assert_int_eq(disk_mount(&disk, cache, 0), 0);
}

/* What is on the disk, which nobody has mounted, is right. */
UNUSED static void judge(const char *kind)
{
	const char *wrong = judge_image(disk.data, disk.size, JUDGE_QUIET);

	ck_assert_msg(!wrong, "%s", wrong);
	ck_assert(!kind || disk_fsck(&disk, false) == 0);
}

UNUSED static void end(const char *kind)
{
	ck_assert_int_eq(disk_unmount(&disk), 0);
	judge(kind);
	disk_free(&disk);
}

UNUSED static int make(uint32_t dir, const char *name, uint32_t mode,
		       uint32_t *ino)
{
	int rc;

	do
		rc = mfs_create(disk.fs, dir, name, strlen(name), mode, 0,
				&owner, ino);
	while (disk_again(&disk, rc));
	return rc;
}

UNUSED static uint32_t make_file(const char *name)
{
	uint32_t ino;

	ck_assert_int_eq(make(MFS_ROOT_INO, name, S_IFREG | 0644, &ino), 0);
	return ino;
}

UNUSED static uint32_t make_dir(uint32_t dir, const char *name)
{
	uint32_t ino;

	ck_assert_int_eq(make(dir, name, S_IFDIR | 0755, &ino), 0);
	return ino;
}

UNUSED static int look_up(uint32_t dir, const char *name, uint32_t *ino)
{
	int rc;

	do
		rc = mfs_lookup(disk.fs, dir, name, strlen(name), ino);
	while (disk_again(&disk, rc));
	return rc;
}

UNUSED static int unlink_at(uint32_t dir, const char *name)
{
	int rc;

	do
		rc = mfs_unlink(disk.fs, dir, name, strlen(name), 2000);
	while (disk_again(&disk, rc));
	return rc;
}

UNUSED static int rmdir_at(uint32_t dir, const char *name)
{
	int rc;

	do
		rc = mfs_rmdir(disk.fs, dir, name, strlen(name), 2000);
	while (disk_again(&disk, rc));
	return rc;
}

UNUSED static int link_at(uint32_t ino, uint32_t dir, const char *name)
{
	int rc;

	do
		rc = mfs_link(disk.fs, ino, dir, name, strlen(name), 2000);
	while (disk_again(&disk, rc));
	return rc;
}

UNUSED static int rename_at(uint32_t dir, const char *name, uint32_t new_dir,
			    const char *new_name, unsigned int flags)
{
	int rc;

	do
		rc = mfs_rename(disk.fs, dir, name, strlen(name), new_dir,
				new_name, strlen(new_name), flags, 2000);
	while (disk_again(&disk, rc));
	return rc;
}

UNUSED static struct mfs_attr attr_of(uint32_t ino)
{
	struct mfs_attr attr;
	int rc;

	do
		rc = mfs_getattr(disk.fs, ino, &attr);
	while (disk_again(&disk, rc));
	ck_assert_int_eq(rc, 0);
	return attr;
}

UNUSED static int set_attr(uint32_t ino, const struct mfs_attr *attr,
			   unsigned int set)
{
	int rc;

	do
		rc = mfs_setattr(disk.fs, ino, attr, set);
	while (disk_again(&disk, rc));
	return rc;
}

UNUSED static int set_size(uint32_t ino, uint64_t size)
{
	const struct mfs_attr attr = { .size = size };

	return set_attr(ino, &attr, MFS_SET_SIZE);
}

UNUSED static uint64_t blocks_free(void)
{
	struct mfs_statfs st;

	mfs_statfs(disk.fs, &st);
	return st.blocks_free;
}

#endif /* TEST_UNIT_MINIX_H */
