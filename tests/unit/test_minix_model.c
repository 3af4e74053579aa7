// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * minix: operations by chance, the same on a plain directory of this machine,
 * and the same results; what is on the disk is judged now and then.
 *
 *	MINIX_OPS	so many, of each kind of file system, instead of 400
 *	MINIX_SEED	of the dice
 */
#include <dirent.h>
#include <stdio.h>

#include "minix_model.h"

enum what {
	DO_CREATE,
	DO_MKDIR,
	DO_SYMLINK,
	DO_LINK,
	DO_UNLINK,
	DO_RMDIR,
	DO_RENAME,
	DO_WRITE,
	DO_READ,
	DO_TRUNCATE,
	DO_STAT,
	DO_LIST,
	DO_OPEN,
	DO_CLOSE,
	DO_OPEN_WRITE,
	DO_OPEN_READ,
	DO_SYNC,
	DO_JUDGE,
	DO_REMOUNT,
	DO_CHILL,
	DOS
};

static const unsigned int weights[DOS] = {
	[DO_CREATE] = 60,    [DO_MKDIR] = 25,  [DO_SYMLINK] = 10,
	[DO_LINK] = 15,      [DO_UNLINK] = 30, [DO_RMDIR] = 15,
	[DO_RENAME] = 40,    [DO_WRITE] = 80,  [DO_READ] = 50,
	[DO_TRUNCATE] = 20,  [DO_STAT] = 30,   [DO_LIST] = 15,
	[DO_OPEN] = 12,      [DO_CLOSE] = 8,   [DO_OPEN_WRITE] = 20,
	[DO_OPEN_READ] = 15, [DO_SYNC] = 5,    [DO_JUDGE] = 2,
	[DO_REMOUNT] = 2,    [DO_CHILL] = 20,
};

static void do_create(uint32_t type)
{
	struct place p = any_place();
	uint32_t ino;
	int rc = p.rc;

	start();
	if (!rc)
		do
			rc = mfs_create(disk.fs, p.dir, p.name, p.len,
					type | 0644, 0, &owner, &ino);
		while (again(rc));
	if (is_limit(&p, rc))
		return;
	same("create", &p, rc,
	     type == S_IFDIR ? host(mkdir(p.path, 0644)) :
			       host(mknod(p.path, type | 0644, 0)));
}

static void do_symlink(void)
{
	struct place p = any_place();
	const char *target = below(2) ? "no/where" : "dangling";
	char there[64];
	size_t size = sizeof(there);
	uint32_t ino;
	int rc = p.rc;

	start();
	if (!rc)
		do
			rc = mfs_symlink(disk.fs, p.dir, p.name, p.len, target,
					 &owner, &ino);
		while (again(rc));
	if (is_limit(&p, rc))
		return;
	same("symlink", &p, rc, host(symlink(target, p.path)));
	if (rc)
		return;
	do
		rc = mfs_readlink(disk.fs, ino, there, &size);
	while (again(rc));
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(size, strlen(target));
	ck_assert(!memcmp(there, target, size));
}

static void do_link(void)
{
	struct place p = any_place(), q = any_place();
	uint32_t ino;
	int rc = p.rc ? p.rc : q.rc;

	if (!rc)
		rc = find(p.dir, p.name, &ino);
	start();
	if (!rc)
		do
			rc = mfs_link(disk.fs, ino, q.dir, q.name, q.len, now);
		while (again(rc));
	if (is_limit(&p, rc) || is_limit(&q, rc))
		return;
	/* The host says first that the new name is there. */
	if (rc == -EPERM || rc == -ENOENT || rc == -EEXIST) {
		ck_assert_int_lt(host(link(p.path, q.path)), 0);
		return;
	}
	p.rc = p.rc ? p.rc : q.rc;
	same("link", &p, rc, host(link(p.path, q.path)));
}

static void do_remove(bool is_dir)
{
	struct place p = any_place();
	int rc = p.rc;

	start();
	if (!rc)
		do
			rc = is_dir ? mfs_rmdir(disk.fs, p.dir, p.name, p.len,
						now) :
				      mfs_unlink(disk.fs, p.dir, p.name, p.len,
						 now);
		while (again(rc));
	if (is_limit(&p, rc))
		return;
	same("remove", &p, rc, host(is_dir ? rmdir(p.path) : unlink(p.path)));
}

static void do_rename(void)
{
	struct place p = any_place(), q = any_place();
	int rc = p.rc ? p.rc : q.rc;

	start();
	if (!rc)
		do
			rc = mfs_rename(disk.fs, p.dir, p.name, p.len, q.dir,
					q.name, q.len, 0, now);
		while (again(rc));
	if (is_limit(&p, rc) || is_limit(&q, rc))
		return;
	p.rc = p.rc ? p.rc : q.rc;
	same(q.path, &p, rc, host(rename(p.path, q.path)));
}

static void write_some(uint32_t ino, int fd)
{
	const uint64_t at = below(8) ? below(MOST_FILE / 4) : below(MOST_FILE);
	const size_t len = 1 + below(below(2) ? MOST_PIECE : 3000);
	long done;

	for (size_t i = 0; i < len; i++)
		ours[i] = (unsigned char)(now + (int64_t)i * 7 +
					  (int64_t)(i >> 9));
	start();
	done = disk_write(&disk, ino, at, ours, len, now);
	ck_assert_msg(done > 0 || done == -ENOSPC, "write: %ld", done);
	if (done > 0)
		ck_assert_int_eq(pwrite(fd, ours, (size_t)done, (off_t)at),
				 done);
}

static void read_some(uint32_t ino, int fd, uint64_t at, size_t len)
{
	long n = disk_read(&disk, ino, at, ours, len);

	ck_assert_int_eq(n, pread(fd, theirs, len, (off_t)at));
	if (memcmp(ours, theirs, (size_t)n))
		ck_abort_msg("inode %u is not the same at %lu", ino,
			     (unsigned long)at);
}

static void do_read_write(enum what what)
{
	struct mfs_attr attr;
	uint32_t ino;
	int fd, rc;

	ino = any_file(&fd);
	if (!ino)
		return;
	if (what == DO_WRITE) {
		write_some(ino, fd);
	} else if (what == DO_READ) {
		read_some(ino, fd, below(3) ? 0 : below(MOST_FILE),
			  below(2) ? sizeof(ours) : 10000);
	} else {
		attr.size = below(4) ? below(MOST_FILE) : 0;
		start();
		do
			rc = mfs_setattr(disk.fs, ino, &attr, MFS_SET_SIZE);
		while (disk_again(&disk, rc));
		ck_assert_int_eq(rc, 0);
		ck_assert_int_eq(ftruncate(fd, (off_t)attr.size), 0);
	}
	close(fd);
}

static void do_stat(void)
{
	struct place p = any_place();
	struct mfs_attr attr;
	struct stat st;
	uint32_t ino;
	int rc = p.rc;

	start();
	if (!rc)
		rc = find(p.dir, p.name, &ino);
	if (is_limit(&p, rc))
		return;
	same("stat", &p, rc, host(lstat(p.path, &st)));
	if (rc)
		return;
	do
		rc = mfs_getattr(disk.fs, ino, &attr);
	while (again(rc));
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(attr.mode & S_IFMT, st.st_mode & S_IFMT);
	if (S_ISDIR(attr.mode))
		return;
	ck_assert_uint_eq(attr.nlink, st.st_nlink);
	ck_assert_uint_eq(attr.size, (uint64_t)st.st_size);
}

/* Each name is looked for on the host, and there are as many. */
static void list(uint32_t dir, const char *path)
{
	struct mfs_dirent entries[3];
	unsigned int nr, all = 0, host_all = 0;
	uint64_t at = 0;
	struct stat st;
	char name[400];
	DIR *stream = opendir(path);
	int rc;

	ck_assert_ptr_nonnull(stream);
	while (readdir(stream))
		host_all++;
	closedir(stream);
	do {
		nr = ARRAY_SIZE(entries);
		do
			rc = mfs_readdir(disk.fs, dir, at, entries, &nr);
		while (again(rc));
		ck_assert_int_eq(rc, 0);
		for (unsigned int i = 0; i < nr; i++) {
			snprintf(name, sizeof(name), "%s/%s", path,
				 entries[i].name);
			ck_assert_int_eq(lstat(name, &st), 0);
			at = entries[i].next;
		}
		all += nr;
	} while (nr);
	ck_assert_uint_eq(all, host_all);
}

static void do_list(void)
{
	struct place p = any_place();
	uint32_t ino;

	start();
	if (p.rc || find(p.dir, p.name, &ino))
		list(MFS_ROOT_INO, root);
	else if (type_of(ino) == S_IFDIR)
		list(ino, p.path);
}

static void do_open(void)
{
	struct opened *o = &opened[below(OPEN)];
	uint32_t ino;
	int fd;

	if (o->ino)
		return;
	ino = any_file(&fd);
	if (!ino)
		return;
	ck_assert_int_eq(mfs_get(disk.fs, ino), 0);
	o->ino = ino;
	o->fd = fd;
}

static void do_close(struct opened *o)
{
	if (!o->ino)
		return;
	mfs_put(disk.fs, o->ino);
	close(o->fd);
	o->ino = 0;
}

static void do_open_read_write(bool writes)
{
	const struct opened *o = &opened[below(OPEN)];

	if (o->ino && writes)
		write_some(o->ino, o->fd);
	else if (o->ino)
		read_some(o->ino, o->fd, 0, sizeof(ours));
}

static void judge_now(enum judge_how how)
{
	const char *wrong = judge_image(disk.data, disk.size, how);

	ck_assert_msg(!wrong, "%s", wrong);
	ck_assert(!has_fsck || disk_fsck(&disk, false) == 0);
}

static void do_judge(void)
{
	/* At any moment, and when all is written */
	judge_now(JUDGE_CUT);
	ck_assert_int_eq(disk_sync(&disk), 0);
	judge_now(JUDGE_QUIET);
}

static void remount(size_t cache)
{
	for (unsigned int i = 0; i < OPEN; i++)
		do_close(&opened[i]);
	ck_assert_int_eq(disk_unmount(&disk), 0);
	judge_now(JUDGE_QUIET);
	ck_assert_int_eq(disk_mount(&disk, cache, 0), 0);
}

static void step(enum what what)
{
	const char *wrong;

	switch (what) {
	case DO_CREATE:
		do_create(below(8) ? S_IFREG : S_IFIFO);
		break;
	case DO_MKDIR:
		do_create(S_IFDIR);
		break;
	case DO_SYMLINK:
		do_symlink();
		break;
	case DO_LINK:
		do_link();
		break;
	case DO_UNLINK:
	case DO_RMDIR:
		do_remove(what == DO_RMDIR);
		break;
	case DO_RENAME:
		do_rename();
		break;
	case DO_WRITE:
	case DO_READ:
	case DO_TRUNCATE:
		do_read_write(what);
		break;
	case DO_STAT:
		do_stat();
		break;
	case DO_LIST:
		do_list();
		break;
	case DO_OPEN:
		do_open();
		break;
	case DO_CLOSE:
		do_close(&opened[below(OPEN)]);
		break;
	case DO_OPEN_WRITE:
	case DO_OPEN_READ:
		do_open_read_write(what == DO_OPEN_WRITE);
		break;
	case DO_SYNC:
		ck_assert_int_eq(disk_sync(&disk), 0);
		break;
	case DO_JUDGE:
		do_judge();
		break;
	case DO_REMOUNT:
		remount(below(2) ? 0 : 1 << 20);
		break;
	case DO_CHILL:
		inside_chill(&disk);
		break;
	case DOS:
		break;
	}
	wrong = inside_check(&disk);
	ck_assert_msg(!wrong, "%s", wrong);
}

static enum what any_step(void)
{
	unsigned int sum = 0, n;
	int what;

	for (what = 0; what < DOS; what++)
		sum += weights[what];
	n = below(sum);
	for (what = 0; n >= weights[what]; what++)
		n -= weights[what];
	return (enum what)what;
}

static unsigned int of_environment(const char *name, unsigned int otherwise)
{
	const char *value = getenv(name);

	return value ? (unsigned int)strtoul(value, NULL, 0) : otherwise;
}

static void run(int i_kind)
{
	const char *kind = kinds[i_kind];
	const unsigned int ops = of_environment("MINIX_OPS", 400);
	struct mfs_statfs st;
	char command[64];

	has_fsck = kind;
	disk_make(&disk, kind, KIB);
	if (!kind)
		judge_format(disk.data, disk.size, MFS_BLOCK_MAX, 500);
	disk.dice.state = of_environment("MINIX_SEED", 1) + (uint64_t)i_kind;
	if (getenv("MINIX_OPS"))
		printf("minix/model: %s: %u operations, seed %lu\n",
		       kind ? kind : "blocks of 4096", ops,
		       (unsigned long)disk.dice.state);
	ck_assert_int_eq(disk_mount(&disk, 0, 0), 0);
	mfs_statfs(disk.fs, &st);
	name_max = st.name_max;
	ck_assert_ptr_nonnull(mkdtemp(root));
	umask(0);
	for (unsigned int i = 0; i < ops; i++)
		step(any_step());
	remount(0);
	disk_free(&disk);
	snprintf(command, sizeof(command), "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(a_plain_directory_does_the_same)
{
	run(_i);
}
END_TEST

static void add(TCase *tc)
{
	tcase_set_timeout(tc, 100000);
	tcase_add_loop_test(tc, a_plain_directory_does_the_same, 0, NR_KINDS);
}

int main(void)
{
	return suite_run("minix/model", add);
}
