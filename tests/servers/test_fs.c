// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * FS of one node, over images: what POSIX says of its calls (files/), several
 * mounts, for whom requests are, and what it says of itself.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "users.h"
#include "volume.h"

#define USER  40
#define OTHER 41

static void versions_up(void)
{
	server_up();
	server_configure("fs { node = \"node0\" root = \"" VOLUME "\" } ");
}

/* With the calls of libmol on each version, and on Linux */
START_TEST(posix)
{
	static const char *const versions[] = { "-1", "-2", "-3" };
	/* V1 has but one time. */
	const char *const with_mol[] = { "./files_mol", "/files",
					 _i ? NULL : "-times_set",
					 "-times_change", NULL };

	volume_make(VOLUME, versions[_i], 48 << 20);
	pm_start();
	fs_start();
	ck_assert_int_eq(program_run(with_mol), 0);
	fs_kill(SIGTERM);
	volume_check(VOLUME);
}
END_TEST

START_TEST(posix_of_linux)
{
	const char *const on_linux[] = { "./files_linux", "/tmp/on/files",
					 NULL };

	mkdir("/tmp/on", 0755);
	ck_assert_int_eq(mount("tmpfs", "/tmp/on", "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(program_run(on_linux), 0);
	ck_assert_int_eq(umount("/tmp/on"), 0);
}
END_TEST

/* Mounts */

static int mounts(struct call *call)
{
	struct stat a, b;
	int fd;

	(void)call;
	REQUIRE(!mol_mkdir("/m", 0755) && !mol_mkdir("/m/below", 0755));
	REQUIRE(RC(mol_mount("/tmp/none", "/m", 0)) == -ENODEV);
	REQUIRE(RC(mol_mount("/dev/zero", "/m", 0)) == -ENODEV);
	REQUIRE(RC(mol_mount(OTHER_VOLUME, "/none", 0)) == -ENOENT);
	REQUIRE(RC(mol_mount(OTHER_VOLUME, "/m", 0)) == 0);
	REQUIRE(RC(mol_mount(OTHER_VOLUME, "/m", 0)) == -EBUSY);
	REQUIRE(RC(mol_mount(OTHER_VOLUME, "/", 0)) == -EBUSY);
	REQUIRE(RC(mol_access("/m/below", F_OK)) == -ENOENT);
	REQUIRE(!mol_stat("/", &a) && !mol_stat("/m", &b));
	REQUIRE(a.st_dev != b.st_dev && b.st_ino == 1);
	REQUIRE(!mol_stat("/m/..", &b) && a.st_dev == b.st_dev);
	REQUIRE(!file_fill("/m/f", 1, 50000) && !mol_mkdir("/m/d", 0755));
	REQUIRE(RC(mol_rename("/m/f", "/f")) == -EXDEV);
	REQUIRE(RC(mol_link("/m/f", "/f")) == -EXDEV);
	REQUIRE(RC(mol_rmdir("/m")) == -EBUSY);
	REQUIRE(RC(mol_rename("/m", "/n")) == -EBUSY);
	REQUIRE(!mol_symlink("/m/d/../f", "/l") && !file_is("/l", 1, 50000));
	REQUIRE(!mol_chdir("/m/d") && RC(mol_umount("/m")) == -EBUSY);
	REQUIRE(!mol_stat("../..", &b) && a.st_dev == b.st_dev);
	REQUIRE(!mol_chdir("/"));
	fd = mol_open("/m/f", O_RDONLY);
	REQUIRE(fd >= 0 && RC(mol_umount("/m")) == -EBUSY);
	REQUIRE(!mol_close(fd) && RC(mol_umount("/m/d")) == -EINVAL);
	REQUIRE(RC(mol_umount("/")) == -EBUSY && !mol_umount("/m"));
	REQUIRE(!mol_access("/m/below", F_OK));
	REQUIRE(!mol_mount(OTHER_VOLUME, "/m", FS_RDONLY));
	REQUIRE(!file_is("/m/f", 1, 50000));
	REQUIRE(RC(mol_open("/m/f", O_WRONLY)) == -EROFS);
	REQUIRE(RC(mol_mkdir("/m/e", 0755)) == -EROFS);
	REQUIRE(RC(mol_unlink("/m/f")) == -EROFS && !mol_umount("/m"));
	return OK;
}

START_TEST(several_mounts)
{
	struct actor *a;

	volume_make(VOLUME, "-3", 24 << 20);
	volume_make(OTHER_VOLUME, "-2", 4 << 20);
	fs_start();
	a = actor_new(PROCESS, USER);
	ASSERT_RC(ASK(a, mounts), OK);
	fs_kill(SIGTERM);
	volume_check(VOLUME);
	volume_check(OTHER_VOLUME);
}
END_TEST

static int mounts_often(struct call *call)
{
	(void)call;
	REQUIRE(!mol_mkdir("/m", 0755));
	for (int i = 0; i < 30; i++) {
		REQUIRE(!RC(mol_mount(OTHER_VOLUME, "/m", 0)));
		REQUIRE(!file_fill("/m/f", i, 30000));
		REQUIRE(!RC(mol_umount("/m")));
	}
	return OK;
}

/* Threads, slots and files are given back. */
START_TEST(mounted_again)
{
	volume_make(VOLUME, "-3", 24 << 20);
	volume_make(OTHER_VOLUME, "-3", 4 << 20);
	fs_start();
	ASSERT_RC(ASK(actor_new(PROCESS, USER), mounts_often), OK);
	fs_kill(SIGTERM);
	volume_check(OTHER_VOLUME);
}
END_TEST

/* For whom */

static int path_ask(int type, fs_path_t arg)
{
	message m = { .m_type = type };

	com_put(&m, &arg);
	REQUIRE(!mnx_sendrec(FS_PROC_NR, &m));
	return m.m_type;
}

/* Root asks for Alice, and may what she may. */
static int asks_for_another(struct call *call)
{
	struct stat st;

	(void)call;
	REQUIRE(!mol_mkdir("/open", 0777) && !mol_chmod("/open", 0777));
	REQUIRE(!mol_mkdir("/closed", 0755));
	REQUIRE(!path_ask(FS_MKDIR, (fs_path_t){ .uid = ALICE,
						 .gid = BOB,
						 .length = 6,
						 .value = { 0755 },
						 .text = "open/a" }));
	REQUIRE(!mol_stat("/open/a", &st));
	REQUIRE(st.st_uid == ALICE && st.st_gid == BOB);
	REQUIRE(path_ask(FS_MKDIR, (fs_path_t){ .uid = ALICE,
						.gid = BOB,
						.length = 8,
						.value = { 0755 },
						.text = "closed/a" }) ==
		-EACCES);
	return OK;
}

static int may_not_ask(struct call *call)
{
	(void)call;
	REQUIRE(path_ask(FS_MKDIR, (fs_path_t){ .uid = 0,
						.gid = PROC_NO_ID,
						.length = 8,
						.text = "closed/a" }) ==
		-EPERM);
	REQUIRE(path_ask(FS_STAT, (fs_path_t){ .uid = PROC_NO_ID,
					       .gid = 0,
					       .length = 4,
					       .text = "open" }) == -EPERM);
	return OK;
}

static int opens_one(struct call *call)
{
	(void)call;
	REQUIRE(!file_fill("/f", 3, 100));
	return RC(mol_open("/f", O_RDONLY));
}

/* The descriptor of another, "peer" */
static int reads_anothers(struct call *call)
{
	char bytes[10];
	fs_rw_t arg = { .fd = call->value,
			.owner = call->peer,
			.at = (uintptr_t)bytes,
			.bytes = 10 };
	message m = { .m_type = FS_READ };

	com_put(&m, &arg);
	REQUIRE(!mnx_sendrec(FS_PROC_NR, &m));
	com_get(&m, &arg);
	return m.m_type ? m.m_type : (int)arg.done;
}

static int reads_as_user(struct call *call)
{
	become_user(ALICE);
	return reads_anothers(call);
}

START_TEST(for_whom)
{
	struct actor *a, *b;
	int fd;

	volume_make(VOLUME, "-3", 24 << 20);
	fs_start();
	a = actor_new(PROCESS, USER);
	b = actor_new(PROCESS, OTHER);
	ASSERT_RC(ASK(a, asks_for_another), OK);
	fd = ASK(a, opens_one);
	ck_assert_int_ge(fd, 0);
	ASSERT_RC(ASK(b, reads_anothers, .peer = a->ep, .value = fd), 10);
	ASSERT_RC(ASK(b, reads_anothers, .peer = a->ep, .value = fd + 1),
		  -EBADF);
	ASSERT_RC(ASK(b, reads_anothers, .value = fd), -EBADF);
	ASSERT_RC(ASK(b, reads_as_user, .peer = a->ep, .value = fd), -EPERM);
	ASSERT_RC(ASK(b, may_not_ask), OK);
}
END_TEST

/* Children */

static int says_fork(struct call *call)
{
	message m = { .m_type = FS_FORK };

	com_put(&m, &((fs_fork_t){ .endpoint = call->peer }));
	REQUIRE(!mnx_sendrec(FS_PROC_NR, &m));
	return m.m_type;
}

static int reads_some(struct call *call)
{
	char bytes[10];

	return RC(mol_read(call->value, bytes, 10));
}

START_TEST(children)
{
	struct actor *a, *b, *c;
	int fd;

	volume_make(VOLUME, "-3", 24 << 20);
	fs_start();
	a = actor_new(PROCESS, USER);
	b = actor_new(PROCESS, OTHER);
	c = actor_new(PROCESS, 42);
	fd = ASK(a, opens_one);
	ASSERT_RC(ASK(a, says_fork, .peer = b->ep), OK);
	ASSERT_RC(ASK(b, reads_some, .value = fd), 10);
	/* Again, as its answer may have been lost; another's child; a server */
	ASSERT_RC(ASK(a, says_fork, .peer = b->ep), OK);
	ASSERT_RC(ASK(c, says_fork, .peer = b->ep), EMOLPERM);
	ASSERT_RC(ASK(b, says_fork, .peer = a->ep), EMOLPERM);
	ASSERT_RC(ASK(a, says_fork, .peer = SYSTASK(0)), EMOLPERM);
	ASSERT_RC(ASK(a, says_fork, .peer = _ENDPOINT(9999, 60)), EMOLNOTBIND);
	ASSERT_RC(ASK(a, says_fork, .peer = -1234567), EMOLNOTBIND);
	actor_kill(b);
	b = actor_new(PROCESS, OTHER);
	ASSERT_RC(ASK(b, reads_some, .value = fd), -EBADF);
}
END_TEST

/* What it says of itself */

static int tells(struct call *call)
{
	fs_mount_t mount = { .number = 0 };
	fs_file_t file = { .endpoint = -NR_TASKS, .fd = -1 };
	message m;
	int fd;

	(void)call;
	fd = mol_open("/f", O_RDWR | O_CREAT, 0666);
	REQUIRE(fd >= 0 && mol_write(fd, "abc", 3) == 3);
	com_put(&m, &mount);
	m.m_type = FS_NEXTMOUNT;
	REQUIRE(!mnx_sendrec(FS_PROC_NR, &m) && !m.m_type);
	com_get(&m, &mount);
	REQUIRE(mount.number == 1 && !mount.flags && mount.copied >= 3);
	REQUIRE(!strcmp(mount.device, "/tmp/fs.img"));
	mount.number++;
	com_put(&m, &mount);
	m.m_type = FS_NEXTMOUNT;
	REQUIRE(!mnx_sendrec(FS_PROC_NR, &m) && m.m_type == -ENOENT);
	com_put(&m, &file);
	m.m_type = FS_NEXTFILE;
	REQUIRE(!mnx_sendrec(FS_PROC_NR, &m) && !m.m_type);
	com_get(&m, &file);
	REQUIRE(file.fd == fd && file.position == 3 && file.dev == 1);
	com_put(&m, &file);
	m.m_type = FS_NEXTFILE;
	REQUIRE(!mnx_sendrec(FS_PROC_NR, &m) && m.m_type == -ENOENT);
	return OK;
}

START_TEST(what_it_tells)
{
	volume_make(VOLUME, "-3", 24 << 20);
	fs_start();
	ASSERT_RC(ASK(actor_new(PROCESS, USER), tells), OK);
}
END_TEST

/* What it does not start with */

START_TEST(two_on_one_image)
{
	volume_make(VOLUME, "-3", 24 << 20);
	volume_make(OTHER_VOLUME, "-3", 4 << 20);
	server_configure("memory { node = \"node0\" disk \"d\" { "
			 "image = \"" VOLUME "\" mode = \"sync\" } } "
			 "fs { node = \"node0\" root = \"" VOLUME "\" } ");
	memory_start();
	fs_spawn();
	ck_assert_int_eq(fs_wait(), EXIT_FAILURE << 8);
	volume_check(VOLUME);
}
END_TEST

START_TEST(no_file_system)
{
	int fd = open(VOLUME, O_RDWR | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_eq(ftruncate(fd, 1 << 20), 0);
	close(fd);
	fs_spawn();
	ck_assert_int_eq(fs_wait(), EXIT_FAILURE << 8);
}
END_TEST

/* Full */

static int fills(struct call *call)
{
	static char block[65536];
	struct statvfs st;
	char name[16];
	int fd, n = 0;

	(void)call;
	fd = mol_open("/all", O_WRONLY | O_CREAT, 0666);
	while (mol_write(fd, block, sizeof(block)) > 0)
		;
	REQUIRE(errno == ENOSPC && !mol_close(fd));
	REQUIRE(!mol_statvfs("/", &st) && st.f_bfree < 64);
	while ((fd = mol_creat((snprintf(name, sizeof(name), "/n%d", n), name),
			       0600)) >= 0)
		REQUIRE(n++ < 5000 && !mol_close(fd));
	REQUIRE(errno == ENOSPC);
	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "/n%d", i);
		REQUIRE(!mol_unlink(name));
	}
	REQUIRE(!mol_unlink("/all") && !mol_sync());
	REQUIRE(!mol_statvfs("/", &st) && st.f_bfree > 800);
	return file_fill("/after", 1, 200000);
}

START_TEST(full)
{
	volume_make(VOLUME, "-3", 1 << 20);
	fs_start();
	ASSERT_RC(ASK(actor_new(PROCESS, USER), fills), OK);
	fs_kill(SIGTERM);
	volume_check(VOLUME);
}
END_TEST

/* Speed */

#define FILE_BYTES (4 << 20)
#define PIECE      65536

static double seconds_since(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - from->tv_sec) +
	       (double)(now.tv_nsec - from->tv_nsec) / 1e9;
}

/* MB/s with a warm cache, of pieces of 64 KiB */
static int reads_fast(struct call *call)
{
	static char piece[PIECE];
	int fd = mol_open("/f", O_RDONLY);
	struct timespec begin;
	double bytes = 0, seconds;

	(void)call;
	REQUIRE(fd >= 0);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		if (mol_pread(fd, piece, PIECE, (off_t)bytes % FILE_BYTES) !=
		    PIECE)
			return -errno;
		bytes += PIECE;
		seconds = seconds_since(&begin);
	} while (seconds < 1);
	return (int)(bytes / seconds / 1e6);
}

static int fills_one(struct call *call)
{
	(void)call;
	return file_fill("/f", 1, FILE_BYTES);
}

/* The same of what Linux copies from its cache, and between processes */
static int linux_reads(bool process)
{
	static char piece[PIECE], from[FILE_BYTES];
	const int fd = open(VOLUME, O_RDONLY);
	struct iovec own = { piece, PIECE }, other = { NULL, PIECE };
	struct timespec begin;
	double bytes = 0, seconds;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		const off_t at = (off_t)bytes % FILE_BYTES;

		other.iov_base = from + at;
		ck_assert_int_eq(process ? process_vm_readv(getpid(), &own, 1,
							    &other, 1, 0) :
					   pread(fd, piece, PIECE, at),
				 PIECE);
		bytes += PIECE;
		seconds = seconds_since(&begin);
	} while (seconds < 1);
	close(fd);
	return (int)(bytes / seconds / 1e6);
}

START_TEST(speed)
{
	struct actor *a;
	int rate;

	volume_make(VOLUME, "-3", 24 << 20);
	fs_start();
	a = actor_new(PROCESS, USER);
	ASSERT_RC(ASK(a, fills_one), OK);
	rate = ASK(a, reads_fast);
	ck_assert_int_gt(rate, 0);
	printf("64 KiB reads, warm: FS %d MB/s, Linux's files %d MB/s, "
	       "process_vm_readv %d MB/s\n",
	       rate, linux_reads(false), linux_reads(true));
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ posix, 3 },          { posix_of_linux, 1 },
		{ several_mounts, 1 }, { mounted_again, 1 },
		{ for_whom, 1 },       { children, 1 },
		{ what_it_tells, 1 },  { two_on_one_image, 1 },
		{ no_file_system, 1 }, { full, 1 },
		{ speed, 1 },
	};

	device_open_to_all();
	stage_init();
	return RUN_TESTS("file system", 120, versions_up, volume_down, tests);
}
