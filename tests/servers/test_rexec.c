// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests to INIT for programs: what it refuses, what it is not told to go on
 * with, and what is none.  tests/tool/run_node has what they are for.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <molipc/init.h>

#include "pm.h"
#include "users.h"

#define USER  40
#define SAYS  "/tmp/rexec.said"
#define NOISE 2000

#define NOBODY 65534 /* a user */
#define A_PART 16    /* of all places */

/* touch, with the file that it makes */
static const struct {
	init_image_t head;
	char text[40];
} touch = { { 2, 0 }, "/bin/touch\0/\0touch\0" SAYS };

#define TOUCH_BYTES (sizeof(init_image_t) + 19 + sizeof(SAYS))

static int init_ask(int type, message *m)
{
	int rc;

	m->m_type = type;
	rc = mnx_sendrec(INIT_PROC_NR, m);
	return rc ? rc : m->m_type;
}

static int rexec_with(const void *image, uint32_t bytes, uint32_t uid,
		      uint32_t flags, int *pid)
{
	init_rexec_t arg = { .image = (uintptr_t)image,
			     .bytes = bytes,
			     .uid = uid,
			     .flags = flags };
	message m;
	int rc;

	com_put(&m, &arg);
	rc = init_ask(INIT_REXEC, &m);
	com_get(&m, &arg);
	*pid = arg.pid;
	return rc;
}

static int rexec(const void *image, uint32_t bytes, uint32_t uid, int *pid)
{
	return rexec_with(image, bytes, uid, 0, pid);
}

static int go(int pid, int drop)
{
	message m;

	com_put(&m, &((init_go_t){ pid, drop }));
	return init_ask(INIT_GO, &m);
}

static int read_of(int pid)
{
	static char piece[64];
	init_read_t arg = { .to = (uintptr_t)piece,
			    .bytes = sizeof(piece),
			    .pid = pid };
	message m;

	com_put(&m, &arg);
	return init_ask(INIT_READ, &m);
}

/* For ASK() */

static int bad_ones(struct call *call)
{
	message m = { .m_type = 0 };
	int pid;

	(void)call;
	REQUIRE(init_ask(INIT_BASE + 3, &m) == EMOLBADCALL);
	REQUIRE(init_ask(INIT_BASE - 1, &m) == EMOLBADCALL);
	REQUIRE(rexec(&touch, INIT_IMAGE_MAX + 1, 0, &pid) == -E2BIG);
	REQUIRE(rexec((void *)8, 100, 0, &pid) == -EFAULT);
	REQUIRE(rexec(&touch, 0, 0, &pid) == -EINVAL);
	REQUIRE(rexec(&touch, TOUCH_BYTES - 1, 0, &pid) == -EINVAL);
	REQUIRE(rexec(&touch, TOUCH_BYTES + 1, 0, &pid) == -EINVAL);
	REQUIRE(rexec(&touch, TOUCH_BYTES, 12345678, &pid) == -EPERM);
	REQUIRE(rexec_with(&touch, TOUCH_BYTES, 0, 4, &pid) == -EINVAL);
	REQUIRE(go(1, 0) == -ESRCH);
	REQUIRE(go(0, 0) == -ESRCH);
	REQUIRE(read_of(1) == -ESRCH);
	return OK;
}

/* The user is root's word, which PM does not share: nobody adopts it. */
static int not_adopted(struct call *call)
{
	int pid, rc;

	rc = rexec(&touch, TOUCH_BYTES, (uint32_t)call->value, &pid);
	if (rc)
		return rc;
	REQUIRE(read_of(pid) == -ESRCH);
	REQUIRE(go(pid, 0) == OK);
	REQUIRE(go(pid, 0) == -ESRCH);
	return pid;
}

static int dropped(struct call *call)
{
	int pid, rc;

	(void)call;
	rc = rexec(&touch, TOUCH_BYTES, 0, &pid);
	if (rc)
		return rc;
	REQUIRE(go(pid, 1) == OK);
	REQUIRE(go(pid, 0) == -ESRCH);
	return pid;
}

/* Another one may not. */
static int go_for_other(struct call *call)
{
	REQUIRE(go(call->value, 0) == -ESRCH);
	REQUIRE(go(call->value, 1) == -ESRCH);
	REQUIRE(read_of(call->value) == -ESRCH);
	return OK;
}

static int waiting_for(uint32_t uid)
{
	int pid, rc = rexec(&touch, TOUCH_BYTES, uid, &pid);

	return rc ? rc : pid;
}

static int waiting(struct call *call)
{
	return waiting_for((uint32_t)call->value);
}

/* A user has a part of the places, until they are given up: how many? */
static int many(struct call *call)
{
	int n = 0, rc;

	become_user(call->value);
	do
		rc = waiting_for((uint32_t)call->value);
	while (rc > 0 && ++n < 100);
	REQUIRE(rc == -EAGAIN);
	return n;
}

static int noise(struct call *call)
{
	message m;
	int rc;

	srand((unsigned int)call->value);
	for (int i = 0; i < NOISE; i++) {
		for (size_t j = 0; j < sizeof(m.m_raw); j++)
			m.m_raw[j] = (char)(rand() & rand() & 0xff);
		rc = init_ask(INIT_BASE + rand() % 5, &m);
		REQUIRE(rc < 0);
	}
	return OK;
}

static void rexec_up(void)
{
	unlink(SAYS);
	server_up();
	pm_start();
}

static void init_for(const char *whom)
{
	char text[64];

	snprintf(text, sizeof(text), "init { node = node0  rexec = %s }", whom);
	server_configure(text);
	init_start();
}

/* One who asks an INIT that does it for those */
static struct actor *asker_of(const char *whom)
{
	struct actor *a = actor_new(PROCESS, USER);

	init_for(whom);
	ck_assert_int_gt(ASK(a, bind_it), 0);
	return a;
}

/* INIT, this one, and nothing that was started */
static void nothing_came_of_it(struct actor *a)
{
	AWAIT(ASK(a, look_at_table) == 2);
	ck_assert_int_ne(access(SAYS, F_OK), 0);
	ck_assert_int_eq(kill(init_pid(), 0), 0);
}

START_TEST(refuses)
{
	struct actor *a = asker_of("all");

	ASSERT_RC(ASK(a, bad_ones), OK);
	nothing_came_of_it(a);
}
END_TEST

START_TEST(for_nobody)
{
	struct actor *a = asker_of("none");

	ASSERT_RC(ASK(a, not_adopted, .value = 65534), -EPERM);
	nothing_came_of_it(a);
}
END_TEST

START_TEST(for_users)
{
	struct actor *a = asker_of("users");

	ASSERT_RC(ASK(a, not_adopted, .value = 0), -EPERM);
	ck_assert_int_gt(ASK(a, not_adopted, .value = 65534), 0);
	nothing_came_of_it(a);
}
END_TEST

START_TEST(goes_for_parents_only)
{
	struct actor *a = asker_of("all");

	ck_assert_int_gt(ASK(a, not_adopted, .value = 0), 0);
	nothing_came_of_it(a);
	ck_assert_int_gt(ASK(a, dropped), 0);
	nothing_came_of_it(a);
}
END_TEST

START_TEST(goes_for_its_asker_only)
{
	struct actor *a = asker_of("all");
	struct actor *b = actor_new(PROCESS, USER + 1);
	int pid;

	pid = ASK(a, waiting);
	ck_assert_int_gt(pid, 0);
	ASSERT_RC(ASK(b, go_for_other, .value = pid), OK);
	/* Nobody says anything: it is given up. */
	nothing_came_of_it(a);
}
END_TEST

START_TEST(no_user_has_all)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *c = actor_new(PROCESS, USER + 2);

	init_for("all");
	ck_assert_int_gt(ASK(c, bind_it), 0);
	ck_assert_int_eq(ASK(a, many, .value = NOBODY), A_PART);
	ASSERT_RC(ASK(b, many, .value = NOBODY), 0);
	ck_assert_int_eq(ASK(b, waiting, .value = NOBODY), -EAGAIN);
	for (int i = 0; i <= A_PART; i++)
		ck_assert_int_gt(ASK(c, waiting, .value = NOBODY), 0);
	nothing_came_of_it(c);
	ck_assert_int_gt(ASK(b, waiting, .value = NOBODY), 0);
}
END_TEST

START_TEST(survives_noise)
{
	struct actor *a = asker_of("all");

	ASSERT_RC(ASK(a, noise, .value = _i), OK);
	nothing_came_of_it(a);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ refuses, 1 },
		{ for_nobody, 1 },
		{ for_users, 1 },
		{ goes_for_parents_only, 1 },
		{ goes_for_its_asker_only, 1 },
		{ no_user_has_all, 1 },
		{ survives_noise, 2 },
	};

	stage_init();
	return RUN_TESTS("rexec", 120, rexec_up, server_down, tests);
}
