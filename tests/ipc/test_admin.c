// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Nodes: their sizes, and what they answer when they are down.
 *
 * Each test has a namespace of its own, whose node is down when it begins.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin.h"

/* Nodes */

START_TEST(node_defaults)
{
	drvs_usr_t d;

	memset(&d, 0xff, sizeof(d));
	ASSERT_RC(mnx_getdrvsinfo(&d), OK);
	ck_assert_int_eq(d.d_nodeid, LOCALNODE);
	ASSERT_RC(INIT_NODE(.d_nodeid = 5, .d_dbglvl = DBG_PROC), OK);
	ASSERT_RC(mnx_getdrvsinfo(&d), OK);
	ck_assert_int_eq(d.d_nodeid, 5);
	ck_assert_int_eq(d.d_nr_vms, 32);
	ck_assert_int_eq(d.d_nr_nodes, 32);
	ck_assert_int_eq(d.d_nr_tasks, 67);
	ck_assert_int_eq(d.d_nr_sysprocs, 96);
	ck_assert_int_eq(d.d_nr_procs, 189);
	ck_assert_int_eq(d.d_max_copybuf, 65536);
	ck_assert_int_eq(d.d_max_copylen, 16 << 20);
	ck_assert_uint_eq(d.d_dbglvl, DBG_PROC);
	ck_assert_int_eq(d.d_version, M3IPC_IOC_VERSION);
	ASSERT_RC(INIT_NODE(.d_nodeid = 6), EMOLDRVSBUSY);
	ASSERT_RC(mnx_drvs_end(), OK);
	ASSERT_RC(mnx_drvs_end(), EMOLDRVSINIT);
	ASSERT_RC(mnx_getdrvsinfo(&d), OK);
	ck_assert_int_eq(d.d_nodeid, LOCALNODE);
	ck_assert_uint_eq(d.d_dbglvl, 0);
}
END_TEST

static const struct node_case {
	int rc;
	drvs_usr_t drvs;
} node_cases[] = {
	/* nodes */
	{ EMOLRANGE, { .d_nr_nodes = -1 } },
	{ EMOLRANGE, { .d_nr_nodes = 65 } },
	{ EMOLRANGE, { .d_nr_nodes = INT_MIN } },
	{ OK, { .d_nr_nodes = 1 } },
	{ OK, { .d_nr_nodes = 64 } },
	{ EMOLBADNODEID, { .d_nodeid = -1 } },
	{ EMOLBADNODEID, { .d_nodeid = 32 } },
	{ EMOLBADNODEID, { .d_nodeid = 1, .d_nr_nodes = 1 } },
	{ EMOLBADNODEID, { .d_nodeid = INT_MAX } },
	{ OK, { .d_nodeid = 31 } },
	{ OK, { .d_nodeid = 63, .d_nr_nodes = 64 } },
	/* VMs */
	{ EMOLRANGE, { .d_nr_vms = -1 } },
	{ EMOLRANGE, { .d_nr_vms = 257 } },
	{ OK, { .d_nr_vms = 256 } },
	{ OK, { .d_nr_vms = 1 } },
	/* tasks: the SYSTASK of the node needs a slot */
	{ EMOLRANGE, { .d_nr_tasks = -1 } },
	{ EMOLRANGE, { .d_nr_tasks = 68 } },
	{ EMOLRANGE, { .d_nr_tasks = 1, .d_nr_sysprocs = 10 } },
	{ OK, { .d_nr_tasks = 2, .d_nr_sysprocs = 10 } },
	{ EMOLRANGE, { .d_nodeid = 9, .d_nr_tasks = 10 } },
	{ OK, { .d_nodeid = 9, .d_nr_tasks = 11 } },
	/* slots */
	{ EMOLRANGE, { .d_nr_procs = -1 } },
	{ EMOLRANGE, { .d_nr_procs = INT_MAX } },
	{ EMOLRANGE, { .d_nr_procs = 8126 } },
	{ OK, { .d_nr_procs = 8125 } },
	{ OK, { .d_nr_procs = 8190, .d_nr_tasks = 2, .d_nr_sysprocs = 3 } },
	{ EMOLRANGE,
	  { .d_nr_procs = 8191, .d_nr_tasks = 2, .d_nr_sysprocs = 3 } },
	{ EMOLRANGE, { .d_nr_procs = 28 } },
	{ OK, { .d_nr_procs = 29 } },
	/* system slots */
	{ EMOLRANGE, { .d_nr_sysprocs = -1 } },
	{ EMOLRANGE, { .d_nr_sysprocs = 67 } },
	{ OK, { .d_nr_sysprocs = 68 } },
	{ OK, { .d_nr_sysprocs = 256 } },
	{ EMOLRANGE, { .d_nr_sysprocs = 257 } },
	{ EMOLRANGE, { .d_nr_sysprocs = INT_MAX } },
	/* copies */
	{ EMOLRANGE, { .d_max_copybuf = 4095 } },
	{ OK, { .d_max_copybuf = 4096 } },
	{ OK, { .d_max_copybuf = 1 << 20 } },
	{ EMOLRANGE, { .d_max_copybuf = (1 << 20) + 1 } },
	{ EMOLRANGE, { .d_max_copylen = -1 } },
	{ OK, { .d_max_copylen = 1 } },
	{ OK, { .d_max_copylen = 1 << 30 } },
	{ EMOLRANGE, { .d_max_copylen = (1 << 30) + 1 } },
};

START_TEST(node_sizes)
{
	const struct node_case *c = &node_cases[_i];
	drvs_usr_t d;

	ASSERT_RC(init_node(c->drvs), c->rc);
	ASSERT_RC(mnx_getdrvsinfo(&d), OK);
	ck_assert_int_eq(d.d_nodeid, c->rc ? LOCALNODE : c->drvs.d_nodeid);
	if (c->rc)
		ASSERT_RC(mnx_drvs_end(), EMOLDRVSINIT);
	else
		ASSERT_RC(INIT_VM(), OK);
}
END_TEST

/* Everything but drvs_init and getdrvsinfo */
static void check_down(void)
{
	VM_usr_t vm = VM_USR_INIT(0, "x");
	proc_usr_t proc;
	node_usr_t node;
	int i;

	for (i = 0; i < NR_PRIMS; i++)
		ASSERT_RC(raw_ioctl(admin_fd, raw_prims[i], NULL),
			  EMOLDRVSINIT);
	ASSERT_RC(raw_ioctl(admin_fd, M3IPC_IOC_CANCEL, NULL), EMOLDRVSINIT);
	ASSERT_RC(raw_self(admin_fd), EMOLDRVSINIT);
	ASSERT_RC(raw_bind(admin_fd, MY_NR), EMOLDRVSINIT);
	ASSERT_RC(raw_bind(admin_fd, -1), EMOLDRVSINIT);
	ASSERT_RC(raw_unbind(admin_fd, 0, SELF), EMOLDRVSINIT);
	ASSERT_RC(raw_lclbind(admin_fd, 0, MY_NR, getpid()), EMOLDRVSINIT);
	ASSERT_RC(mnx_tbind(0, MY_NR), EMOLDRVSINIT);
	ASSERT_RC(mnx_wait4bind(), EMOLDRVSINIT);
	ASSERT_RC(mnx_wait4bind_T(0), EMOLDRVSINIT);
	ASSERT_RC(mnx_getep(getpid()), EMOLDRVSINIT);
	ASSERT_RC(mnx_getprocinfo(0, 0, &proc), EMOLDRVSINIT);
	ASSERT_RC(mnx_getvminfo(0, &vm), EMOLDRVSINIT);
	ASSERT_RC(mnx_getnodeinfo(0, &node), EMOLDRVSINIT);
	ASSERT_RC(mnx_hdw_notify(0, 0), EMOLDRVSINIT);
	ASSERT_RC(mnx_vm_init(&vm), EMOLDRVSINIT);
	ASSERT_RC(mnx_vm_end(0), EMOLDRVSINIT);
	ASSERT_RC(mnx_drvs_end(), EMOLDRVSINIT);
}

START_TEST(node_down)
{
	check_down();
	ASSERT_RC(INIT_NODE(), OK);
	ASSERT_RC(INIT_VM(), OK);
	ck_assert_int_gt(raw_bind(admin_fd, MY_NR), 0);
	ASSERT_RC(mnx_drvs_end(), OK);
	check_down();
	/* Nothing of it is left when it comes up again. */
	ASSERT_RC(INIT_NODE(), OK);
	ASSERT_RC(raw_self(admin_fd), EMOLNOTBIND);
	ASSERT_RC(mnx_vm_end(0), EMOLVMNOTRUN);
}
END_TEST

START_TEST(node_info)
{
	node_usr_t n;
	int i;

	ASSERT_RC(INIT_NODE(.d_nodeid = 3, .d_nr_nodes = 5, .d_nr_vms = 256),
		  OK);
	ASSERT_RC(INIT_VM(.vm_vmid = 200), OK);
	ASSERT_RC(INIT_VM(.vm_vmid = 1, .vm_name = "one"), OK);
	for (i = 0; i < 5; i++) {
		memset(&n, 0xff, sizeof(n));
		n.n_reserved = 0;
		ASSERT_RC(mnx_getnodeinfo(i, &n), OK);
		ck_assert_int_eq(n.n_nodeid, i);
		ck_assert_int_eq(n.n_proxies, NO_PROXIES);
		ck_assert_int_eq(n.n_flags, i == 3 ? NODE_ATTACHED : NODE_FREE);
		ck_assert_uint_eq(n.n_vms[0], i == 3 ? 2 : 0);
		ck_assert_uint_eq(n.n_vms[3], i == 3 ? 1 << (200 - 192) : 0);
		ck_assert_uint_eq(n.n_pxsent | n.n_pxrcvd, 0);
		ck_assert((n.n_name[0] != '\0') == (i == 3));
	}
	ASSERT_RC(mnx_getnodeinfo(-1, &n), EMOLBADNODEID);
	ASSERT_RC(mnx_getnodeinfo(5, &n), EMOLBADNODEID);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ node_defaults, 1 },
		{ node_sizes, NR_OF(node_cases) },
		{ node_down, 1 },
		{ node_info, 1 },
	};

	signal(SIGPIPE, SIG_IGN);
	return RUN_TESTS("nodes", 60, admin_up, admin_down, tests);
}
