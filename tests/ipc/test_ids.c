// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The user and the group of a bound process are those that the kernel knows, as
 * the user namespace of who asks numbers them.
 */
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "raw.h"

#define NR       100
#define UID      1234
#define GID      4321
#define OVERFLOW 65534 /* of ids that a namespace does not have */

static int drop_ids(struct call *call)
{
	(void)call;
	return setegid(GID) || seteuid(UID);
}

/* Real ones, too: a user sees his own processes alone. */
static int drop_all_ids(struct call *call)
{
	(void)call;
	return setresgid(GID, GID, GID) || setresuid(UID, UID, UID);
}

static void check_ids(uint32_t uid, uint32_t gid, int p_nr)
{
	proc_usr_t info;

	ASSERT_RC(mnx_getprocinfo(VMID, p_nr, &info), OK);
	ck_assert_uint_eq(info.p_uid, uid);
	ck_assert_uint_eq(info.p_gid, gid);
}

/* The effective ones, as they are now */
START_TEST(effective)
{
	struct actor *a = actor_new(PROCESS, NR);

	check_ids(0, 0, NR);
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = drop_ids), OK);
	check_ids(UID, GID, NR);
	check_ids(PROC_NO_ID, PROC_NO_ID, NR + 1);
}
END_TEST

/* Of one that its user namespace has none for, and of one that it has */
static void ask_inside(void *unused)
{
	(void)unused;
	ck_assert(!unshare(CLONE_NEWUSER));
	prctl(PR_SET_DUMPABLE, 1); /* its /proc is its own again */
	check_ids(OVERFLOW, OVERFLOW, NR);
	ASSERT_RC(file_put("/proc/self/setgroups", "deny"), 0);
	ASSERT_RC(file_put("/proc/self/gid_map", "7 4321 1"), 0);
	ASSERT_RC(file_put("/proc/self/uid_map", "8 1234 1"), 0);
	check_ids(8, 7, NR);
}

/* As that user: it may map itself. */
static void ask(void *unused)
{
	ck_assert(!setresgid(GID, GID, GID) && !setresuid(UID, UID, UID));
	ask_inside(unused);
}

START_TEST(namespace)
{
	struct actor *a = actor_new(PROCESS, NR);

	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = drop_all_ids), OK);
	mnx_fd();
	child_run(ask, NULL);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ effective, 1 },
		{ namespace, 1 },
	};

	stage_init();
	return RUN_TESTS("ids", 60, stage_up, stage_down, tests);
}
