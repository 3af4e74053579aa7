// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * minix: names and their limits; test_minix_model has what a directory of this
 * machine does too.
 */
#include <stdio.h>
#include <sys/sysmacros.h>

#include "common/le.h"
#include "minix.h"

#define KIB     4000
#define ENTRIES 2500 /* of a directory that is larger than the cache */

static char *name_of(size_t len)
{
	static char name[100];

	memset(name, 'n', len);
	name[len] = 0;
	return name;
}

START_TEST(how_long_a_name_is)
{
	struct mfs_statfs st;
	uint32_t ino, found;

	begin(kinds[_i], KIB, 0);
	mfs_statfs(disk.fs, &st);
	ino = make_file(name_of(st.name_max));
	ck_assert_int_eq(look_up(1, name_of(st.name_max), &found), 0);
	ck_assert_uint_eq(found, ino);
	ck_assert_int_eq(look_up(1, name_of(st.name_max - 1), &found), -ENOENT);
	ck_assert_int_eq(make(1, name_of(st.name_max + 1), S_IFREG, &ino),
			 -ENAMETOOLONG);
	ck_assert_int_eq(look_up(1, name_of(st.name_max + 1), &found),
			 -ENAMETOOLONG);
	ck_assert_int_eq(make(1, "", S_IFREG, &ino), -EINVAL);
	ck_assert_int_eq(make(1, "a/b", S_IFREG, &ino), -EINVAL);
	ck_assert_int_eq(mfs_lookup(disk.fs, 1, "a\0b", 3, &ino), -EINVAL);
	ck_assert_int_eq(make(1, ".", S_IFREG, &ino), -EEXIST);
	ck_assert_int_eq(make(1, "..", S_IFDIR, &ino), -EEXIST);
	end(kinds[_i]);
}
END_TEST

START_TEST(dots)
{
	uint32_t dir, ino;

	begin("-1", KIB, 0);
	dir = make_dir(MFS_ROOT_INO, "dir");
	ck_assert_int_eq(look_up(dir, ".", &ino), 0);
	ck_assert_uint_eq(ino, dir);
	ck_assert_int_eq(look_up(dir, "..", &ino), 0);
	ck_assert_uint_eq(ino, MFS_ROOT_INO);
	ck_assert_int_eq(look_up(MFS_ROOT_INO, "..", &ino), 0);
	ck_assert_uint_eq(ino, MFS_ROOT_INO);
	ck_assert_int_eq(rmdir_at(dir, "."), -EINVAL);
	ck_assert_int_eq(rmdir_at(dir, ".."), -ENOTEMPTY);
	ck_assert_int_eq(unlink_at(dir, "."), -EISDIR);
	ck_assert_int_eq(rename_at(dir, ".", 1, "x", 0), -EINVAL);
	ck_assert_int_eq(rename_at(1, "dir", dir, "..", 0), -EINVAL);
	end("-1");
}
END_TEST

START_TEST(how_many_names_an_inode_of_v1_has)
{
	uint32_t ino, dir, sub;
	char name[16];
	int rc = 0;

	begin(kinds[_i], KIB, 0);
	ino = make_file("a");
	dir = make_dir(MFS_ROOT_INO, "dir");
	for (unsigned int n = 1; !rc && n < 300; n++) {
		snprintf(name, sizeof(name), "l%u", n);
		rc = link_at(ino, dir, name);
	}
	ck_assert_int_eq(rc, -EMLINK);
	ck_assert_uint_eq(attr_of(ino).nlink, 250);
	ck_assert_int_eq(look_up(dir, name, &sub), -ENOENT);
	rc = 0;
	dir = make_dir(MFS_ROOT_INO, "dirs");
	for (unsigned int n = 3; !rc && n < 300; n++) {
		snprintf(name, sizeof(name), "d%u", n);
		rc = make(dir, name, S_IFDIR | 0755, &sub);
	}
	ck_assert_int_eq(rc, -EMLINK);
	ck_assert_uint_eq(attr_of(dir).nlink, 250);
	make_dir(MFS_ROOT_INO, "one");
	ck_assert_int_eq(rename_at(1, "one", dir, "two", 0), -EMLINK);
	end(kinds[_i]);
}
END_TEST

/* The image says that there are as many; fsck.minix counts them in a byte. */
START_TEST(how_many_names_an_inode_has)
{
	const size_t inodes = kinds[_i] ? 4 * 1024 : 4 * 4096;
	uint32_t ino, sub;

	begin(kinds[_i], KIB, 0);
	ino = make_file("a");
	ck_assert_int_eq(disk_sync(&disk), 0);
	inside_chill(&disk);
	le_put16(disk.data, inodes + 64 * (ino - 1) + 2, 65529);
	le_put16(disk.data, inodes + 2, 65529);
	ck_assert_int_eq(link_at(ino, MFS_ROOT_INO, "b"), 0);
	ck_assert_int_eq(link_at(ino, MFS_ROOT_INO, "c"), -EMLINK);
	make_dir(MFS_ROOT_INO, "d");
	ck_assert_int_eq(make(1, "e", S_IFDIR | 0755, &sub), -EMLINK);
	ck_assert_uint_eq(attr_of(ino).nlink, 65530);
	ck_assert_uint_eq(attr_of(1).nlink, 65530);
	ck_assert_int_eq(disk_unmount(&disk), 0);
	disk_free(&disk);
}
END_TEST

START_TEST(what_the_format_cannot_keep)
{
	const bool is_v1 = _i < 2;
	struct mfs_attr attr = { 0 };
	uint32_t ino;

	begin(kinds[_i], KIB, 0);
	ino = make_file("a");
	attr.uid = 65536;
	ck_assert_int_eq(set_attr(ino, &attr, MFS_SET_UID), -EOVERFLOW);
	attr.gid = is_v1 ? 256 : 65536;
	ck_assert_int_eq(set_attr(ino, &attr, MFS_SET_GID), -EOVERFLOW);
	attr.mtime = INT64_C(1) << 32;
	ck_assert_int_eq(set_attr(ino, &attr, MFS_SET_MTIME), -EOVERFLOW);
	attr.atime = -1;
	ck_assert_int_eq(set_attr(ino, &attr, MFS_SET_ATIME), -EOVERFLOW);
	attr.mtime = UINT32_MAX;
	attr.uid = 65535;
	attr.gid = is_v1 ? 255 : 65535;
	attr.mode = 07777;
	ck_assert_int_eq(set_attr(ino, &attr,
				  MFS_SET_MTIME | MFS_SET_UID | MFS_SET_GID |
					  MFS_SET_MODE),
			 0);
	inside_chill(&disk);
	ck_assert_uint_eq(attr_of(ino).uid, attr.uid);
	ck_assert_uint_eq(attr_of(ino).gid, attr.gid);
	ck_assert_int_eq(attr_of(ino).mtime, UINT32_MAX);
	ck_assert_uint_eq(attr_of(ino).mode, S_IFREG | 07777);
	owner.uid = 65536;
	ck_assert_int_eq(make(1, "b", S_IFREG, &ino), -EOVERFLOW);
	ck_assert_int_eq(look_up(1, "b", &ino), -ENOENT);
	end(kinds[_i]);
}
END_TEST

START_TEST(times_of_v2_and_none_of_v1)
{
	const bool is_v1 = _i < 2;
	struct mfs_attr attr = { .atime = 11, .mtime = 22, .ctime = 33 };
	uint32_t ino;

	begin(kinds[_i], KIB, 0);
	ino = make_file("a");
	ck_assert_int_eq(set_attr(ino, &attr,
				  MFS_SET_ATIME | MFS_SET_MTIME |
					  MFS_SET_CTIME),
			 0);
	attr = attr_of(ino);
	ck_assert_int_eq(attr.mtime, 22);
	ck_assert_int_eq(attr.atime, is_v1 ? 22 : 11);
	ck_assert_int_eq(attr.ctime, is_v1 ? 22 : 33);
	end(kinds[_i]);
}
END_TEST

static int make_node(const char *name, uint32_t type, uint64_t rdev,
		     uint32_t *ino)
{
	int rc;

	do
		rc = mfs_create(disk.fs, 1, name, strlen(name), type | 0600,
				rdev, &owner, ino);
	while (disk_again(&disk, rc));
	return rc;
}

START_TEST(nodes_of_devices)
{
	const uint32_t types[] = { S_IFCHR, S_IFBLK };
	char name[2] = "c";
	uint32_t ino;

	begin(kinds[_i], KIB, 0);
	for (unsigned int i = 0; i < 2; i++) {
		name[0]++;
		ck_assert_int_eq(make_node(name, types[i], makedev(256, 1),
					   &ino),
				 -EINVAL);
		ck_assert_int_eq(make_node(name, types[i], makedev(255, 254),
					   &ino),
				 0);
		ck_assert_uint_eq(attr_of(ino).rdev, makedev(255, 254));
		ck_assert_int_eq(disk_write(&disk, ino, 0, "x", 1, 1), -EINVAL);
		ck_assert_int_eq(unlink_at(1, name), 0);
	}
	ck_assert_int_eq(make(1, "f", S_IFIFO | 0600, &ino), 0);
	ck_assert_int_eq(make(1, "s", S_IFSOCK | 0600, &ino), 0);
	ck_assert_int_eq(make(1, "x", 0600, &ino), -EINVAL);
	ck_assert_int_eq(make(1, "x", S_IFLNK | 0600, &ino), -EINVAL);
	end(kinds[_i]);
}
END_TEST

static int make_link(const char *name, const char *target, uint32_t *ino)
{
	int rc;

	do
		rc = mfs_symlink(disk.fs, 1, name, strlen(name), target, &owner,
				 ino);
	while (disk_again(&disk, rc));
	return rc;
}

START_TEST(symbolic_links)
{
	static char target[MFS_BLOCK_MAX + 1], there[MFS_BLOCK_MAX];
	const size_t most = (kinds[_i] ? 1024 : 4096) - 1;
	size_t size = sizeof(there);
	uint32_t ino;
	int rc;

	begin(kinds[_i], KIB, 0);
	memset(target, 't', most + 1);
	ck_assert_int_eq(make_link("l", target, &ino), -ENAMETOOLONG);
	ck_assert_int_eq(make_link("l", "", &ino), -ENOENT);
	target[most] = 0;
	ck_assert_int_eq(make_link("l", target, &ino), 0);
	ck_assert_uint_eq(attr_of(ino).size, most);
	ck_assert_uint_eq(attr_of(ino).mode, S_IFLNK | 0777);
	ck_assert_int_eq(disk_sync(&disk), 0);
	inside_chill(&disk);
	do
		rc = mfs_readlink(disk.fs, ino, there, &size);
	while (disk_again(&disk, rc));
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(size, most);
	ck_assert(!memcmp(target, there, most));
	ck_assert_int_eq(mfs_readlink(disk.fs, 1, there, &size), -EINVAL);
	end(kinds[_i]);
}
END_TEST

START_TEST(inodes_run_out)
{
	struct mfs_statfs st;
	uint32_t ino, first;
	char name[8];
	unsigned int n = 0;
	int rc;

	begin("-1 -i 64", 400, 0);
	do {
		snprintf(name, sizeof(name), "f%u", ++n);
		rc = make(1, name, S_IFREG, &ino);
	} while (!rc);
	ck_assert_int_eq(rc, -ENOSPC);
	mfs_statfs(disk.fs, &st);
	ck_assert_uint_eq(st.inodes_free, 0);
	ck_assert_uint_eq(n, st.inodes);
	/* That of an orphan is not free before the last reference is gone. */
	ck_assert_int_eq(look_up(1, "f3", &first), 0);
	ck_assert_int_eq(mfs_get(disk.fs, first), 0);
	ck_assert_int_eq(unlink_at(1, "f3"), 0);
	ck_assert_int_eq(unlink_at(1, "f9"), 0);
	ck_assert_int_eq(make(1, "f9", S_IFREG, &ino), 0);
	ck_assert_uint_ne(ino, first);
	mfs_put(disk.fs, first);
	ck_assert_int_eq(make(1, "f3", S_IFREG, &ino), 0);
	ck_assert_uint_eq(ino, first);
	ck_assert_int_eq(look_up(1, "f5", &first), 0);
	ck_assert_int_eq(mfs_get(disk.fs, first), 0);
	ck_assert_int_eq(unlink_at(1, "f5"), 0);
	ck_assert_int_eq(make(1, "x", S_IFREG, &ino), -ENOSPC);
	mfs_put(disk.fs, first);
	ck_assert_int_eq(make(1, "x", S_IFREG, &ino), 0);
	ck_assert_uint_eq(ino, first);
	end("-1");
}
END_TEST

/* Or else each time that it has to wait it would want another one. */
START_TEST(the_inode_that_was_chosen_is_chosen_again)
{
	unsigned long reads;
	char name[8];
	uint32_t ino;

	begin("-2 -i 1600", KIB, 0);
	for (unsigned int n = 2; n < 1600; n++) {
		snprintf(name, sizeof(name), "f%u", n);
		ck_assert_int_eq(make(1, name, S_IFREG, &ino), 0);
	}
	/* One of each block of inodes */
	for (unsigned int n = 8; n < 1600; n += 16) {
		snprintf(name, sizeof(name), "f%u", n);
		ck_assert_int_eq(unlink_at(1, name), 0);
	}
	for (unsigned int i = 0; i < 20; i++) {
		ck_assert_int_eq(disk_sync(&disk), 0);
		inside_chill(&disk);
		reads = disk.reads;
		snprintf(name, sizeof(name), "g%u", i);
		ck_assert_int_eq(make(1, name, S_IFREG, &ino), 0);
		ck_assert_uint_lt(disk.reads - reads, 65);
	}
	end("-2");
}
END_TEST

/* Each look from the beginning would throw out what the last one has read. */
START_TEST(a_directory_larger_than_the_cache)
{
	struct mfs_dirent entries[16];
	unsigned int nr, all = 0;
	uint32_t dir, ino;
	uint64_t at = 0;
	char name[40];
	int rc;

	begin(_i ? "-3 -i 3000" : "-2 -i 6000", 6000, 0);
	dir = make_dir(MFS_ROOT_INO, "dir");
	for (unsigned int i = 0; i < ENTRIES * (_i ? 1U : 2U); i++) {
		snprintf(name, sizeof(name), "n%u", i);
		ck_assert_int_eq(make(dir, name, S_IFIFO, &ino), 0);
	}
	for (unsigned int i = 0; i < 50; i++) {
		inside_chill(&disk);
		snprintf(name, sizeof(name), "n%u", i * 49);
		ck_assert_int_eq(look_up(dir, name, &ino), 0);
		ck_assert_int_eq(look_up(dir, "none", &ino), -ENOENT);
	}
	ck_assert_int_eq(rmdir_at(1, "dir"), -ENOTEMPTY);
	do {
		nr = ARRAY_SIZE(entries);
		do
			rc = mfs_readdir(disk.fs, dir, at, entries, &nr);
		while (disk_again(&disk, rc));
		ck_assert_int_eq(rc, 0);
		for (unsigned int i = 0; i < nr; i++)
			if (entries[i].name[0] != '.')
				ck_assert_int_eq(unlink_at(dir,
							   entries[i].name),
						 0);
		all += nr;
		at = nr ? entries[nr - 1].next : at;
	} while (nr);
	ck_assert_uint_eq(all, ENTRIES * (_i ? 1U : 2U) + 2);
	inside_chill(&disk);
	nr = 1;
	do
		rc = mfs_readdir(disk.fs, dir, 128, entries, &nr);
	while (disk_again(&disk, rc));
	ck_assert_uint_eq(nr, 0);
	inside_chill(&disk);
	ck_assert_int_eq(rmdir_at(1, "dir"), 0);
	end(_i ? "-3" : "-2");
}
END_TEST

/* A name that is added while a look for it waits is found. */
START_TEST(a_look_that_waits_is_not_stale)
{
	uint32_t dir, ino, found;
	char name[40];
	int rc = MFS_WAIT;

	begin("-3", 6000, 0);
	dir = make_dir(MFS_ROOT_INO, "dir");
	for (unsigned int i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		ck_assert_int_eq(make(dir, name, S_IFIFO, &ino), 0);
	}
	ck_assert_int_eq(unlink_at(dir, "n3"), 0);
	ck_assert_int_eq(disk_sync(&disk), 0);
	inside_chill(&disk);
	for (unsigned int i = 0; i < 4; i++) {
		rc = mfs_lookup(disk.fs, dir, "new", 3, &found);
		disk_again(&disk, rc);
	}
	ck_assert_int_eq(rc, MFS_WAIT);
	ck_assert_int_eq(make(dir, "new", S_IFIFO, &ino), 0);
	ck_assert_int_eq(look_up(dir, "new", &found), 0);
	ck_assert_uint_eq(found, ino);
	end("-3");
}
END_TEST

/* Who reads it has gone meanwhile, and another one reads from there on. */
START_TEST(a_reader_that_has_gone_leaves_nothing)
{
	struct mfs_dirent entry;
	unsigned int nr;
	uint32_t dir, ino;
	char name[40];
	int rc = MFS_WAIT;

	begin("-3", 6000, 0);
	dir = make_dir(MFS_ROOT_INO, "dir");
	for (unsigned int i = 0; i < 600; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		ck_assert_int_eq(make(dir, name, S_IFIFO, &ino), 0);
	}
	for (unsigned int i = 0; i < 590; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		ck_assert_int_eq(unlink_at(dir, name), 0);
	}
	ck_assert_int_eq(disk_sync(&disk), 0);
	inside_chill(&disk);
	for (unsigned int i = 0; i < 4; i++) {
		nr = 1;
		rc = mfs_readdir(disk.fs, dir, 128, &entry, &nr);
		disk_again(&disk, rc);
	}
	ck_assert_int_eq(rc, MFS_WAIT);
	ck_assert_int_eq(make(dir, "new", S_IFIFO, &ino), 0);
	do {
		nr = 1;
		rc = mfs_readdir(disk.fs, dir, 128, &entry, &nr);
	} while (disk_again(&disk, rc));
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(nr, 1);
	ck_assert_str_eq(entry.name, "new");
	end("-3");
}
END_TEST

START_TEST(noreplace)
{
	begin("-2", KIB, 0);
	make_file("a");
	make_file("b");
	ck_assert_int_eq(rename_at(1, "a", 1, "b", MFS_RENAME_NOREPLACE),
			 -EEXIST);
	ck_assert_int_eq(rename_at(1, "a", 1, "a", MFS_RENAME_NOREPLACE),
			 -EEXIST);
	ck_assert_int_eq(rename_at(1, "a", 1, "c", MFS_RENAME_NOREPLACE), 0);
	ck_assert_int_eq(rename_at(1, "c", 1, "b", 2), -EINVAL);
	ck_assert_int_eq(rename_at(1, "c", 1, "b", 0), 0);
	end("-2");
}
END_TEST

/* A directory that was removed takes nothing any more. */
START_TEST(a_removed_directory)
{
	uint32_t dir, ino;

	begin("-3", KIB, 0);
	make_file("a");
	dir = make_dir(1, "dir");
	ck_assert_int_eq(mfs_get(disk.fs, dir), 0);
	ck_assert_int_eq(rmdir_at(1, "dir"), 0);
	ck_assert_uint_eq(attr_of(dir).nlink, 0);
	ck_assert_int_eq(make(dir, "b", S_IFREG, &ino), -ENOENT);
	ck_assert_int_eq(rename_at(1, "a", dir, "b", 0), -ENOENT);
	ck_assert_int_eq(look_up(dir, "..", &ino), -ENOENT);
	mfs_put(disk.fs, dir);
	end("-3");
}
END_TEST

static void add(TCase *tc)
{
	tcase_set_timeout(tc, 300);
	tcase_add_loop_test(tc, how_long_a_name_is, 0, NR_KINDS);
	tcase_add_test(tc, dots);
	tcase_add_loop_test(tc, how_many_names_an_inode_of_v1_has, 0, 2);
	tcase_add_loop_test(tc, how_many_names_an_inode_has, 2, NR_KINDS);
	tcase_add_loop_test(tc, what_the_format_cannot_keep, 0, NR_KINDS);
	tcase_add_loop_test(tc, times_of_v2_and_none_of_v1, 0, NR_KINDS);
	tcase_add_loop_test(tc, nodes_of_devices, 0, NR_KINDS);
	tcase_add_loop_test(tc, symbolic_links, 0, NR_KINDS);
	tcase_add_test(tc, inodes_run_out);
	tcase_add_test(tc, the_inode_that_was_chosen_is_chosen_again);
	tcase_add_loop_test(tc, a_directory_larger_than_the_cache, 0, 2);
	tcase_add_test(tc, a_look_that_waits_is_not_stale);
	tcase_add_test(tc, a_reader_that_has_gone_leaves_nothing);
	tcase_add_test(tc, noreplace);
	tcase_add_test(tc, a_removed_directory);
}

int main(void)
{
	return suite_run("minix/names", add);
}
