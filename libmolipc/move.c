// SPDX-License-Identifier: LGPL-2.1-or-later
/* A server moves with its state; see molipc/move.h */
#include <limits.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <molipc/move.h>
#include <molipc/sys.h>

#include "device.h"

/* The mover's first word, and the taker's last: m2_i1 is OK, or what failed. */
#define MOVE_BEGIN 0x4d4f5642
#define MOVE_TAKEN 0x4d4f5645

/* By what the mover finds the taker of that node */
struct taker_name {
	char text[M3IPC_NAME_LEN];
};

static struct taker_name taker_name(int endpoint, int nodeid)
{
	struct taker_name name;

	snprintf(name.text, sizeof(name.text), "take.%d.%d", endpoint, nodeid);
	return name;
}

/* The mover */

static int state_hand_over(int taker, mnx_migr_state_t send_state, void *arg)
{
	message m = { .m_type = MOVE_BEGIN };
	int rc = mnx_send_T(taker, &m, MNX_MIGR_PATIENCE);

	if (!rc)
		rc = send_state(taker, arg);
	if (!rc)
		rc = mnx_receive_T(taker, &m, MNX_MIGR_PATIENCE);
	if (rc)
		return rc;
	return m.m_type == MOVE_TAKEN ? m.m2_i1 : EMOLBADREQUEST;
}

int mnx_migr_self(int nodeid, mnx_migr_state_t send_state, void *arg)
{
	const int endpoint = mnx_getep(getpid());
	int rc, taker;

	if (mnx_bind_failed(endpoint))
		return MNX_ERR(endpoint);
	taker = sys_lookup(taker_name(endpoint, nodeid).text,
			   MNX_MIGR_PATIENCE);
	if (mnx_bind_failed(taker))
		return MNX_ERR(taker);
	rc = state_hand_over(taker, send_state, arg);
	if (rc)
		return rc;
	rc = sys_migrate(endpoint, nodeid, 0);
	/* The call that moved it has ended as all of its calls do then. */
	return MNX_ERR(mnx_getep(getpid())) == EMOLNOTBIND ? OK : rc;
}

/* The taker */

static int bind_anywhere(int vmid)
{
	VM_usr_t vm;
	int rc = mnx_getvminfo(vmid, &vm), p_nr, end;

	if (rc)
		return rc;
	end = vm.vm_nr_procs;
	p_nr = vm.vm_nr_sysprocs - vm.vm_nr_tasks;
	for (rc = EMOLOVERRUN; p_nr < end; p_nr++) {
		rc = mnx_bind(vmid, p_nr);
		if (MNX_ERR(rc) != EMOLSLOTUSED && MNX_ERR(rc) != EMOLBADOWNER)
			return rc;
		rc = EMOLOVERRUN;
	}
	return rc;
}

/* Waits for the mover, takes what it has, and says whether it goes on here. */
static int state_take(int endpoint, mnx_migr_state_t recv_state, void *arg,
		      long ms)
{
	message m;
	drvs_usr_t node;
	int rc = mnx_getdrvsinfo(&node), told;

	if (!rc)
		rc = sys_publish(taker_name(endpoint, node.d_nodeid).text);
	if (!rc)
		rc = mnx_receive_T(endpoint, &m, ms);
	if (rc)
		return rc;
	rc = m.m_type == MOVE_BEGIN ? recv_state(endpoint, arg) :
				      EMOLBADREQUEST;
	if (!rc)
		rc = sys_migr_take(endpoint);
	m.m_type = MOVE_TAKEN;
	m.m2_i1 = rc;
	told = mnx_send_T(endpoint, &m, MNX_MIGR_PATIENCE);
	return rc ? rc : told;
}

int mnx_migr_take(int vmid, int endpoint, mnx_migr_state_t recv_state,
		  void *arg, long ms)
{
	int rc = bind_anywhere(vmid);

	if (mnx_bind_failed(rc))
		return rc;
	rc = state_take(endpoint, recv_state, arg, ms);
	mnx_unbind(vmid, SELF);
	return rc ? mi_endpoint_or_error(rc, 0) :
		    mnx_wait4bind_T(MNX_MIGR_PATIENCE);
}

/* The backup */

/* How long it waits before it makes sure that SYSTASK knows it still, in ms */
#define STANDBY_LOOK 5000

static int standby_ask(int vmid, int endpoint, bool stands)
{
	int rc = bind_anywhere(vmid);

	if (mnx_bind_failed(rc))
		return MNX_ERR(rc);
	rc = sys_standby(endpoint, stands);
	mnx_unbind(vmid, SELF);
	return rc;
}

static long ms_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000;
}

/*
 * The driver lets a backup go when the process of the endpoint ends: SYSTASK
 * binds it then, or the next one that it stands by for.
 */
static int standby_wait(long ms)
{
	const long end = ms_now() + ms;
	int rc;

	do {
		rc = mnx_wait4bind_T(ms > 0 ? ms : 0);
		ms = end - ms_now();
	} while (MNX_ERR(rc) == EMOLNOTBIND && ms > 0);
	return rc;
}

/* It is what it was before; or it has the endpoint, by now. */
static int standby_end(int vmid, int endpoint, int rc)
{
	int is;

	mnx_unbind(vmid, SELF); /* if the driver has it as a backup */
	standby_ask(vmid, endpoint, false);
	is = mnx_wait4bind_T(TIMEOUT_NOWAIT);
	return is == endpoint ? is : mi_endpoint_or_error(rc, 0);
}

int mnx_standby(int vmid, int endpoint, long ms)
{
	const long end = ms_now() + ms;
	long left = STANDBY_LOOK;
	int rc = mnx_wait4bind_T(TIMEOUT_NOWAIT);

	if (!mnx_bind_failed(rc))
		return mi_endpoint_or_error(EMOLBUSY, 0);
	for (;;) {
		/* EMOLBUSY: it stands by, or has it. */
		rc = standby_ask(vmid, endpoint, true);
		if (rc && rc != EMOLBUSY && rc != EMOLAGAIN)
			return mi_endpoint_or_error(rc, 0);
		if (ms >= 0 && end - ms_now() < left)
			left = end - ms_now();
		rc = standby_wait(left);
		if (!mnx_bind_failed(rc))
			return rc;
		rc = MNX_ERR(rc);
		if (rc != EMOLTIMEDOUT && rc != EMOLNOTBIND && rc != EMOLAGAIN)
			return standby_end(vmid, endpoint, rc);
		if (ms >= 0 && ms_now() >= end)
			return standby_end(vmid, endpoint, EMOLTIMEDOUT);
	}
}
