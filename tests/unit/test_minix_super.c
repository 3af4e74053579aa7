// SPDX-License-Identifier: GPL-2.0-or-later
/* minix: mounting, also what is none, or lies about itself; unmounting */
#include "common/le.h"
#include "minix.h"

#define KIB   1000
#define SUPER (disk.data + 1024)

START_TEST(what_mkfs_says)
{
	struct mfs_statfs st;
	const unsigned int version[] = { 1, 1, 2, 2, 3, 3 };
	const unsigned int name_max[] = { 30, 14, 30, 14, 60, 60 };

	begin(kinds[_i], KIB, 0);
	mfs_statfs(disk.fs, &st);
	ck_assert_uint_eq(st.version, version[_i]);
	ck_assert_uint_eq(st.name_max, name_max[_i]);
	ck_assert_uint_eq(st.link_max, version[_i] == 1 ? 250 : 65530);
	ck_assert_uint_eq(st.file_max,
			  version[_i] == 1 ? 268966912 : INT32_MAX);
	ck_assert_uint_eq(st.block_size, kinds[_i] ? 1024 : 4096);
	/* The root, and what it is in */
	ck_assert_uint_eq(st.blocks_free, st.blocks - 1);
	ck_assert_uint_eq(st.inodes_free, st.inodes - 1);
	ck_assert(!st.read_only);
	ck_assert_int_eq(attr_of(MFS_ROOT_INO).nlink, 2);
	end(kinds[_i]);
}
END_TEST

/* Each number that cannot be is refused, with a sentence. */
static const struct lie {
	const char *kind;
	unsigned int at, bytes;
	uint32_t value;
	int rc;
} lies[] = {
	{ "-1", 16, 2, 0x1234, -EINVAL },
	{ "-1", 0, 2, 0, -EUCLEAN },
	{ "-1", 0, 2, 0xffff, -EUCLEAN },
	{ "-1", 2, 2, 0, -EUCLEAN },
	{ "-1", 2, 2, KIB + 1, -EUCLEAN },
	{ "-1", 4, 2, 0, -EUCLEAN },
	{ "-1", 6, 2, 0, -EUCLEAN },
	{ "-1", 4, 2, 0xffff, -EUCLEAN },
	{ "-1", 8, 2, 3, -EUCLEAN },
	{ "-1", 8, 2, 0xffff, -EUCLEAN },
	{ "-1", 10, 2, 1, -EUCLEAN },
	{ "-1", 12, 4, 0, -EUCLEAN },
	{ "-2", 20, 4, UINT32_MAX, -EUCLEAN },
	{ "-2", 20, 4, KIB + 1, -EUCLEAN },
	{ "-3", 0, 4, UINT32_MAX, -EUCLEAN },
	{ "-3", 20, 4, UINT32_MAX, -EUCLEAN },
	{ "-3", 28, 2, 0, -EUCLEAN },
	{ "-3", 28, 2, 1023, -EUCLEAN },
	{ "-3", 28, 2, 8192, -EUCLEAN },
	{ "-3", 12, 2, 3, -EUCLEAN },
};

START_TEST(a_superblock_that_lies)
{
	const struct lie *l = &lies[_i];

	disk_make(&disk, l->kind, KIB);
	disk.quiet = true;
	if (l->bytes == 2)
		le_put16(SUPER, l->at, (uint16_t)l->value);
	else
		le_put32(SUPER, l->at, l->value);
	ck_assert_int_eq(disk_mount(&disk, 0, 0), l->rc);
	ck_assert_uint_eq(disk.reports, 1);
	ck_assert_int_eq(mfs_mount(disk.fs), -EINVAL);
	disk_free(&disk);
}
END_TEST

START_TEST(the_first_zone_of_v3_may_be_left_out)
{
	disk_make(&disk, "-3", KIB);
	le_put16(SUPER, 10, 0);
	ck_assert_int_eq(disk_mount(&disk, 0, 0), 0);
	make_dir(MFS_ROOT_INO, "a");
	ck_assert_int_eq(disk_unmount(&disk), 0);
	ck_assert_ptr_null(judge_image(disk.data, disk.size, JUDGE_QUIET));
	disk_free(&disk);
}
END_TEST

START_TEST(a_root_that_is_none)
{
	disk_make(&disk, "-1", KIB);
	disk.quiet = true;
	/* Bitmaps of a block each, then the first inode */
	disk.data[4 * 1024 + 1] = 0x81;
	ck_assert_int_eq(disk_mount(&disk, 0, 0), -EUCLEAN);
	disk_free(&disk);
}
END_TEST

START_TEST(a_device_that_cannot_be_read)
{
	disk_make(&disk, "-1", KIB);
	disk.quiet = true;
	disk.bad_block = 1;
	ck_assert_int_eq(disk_mount(&disk, 0, 0), -EIO);
	disk_crash(&disk);
	disk.bad_block = 3;
	ck_assert_int_eq(disk_mount(&disk, 0, 0), -EIO);
	disk_free(&disk);
}
END_TEST

START_TEST(read_only)
{
	struct mfs_statfs st;
	unsigned char *before;
	uint32_t ino;

	begin("-2", KIB, 0);
	make_file("a");
	ck_assert_int_eq(disk_unmount(&disk), 0);
	before = malloc(disk.size);
	ck_assert_ptr_nonnull(before);
	memcpy(before, disk.data, disk.size);
	ck_assert_int_eq(disk_mount(&disk, 0, MFS_RDONLY), 0);
	mfs_statfs(disk.fs, &st);
	ck_assert(st.read_only);
	ck_assert_int_eq(look_up(MFS_ROOT_INO, "a", &ino), 0);
	ck_assert_int_eq(make(MFS_ROOT_INO, "b", S_IFREG, &ino), -EROFS);
	ck_assert_int_eq(unlink_at(MFS_ROOT_INO, "a"), -EROFS);
	ck_assert_int_eq(disk_write(&disk, ino, 0, "x", 1, 0), -EROFS);
	ck_assert_int_eq(set_size(ino, 5), -EROFS);
	ck_assert_int_eq(disk_sync(&disk), 0);
	ck_assert_int_eq(disk_unmount(&disk), 0);
	ck_assert(!memcmp(before, disk.data, disk.size));
	free(before);
	disk_free(&disk);
}
END_TEST

START_TEST(unmount_while_something_is_used)
{
	struct mfs_map map;
	uint32_t ino;
	int rc;

	begin("-3", KIB, 0);
	ino = make_file("a");
	ck_assert_int_eq(disk_write(&disk, ino, 0, "abc", 3, 5), 3);
	ck_assert_int_eq(mfs_get(disk.fs, ino), 0);
	ck_assert_int_eq(mfs_unmount(disk.fs), -EBUSY);
	mfs_put(disk.fs, ino);
	do
		rc = mfs_read_map(disk.fs, ino, 0, 10, &map);
	while (disk_again(&disk, rc));
	ck_assert_int_eq(mfs_unmount(disk.fs), -EBUSY);
	mfs_unpin(disk.fs, &map);
	ck_assert_int_eq(mfs_unmount(disk.fs), MFS_WAIT);
	end("-3");
}
END_TEST

/* What mkfs says of it is not touched, so that it needs no fsck at any time. */
START_TEST(it_stays_valid)
{
	begin("-2", KIB, 0);
	ck_assert_uint_eq(le_get16(SUPER, 18) & 3, 1);
	make_file("a");
	ck_assert_int_eq(disk_sync(&disk), 0);
	ck_assert_uint_eq(le_get16(SUPER, 18) & 3, 1);
	judge("-2");
	disk_free(&disk);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, what_mkfs_says, 0, NR_KINDS);
	tcase_add_loop_test(tc, a_superblock_that_lies, 0,
			    (int)ARRAY_SIZE(lies));
	tcase_add_test(tc, the_first_zone_of_v3_may_be_left_out);
	tcase_add_test(tc, a_root_that_is_none);
	tcase_add_test(tc, a_device_that_cannot_be_read);
	tcase_add_test(tc, read_only);
	tcase_add_test(tc, unmount_while_something_is_used);
	tcase_add_test(tc, it_stays_valid);
}

int main(void)
{
	return suite_run("minix/super", add);
}
