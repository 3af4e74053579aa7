// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Privileges: what a binding begins with, that they are its own, and who may
 * set them to what.  What they forbid is in test_trapmask.c and
 * test_peermask.c, whom they warn in test_warn.c.
 */
#include <grp.h>
#include <limits.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate.h"
#include "priv.h"
#include "raw.h"

static struct actor *ann;

/* What a binding begins with */

static bool is_default(const priv_usr_t *priv, int p_nr)
{
	int i, level = p_nr < 0             ? TASK_PRIV :
		       p_nr < FIRST_USER_NR ? SERVER_PRIV :
					      USER_PRIV;

	for (i = 0; i < 4; i++)
		if (~priv->s_ipc_from[i] || ~priv->s_ipc_to[i])
			return false;
	return priv->s_id == p_nr && priv->s_warn == NONE &&
	       priv->s_level == level && priv->s_trap_mask == ALL_TRAPS &&
	       !~priv->s_call_mask;
}

static const int slots[] = { IDLE,          CLOCK,      SYSTASK_0,
			     HARDWARE,      PM_PROC_NR, FIRST_USER_NR - 1,
			     FIRST_USER_NR, 100,        NR_PROCS - 1 };

START_TEST(defaults)
{
	struct actor *a = actor_new(PROCESS, slots[_i]);
	priv_usr_t priv = priv_get(a->ep);

	ck_assert(is_default(&priv, slots[_i]));
}
END_TEST

START_TEST(defaults_of_thread)
{
	struct actor *a = actor_new(THREAD, 3);
	priv_usr_t priv = priv_get(a->ep);

	ck_assert(is_default(&priv, 3));
	/* It has its own. */
	set_traps(slot_endpoint(3 + LEADER_OFFSET), 0);
	priv = priv_get(a->ep);
	ck_assert(is_default(&priv, 3));
	ASSERT_RC(CALL_RC(a, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
}
END_TEST

START_TEST(what_is_set_is_got)
{
	struct actor *a = actor_new(PROCESS, 100);
	struct actor *b = actor_new(PROCESS, 101);
	priv_usr_t in = { .s_id = -5,
			  .s_warn = 28,
			  .s_level = KERNEL_PRIV,
			  .s_trap_mask = 0x5a,
			  .s_ipc_from = { 1, 2, 3, 4 },
			  .s_ipc_to = { 5, 6, 7, 1ULL << 63 },
			  .s_call_mask = 0x123456789abcdef0 };
	priv_usr_t out;

	priv_set(a->ep, &in);
	out = priv_get(a->ep);
	ck_assert_mem_eq(&in, &out, sizeof(in));
	out = priv_get(b->ep);
	ck_assert(is_default(&out, 101));
}
END_TEST

/* They belong to the binding. */

static int run_bind_in_child(struct call *call)
{
	priv_usr_t priv;
	int status, ep;
	pid_t pid;

	pid = fork();
	if (!pid) {
		ep = mnx_bind(VMID, call->peer);
		_exit(!(!mnx_bind_failed(ep) &&
			mnx_getpriv(VMID, ep, &priv) == OK &&
			is_default(&priv, call->peer) &&
			mnx_receive_T(ANY, &call->m, 0) == EMOLAGAIN));
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	return status ? -1 : OK;
}

static void narrow(int ep)
{
	priv_usr_t priv = { .s_warn = 5, .s_level = PROXY_PRIV };

	priv_set(ep, &priv);
}

START_TEST(not_inherited)
{
	struct actor *watcher = actor_new(PROCESS, 5);

	ann = actor_new(PROCESS, 100);
	narrow(ann->ep);
	ASSERT_RC(CALL_RC(ann, .op = OP_RUN, .run = run_bind_in_child,
			  .peer = 101),
		  OK);
	/* One fork, and no end of the child's binding */
	ck_assert_int_eq(CALL(watcher, .op = OP_RECEIVE, .peer = ANY).m.m9_i1,
			 M3IPC_WARN_FORK);
	ASSERT_RC(CALL_RC(watcher, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
}
END_TEST

/* A user slot and a system slot, whose endpoint stays the same */
START_TEST(bound_anew)
{
	int nr = _i ? 9 : 100;
	priv_usr_t priv;
	int old, ep;

	ann = actor_new(PROCESS, nr);
	old = ann->ep;
	narrow(old);
	priv = priv_get(old);
	ASSERT_RC(CALL_RC(ann, .op = OP_UNBIND, .peer = SELF), OK);
	ASSERT_RC(mnx_getpriv(VMID, old, &priv), EMOLNOTBIND);
	ASSERT_RC(mnx_setpriv(VMID, old, &priv), EMOLNOTBIND);
	ep = CALL_RC(ann, .op = OP_BIND, .peer = nr);
	priv = priv_get(ep);
	ck_assert(is_default(&priv, nr));
	ASSERT_RC(CALL_RC(ann, .op = OP_RECEIVE, .peer = ANY), EMOLAGAIN);
	if (ep != old)
		ASSERT_RC(mnx_getpriv(VMID, old, &priv), EMOLNOTBIND);
}
END_TEST

/* Who may */

static int run_set(struct call *call)
{
	priv_usr_t priv;
	int rc = mnx_getpriv(VMID, call->peer, &priv);

	REQUIRE(rc == OK);
	priv.s_id = 77;
	return mnx_setpriv(VMID, call->peer, &priv);
}

static int set_by(struct actor *who, int ep)
{
	return CALL_RC(who, .op = OP_RUN, .run = run_set, .peer = ep);
}

START_TEST(rights)
{
	static const struct {
		int p_nr, rc;
	} who[] = {
		{ SYSTASK_0, OK },   { SYSTASK(1), EMOLPERM },
		{ CLOCK, EMOLPERM }, { PM_PROC_NR, EMOLPERM },
		{ 120, EMOLPERM },   { NONE, EMOLPERM },
	};
	struct actor *subject = actor_new(PROCESS, 100);
	int i;

	for (i = 0; i < NR_OF(who); i++) {
		ann = who[i].p_nr == NONE ? actor_unbound() :
					    actor_new(PROCESS, who[i].p_nr);
		priv_set(subject->ep, &(priv_usr_t){ .s_warn = NONE });
		ASSERT_RC(set_by(ann, subject->ep), OK);
		ck_assert_int_eq(priv_get(subject->ep).s_id, 77);
		priv_set(subject->ep, &(priv_usr_t){ .s_warn = NONE });
		ASSERT_RC(CALL_RC(ann, .op = OP_RUN, .run = run_drop_all), OK);
		ASSERT_RC(set_by(ann, subject->ep), who[i].rc);
		ck_assert_int_eq(priv_get(subject->ep).s_id,
				 who[i].rc == OK ? 77 : 0);
		/* Not even one's own */
		if (who[i].p_nr != NONE)
			ASSERT_RC(set_by(ann, ann->ep), who[i].rc);
	}
}
END_TEST

static int run_bind_elsewhere(struct call *call)
{
	return mnx_bind(VMID + 1, call->peer);
}

START_TEST(systask_of_another_vm)
{
	struct actor *subject = actor_new(PROCESS, 100);
	VM_usr_t vm = VM_USR_INIT(VMID + 1, "another");

	ASSERT_RC(mnx_vm_init(&vm), OK);
	ann = actor_unbound();
	ASSERT_RC(CALL_RC(ann, .op = OP_RUN, .run = run_bind_elsewhere,
			  .peer = SYSTASK_0),
		  SYSTASK_0);
	ASSERT_RC(CALL_RC(ann, .op = OP_RUN, .run = run_drop_all), OK);
	ASSERT_RC(set_by(ann, subject->ep), EMOLPERM);
	ASSERT_RC(mnx_vm_end(VMID + 1), OK);
}
END_TEST

static void be_user(void *arg)
{
	struct m3ipc_priv priv = { .vmid = VMID, .endpoint = *(int *)arg };
	int fd = raw_open();

	ck_assert(!setgroups(0, NULL));
	ck_assert(!setresgid(1001, 1001, 1001));
	ck_assert(!setresuid(1001, 1001, 1001));
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETPRIV, &priv), OK);
	ck_assert_int_eq(priv.priv.s_id, 100);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_SETPRIV, &priv), EMOLPERM);
}

START_TEST(user)
{
	ann = actor_new(PROCESS, 100);
	child_run(be_user, &ann->ep);
}
END_TEST

/* Errors */

START_TEST(no_such_endpoint)
{
	int endpoints[] = { _ENDPOINT(1, 101),
			    0,
			    7,
			    IDLE,
			    HARDWARE,
			    ANY,
			    NONE,
			    SELF,
			    _ENDPOINT(1, NR_PROCS),
			    IDLE - 1,
			    INT_MAX,
			    INT_MIN,
			    0 };
	priv_usr_t priv = { .s_warn = NONE };
	int i;

	ann = actor_new(PROCESS, 100);
	endpoints[NR_OF(endpoints) - 1] =
		_ENDPOINT(_ENDPOINT_G(ann->ep) + 1, 100);
	for (i = 0; i < NR_OF(endpoints); i++) {
		ASSERT_RC(mnx_getpriv(VMID, endpoints[i], &priv), EMOLNOTBIND);
		ASSERT_RC(mnx_setpriv(VMID, endpoints[i], &priv), EMOLNOTBIND);
	}
}
END_TEST

START_TEST(no_such_vm)
{
	static const int vmids[][2] = {
		{ -1, EMOLBADVMID },        { NR_VMS, EMOLBADVMID },
		{ INT_MAX, EMOLBADVMID },   { INT_MIN, EMOLBADVMID },
		{ VMID + 1, EMOLVMNOTRUN },
	};
	priv_usr_t priv = { .s_warn = NONE };

	ASSERT_RC(mnx_getpriv(vmids[_i][0], 0, &priv), vmids[_i][1]);
	ASSERT_RC(mnx_setpriv(vmids[_i][0], 0, &priv), vmids[_i][1]);
}
END_TEST

START_TEST(bad_members)
{
	static const int levels[] = { USER_PRIV - 1, PROXY_PRIV + 1, INT_MIN,
				      INT_MAX };
	static const int warns[] = {
		IDLE - 1, FIRST_USER_NR, 100, ANY, SELF, 35767, INT_MIN, INT_MAX
	};
	static const uint32_t traps[] = { BIT(8), BIT(31), ~0u, 0x100ff };
	priv_usr_t before, after, priv;
	int i;

	ann = actor_new(PROCESS, 100);
	before = priv_get(ann->ep);
	for (i = 0; i < NR_OF(levels); i++) {
		priv = (priv_usr_t){ .s_warn = NONE, .s_level = levels[i] };
		ASSERT_RC(mnx_setpriv(VMID, ann->ep, &priv), EMOLRANGE);
	}
	for (i = 0; i < NR_OF(warns); i++) {
		priv = (priv_usr_t){ .s_warn = warns[i] };
		ASSERT_RC(mnx_setpriv(VMID, ann->ep, &priv), EMOLRANGE);
	}
	for (i = 0; i < NR_OF(traps); i++) {
		priv = (priv_usr_t){ .s_warn = NONE, .s_trap_mask = traps[i] };
		ASSERT_RC(mnx_setpriv(VMID, ann->ep, &priv), EMOLINVAL);
	}
	after = priv_get(ann->ep);
	ck_assert_mem_eq(&before, &after, sizeof(before));
}
END_TEST

START_TEST(good_members)
{
	priv_usr_t priv = { .s_warn = NONE };
	int i;

	ann = actor_new(PROCESS, 100);
	for (i = USER_PRIV; i <= PROXY_PRIV; i++) {
		priv.s_level = i;
		priv_set(ann->ep, &priv);
	}
	for (i = IDLE; i < FIRST_USER_NR; i++) {
		priv.s_warn = i;
		priv_set(ann->ep, &priv);
	}
	for (i = 0; i < 256; i++) {
		priv.s_trap_mask = (uint32_t)i;
		priv_set(ann->ep, &priv);
		ck_assert_uint_eq(priv_get(ann->ep).s_trap_mask, (uint32_t)i);
	}
}
END_TEST

START_TEST(bad_memory)
{
	struct m3ipc_priv *bad = (void *)16;
	int fd = raw_open();

	ann = actor_new(PROCESS, 100);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_SETPRIV, bad), EMOLFAULT);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETPRIV, bad), EMOLFAULT);
	ASSERT_RC(mnx_setpriv(VMID, ann->ep, NULL), EMOLFAULT);
	ASSERT_RC(mnx_getpriv(VMID, ann->ep, NULL), EMOLFAULT);
	close(fd);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ defaults, NR_OF(slots) },
		{ defaults_of_thread, 1 },
		{ what_is_set_is_got, 1 },
		{ not_inherited, 1 },
		{ bound_anew, 2 },
		{ rights, 1 },
		{ systask_of_another_vm, 1 },
		{ user, 1 },
		{ no_such_endpoint, 1 },
		{ no_such_vm, 5 },
		{ bad_members, 1 },
		{ good_members, 1 },
		{ bad_memory, 1 },
	};

	stage_init();
	return RUN_TESTS("privileges", 60, stage_up, stage_down, tests);
}
