// SPDX-License-Identifier: GPL-2.0-or-later
/* minix: data: limits, holes, pins, writes that end early, orphans */
#include "common/le.h"
#include "minix.h"

#define KIB 3000

static unsigned char data[600000], there[600000];

static void fill(unsigned char seed)
{
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(seed + i * 3 + (i >> 10));
}

static uint32_t file_of(const char *name, size_t size)
{
	uint32_t ino = make_file(name);

	ck_assert_int_eq(disk_write(&disk, ino, 0, data, size, 5), (long)size);
	return ino;
}

static void expect(uint32_t ino, uint64_t at, const unsigned char *want,
		   size_t size)
{
	ck_assert_int_eq(disk_read(&disk, ino, at, there, size), (long)size);
	ck_assert(!memcmp(there, want, size));
}

static void write_begin(uint32_t ino, uint64_t at, size_t len,
			struct mfs_map *map)
{
	int rc;

	do
		rc = mfs_write_begin(disk.fs, ino, at, len, map);
	while (disk_again(&disk, rc));
	ck_assert_int_eq(rc, 0);
}

static size_t write_end(struct mfs_map *map, size_t copied)
{
	size_t written;
	int rc;

	do
		rc = mfs_write_end(disk.fs, map, copied, 77, &written);
	while (disk_again(&disk, rc));
	ck_assert_int_eq(rc, 0);
	return written;
}

static void put(const struct mfs_map *map, size_t bytes)
{
	size_t at = 0;

	for (unsigned int i = 0; i < map->nr && at < bytes; i++) {
		size_t len = map->seg[i].iov_len;

		if (len > bytes - at)
			len = bytes - at;
		memcpy(map->seg[i].iov_base, data + at, len);
		at += len;
	}
}

START_TEST(the_largest_file)
{
	const uint64_t most = _i < 2 ? 268966912 : INT32_MAX;
	uint32_t ino;

	begin(kinds[_i], KIB, 0);
	fill(1);
	ino = make_file("a");
	ck_assert_int_eq(set_size(ino, most + 1), -EFBIG);
	ck_assert_int_eq(set_size(ino, most), 0);
	ck_assert_int_eq(disk_write(&disk, ino, most, data, 1, 5), -EFBIG);
	ck_assert_int_eq(disk_write(&disk, ino, most - 10, data, 20, 5), 10);
	ck_assert_int_eq(disk_read(&disk, ino, most - 10, there, 100), 10);
	ck_assert(!memcmp(there, data, 10));
	ck_assert_int_eq(disk_read(&disk, ino, most / 2, there, 100), 100);
	ck_assert_uint_eq(there[0] | there[99], 0);
	ck_assert_int_eq(set_size(ino, 3), 0);
	ck_assert_int_eq(unlink_at(1, "a"), 0);
	end(kinds[_i]);
}
END_TEST

/* What is behind the end never comes back. */
START_TEST(behind_the_end_there_are_zeros)
{
	static const unsigned char zeros[3000];
	uint32_t ino;

	begin(kinds[_i], KIB, 0);
	fill(2);
	ino = file_of("a", 5000);
	ck_assert_int_eq(set_size(ino, 4500), 0);
	ck_assert_int_eq(set_size(ino, 7000), 0);
	expect(ino, 0, data, 4500);
	expect(ino, 4500, zeros, 2500);
	/* What others have left there neither */
	ino = file_of("b", 1500);
	ck_assert_int_eq(disk_sync(&disk), 0);
	inside_chill(&disk);
	for (size_t at = 0; at + 1500 < disk.size; at += 1024)
		if (!memcmp(disk.data + at, data, 1024))
			memset(disk.data + at + 1500, 'x',
			       kinds[_i] ? 500 : 2000);
	if (_i % 2) {
		ck_assert_int_eq(set_size(ino, 1900), 0);
	} else {
		ck_assert_int_eq(disk_write(&disk, ino, 1900, data, 10, 5), 10);
	}
	expect(ino, 1500, zeros, 400);
	end(kinds[_i]);
}
END_TEST

/* Of what is not copied nothing counts, and nothing is seen. */
START_TEST(a_write_that_ends_early)
{
	struct mfs_map map;
	uint32_t ino;

	begin(kinds[_i], KIB, 0);
	fill(3);
	ino = make_file("a");
	write_begin(ino, 100, 20000, &map);
	ck_assert_uint_gt(map.bytes, 10000);
	/* Copied, and not counted */
	memset(data + 3000, 'z', 7000);
	put(&map, 10000);
	ck_assert_uint_eq(write_end(&map, 3000), 3000);
	ck_assert_int_eq(disk_sync(&disk), 0);
	ck_assert_ptr_null(memmem(disk.data, disk.size, data + 3000, 100));
	ck_assert_uint_eq(attr_of(ino).size, 3100);
	ck_assert_int_eq(attr_of(ino).mtime, 77);
	ck_assert_int_eq(set_size(ino, 20000), 0);
	expect(ino, 100, data, 3000);
	ck_assert_int_eq(disk_read(&disk, ino, 3100, there, 16900), 16900);
	for (unsigned int i = 0; i < 16900; i++)
		ck_assert_uint_eq(there[i], 0);
	write_begin(ino, 30000, 5000, &map);
	put(&map, 5000);
	mfs_write_abort(disk.fs, &map);
	ck_assert_uint_eq(attr_of(ino).size, 20000);
	end(kinds[_i]);
}
END_TEST

/* A block that is replaced was not read: half of it does not count. */
START_TEST(a_block_that_is_half_replaced)
{
	const size_t block = kinds[_i] ? 1024 : 4096;
	unsigned long reads;
	struct mfs_map map;
	uint32_t ino;

	begin(kinds[_i], KIB, 0);
	fill(4);
	ino = file_of("a", 8 * block);
	ck_assert_int_eq(disk_sync(&disk), 0);
	inside_chill(&disk);
	attr_of(ino);
	reads = disk.reads;
	fill(5);
	write_begin(ino, 0, 4 * block, &map);
	ck_assert_uint_eq(map.bytes, 4 * block);
	ck_assert_uint_le(disk.reads - reads, 2);
	put(&map, 4 * block);
	ck_assert_uint_eq(write_end(&map, 2 * block + 10), 2 * block);
	expect(ino, 0, data, 2 * block);
	fill(4);
	expect(ino, 2 * block, data + 2 * block, 6 * block);
	write_begin(ino, 0, 4 * block, &map);
	mfs_write_abort(disk.fs, &map);
	fill(5);
	expect(ino, 0, data, 2 * block);
	end(kinds[_i]);
}
END_TEST

START_TEST(one_write_at_a_time)
{
	struct mfs_map map, other;
	struct mfs_attr attr = { .size = 5 };
	uint32_t ino;

	begin("-3", KIB, 0);
	fill(6);
	ino = file_of("a", 3000);
	write_begin(ino, 1000, 500, &map);
	ck_assert_int_eq(mfs_write_begin(disk.fs, ino, 0, 5, &other), MFS_WAIT);
	ck_assert_int_eq(mfs_setattr(disk.fs, ino, &attr, MFS_SET_SIZE),
			 MFS_WAIT);
	ck_assert_int_eq(mfs_unmount(disk.fs), -EBUSY);
	put(&map, 500);
	ck_assert_uint_eq(write_end(&map, 500), 500);
	ck_assert_int_eq(set_size(ino, 5), 0);
	end("-3");
}
END_TEST

/* It is unlinked while it is written: an orphan as long as that lasts */
START_TEST(unlinked_while_it_is_written)
{
	uint64_t before;
	struct mfs_map map;
	uint32_t ino;

	begin("-2", KIB, 0);
	fill(7);
	before = blocks_free();
	ino = file_of("a", 30000);
	write_begin(ino, 25000, 10000, &map);
	ck_assert_int_eq(unlink_at(1, "a"), 0);
	put(&map, 10000);
	ck_assert_uint_eq(write_end(&map, 10000), 10000);
	ck_assert_uint_eq(blocks_free(), before);
	end("-2");
}
END_TEST

/* Who reads does not see what comes to where the file was. */
START_TEST(cut_off_while_it_is_read)
{
	struct mfs_map map;
	uint32_t ino, other;
	int rc;

	begin(kinds[_i], KIB, 0);
	fill(8);
	ino = file_of("a", 9000);
	do
		rc = mfs_read_map(disk.fs, ino, 0, 9000, &map);
	while (disk_again(&disk, rc));
	ck_assert_int_eq(unlink_at(1, "a"), 0);
	ck_assert_int_eq(disk_sync(&disk), 0);
	memcpy(there, data, 9000);
	/* Round the whole disk */
	for (unsigned int i = 0; i < 3; i++) {
		memset(data, 0xee, sizeof(data));
		other = make_file("b");
		while (disk_write(&disk, other, attr_of(other).size, data,
				  500000, 5) > 0)
			;
		ck_assert_int_eq(unlink_at(1, "b"), 0);
	}
	for (unsigned int i = 0, at = 0; i < map.nr; i++) {
		ck_assert(!memcmp(map.seg[i].iov_base, there + at,
				  map.seg[i].iov_len));
		at += (unsigned int)map.seg[i].iov_len;
	}
	mfs_unpin(disk.fs, &map);
	end(kinds[_i]);
}
END_TEST

START_TEST(an_orphan_lives_on)
{
	uint64_t before;
	uint32_t ino;

	begin(kinds[_i], KIB, 0);
	fill(9);
	before = blocks_free();
	ino = file_of("a", 200000);
	ck_assert_int_eq(mfs_get(disk.fs, ino), 0);
	ck_assert_int_eq(mfs_get(disk.fs, ino), 0);
	ck_assert_int_eq(unlink_at(1, "a"), 0);
	ck_assert_int_eq(disk_sync(&disk), 0);
	/* On the disk there is nothing of it. */
	judge(kinds[_i]);
	ck_assert_uint_lt(blocks_free(), before);
	mfs_put(disk.fs, ino);
	inside_chill(&disk);
	ck_assert_uint_eq(attr_of(ino).nlink, 0);
	expect(ino, 0, data, 200000);
	ck_assert_int_eq(disk_write(&disk, ino, 190000, data, 90000, 5), 90000);
	file_of("b", 300000);
	ck_assert_int_eq(disk_sync(&disk), 0);
	judge(kinds[_i]);
	inside_chill(&disk);
	expect(ino, 0, data, 190000);
	expect(ino, 190000, data, 90000);
	ck_assert_int_eq(set_size(ino, 150000), 0);
	ck_assert_int_eq(link_at(ino, 1, "c"), -ENOENT);
	expect(ino, 0, data, 150000);
	mfs_put(disk.fs, ino);
	ck_assert_int_eq(unlink_at(1, "b"), 0);
	ck_assert_uint_eq(blocks_free(), before);
	end(kinds[_i]);
}
END_TEST

/* Zones that are freed are there again, after a commit that it waits for. */
START_TEST(a_full_disk)
{
	uint32_t ino;
	long n;

	begin(kinds[_i], KIB, 0);
	fill(10);
	for (unsigned int i = 0; i < 5; i++) {
		ino = make_file("a");
		do
			n = disk_write(&disk, ino, attr_of(ino).size, data,
				       300000, 5);
		while (n > 0);
		ck_assert_int_eq(n, -ENOSPC);
		ck_assert_uint_eq(blocks_free(), 0);
		ck_assert_int_eq(make(1, "d", S_IFDIR | 0755, &ino), -ENOSPC);
		ck_assert_int_eq(unlink_at(1, "a"), 0);
	}
	end(kinds[_i]);
}
END_TEST

/*
 * Room for the blocks that the inode names and one more, which would be an
 * indirect block: it is not kept, as there is nothing that it could name.
 */
START_TEST(no_room_behind_an_indirect_block)
{
	const unsigned int direct = 7;
	uint32_t ino, rest;
	const size_t block = kinds[_i] ? 1024 : 4096;

	begin(kinds[_i], KIB, 0);
	fill(13);
	rest = make_file("rest");
	ino = make_file("a");
	while (blocks_free() > direct + 1)
		ck_assert_int_gt(disk_write(&disk, rest, attr_of(rest).size,
					    data, block, 5),
				 0);
	ck_assert_uint_eq(blocks_free(), direct + 1);
	ck_assert_int_eq(disk_write(&disk, ino, 0, data, 12 * block, 5),
			 (long)(direct * block));
	ck_assert_int_eq(disk_sync(&disk), 0);
	judge(kinds[_i]);
	ck_assert_uint_eq(blocks_free(), 1);
	end(kinds[_i]);
}
END_TEST

/* More indirect blocks than the cache has: shorter and shorter, then gone */
START_TEST(a_file_with_many_holes)
{
	uint32_t ino;

	begin(kinds[_i], KIB, 0);
	fill(11);
	ino = make_file("a");
	for (uint64_t at = 0; at < 200000000; at += 1300000)
		ck_assert_int_eq(disk_write(&disk, ino, at, data, 5, 5), 5);
	ck_assert_int_eq(mfs_get(disk.fs, ino), 0);
	if (kinds[_i])
		ck_assert_int_eq(unlink_at(1, "a"), -EBUSY);
	expect(ino, 1300000, data, 5);
	mfs_put(disk.fs, ino);
	inside_chill(&disk);
	make_file("b");
	ck_assert_int_eq(rename_at(1, "b", 1, "a", 0), 0);
	ck_assert_int_eq(unlink_at(1, "a"), 0);
	end(kinds[_i]);
}
END_TEST

static void read_all(uint32_t ino)
{
	for (uint64_t at = 0; at < 500000; at += 20000)
		ck_assert_int_eq(disk_read(&disk, ino, at, there, 20000),
				 20000);
}

START_TEST(reading_on)
{
	struct mfs_stats st, before;
	uint32_t ino;

	begin(kinds[_i], KIB, 1 << 20);
	ino = file_of("a", 500000);
	ck_assert_int_eq(disk_sync(&disk), 0);
	ck_assert_int_eq(mfs_get(disk.fs, ino), 0);
	inside_chill(&disk);
	mfs_stats(disk.fs, &before);
	read_all(ino);
	mfs_stats(disk.fs, &st);
	ck_assert_uint_gt(st.ahead - before.ahead, kinds[_i] ? 300 : 70);
	ck_assert_uint_ge(st.ahead_used, (st.ahead - before.ahead) * 9 / 10);
	/* Runs, not blocks */
	ck_assert_uint_lt(st.reads - before.reads, 60);
	/* Here and there */
	inside_chill(&disk);
	mfs_stats(disk.fs, &before);
	for (unsigned int i = 0; i < 20; i++)
		disk_read(&disk, ino, (i * 7 % 20) * 25000, there, 100);
	mfs_stats(disk.fs, &st);
	ck_assert_uint_lt(st.ahead - before.ahead, 20);
	mfs_put(disk.fs, ino);
	end(kinds[_i]);
}
END_TEST

START_TEST(what_has_no_data)
{
	struct mfs_map map;
	uint32_t dir;

	begin("-1", KIB, 0);
	dir = make_dir(1, "dir");
	ck_assert_int_eq(mfs_read_map(disk.fs, dir, 0, 5, &map), -EISDIR);
	ck_assert_int_eq(disk_write(&disk, dir, 0, "a", 1, 5), -EISDIR);
	ck_assert_int_eq(set_size(dir, 0), -EISDIR);
	end("-1");
}
END_TEST

/* In the middle of a write, and where its own end needs it */
START_TEST(a_zone_that_is_there_twice)
{
	const size_t zones = 4 * 1024 + 64 + 24;
	struct mfs_map map;
	uint32_t ino;

	begin("-2", KIB, 0);
	fill(12);
	ino = file_of("a", 12000);
	ck_assert_uint_eq(ino, 2);
	ck_assert_int_eq(disk_sync(&disk), 0);
	inside_chill(&disk);
	disk.quiet = true;
	le_put32(disk.data, zones, le_get32(disk.data, zones + 8));
	ck_assert_int_eq(disk_write(&disk, ino, 0, data, 12000, 5), -EUCLEAN);
	ck_assert_int_eq(set_size(ino, 0), -EUCLEAN);
	/* The first block is the indirect one. */
	le_put32(disk.data, zones, le_get32(disk.data, zones + 28));
	ck_assert_int_eq(disk_sync(&disk), 0);
	inside_chill(&disk);
	write_begin(ino, 0, 1024, &map);
	memset(map.seg[0].iov_base, 0xff, 1024);
	ck_assert_uint_eq(write_end(&map, 1024), 1024);
	ck_assert_int_eq(set_size(ino, 0), -EUCLEAN);
	disk_free(&disk);
}
END_TEST

static void add(TCase *tc)
{
	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, the_largest_file, 0, NR_KINDS);
	tcase_add_loop_test(tc, behind_the_end_there_are_zeros, 0, NR_KINDS);
	tcase_add_loop_test(tc, a_write_that_ends_early, 0, NR_KINDS);
	tcase_add_loop_test(tc, a_block_that_is_half_replaced, 0, NR_KINDS);
	tcase_add_test(tc, one_write_at_a_time);
	tcase_add_test(tc, unlinked_while_it_is_written);
	tcase_add_loop_test(tc, cut_off_while_it_is_read, 0, NR_KINDS);
	tcase_add_loop_test(tc, an_orphan_lives_on, 0, NR_KINDS);
	tcase_add_loop_test(tc, a_full_disk, 0, NR_KINDS);
	tcase_add_loop_test(tc, no_room_behind_an_indirect_block, 0, NR_KINDS);
	tcase_add_loop_test(tc, a_file_with_many_holes, 0, NR_KINDS);
	tcase_add_loop_test(tc, reading_on, 0, NR_KINDS);
	tcase_add_test(tc, what_has_no_data);
	tcase_add_test(tc, a_zone_that_is_there_twice);
}

int main(void)
{
	return suite_run("minix/data", add);
}
