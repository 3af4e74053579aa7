// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A node that is connected but says nothing: what waits for its word ends after
 * the link timeout, and meanwhile lets handlers run and can be frozen.
 */
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cluster.h"
#include "copy.h"
#include "raw.h"

#define SERVER 10
#define CLIENT 60
#define QUICK  300 /* ms: of a link */
#define LONG   3600000
#define GROUPS "/tmp/m3-groups"
#define GROUP  GROUPS "/frozen"

static struct actor *there, *here;

static void set_up(void)
{
	cluster_up(2);
}

/* An actor on each node, and how long node 1 may be silent */
static void begin(int ms)
{
	struct m3ipc_proxy_timeout arg = { .pxid = 1, .timeout = ms };

	there = actor_at(1, PROCESS, SERVER);
	here = actor_at(0, PROCESS, SERVER + 1);
	/* Nothing else is on its way to node 1 then. */
	AWAIT(slot_on(0, SERVER).p_incarnation &&
	      slot_on(1, SERVER + 1).p_incarnation);
	ASSERT_RC(raw_ioctl(cluster_fd(0), M3IPC_IOC_PROXY_TIMEOUT, &arg), OK);
}

/* From now on it is. */
static void be_silent(int ms)
{
	begin(ms);
	cluster_hold();
}

/* Commands for node 1 that have been taken out */
static uint64_t taken(void)
{
	node_usr_t node;

	ASSERT_RC(mnx_getnodeinfo(1, &node), OK);
	return node.n_pxsent;
}

/* The way that it comes to wait for nothing but the word of node 1 */
enum way {
	NO_TIME,     /* a send that may not wait */
	SIGNALLED,   /* one that a signal has ended */
	TIME_PASSED, /* one that waited too long */
	WOKEN,       /* one that another process has ended */
	NR_WAYS
};

static void send_in(enum way way)
{
	uint64_t before = taken();

	START(here, .op = OP_SEND, .peer = there->ep,
	      .ms = way == NO_TIME     ? 0 :
		    way == TIME_PASSED ? 1000 :
					 -1);
	AWAIT(taken() > before);
	if (way == SIGNALLED)
		actor_signal(here, SIG_INTERRUPT);
	if (way == WOKEN)
		ASSERT_RC(mnx_wakeup(VMID, SERVER + 1), OK);
}

/* The link is as it was. */
static void check_exchange(void)
{
	cluster_go_on();
	START(here, .op = OP_SENDREC, .peer = there->ep, .ms = -1);
	ASSERT_RC(CALL_RC(there, .op = OP_RCVRQST, .ms = -1), OK);
	ASSERT_RC(CALL_RC(there, .op = OP_REPLY, .peer = here->ep), OK);
	ASSERT_RC(actor_end(here).rc, OK);
}

START_TEST(send)
{
	be_silent(QUICK);
	send_in(_i);
	ASSERT_RC(actor_end(here).rc, EMOLNOTCONN);
	check_exchange();
}
END_TEST

/* Handlers run, and calls of theirs end, too. */
START_TEST(handler)
{
	struct result r;

	be_silent(QUICK * 5);
	actor_handler_call(here, (struct call){ .op = OP_SEND,
						.peer = there->ep,
						.ms = 0 });
	send_in(SIGNALLED);
	r = actor_signal(here, SIG_RESTART);
	ASSERT_RC(r.rc, EMOLNOTCONN);
	ASSERT_RC(actor_end(here).rc, EMOLNOTCONN);
	check_exchange();
}
END_TEST

/* Into the memory of a client of node 1, which is silent from now on */
static void copy_there(int ms)
{
	uint64_t before;

	begin(ms);
	START(there, .op = OP_SENDREC, .peer = here->ep, .ms = -1);
	ASSERT_RC(CALL_RC(here, .op = OP_RCVRQST, .ms = -1), OK);
	cluster_hold();
	before = taken();
	START(here, VCOPY(SELF, source, there->ep, sink, LEN));
	AWAIT(taken() > before);
}

static void end_copy(void)
{
	cluster_go_on();
	ASSERT_RC(CALL_RC(here, .op = OP_REPLY, .peer = there->ep), OK);
	ASSERT_RC(actor_end(there).rc, OK);
}

START_TEST(copy)
{
	copy_there(QUICK);
	ASSERT_RC(actor_end(here).rc, EMOLNOTCONN);
	end_copy();
}
END_TEST

/* In the time the word comes, the call ends as it says. */
START_TEST(heard)
{
	bool received = _i == SIGNALLED || _i == WOKEN;

	be_silent(LONG);
	send_in(_i);
	if (received) {
		START(there, .op = OP_RECEIVE, .peer = here->ep, .ms = -1);
		actor_await(there, RECEIVING);
	}
	cluster_go_on();
	if (received) {
		ASSERT_RC(actor_end(here).rc, OK);
		ASSERT_RC(actor_end(there).rc, OK);
		return;
	}
	ASSERT_RC(actor_end(here).rc, _i == NO_TIME ? EMOLAGAIN : EMOLTIMEDOUT);
}
END_TEST

/* Control groups */

static void make_group(void)
{
	mkdir(GROUPS, 0700);
	ck_assert_msg(!mount("none", GROUPS, "cgroup2", 0, NULL) ||
			      errno == EBUSY,
		      "cgroup2: %s", strerror(errno));
	ck_assert(!mkdir(GROUP, 0700) || errno == EEXIST);
}

static void remove_group(const struct actor *a)
{
	char pid[32];

	snprintf(pid, sizeof(pid), "%d", a->pid);
	ASSERT_RC(file_put(GROUPS "/cgroup.procs", pid), 0);
	rmdir(GROUP);
	umount(GROUPS);
}

static bool is_frozen(void)
{
	char text[256] = "";
	FILE *f = fopen(GROUP "/cgroup.events", "r");
	size_t n;

	ck_assert(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = 0;
	fclose(f);
	return strstr(text, "frozen 1");
}

static void freeze(const struct actor *a)
{
	char pid[32];

	make_group();
	snprintf(pid, sizeof(pid), "%d", a->pid);
	ASSERT_RC(file_put(GROUP "/cgroup.procs", pid), 0);
	ASSERT_RC(file_put(GROUP "/cgroup.freeze", "1"), 0);
	AWAIT(is_frozen());
}

static void thaw(const struct actor *a)
{
	ASSERT_RC(file_put(GROUP "/cgroup.freeze", "0"), 0);
	AWAIT(!is_frozen());
	remove_group(a);
}

/* A container is paused while the cable is out, and goes on when it is back. */
START_TEST(frozen)
{
	be_silent(LONG);
	send_in(_i);
	freeze(here);
	thaw(here);
	cluster_go_on();
	ASSERT_RC(actor_end(here).rc, _i == NO_TIME ? EMOLAGAIN : EMOLINTR);
	check_exchange();
}
END_TEST

/* It begins anew. */
START_TEST(frozen_copy)
{
	copy_there(LONG);
	freeze(here);
	thaw(here);
	cluster_go_on();
	ASSERT_RC(actor_end(here).rc, OK);
	end_copy();
}
END_TEST

static bool has_groups(void)
{
	char line[64];
	FILE *f = fopen("/proc/filesystems", "r");
	bool has = false;

	while (f && !has && fgets(line, sizeof(line), f))
		has = strstr(line, "\tcgroup2\n");
	if (f)
		fclose(f);
	return has;
}

int main(void)
{
	const int groups = has_groups();
	const struct test tests[] = {
		{ send, NR_WAYS },
		{ copy, 1 },
		{ handler, 1 },
		{ heard, NR_WAYS },
		{ frozen, groups ? TIME_PASSED : 0 },
		{ frozen_copy, groups },
	};

	if (!groups)
		puts("skipped: frozen: this kernel has no control groups");

	stage_init();
	return RUN_TESTS("silent nodes", 60, set_up, cluster_down, tests);
}
