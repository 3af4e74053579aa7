// SPDX-License-Identifier: GPL-2.0-or-later
/* minix: what goes to the disk, in what order; devices that fail */
#include <stdio.h>

#include "minix.h"

#define KIB 3000

static unsigned char data[300000];

/* What the device was told */
static struct seen {
	unsigned int nr;
	struct {
		enum mfs_io_kind kind;
		unsigned int blocks;
	} io[1000];
	unsigned int fail_at; /* 0: none; 1: the first ... */
} seen;

static bool see(struct disk *d, const struct mfs_io *io)
{
	const unsigned int n = seen.nr++;

	(void)d;
	ck_assert_uint_lt(n, ARRAY_SIZE(seen.io));
	seen.io[n].kind = io->kind;
	seen.io[n].blocks = io->kind == MFS_IO_GROUP ? io->nr_blocks :
						       io->nr_run;
	return seen.nr != seen.fail_at;
}

static void look(void)
{
	memset(&seen, 0, sizeof(seen));
	disk.written = see;
}

START_TEST(data_and_then_a_group)
{
	uint32_t ino;
	unsigned int blocks = 0;

	begin(kinds[_i], KIB, 1 << 20);
	ck_assert(!mfs_is_dirty(disk.fs));
	ino = make_file("a");
	look();
	ck_assert_int_eq(disk_write(&disk, ino, 0, data, 100000, 5), 100000);
	ck_assert(mfs_is_dirty(disk.fs));
	disk_settle(&disk);
	ck_assert_uint_eq(seen.nr, 0);
	ck_assert_int_eq(disk_sync(&disk), 0);
	ck_assert(!mfs_is_dirty(disk.fs));
	for (unsigned int i = 0; i + 1 < seen.nr; i++) {
		ck_assert_int_eq(seen.io[i].kind, MFS_IO_WRITE);
		blocks += seen.io[i].blocks;
	}
	/* One run, if not one for each of the two bitmaps' neighbourhoods */
	ck_assert_uint_le(seen.nr, 4);
	ck_assert_uint_eq(blocks, kinds[_i] ? 98 : 25);
	ck_assert_int_eq(seen.io[seen.nr - 1].kind, MFS_IO_GROUP);
	ck_assert_uint_le(seen.io[seen.nr - 1].blocks, 7);
	/* Nothing to do: nothing is done. */
	ck_assert_int_eq(disk_sync(&disk), 0);
	ck_assert_int_eq(mfs_synced(disk.fs, mfs_sync_begin(disk.fs)), 0);
	ck_assert_uint_le(seen.nr, 4);
	end(kinds[_i]);
}
END_TEST

/* What is changed while a group is under way is for the next one. */
START_TEST(operations_go_on_while_a_group_is_written)
{
	struct mfs_io io;
	uint64_t first, second;
	uint32_t ino;

	begin("-3", KIB, 1 << 20);
	make_file("a");
	make_file("b");
	first = mfs_sync_begin(disk.fs);
	ck_assert(mfs_next_write(disk.fs, &io));
	ck_assert_int_eq(io.kind, MFS_IO_GROUP);
	ck_assert_uint_eq(io.block_size, 1024);
	ck_assert_int_eq(unlink_at(1, "a"), 0);
	make_file("c");
	second = mfs_sync_begin(disk.fs);
	ck_assert_uint_eq(second, first + 1);
	ck_assert_int_eq(mfs_synced(disk.fs, first), MFS_WAIT);
	/* As it was when it began */
	for (unsigned int i = 0; i < io.nr_blocks; i++)
		memcpy(disk.data + io.positions[i],
		       io.blocks + (size_t)i * io.block_size, io.block_size);
	mfs_write_done(disk.fs, &io, 0);
	ck_assert_int_eq(mfs_synced(disk.fs, first), 0);
	ck_assert_int_eq(mfs_synced(disk.fs, second), MFS_WAIT);
	judge("-3");
	disk_crash(&disk);
	ck_assert_int_eq(disk_mount(&disk, 0, 0), 0);
	ck_assert_int_eq(look_up(1, "a", &ino), 0);
	ck_assert_int_eq(look_up(1, "c", &ino), -ENOENT);
	end("-3");
}
END_TEST

/* Nobody asks for it, and yet it does not grow without a limit. */
START_TEST(groups_have_a_limit)
{
	struct mfs_stats st;
	unsigned int groups = 0;
	uint32_t dir;
	char name[16];

	begin(kinds[_i], KIB, 0);
	look();
	for (unsigned int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "d%u", i);
		dir = make_dir(MFS_ROOT_INO, name);
		ck_assert_uint_ne(dir, 0);
	}
	ck_assert_int_eq(disk_sync(&disk), 0);
	for (unsigned int i = 0; i < seen.nr; i++) {
		ck_assert_int_eq(seen.io[i].kind, MFS_IO_GROUP);
		ck_assert_uint_le(seen.io[i].blocks, MFS_CACHE_BLOCKS / 4);
		groups++;
	}
	ck_assert_uint_ge(groups, 3);
	mfs_stats(disk.fs, &st);
	ck_assert_uint_eq(st.groups, groups);
	end(kinds[_i]);
}
END_TEST

/* Much that is dirty is written, though nobody asks for it. */
START_TEST(dirty_data_have_a_limit)
{
	struct mfs_stats st;
	uint32_t ino;

	begin(kinds[_i], KIB, 0);
	ino = make_file("a");
	ck_assert_int_eq(disk_write(&disk, ino, 0, data, sizeof(data), 5),
			 sizeof(data));
	disk_settle(&disk);
	mfs_stats(disk.fs, &st);
	ck_assert_uint_le(st.dirty, MFS_CACHE_BLOCKS / 2);
	end(kinds[_i]);
}
END_TEST

/* A write of "fail_at" that fails: nothing of that time is half there. */
START_TEST(a_write_that_fails)
{
	struct mfs_statfs st;
	uint32_t ino, other;
	uint64_t number;

	begin("-2", KIB, 1 << 20);
	ino = make_file("a");
	ck_assert_int_eq(disk_write(&disk, ino, 0, "abc", 3, 5), 3);
	ck_assert_int_eq(disk_sync(&disk), 0);
	disk.quiet = true;
	look();
	seen.fail_at = (unsigned int)_i;
	make_file("b");
	ck_assert_int_eq(disk_write(&disk, ino, 5000, data, 3000, 5), 3000);
	number = mfs_sync_begin(disk.fs);
	ck_assert_int_eq(disk_sync(&disk), -EIO);
	ck_assert_int_eq(mfs_synced(disk.fs, number), -EIO);
	ck_assert_uint_eq(disk.reports, 1);
	mfs_statfs(disk.fs, &st);
	ck_assert(st.read_only);
	ck_assert_int_eq(make(1, "c", S_IFREG, &other), -EROFS);
	ck_assert_int_eq(disk_write(&disk, ino, 0, "x", 1, 5), -EROFS);
	/* What is in memory can still be read. */
	ck_assert_int_eq(look_up(1, "b", &other), 0);
	ck_assert_uint_eq(attr_of(ino).size, 8000);
	ck_assert_int_eq(disk_unmount(&disk), -EIO);
	judge("-2");
	ck_assert_int_eq(disk_mount(&disk, 0, 0), 0);
	ck_assert_int_eq(look_up(1, "b", &other), -ENOENT);
	ck_assert_uint_eq(attr_of(ino).size, 3);
	end("-2");
}
END_TEST

/* One block of a run: the others are there, and it has a name. */
START_TEST(a_block_that_cannot_be_read)
{
	struct mfs_map map;
	uint32_t ino;
	int rc;

	begin("-1", KIB, 1 << 20);
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i >> 10);
	ino = make_file("a");
	ck_assert_int_eq(disk_write(&disk, ino, 0, data, 100000, 5), 100000);
	ck_assert_int_eq(disk_sync(&disk), 0);
	for (size_t at = 0; at < disk.size; at += 1024)
		if (disk.data[at] == 50 && disk.data[at + 1023] == 50)
			disk.bad_block = at / 1024;
	ck_assert_uint_ne(disk.bad_block, 0);
	disk.quiet = true;
	inside_chill(&disk);
	do
		rc = mfs_read_map(disk.fs, ino, 0, 100000, &map);
	while (disk_again(&disk, rc));
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(map.bytes, 50 * 1024);
	mfs_unpin(disk.fs, &map);
	do
		rc = mfs_read_map(disk.fs, ino, 50 * 1024, 10, &map);
	while (disk_again(&disk, rc));
	ck_assert_int_eq(rc, -EIO);
	ck_assert_uint_ge(disk.reports, 1);
	ck_assert_int_eq(disk_read(&disk, ino, 51 * 1024, data, 10), 10);
	/* What replaces it does not read it. */
	ck_assert_int_eq(disk_write(&disk, ino, 50 * 1024, data, 1024, 5),
			 1024);
	ck_assert_int_eq(disk_write(&disk, ino, 51 * 1024, data, 3, 5), 3);
	disk.bad_block = 0;
	ck_assert_int_eq(disk_read(&disk, ino, 50 * 1024, data, 10), 10);
	end("-1");
}
END_TEST

/* Metadata that cannot be read: nothing is changed, and others go on. */
START_TEST(a_bitmap_that_cannot_be_read)
{
	uint32_t ino, dir;

	begin("-2", KIB, 1 << 20);
	dir = make_dir(1, "dir");
	ck_assert_int_eq(disk_sync(&disk), 0);
	disk.quiet = true;
	disk.bad_block = 3;
	inside_chill(&disk);
	ck_assert_int_eq(make(1, "a", S_IFDIR | 0755, &ino), -EIO);
	ck_assert_int_eq(look_up(1, "a", &ino), -ENOENT);
	ck_assert_int_eq(rmdir_at(1, "dir"), -EIO);
	ck_assert_int_eq(make(dir, "a", S_IFREG | 0644, &ino), 0);
	disk.bad_block = 0;
	ck_assert_int_eq(make(1, "a", S_IFDIR | 0755, &ino), 0);
	end("-2");
}
END_TEST

/* A zone that was freed has no other owner before that is on the disk. */
START_TEST(freed_zones_wait_for_the_commit)
{
	uint32_t ino;

	begin("-2", KIB, 4 << 20);
	ino = make_file("a");
	while (disk_write(&disk, ino, attr_of(ino).size, data, sizeof(data),
			  5) > 0)
		;
	ck_assert_int_eq(disk_sync(&disk), 0);
	ck_assert_int_eq(set_size(ino, 0), 0);
	look();
	/* Not before a group */
	ck_assert_int_gt(disk_write(&disk, ino, 0, data, 1000, 5), 0);
	ck_assert_uint_ge(seen.nr, 1);
	ck_assert_int_eq(seen.io[seen.nr - 1].kind, MFS_IO_GROUP);
	end("-2");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, data_and_then_a_group, 0, NR_KINDS);
	tcase_add_test(tc, operations_go_on_while_a_group_is_written);
	tcase_add_loop_test(tc, groups_have_a_limit, 0, NR_KINDS);
	tcase_add_loop_test(tc, dirty_data_have_a_limit, 0, NR_KINDS);
	tcase_add_loop_test(tc, a_write_that_fails, 1, 3);
	tcase_add_test(tc, a_block_that_cannot_be_read);
	tcase_add_test(tc, a_bitmap_that_cannot_be_read);
	tcase_add_test(tc, freed_zones_wait_for_the_commit);
}

int main(void)
{
	return suite_run("minix/writes", add);
}
