// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A 32-bit program that uses all kinds of calls; test_compat runs it.
 *
 *	compat32 PEER	binds to slot COMPAT_NR and talks to PEER, an endpoint
 *
 * Exit status: 0, or the number of the line where something was wrong, modulo
 * 251, plus 1.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <molipc/molipc.h>

#include "compat32.h"

#define CHECK(condition)                                                     \
	do {                                                                 \
		if (!(condition)) {                                          \
			fprintf(stderr, "compat32: line %d: %s\n", __LINE__, \
				#condition);                                 \
			exit(__LINE__ % 251 + 1);                            \
		}                                                            \
	} while (0)

static int peer, self;

static void information(void)
{
	drvs_usr_t drvs;
	VM_usr_t vm;
	proc_usr_t proc;
	node_usr_t node;

	CHECK(!mnx_getdrvsinfo(&drvs));
	CHECK(drvs.d_nr_vms == NR_VMS && drvs.d_version == M3IPC_IOC_VERSION);
	CHECK(!mnx_getvminfo(0, &vm) && !strcmp(vm.vm_name, "stage"));
	CHECK(vm.vm_nodes == 1 && vm.vm_warn2proc == NONE);
	CHECK(!mnx_getprocinfo(0, COMPAT_NR, &proc));
	CHECK(proc.p_endpoint == self && proc.p_lpid == getpid());
	CHECK(proc.p_lclsent == 0 && !strcmp(proc.p_name, "compat32"));
	CHECK(!mnx_getnodeinfo(0, &node) && node.n_flags == NODE_ATTACHED);
	CHECK(mnx_getnodeinfo(77, &node) == EMOLBADNODEID);
	CHECK(mnx_getvminfo(-1, &vm) == EMOLBADVMID);
}

static void binding(void)
{
	self = mnx_bind(0, COMPAT_NR);
	CHECK(!mnx_bind_failed(self));
	CHECK(mnx_getep(getpid()) == self);
	CHECK(mnx_wait4bind() == self);
	CHECK(MNX_ERR(mnx_bind(0, COMPAT_NR + 1)) == EMOLBUSY);
	CHECK(MNX_ERR(mnx_lclbind(0, 0, COMPAT_NR + 1)) == EMOLBADPID);
	CHECK(mnx_unbind_T(0, peer, -2) == EMOLINVAL);
}

static long elapsed_ms(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - since->tv_sec) * 1000 +
	       (now.tv_nsec - since->tv_nsec) / 1000000;
}

static void timeouts(void)
{
	struct timespec begin;
	message m;

	CHECK(mnx_receive_T(ANY, &m, 0) == EMOLAGAIN);
	CHECK(mnx_receive_T(ANY, &m, -2) == EMOLINVAL);
	CHECK(mnx_receive_T(ANY, &m, (long)0x80000000) == EMOLINVAL);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	CHECK(mnx_receive_T(ANY, &m, 30) == EMOLTIMEDOUT);
	CHECK(elapsed_ms(&begin) >= 30);
}

/* The peer answers each request with all its bits inverted. */
static void exchange(void)
{
	message m = { .m_source = 1, .m_type = 10 };
	int i, reply_rc;

	for (i = 0; i < 56; i++)
		m.m_raw[i] = (uint8_t)(i * 37);
	CHECK(!mnx_sendrec_T(peer, &m, COMPAT_MS));
	CHECK(m.m_source == peer && m.m_type == ~10);
	for (i = 0; i < 56; i++)
		CHECK(m.m_raw[i] == (uint8_t) ~(i * 37));
	/* Layouts are the same on both sides. */
	m = (message){ .m_type = 11 };
	m.m4_l5 = 0x123456789abcdef0;
	m.m4_l1 = -1;
	CHECK(!mnx_send_T(peer, &m, COMPAT_MS));
	CHECK(!mnx_receive_T(peer, &m, COMPAT_MS));
	CHECK(m.m_type == 12 && m.m8_i2 == -5);
	CHECK(m.m_u.m_m8.m8p4_u64 == 0xfedcba9876543210);
	CHECK(!mnx_receive_T(ANY, &m, COMPAT_MS));
	CHECK(m.m_source == -1 && m.m_type == (int)NOTIFY_FROM(HARDWARE));
	CHECK(m.m9_l1 >= 1 && m.m9_t1.tv_sec > 0x5e000000);
	CHECK(!mnx_rcvrqst_T(&m, COMPAT_MS));
	CHECK(m.m_source == peer && m.m_type == 13);
	m.m_type = 14;
	CHECK(mnx_reply_rcvrqst_T(peer, &m, &reply_rc, 20) == EMOLTIMEDOUT);
	CHECK(reply_rc == OK);
	CHECK(mnx_notify(peer) == EMOLPRIVILEGES);
	CHECK(mnx_reply(peer, &m) == EMOLNOTREADY);
	CHECK(mnx_send(NONE, &m) == EMOLENDPOINT);
}

int main(int argc, char **argv)
{
	peer = argc > 1 ? atoi(argv[1]) : NONE;
	CHECK(sizeof(void *) == 4 && sizeof(long) == 4);
	binding();
	information();
	timeouts();
	exchange();
	CHECK(!mnx_unbind(0, SELF));
	CHECK(mnx_unbind(0, self) == EMOLNOTBIND);
	/* Addresses are cut to 32 bits, numbers of slots likewise. */
	CHECK(ioctl(mnx_fd(), M3IPC_IOC_GETVERSION, 0xfffffffe) &&
	      errno == EFAULT);
	CHECK(ioctl(mnx_fd(), M3IPC_IOC_SEND, -1) && errno == -EMOLINVAL);
	self = mnx_bind(0, COMPAT_NR);
	CHECK(!mnx_bind_failed(self));
	/* It ends as it is, bound. */
	return 0;
}
