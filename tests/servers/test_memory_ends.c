// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MEMORY and its clients, of which one ends in the middle: each group of a disk
 * with an image is on it wholly or not at all, and what was answered is.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "disk.h"
#include "server.h"

#define USER   40
#define OTHER  41
#define GROUP  12 /* blocks of each group, which are far from each other */
#define GROUPS (DISK_BLOCKS / GROUP)
#define KILLS  25

/* Of each group the number that was answered last, and that was asked for */
static struct shared {
	volatile int answered[GROUPS], asked[GROUPS];
	volatile int nr;
} * shared;

static char data[GROUP * DISK_BLOCK];

static int block_of(int group, int i)
{
	return i * GROUPS + group;
}

static int group_write(int group, int number)
{
	dev_piece_t pieces[GROUP];
	int rc;

	for (int i = 0; i < GROUP; i++) {
		pieces[i] = (dev_piece_t){
			.position = block_of(group, i) * DISK_BLOCK,
			.address = (uintptr_t)data + i * DISK_BLOCK,
			.bytes = DISK_BLOCK,
		};
		disk_fill(data + i * DISK_BLOCK, number);
	}
	shared->asked[group] = number;
	rc = disk_vector(DEV_COMMIT, DISK_SYNC, 0, pieces, GROUP);
	if (rc != sizeof(data))
		return rc;
	shared->answered[group] = number;
	shared->nr++;
	return OK;
}

/*
 * Until the driver ends: that is what it returns.  Who was stopped meanwhile
 * asks again.
 */
static int load(struct call *call)
{
	int rc = disk_open(DISK_SYNC, DEV_WRITABLE);

	for (int n = call->value; !rc; n++)
		do
			rc = group_write(n % GROUPS, n);
		while (rc == EMOLPROCSTS);
	return rc;
}

/* Whatever the driver has in its memory: the image, as it is read anew */
static void groups_check(void)
{
	for (int group = 0; group < GROUPS; group++) {
		int number = disk_image_number(DISK_SYNC_IMAGE, group);

		ck_assert(number == shared->answered[group] ||
			  number == shared->asked[group]);
		for (int i = 1; i < GROUP; i++)
			ck_assert_int_eq(disk_image_number(DISK_SYNC_IMAGE,
							   block_of(group, i)),
					 number);
	}
}

/* Of the driver, before it took a request or before it answered */
static bool is_death(int rc)
{
	return rc == EMOLDSTDIED || rc == EMOLSRCDIED;
}

static int fill_all(struct call *call)
{
	int rc = disk_open(DISK_SYNC, DEV_WRITABLE);

	(void)call;
	for (int group = 0; !rc && group < GROUPS; group++)
		rc = group_write(group, 0);
	return rc ? rc : disk_close(DISK_SYNC);
}

static int is_open(struct call *call)
{
	const int rc = disk_io(DEV_READ, call->value, 0, data, DISK_BLOCK);

	return rc == DISK_BLOCK ? OK : rc;
}

static int opens(struct call *call)
{
	return disk_open(call->value, DEV_WRITABLE);
}

START_TEST(the_driver_is_killed)
{
	struct actor *a = actor_new(PROCESS, USER);
	unsigned int seed = 1;
	int nr = 0;

	ASSERT_RC(ASK(a, fill_all), OK);
	for (int i = 0; i < KILLS; i++) {
		const int before = shared->nr;

		START(a, .op = OP_RUN, .run = load, .value = 1 + i * 100000);
		AWAIT(shared->nr > before + 3);
		random_delay(&seed, 30000);
		memory_kill(SIGKILL);
		ck_assert(is_death(actor_end(a).rc));
		nr += shared->nr - before;
		memory_start();
		/* Its journal is done with when it answers. */
		ASSERT_RC(ASK(a, opens, .value = DISK_SYNC), OK);
		groups_check();
	}
	printf("    %d kills, %d groups\n", KILLS, nr);
	fflush(stdout);
}
END_TEST

/* Clients that end in the middle hold up nobody, and lose nothing. */
START_TEST(clients_are_killed)
{
	struct actor *a, *b = actor_new(PROCESS, OTHER);
	unsigned int seed = 2;

	ASSERT_RC(ASK(b, fill_all), OK);
	for (int i = 0; i < KILLS; i++) {
		const int before = shared->nr;

		a = actor_new(PROCESS, USER);
		START(a, .op = OP_RUN, .run = load, .value = 1 + i * 100000);
		AWAIT(shared->nr > before + 3);
		random_delay(&seed, 10000);
		actor_kill(a);
		ASSERT_RC(ASK(b, fill_all), OK);
	}
	memory_kill(SIGTERM);
	groups_check();
}
END_TEST

/* A new driver knows nothing of who had opened disks of the one before. */
START_TEST(opened_anew)
{
	struct actor *a = actor_new(PROCESS, USER);

	ASSERT_RC(ASK(a, opens, .value = DISK_SYNC), OK);
	ASSERT_RC(ASK(a, is_open, .value = DISK_SYNC), OK);
	disk_restart(SIGKILL);
	ASSERT_RC(ASK(a, is_open, .value = DISK_SYNC), -EBADF);
	ASSERT_RC(ASK(a, opens, .value = DISK_SYNC), OK);
	ASSERT_RC(ASK(a, is_open, .value = DISK_SYNC), OK);
	disk_restart(SIGTERM);
	ASSERT_RC(ASK(a, is_open, .value = DISK_SYNC), -EBADF);
}
END_TEST

/* Stopped while it waits for its answer; others are served. */
START_TEST(a_client_is_stopped)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, OTHER);
	int before;

	ASSERT_RC(ASK(a, fill_all), OK);
	before = shared->nr;
	ASSERT_RC(ASK(b, opens, .value = DISK_EMPTY), OK);
	START(a, .op = OP_RUN, .run = load, .value = 1);
	AWAIT(shared->nr > before + 3);
	for (int i = 0; i < 20; i++) {
		actor_stop(a);
		for (int k = 0; k < 20; k++)
			ASSERT_RC(ASK(b, is_open, .value = DISK_EMPTY), OK);
		before = shared->nr;
		actor_continue(a);
		AWAIT(shared->nr > before);
	}
	memory_kill(SIGTERM);
	ck_assert(is_death(actor_end(a).rc));
	groups_check();
}
END_TEST

static void up(void)
{
	disk_up();
	memset(shared, 0, sizeof(*shared));
}

int main(void)
{
	const struct test tests[] = {
		{ the_driver_is_killed, 1 },
		{ clients_are_killed, 1 },
		{ opened_anew, 1 },
		{ a_client_is_stopped, 1 },
	};

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	stage_init();
	return RUN_TESTS("ends of the memory driver", 240, up, disk_down,
			 tests);
}
