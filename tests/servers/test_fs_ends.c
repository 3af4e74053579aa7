// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * FS when something ends or keeps silent: itself, its driver, clients, in the
 * middle of anything; and who is not to be held up by it.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "volume.h"

#define USER   40
#define OTHER  41
#define BYTES  300000
#define SYNCED 12 /* files, that are there after each end */

static char name[64];

static const char *file_name(const char *folder, int n)
{
	snprintf(name, sizeof(name), "%s/f%d", folder, n);
	return name;
}

/* Files that are on the disk then */
static int synced(struct call *call)
{
	int rc = 0;

	(void)call;
	mol_mkdir("/synced", 0755);
	for (int i = 0; !rc && i < SYNCED; i++)
		rc = file_fill(file_name("/synced", i), i, BYTES / (i + 1));
	return rc ? rc : RC(mol_sync());
}

static int synced_are_there(struct call *call)
{
	int rc = 0;

	(void)call;
	for (int i = 0; !rc && i < SYNCED; i++)
		rc = file_is(file_name("/synced", i), i, BYTES / (i + 1));
	return rc;
}

/*
 * Anything, again and again, until it is killed: its files are whole whenever
 * it looks.  What it is told when FS ends is EIO, and then it begins anew.
 */
static int works(struct call *call)
{
	char folder[16], other[80];
	int rc = 0, i = 0;

	snprintf(folder, sizeof(folder), "/w%d", call->value);
	mol_mkdir(folder, 0755);
	while (!rc || rc == -EIO) {
		mol_unlink(file_name(folder, i % 5));
		rc = file_fill(name, i, 1000 + i * 777 % 40000);
		if (!rc)
			rc = file_is(name, i, 1000 + i * 777 % 40000);
		snprintf(other, sizeof(other), "%s/g%d", folder, i % 3);
		mol_rename(name, other);
		mol_mkdir(file_name(folder, 100), 0755);
		mol_rmdir(name);
		if (!rc && i++ % 8 == 0 && mol_sync())
			rc = -errno;
		/* Those of an FS that is gone */
		for (int fd = 0; rc == -EIO && fd < 8; fd++)
			mol_close(fd);
	}
	return rc;
}

#define WORKERS 3

static struct actor *workers[WORKERS];

static void workers_start(void)
{
	for (int i = 0; i < WORKERS; i++) {
		workers[i] = actor_new(PROCESS, USER + 5 + i);
		START(workers[i], .op = OP_RUN, .run = works, .value = i);
	}
}

static void workers_kill(void)
{
	for (int i = 0; i < WORKERS; i++)
		actor_kill(workers[i]);
}

static void pause_ms(unsigned int ms)
{
	usleep(ms * 1000);
}

/* FS */

static int opens(struct call *call)
{
	return RC(mol_open("/synced/f0", call->value));
}

/* It is told so until it closes it, and its number is not another's. */
static int has_lost(struct call *call)
{
	const int fd = call->value;
	struct stat st;
	char byte;

	REQUIRE(RC(mol_read(fd, &byte, 1)) == -EIO);
	REQUIRE(RC(mol_fstat(fd, &st)) == -EIO && RC(mol_dup(fd)) == -EIO);
	REQUIRE(mol_open("/synced/f1", O_RDONLY) == fd + 1);
	REQUIRE(!mol_close(fd) && RC(mol_close(fd)) == -EBADF);
	REQUIRE(mol_open("/synced/f0", O_RDONLY) == fd);
	REQUIRE(mol_read(fd, &byte, 1) == 1);
	return OK;
}

static int goes_below(struct call *call)
{
	(void)call;
	mol_umask(077);
	return RC(mol_chdir("/synced"));
}

static int is_below(struct call *call)
{
	(void)call;
	REQUIRE(mol_umask(0) == 077);
	return file_is("f3", 3, BYTES / 4);
}

START_TEST(fs_is_killed)
{
	struct actor *a = actor_new(PROCESS, USER);
	unsigned int seed = (unsigned int)_i + 1;
	int fd;

	ASSERT_RC(ASK(a, synced), OK);
	ASSERT_RC(ASK(a, goes_below), OK);
	workers_start();
	for (int i = 0; i < 4; i++) {
		fd = ASK(a, opens, .value = O_RDONLY);
		ck_assert_int_ge(fd, 0);
		pause_ms(100 + (unsigned int)rand_r(&seed) % 400);
		fs_kill(SIGKILL);
		fs_start();
		ASSERT_RC(ASK(a, has_lost, .value = fd), OK);
		ASSERT_RC(ASK(a, synced_are_there), OK);
	}
	ASSERT_RC(ASK(a, is_below), OK);
	workers_kill();
	fs_kill(SIGKILL);
	/* What is in the journal of the image is put there by who opens it. */
	fs_start();
	fs_kill(SIGTERM);
	volume_check(VOLUME);
}
END_TEST

/* What is mounted besides the root */

static int goes_onto_mount(struct call *call)
{
	(void)call;
	REQUIRE(!mol_mkdir("/m", 0755) && !file_fill("/m/covered", 2, 100));
	REQUIRE(!RC(mol_mount(OTHER_VOLUME, "/m", 0)));
	REQUIRE(!file_fill("/m/f", 1, 50000) && !mol_mkdir("/m/d", 0755));
	REQUIRE(!mol_sync() && !mol_chdir("/m/d"));
	return RC(mol_open("/m/f", O_RDWR));
}

/* Nothing is there, nor written to what is: then it is mounted again. */
static int mount_is_gone(struct call *call)
{
	struct stat st;
	char byte = 0;

	REQUIRE(RC(mol_read(call->value, &byte, 1)) == -EIO);
	REQUIRE(RC(mol_write(call->value, &byte, 1)) == -EIO);
	REQUIRE(RC(mol_fsync(call->value)) == -EIO);
	REQUIRE(RC(mol_stat(".", &st)) == -ENOENT);
	REQUIRE(RC(mol_stat("../f", &st)) == -ENOENT);
	REQUIRE(RC(mol_open("g", O_RDWR | O_CREAT, 0644)) == -ENOENT);
	REQUIRE(RC(mol_stat("/m/f", &st)) == -ENOENT);
	REQUIRE(RC(mol_umount("/m")) == -EINVAL);
	REQUIRE(!file_is("/m/covered", 2, 100));
	REQUIRE(!RC(mol_mount(OTHER_VOLUME, "/m", 0)));
	REQUIRE(!file_is("/m/f", 1, 50000));
	REQUIRE(RC(mol_stat(".", &st)) == -ENOENT);
	REQUIRE(RC(mol_read(call->value, &byte, 1)) == -EIO);
	REQUIRE(!mol_close(call->value) && !mol_chdir("/m/d"));
	REQUIRE(!mol_chdir("/") && !RC(mol_umount("/m")));
	return OK;
}

START_TEST(mounts_end)
{
	struct actor *a = actor_new(PROCESS, USER);
	int fd;

	volume_make(OTHER_VOLUME, "-3", 4 << 20);
	fd = ASK(a, goes_onto_mount);
	ck_assert_int_ge(fd, 0);
	fs_kill(SIGKILL);
	fs_start();
	ASSERT_RC(ASK(a, mount_is_gone, .value = fd), OK);
	fs_kill(SIGTERM);
	volume_check(VOLUME);
	volume_check(OTHER_VOLUME);
}
END_TEST

/* A process that ended while there was no FS has nothing left. */
static int locks(struct call *call)
{
	struct flock l = { .l_type = F_WRLCK };
	int fd = mol_open("/l", O_RDWR | O_CREAT, 0666);

	(void)call;
	return RC(mol_fcntl(fd, F_SETLK, &l));
}

START_TEST(client_ends)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, OTHER);

	ASSERT_RC(ASK(a, locks), OK);
	ASSERT_RC(ASK(b, locks), -EAGAIN);
	actor_kill(a);
	AWAIT(!ASK(b, locks));
	fs_kill(SIGKILL);
	actor_kill(b);
	fs_start();
	a = actor_new(PROCESS, OTHER);
	ASSERT_RC(ASK(a, locks), OK);
}
END_TEST

/* In the middle of all kinds of requests, many times */
START_TEST(clients_end)
{
	struct actor *a = actor_new(PROCESS, USER);
	unsigned int seed = (unsigned int)_i + 1;

	ASSERT_RC(ASK(a, synced), OK);
	for (int i = 0; i < 8; i++) {
		workers_start();
		pause_ms((unsigned int)rand_r(&seed) % 200);
		workers_kill();
	}
	ASSERT_RC(ASK(a, synced_are_there), OK);
	fs_kill(SIGTERM);
	volume_check(VOLUME);
}
END_TEST

/* Clients that are stopped */

static long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

/* The longest of many requests, in ms */
static int longest(struct call *call)
{
	long begin, all = 0;
	struct stat st;
	char byte = 0;
	int fd = mol_open("/synced/f2", O_RDONLY);

	(void)call;
	REQUIRE(fd >= 0);
	for (int i = 0; i < 300; i++) {
		begin = now_us();
		REQUIRE(mol_pread(fd, &byte, 1, i * 100) == 1);
		REQUIRE(!mol_stat("/synced/f3", &st));
		if (now_us() - begin > all)
			all = now_us() - begin;
	}
	REQUIRE(!mol_close(fd));
	return (int)(all / 1000);
}

/* They go on where they were, and what they find is right. */
START_TEST(clients_stop)
{
	struct actor *a = actor_new(PROCESS, USER);
	unsigned int seed = (unsigned int)_i + 1;
	int ms, worst = 0;

	ASSERT_RC(ASK(a, synced), OK);
	workers_start();
	for (int i = 0; i < 12; i++) {
		struct actor *w = workers[i % WORKERS];

		pause_ms((unsigned int)rand_r(&seed) % 100);
		kill(w->pid, SIGSTOP);
		ms = ASK(a, longest);
		ck_assert_int_ge(ms, 0);
		worst = ms > worst ? ms : worst;
		kill(w->pid, SIGCONT);
	}
	for (int i = 0; i < WORKERS; i++)
		kill(workers[i]->pid, SIGSTOP);
	ms = ASK(a, longest);
	printf("the longest request beside clients that stop: %d ms; with all "
	       "stopped: %d ms\n",
	       worst, ms);
	ck_assert_int_lt(ms, 2000);
	for (int i = 0; i < WORKERS; i++)
		kill(workers[i]->pid, SIGCONT);
	workers_kill();
	fs_kill(SIGTERM);
	volume_check(VOLUME);
}
END_TEST

static int appends(struct call *call)
{
	REQUIRE(mol_write(call->value, "0123456789", 10) == 10);
	return OK;
}

static int appended(struct call *call)
{
	struct stat st;

	REQUIRE(!mol_stat("/l", &st));
	return st.st_size == call->value ? OK : (int)st.st_size;
}

static int opens_to_append(struct call *call)
{
	(void)call;
	return mol_open("/l", O_WRONLY | O_CREAT | O_APPEND, 0666);
}

/* In the middle of a write; others write to the same file. */
START_TEST(writer_stops)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	const int fd = ASK(a, opens_to_append), other = ASK(b, opens_to_append);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(other, 0);
	kill(fs_pid(), SIGSTOP);
	START(a, .op = OP_RUN, .run = appends, .value = fd);
	actor_await(a, RECEIVING); /* FS has it, and does nothing */
	kill(a->pid, SIGSTOP);
	kill(fs_pid(), SIGCONT);
	ASSERT_RC(ASK(b, appends, .value = other), OK);
	ASSERT_RC(ASK(b, appends, .value = other), OK);
	kill(a->pid, SIGCONT);
	ASSERT_RC(actor_end(a).rc, OK);
	ASSERT_RC(ASK(b, appended, .value = 30), OK);
	fs_kill(SIGTERM);
	volume_check(VOLUME);
}
END_TEST

/* More than the cache holds, so that nothing else of it is there */
static int large_fill(struct call *call)
{
	(void)call;
	REQUIRE(!file_fill("/large", 9, 3 << 20));
	REQUIRE(!mol_sync());
	return file_is("/large", 9, 3 << 20);
}

/* Reads that, again and again, until it is told to end */
static int reads_large(struct call *call)
{
	int rc;

	(void)call;
	do {
		rc = file_is("/large", 9, 3 << 20);
	} while (!rc && mol_access("/stop", F_OK));
	return rc;
}

static int stops(struct call *call)
{
	(void)call;
	return file_fill("/stop", 1, 1);
}

/* The driver */

START_TEST(driver_is_killed)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, OTHER);
	unsigned int seed = (unsigned int)_i + 1;

	ASSERT_RC(ASK(a, synced), OK);
	ASSERT_RC(ASK(a, large_fill), OK);
	workers_start();
	START(b, .op = OP_RUN, .run = reads_large);
	for (int i = 0; i < 5; i++) {
		pause_ms(50 + (unsigned int)rand_r(&seed) % 300);
		memory_kill(SIGKILL);
		pause_ms((unsigned int)rand_r(&seed) % 300);
		memory_start();
		ASSERT_RC(ASK(a, synced_are_there), OK);
		ASSERT_RC(ASK(a, synced), OK);
	}
	/* Nobody has been told anything. */
	ASSERT_RC(ASK(a, stops), OK);
	ASSERT_RC(actor_end(b).rc, OK);
	workers_kill();
	fs_kill(SIGTERM);
	memory_kill(SIGTERM);
	volume_check(VOLUME);
}
END_TEST

START_TEST(both_are_killed)
{
	struct actor *a = actor_new(PROCESS, USER);
	unsigned int seed = (unsigned int)_i + 1;

	ASSERT_RC(ASK(a, synced), OK);
	workers_start();
	for (int i = 0; i < 4; i++) {
		pause_ms(50 + (unsigned int)rand_r(&seed) % 300);
		memory_kill(SIGKILL);
		fs_kill(SIGKILL);
		memory_start();
		fs_start();
		ASSERT_RC(ASK(a, synced_are_there), OK);
	}
	workers_kill();
	fs_kill(SIGTERM);
	memory_kill(SIGTERM);
	volume_check(VOLUME);
}
END_TEST

static int reads_one(struct call *call)
{
	const int n = call->value;

	return file_is(file_name("/synced", n), n, BYTES / (n + 1));
}

/*
 * It does not answer: what is in the cache can be read, and what is not is an
 * error after a while; when it answers again all is as before.
 */
START_TEST(driver_is_silent)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, OTHER);
	long begin;

	ASSERT_RC(ASK(a, synced), OK);
	ASSERT_RC(ASK(a, large_fill), OK);
	ASSERT_RC(ASK(a, reads_one, .value = 11), OK);
	kill(memory_pid(), SIGSTOP);
	begin = now_ms();
	START(b, .op = OP_RUN, .run = reads_one, .value = 0);
	for (int i = 0; i < 20; i++)
		ASSERT_RC(ASK(a, reads_one, .value = 11), OK);
	ck_assert_int_lt(now_ms() - begin, 5000 * slowness());
	ASSERT_RC(actor_end(b).rc, -EIO);
	ck_assert_int_ge(now_ms() - begin, 5000);
	ASSERT_RC(ASK(a, reads_one, .value = 11), OK);
	kill(memory_pid(), SIGCONT);
	ASSERT_RC(ASK(b, reads_one, .value = 0), OK);
	ASSERT_RC(ASK(a, synced), OK);
	ASSERT_RC(ASK(a, synced_are_there), OK);
	fs_kill(SIGTERM);
	memory_kill(SIGTERM);
	volume_check(VOLUME);
}
END_TEST

static int makes(struct call *call)
{
	(void)call;
	return RC(mol_mkdir("/cut", 0755));
}

static int syncs(struct call *call)
{
	(void)call;
	return RC(mol_sync());
}

/* What an FS takes with it that it was to write the next one cannot sync. */
START_TEST(sync_is_cut)
{
	struct actor *a = actor_new(PROCESS, USER);

	ASSERT_RC(ASK(a, synced), OK);
	kill(memory_pid(), SIGSTOP);
	ASSERT_RC(ASK(a, makes), OK);
	START(a, .op = OP_RUN, .run = syncs);
	actor_await(a, RECEIVING);
	fs_kill(SIGKILL);
	kill(memory_pid(), SIGCONT);
	fs_start();
	ASSERT_RC(actor_end(a).rc, -EIO);
	ASSERT_RC(ASK(a, syncs), OK);
	ASSERT_RC(ASK(a, synced_are_there), OK);
	fs_kill(SIGTERM);
	memory_kill(SIGTERM);
	volume_check(VOLUME);
}
END_TEST

/* An image that shrinks: an error, and what is not there is not written. */
static int large_is_lost(struct call *call)
{
	(void)call;
	REQUIRE(file_is("/large", 9, 3 << 20) == -EIO);
	/* What is not there cannot be written either. */
	mol_mkdir("/new", 0755);
	REQUIRE(RC(mol_sync()) == -EIO);
	REQUIRE(RC(mol_mkdir("/newer", 0755)) == -EROFS);
	return OK;
}

START_TEST(image_shrinks)
{
	struct actor *a = actor_new(PROCESS, USER);

	ASSERT_RC(ASK(a, large_fill), OK);
	ASSERT_RC(ASK(a, synced), OK);
	ck_assert_int_eq(truncate(VOLUME, 600 << 10), 0);
	ASSERT_RC(ASK(a, large_is_lost), OK);
	ck_assert_int_eq(kill(fs_pid(), 0), 0);
	fs_kill(SIGTERM);
}
END_TEST

int main(void)
{
	const struct test over_image[] = {
		{ fs_is_killed, 2 }, { client_ends, 1 },  { clients_end, 2 },
		{ clients_stop, 2 }, { writer_stops, 1 }, { image_shrinks, 1 },
		{ mounts_end, 1 },
	};
	const struct test over_driver[] = {
		{ driver_is_killed, 2 },
		{ both_are_killed, 2 },
		{ driver_is_silent, 1 },
		{ sync_is_cut, 1 },
	};
	int rc;

	stage_init();
	rc = RUN_TESTS("ends, over an image", 120, volume_up, volume_down,
		       over_image);
	return RUN_TESTS("ends, over a driver", 120, disk_volume_up,
			 volume_down, over_driver) ||
	       rc;
}
