// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A server of node 0 leaves its slot, and one comes in its place: what node 1
 * hears of the first is not taken for word of the second, however late it is.
 */
#include <time.h>

#include "cluster.h"
#include "raw.h"

#define SERVER 10
#define CLIENT 101
#define TIMES  1000
#define DAY    86400

static struct actor *server, *client;

/* How node 1 learns of the next server */
enum way {
	UNKNOWN, /* it drops the last one, and enters one */
	KNOWN,   /* it enters that one, in the place of the last */
	NR_WAYS
};

static uint64_t incarnation(int nodeid)
{
	return slot_on(nodeid, SERVER).p_incarnation;
}

static void set_up(void)
{
	cluster_up(2);
	server = actor_at(0, PROCESS, SERVER);
	client = actor_at(1, PROCESS, CLIENT);
	/* What is told of the first server is known, and not on its way. */
	AWAIT(incarnation(1) == incarnation(0));
}

static void drop(void)
{
	struct m3ipc_unbind arg = { .vmid = VMID, .endpoint = SERVER };
	int rc = raw_ioctl(cluster_fd(1), M3IPC_IOC_UNBIND, &arg);

	if (rc != EMOLNOTBIND)
		ASSERT_RC(rc, OK);
}

static void enter(enum way way)
{
	struct m3ipc_rmtbind arg = {
		.vmid = VMID,
		.endpoint = SERVER,
		.nodeid = 0,
		.name = "next",
		.incarnation = way == KNOWN ? incarnation(0) : 0,
	};

	int rc;

	if (way == UNKNOWN)
		drop();
	rc = raw_ioctl(cluster_fd(1), M3IPC_IOC_RMTBIND, &arg);
	/* Of whom nothing is known may be that one. */
	if (rc != EMOLSLOTUSED || way == UNKNOWN || incarnation(1))
		ASSERT_RC(rc, OK);
}

static void restart(void)
{
	ASSERT_RC(CALL_RC(server, .op = OP_UNBIND, .peer = SELF), OK);
	ASSERT_RC(CALL_RC(server, .op = OP_BIND, .peer = SERVER), SERVER);
}

/* The client's next call */
static void call(void)
{
	struct result r;

	START(server, .op = OP_RCVRQST, .ms = 2000);
	START(client, .op = OP_SENDREC, .peer = SERVER, .ms = -1);
	r = actor_end(server);
	if (!r.rc)
		CALL(server, .op = OP_REPLY, .peer = client->ep);
	ASSERT_RC(actor_end(client).rc, OK);
	ASSERT_RC(r.rc, OK);
}

START_TEST(restarts)
{
	unsigned int seed = 1;
	int i;

	for (i = 0; i < TIMES; i++) {
		restart();
		random_delay(&seed, RACE_DELAY);
		enter(_i);
		random_delay(&seed, RACE_DELAY);
		call();
	}
}
END_TEST

/* Word of the end, and all else, comes when the next one has been entered. */
START_TEST(late)
{
	cluster_hold();
	restart();
	enter(_i);
	cluster_go_on();
	call();
	AWAIT(incarnation(1) == incarnation(0));
	call();
	ASSERT_RC(CALL_RC(server, .op = OP_UNBIND, .peer = SELF), OK);
	AWAIT(slot_on(1, SERVER).p_rts_flags & SLOT_FREE);
}
END_TEST

/* The link breaks meanwhile, and what was on the way is lost. */
START_TEST(lost)
{
	unsigned int seed = 1;
	int i;

	for (i = 0; i < TIMES / 20; i++) {
		cluster_hold();
		restart();
		if (i % 2)
			enter(_i);
		random_delay(&seed, RACE_DELAY);
		cluster_cut(0, 1);
		cluster_mend(0, 1);
		cluster_go_on();
		random_delay(&seed, RACE_DELAY);
		call();
	}
	cluster_cut(0, 1);
	ASSERT_RC(CALL_RC(server, .op = OP_UNBIND, .peer = SELF), OK);
	cluster_mend(0, 1);
	AWAIT(slot_on(1, SERVER).p_rts_flags & SLOT_FREE);
}
END_TEST

static void set_clock(time_t by)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec += by;
	ck_assert(!clock_settime(CLOCK_REALTIME, &now));
}

/* The clock goes back, and incarnations do not. */
START_TEST(clock_back)
{
	uint64_t before = incarnation(0);

	call();
	set_clock(-DAY);
	restart();
	set_clock(DAY);
	ck_assert_uint_gt(incarnation(0), before);
	enter(_i);
	call();
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ restarts, NR_WAYS },
		{ late, NR_WAYS },
		{ lost, NR_WAYS },
		{ clock_back, NR_WAYS },
	};

	stage_init();
	return RUN_TESTS("incarnation", 120, set_up, cluster_down, tests);
}
