// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trace points m3ipc:*, as tracefs shows them: one line for each step of a
 * call, with endpoints and results.
 */
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "gate.h"
#include "raw.h"
#include "roles.h"

#define TRACEFS "/sys/kernel/tracing"
#define LINES   256

static char lines[LINES][256];
static int nr_lines;

/* Opening it to write is enough. */
static void trace_clear(void)
{
	FILE *f = fopen(TRACEFS "/trace", "w");

	if (f)
		fclose(f);
}

static void trace_on(void)
{
	if (access(TRACEFS "/trace", F_OK))
		mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	trace_clear();
	ASSERT_RC(file_put(TRACEFS "/events/m3ipc/enable", "1"), 0);
}

static void trace_off(void)
{
	file_put(TRACEFS "/events/m3ipc/enable", "0");
	trace_clear();
}

/* Keeps of each line what follows the name's prefix: "call: vm=0 ep=..." */
static void trace_read(void)
{
	FILE *f = fopen(TRACEFS "/trace", "r");
	char line[1024], *event;

	ck_assert_ptr_nonnull(f);
	nr_lines = 0;
	while (nr_lines < LINES && fgets(line, sizeof(line), f)) {
		event = strstr(line, " m3ipc_");
		if (line[0] == '#' || !event)
			continue;
		event[strcspn(event, "\n")] = 0;
		snprintf(lines[nr_lines++], sizeof(lines[0]), "%.255s",
			 event + strlen(" m3ipc_"));
	}
	fclose(f);
}

static void fail_without(const char *line)
{
	int i;

	for (i = 0; i < nr_lines; i++)
		fprintf(stderr, "%3d %s\n", i, lines[i]);
	ck_abort_msg("no line \"%s\"", line);
}

static int count(const char *line)
{
	int i, n = 0;

	for (i = 0; i < nr_lines; i++)
		n += !strcmp(lines[i], line);
	return n;
}

/*
 * The line of that text, after line `after' or, with -1, the first one; it is
 * there that often.
 */
static int find(int after, int times, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int find(int after, int times, const char *format, ...)
{
	char line[256];
	va_list args;
	int i;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	ck_assert_msg(count(line) == times, "%d times \"%s\", not %d",
		      count(line), line, times);
	for (i = after + 1; times && i < nr_lines; i++)
		if (!strcmp(lines[i], line))
			return i;
	if (times)
		fail_without(line);
	return after;
}

static void set_up(void)
{
	stage_up();
	trace_on();
}

static void tear_down(void)
{
	stage_down();
	trace_off();
}

static void request(void)
{
	START(peer, .op = OP_SENDREC, .peer = me->ep, .ms = PATIENCE,
	      .m.m_type = 5);
}

/* And reads what was traced until then */
static void answer(void)
{
	ASSERT_RC(CALL_RC(me, .op = OP_REPLY, .peer = peer->ep, .m.m_type = 6),
		  OK);
	ASSERT_RC(actor_end(peer).rc, OK);
	trace_read();
}

/* A request that has to wait for the server, and its answer */
START_TEST(request_waits)
{
	int c, s, i;

	roles_set(PROCESS, RUNS);
	c = peer->ep;
	s = me->ep;
	request();
	actor_await(peer, SENDING | RECEIVING);
	ASSERT_RC(CALL_RC(me, .op = OP_RCVRQST, .ms = PATIENCE), OK);
	answer();
	i = find(-1, 1, "call: vm=0 ep=%d call=sendrec peer=%d", c, s);
	i = find(i, 1, "block: vm=0 ep=%d state=requesting peer=%d", c, s);
	i = find(i, 1, "message: vm=0 src=%d dst=%d type=5", c, s);
	i = find(i, 1, "end: vm=0 ep=%d call=rcvrqst rc=0", s);
	i = find(i, 1, "call: vm=0 ep=%d call=reply peer=%d", s, c);
	i = find(i, 1, "message: vm=0 src=%d dst=%d type=6", s, c);
	i = find(i, 1, "wake: vm=0 ep=%d rc=0", c);
	find(i, 1, "end: vm=0 ep=%d call=sendrec rc=0", c);
	find(i, 1, "end: vm=0 ep=%d call=reply rc=0", s);
	find(-1, 0, "wake: vm=0 ep=%d rc=0", s);
}
END_TEST

/* One that finds the server waiting */
START_TEST(server_waits)
{
	int c, s, i;

	roles_set(PROCESS, RUNS);
	c = peer->ep;
	s = me->ep;
	START(me, .op = OP_RCVRQST, .ms = PATIENCE);
	actor_await(me, RECEIVING);
	request();
	ASSERT_RC(actor_end(me).rc, OK);
	answer();
	i = find(-1, 1, "block: vm=0 ep=%d state=rcvrqst peer=%d", s, ANY);
	i = find(i, 1, "call: vm=0 ep=%d call=sendrec peer=%d", c, s);
	i = find(i, 1, "message: vm=0 src=%d dst=%d type=5", c, s);
	i = find(i, 1, "wake: vm=0 ep=%d rc=0", s);
	i = find(i, 1, "block: vm=0 ep=%d state=awaiting peer=%d", c, s);
	i = find(i, 1, "message: vm=0 src=%d dst=%d type=6", s, c);
	i = find(i, 1, "wake: vm=0 ep=%d rc=0", c);
	find(i, 1, "end: vm=0 ep=%d call=sendrec rc=0", c);
	find(-1, 1, "end: vm=0 ep=%d call=rcvrqst rc=0", s);
}
END_TEST

/* Errors: at once, after a wait, by privileges */
START_TEST(results)
{
	priv_usr_t priv;
	int s, i;

	roles_set(PROCESS, RUNS);
	s = me->ep;
	ASSERT_RC(CALL_RC(me, .op = OP_SEND, .peer = peer_ep), EMOLAGAIN);
	ASSERT_RC(CALL_RC(me, .op = OP_RECEIVE, .peer = ANY, .ms = SHORT),
		  EMOLTIMEDOUT);
	ASSERT_RC(mnx_getpriv(VMID, s, &priv), OK);
	priv.s_trap_mask = 0;
	ASSERT_RC(mnx_setpriv(VMID, s, &priv), OK);
	ASSERT_RC(CALL_RC(me, .op = OP_RELAY, .peer = peer_ep), EMOLTRAPDENIED);
	trace_read();
	i = find(-1, 1, "call: vm=0 ep=%d call=send peer=%d", s, peer_ep);
	i = find(i, 1, "end: vm=0 ep=%d call=send rc=%d", s, EMOLAGAIN);
	i = find(i, 1, "call: vm=0 ep=%d call=receive peer=%d", s, ANY);
	i = find(i, 1, "block: vm=0 ep=%d state=receiving peer=%d", s, ANY);
	i = find(i, 1, "wake: vm=0 ep=%d rc=%d", s, EMOLTIMEDOUT);
	i = find(i, 1, "end: vm=0 ep=%d call=receive rc=%d", s, EMOLTIMEDOUT);
	i = find(i, 1, "call: vm=0 ep=%d call=relay peer=%d", s, peer_ep);
	find(i, 1, "end: vm=0 ep=%d call=relay rc=%d", s, EMOLTRAPDENIED);
}
END_TEST

/* A handler in the middle: one begin, one end */
START_TEST(restarted)
{
	int c;

	roles_set(PROCESS, SENDS_ME);
	c = peer->ep;
	actor_signal(peer, SIG_RESTART);
	actor_signal(peer, SIG_RESTART);
	ASSERT_RC(CALL_RC(me, .op = OP_RECEIVE, .peer = c), OK);
	ASSERT_RC(actor_end(peer).rc, OK);
	trace_read();
	find(-1, 1, "call: vm=0 ep=%d call=send peer=%d", c, me->ep);
	find(-1, 1, "block: vm=0 ep=%d state=sending peer=%d", c, me->ep);
	find(-1, 1, "wake: vm=0 ep=%d rc=0", c);
	find(-1, 1, "end: vm=0 ep=%d call=send rc=0", c);
}
END_TEST

START_TEST(bindings)
{
	int i;

	roles_set(PROCESS, SENDS_ME);
	actor_kill(me);
	ASSERT_RC(actor_end(peer).rc, EMOLDSTDIED);
	trace_read();
	i = find(-1, 1, "bind: vm=0 ep=%d pid=%d", me->ep, me->pid);
	i = find(i, 1, "unbind: vm=0 ep=%d rc=%d", me->ep, EMOLNOTBIND);
	i = find(i, 1, "wake: vm=0 ep=%d rc=%d", peer_ep, EMOLDSTDIED);
	find(i, 1, "end: vm=0 ep=%d call=send rc=%d", peer_ep, EMOLDSTDIED);
}
END_TEST

START_TEST(copies)
{
	static char memory[8];

	roles_set(PROCESS, RECEIVES_ME);
	ASSERT_RC(CALL_RC(me, VCOPY(peer_ep, memory, SELF, memory, 8)), OK);
	ASSERT_RC(CALL_RC(me, VCOPY(other->ep, memory, me->ep, memory, 3)),
		  EMOLPROCSTS);
	trace_read();
	find(-1, 1, "vcopy: vm=0 ep=%d src=%d dst=%d bytes=8 rc=0", me->ep,
	     peer_ep, SELF);
	find(-1, 1, "vcopy: vm=0 ep=%d src=%d dst=%d bytes=3 rc=%d", me->ep,
	     other->ep, me->ep, EMOLPROCSTS);
}
END_TEST

START_TEST(first_notification)
{
	roles_set(PROCESS, RUNS);
	ASSERT_RC(CALL_RC(me, .op = OP_NOTIFY, .peer = peer_ep), OK);
	trace_read();
	find(-1, 1, "call: vm=0 ep=%d call=notify peer=%d", me->ep, peer_ep);
	find(-1, 1, "end: vm=0 ep=%d call=notify rc=0", me->ep);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ request_waits, 1 },      { server_waits, 1 }, { results, 1 },
		{ restarted, 1 },          { bindings, 1 },     { copies, 1 },
		{ first_notification, 1 },
	};

	stage_init();
	return RUN_TESTS("trace points", 60, set_up, tear_down, tests);
}
