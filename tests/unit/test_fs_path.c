// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fs/path and fs/perm: names to inodes over two file systems, one mounted in
 * the other, whose blocks come late; links, roots and rights.
 */
#include <errno.h>
#include <string.h>
#include <molipc/m3ipc.h>
#include <sys/stat.h>

#include "fs/path.h"
#include "sim/lib/disk.h"
#include "suite.h"

static struct disk disks[2];
static struct mount mounts[2];
static struct path p;
static struct path_from from;
static int nr_waits;

/* Mounts: number 1 is the root, 2 is on /m. */

struct mount *mount_find(uint32_t dev)
{
	return dev == 1 || dev == 2 ? &mounts[dev - 1] : NULL;
}

struct mount *mount_covering(const struct place *at)
{
	return mounts[1].covers.dev && place_is(&mounts[1].covers, at) ?
		       &mounts[1] :
		       NULL;
}

struct mount *mount_of_root(const struct place *at)
{
	struct mount *m = mount_find(at->dev);

	return m && m->root.ino == at->ino ? m : NULL;
}

/* With each wait something is carried out, of one disk or the other. */
static bool again(int rc)
{
	if (rc != MFS_WAIT)
		return false;
	nr_waits++;
	ck_assert(p.waits == 1 || p.waits == 2);
	return disk_again(&disks[p.waits - 1], rc);
}

static int walk(const char *name, unsigned int flags)
{
	int rc;

	do {
		rc = path_walk(&from, name, flags, &p);
	} while (again(rc));
	return rc;
}

static uint32_t make(int disk, uint32_t dir, const char *name, uint32_t mode)
{
	const struct mfs_owner owner = { 10, 20, 1 };
	struct disk *d = &disks[disk];
	uint32_t ino = 0;
	int rc;

	do {
		rc = mfs_create(d->fs, dir, name, strlen(name), mode, 0, &owner,
				&ino);
	} while (disk_again(d, rc));
	ck_assert_int_eq(rc, 0);
	return ino;
}

static void symlink_to(int disk, uint32_t dir, const char *name,
		       const char *text)
{
	const struct mfs_owner owner = { 10, 20, 1 };
	struct disk *d = &disks[disk];
	uint32_t ino;
	int rc;

	do {
		rc = mfs_symlink(d->fs, dir, name, strlen(name), text, &owner,
				 &ino);
	} while (disk_again(d, rc));
	ck_assert_int_eq(rc, 0);
}

/* After a mount nothing is in the cache. */
static void disk_cold(int i)
{
	disk_settle(&disks[i]);
	ck_assert_int_eq(disk_unmount(&disks[i]), 0);
	ck_assert_int_eq(disk_mount(&disks[i], 0, 0), 0);
	mounts[i].core = disks[i].fs;
}

static uint32_t d_ino, f_ino, m_ino, x_ino;

static void set_up(void)
{
	memset(mounts, 0, sizeof(mounts));
	for (int i = 0; i < 2; i++) {
		disk_make(&disks[i], i ? "-1" : "-3", 512);
		ck_assert_int_eq(disk_mount(&disks[i], 0, 0), 0);
		mounts[i].state = MOUNT_THERE;
		mounts[i].dev = (uint32_t)i + 1;
		mounts[i].root = (struct place){ (uint32_t)i + 1, 1 };
	}
	d_ino = make(0, 1, "d", S_IFDIR | 0755);
	f_ino = make(0, d_ino, "f", S_IFREG | 0644);
	m_ino = make(0, 1, "m", S_IFDIR | 0755);
	x_ino = make(1, 1, "x", S_IFDIR | 0700);
	make(1, x_ino, "y", S_IFREG | 0644);
	symlink_to(0, d_ino, "l", "f");
	symlink_to(0, 1, "up", "d/../m/x/../../d/l");
	symlink_to(1, 1, "out", "/d");
	symlink_to(0, 1, "loop", "loop");
	disk_cold(0);
	disk_cold(1);
	mounts[1].covers = (struct place){ 1, m_ino };
	from = (struct path_from){ .cwd = { 1, 1 }, .root = { 1, 1 } };
	nr_waits = 0;
}

static void tear_down(void)
{
	for (int i = 0; i < 2; i++)
		disk_free(&disks[i]);
}

static void ck_at(const char *name, uint32_t dev, uint32_t ino)
{
	ck_assert_int_eq(walk(name, PATH_FOLLOW), 0);
	ck_assert_uint_eq(p.at.dev, dev);
	ck_assert_uint_eq(p.at.ino, ino);
}

START_TEST(plain)
{
	ck_at("/", 1, 1);
	ck_assert_int_eq(p.end, PATH_ROOT);
	ck_at("d/f", 1, f_ino);
	ck_assert_str_eq(p.name, "f");
	ck_assert_uint_eq(p.dir.ino, d_ino);
	ck_assert_uint_eq(p.attr.mode, S_IFREG | 0644);
	ck_at("//d/.//./f", 1, f_ino);
	ck_at("d/.", 1, d_ino);
	ck_assert_int_eq(p.end, PATH_DOT);
	ck_at("d/..", 1, 1);
	ck_assert_int_eq(p.end, PATH_DOTDOT);
	ck_at("../../d/", 1, d_ino);
	ck_assert(p.slash);
	ck_assert_int_gt(nr_waits, 0);
	ck_assert_int_eq(walk("", 0), -ENOENT);
	ck_assert_int_eq(walk("none", 0), -ENOENT);
	ck_assert_int_eq(walk("d/f/x", 0), -ENOTDIR);
	ck_assert_int_eq(walk("d/f/", 0), -ENOTDIR);
	ck_assert_int_eq(walk("d/f/", PATH_ITSELF), 0);
}
END_TEST

/* For who has looked at each directory on the way */
START_TEST(without_links)
{
	ck_assert_int_eq(walk("d/f", PATH_NO_LINKS), 0);
	ck_assert_int_eq(walk("m/out", PATH_NO_LINKS), 0);
	ck_assert(S_ISLNK(p.attr.mode));
	ck_assert_int_eq(walk("m/out/f", 0), 0);
	ck_assert_int_eq(walk("m/out/f", PATH_NO_LINKS), -ESTALE);
	ck_assert_int_eq(walk("m/out/new", PATH_NO_LINKS | PATH_MISSING),
			 -ESTALE);
}
END_TEST

START_TEST(missing)
{
	ck_assert_int_eq(walk("d/new", PATH_MISSING), 0);
	ck_assert_uint_eq(p.at.dev, 0);
	ck_assert_uint_eq(p.dir.ino, d_ino);
	ck_assert_str_eq(p.name, "new");
	ck_assert_int_eq(walk("d/new/", PATH_MISSING), 0);
	ck_assert(p.slash);
	ck_assert_int_eq(walk("new/x", PATH_MISSING), -ENOENT);
	ck_assert_int_eq(walk("d/new/.", PATH_MISSING), -ENOENT);
}
END_TEST

START_TEST(over_mounts)
{
	ck_at("m", 2, 1);
	ck_assert_uint_eq(p.dir.dev, 1);
	ck_at("m/x", 2, x_ino);
	ck_at("m/..", 1, 1);
	ck_at("m/x/../..", 1, 1);
	ck_at("m/x/../../m/../d", 1, d_ino);
	ck_at("m/out/f", 1, f_ino);
	from.cwd = (struct place){ 2, x_ino };
	ck_at("../..", 1, 1);
	ck_assert_int_eq(walk("y/../..", 0), -ENOTDIR);
}
END_TEST

START_TEST(links)
{
	ck_at("d/l", 1, f_ino);
	ck_at("up", 1, f_ino);
	ck_assert_int_eq(walk("up", 0), 0);
	ck_assert(S_ISLNK(p.attr.mode));
	ck_assert_str_eq(p.name, "up");
	ck_assert_int_eq(walk("loop", PATH_FOLLOW), -ELOOP);
	ck_assert_int_eq(walk("loop/x", 0), -ELOOP);
	ck_assert_int_eq(walk("loop", 0), 0);
	ck_assert_int_eq(walk("m/out/", 0), 0);
	ck_assert_uint_eq(p.at.ino, d_ino);
	ck_assert_int_eq(walk("m/out/", PATH_ITSELF), 0);
	ck_assert(S_ISLNK(p.attr.mode));
}
END_TEST

/* Nothing leads out of a root but what was outside of it before. */
START_TEST(roots)
{
	from.root = from.cwd = (struct place){ 1, d_ino };
	ck_at("/f", 1, f_ino);
	ck_at("/..", 1, d_ino);
	ck_at("../../f", 1, f_ino);
	ck_at("/l", 1, f_ino);
	from.root = (struct place){ 2, 1 };
	from.cwd = (struct place){ 2, x_ino };
	ck_at("../..", 2, 1);
	ck_assert_int_eq(walk("/out/f", PATH_FOLLOW), -ENOENT);
	/* One that is not there any more */
	from.root = from.cwd = (struct place){ 0, 0 };
	ck_assert_int_eq(walk("/", 0), -ENOENT);
	ck_assert_int_eq(walk("x", 0), -ENOENT);
}
END_TEST

START_TEST(rights)
{
	from.who = (struct cred){ 99, 99 };
	ck_at("d/f", 1, f_ino);
	ck_assert_int_eq(walk("m/x/y", 0), -EACCES);
	ck_at("m/x", 2, x_ino);
	from.who.uid = 10;
	ck_assert_int_eq(walk("m/x/y", 0), 0);
	from.who = (struct cred){ 99, 20 };
	ck_assert_int_eq(walk("m/x/y", 0), -EACCES);
}
END_TEST

START_TEST(long_ones)
{
	char name[5000];

	memset(name, 'n', sizeof(name));
	name[PATH_NAME + 1] = '\0';
	ck_assert_int_eq(walk(name, 0), -ENAMETOOLONG);
	name[PATH_NAME] = '\0';
	ck_assert_int_eq(walk(name, 0), -ENAMETOOLONG);
	for (int i = 0; i < 2000; i++)
		memcpy(name + 2 * i, "./", 2);
	memcpy(name + 4000, "up", 3);
	ck_at(name, 1, f_ino);
	memcpy(name, "m/out/", 6);
	ck_assert_int_eq(walk(name, PATH_FOLLOW), -ENOENT);
}
END_TEST

/* perm */

START_TEST(bits)
{
	const struct mfs_attr a = { .mode = S_IFREG | 0640,
				    .uid = 1,
				    .gid = 2 };
	const struct mfs_attr x = { .mode = S_IFREG | 0001, .uid = 5 };
	const struct cred owner = { 1, 9 }, group = { 9, 2 }, other = { 9, 9 };
	const struct cred root = { 0, 9 };

	ck_assert_int_eq(perm_check(&owner, &a, PERM_READ | PERM_WRITE), 0);
	ck_assert_int_eq(perm_check(&owner, &a, PERM_EXEC), -EACCES);
	ck_assert_int_eq(perm_check(&group, &a, PERM_READ), 0);
	ck_assert_int_eq(perm_check(&group, &a, PERM_WRITE), -EACCES);
	ck_assert_int_eq(perm_check(&other, &a, PERM_READ), -EACCES);
	ck_assert_int_eq(perm_check(&root, &a, PERM_READ | PERM_WRITE), 0);
	ck_assert_int_eq(perm_check(&root, &a, PERM_EXEC), -EACCES);
	ck_assert_int_eq(perm_check(&root, &x, PERM_EXEC), 0);
	ck_assert_int_eq(perm_check(&other, &a, 0), 0);
}
END_TEST

START_TEST(owners)
{
	const struct mfs_attr a = { .mode = S_IFREG | 06775,
				    .uid = 1,
				    .gid = 2 };
	const struct mfs_attr t = { .mode = S_IFDIR | 01777 };
	const struct mfs_attr g = { .mode = S_IFDIR | 02775, .gid = 7 };
	const struct cred owner = { 1, 9 }, root = { 0, 0 };
	uint32_t gid;

	ck_assert_int_eq(perm_chown(&owner, &a, PROC_NO_ID, 9), 0);
	ck_assert_int_eq(perm_chown(&owner, &a, 1, PROC_NO_ID), 0);
	ck_assert_int_eq(perm_chown(&owner, &a, 3, PROC_NO_ID), -EPERM);
	ck_assert_int_eq(perm_chown(&owner, &a, PROC_NO_ID, 3), -EPERM);
	ck_assert_int_eq(perm_chown(&root, &a, 3, 3), 0);
	ck_assert_uint_eq(perm_without_set_id(&a), S_IFREG | 0775);
	ck_assert_uint_eq(perm_without_set_id(&g), S_IFDIR | 02775);
	ck_assert_uint_eq(perm_chmod(&owner, &a, 07777), S_IFREG | 05777);
	ck_assert_uint_eq(perm_chmod(&root, &a, 07777), S_IFREG | 07777);
	ck_assert_int_eq(perm_remove(&owner, &t, &g), -EPERM);
	ck_assert_int_eq(perm_remove(&owner, &t, &a), 0);
	ck_assert_uint_eq(perm_new(&owner, &g, S_IFDIR | 0777, 022, &gid),
			  S_IFDIR | 02755);
	ck_assert_uint_eq(gid, 7);
	ck_assert_uint_eq(perm_new(&owner, &g, S_IFREG | 02777, 0, &gid),
			  S_IFREG | 0777);
	ck_assert_uint_eq(perm_new(&owner, &t, S_IFREG | 0666, 077, &gid),
			  S_IFREG | 0600);
	ck_assert_uint_eq(gid, 9);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, plain);
	tcase_add_test(tc, without_links);
	tcase_add_test(tc, missing);
	tcase_add_test(tc, over_mounts);
	tcase_add_test(tc, links);
	tcase_add_test(tc, roots);
	tcase_add_test(tc, rights);
	tcase_add_test(tc, long_ones);
	tcase_add_test(tc, bits);
	tcase_add_test(tc, owners);
}

int main(void)
{
	return suite_run("fs_path", add);
}
