// SPDX-License-Identifier: GPL-2.0-or-later
/* tools/explain: what an error means for what the command has named */
#include <stdlib.h>

#include <molipc/molipc.h>

#include "../../tools/explain.h"
#include "suite.h"

static const VM_usr_t vm = {
	.vm_vmid = 3,
	.vm_nr_tasks = 34,
	.vm_nr_procs = 189,
	.vm_nr_sysprocs = 64,
	.vm_name = "A",
};

static const struct explain_facts facts = {
	.node = {
		.d_nodeid = 0,
		.d_nr_vms = 32,
		.d_nr_nodes = 32,
		.d_nr_procs = 221,
		.d_nr_tasks = 35,
		.d_nr_sysprocs = 64,
	},
	.peer_node = 1,
	.same_name = 3,
	.driver = EXPLAIN_NOT_BUILT,
	.kernel = "6.1",
	.group = "m3ipc",
	.link = "10.0.0.2 port 3000: Connection refused",
};

static const struct {
	int code;
	enum explain_kind kind;
	int number;
	const char *text;
} cases[] = {
	{ EMOLBADNODEID, EXPLAIN_NODE, 0, "0 is this node itself" },
	{ EMOLBADNODEID, EXPLAIN_NODE, 40, "nodes are 0 to 31" },
	{ EMOLBADVMID, EXPLAIN_VM, 99, "VMs are 0 to 31" },
	{ EMOLRANGE, EXPLAIN_SLOT, 189, "slots are -34 to 188" },
	{ EMOLRANGE, EXPLAIN_PEER, 189, "slots are -34 to 188" },
	{ EMOLRANGE, EXPLAIN_NEW_VM, 0,
	  "procs are 1 to 221, tasks 2 to 35, sysprocs more than tasks, and at "
	  "most 64 and all slots" },
	{ EMOLRANGE, EXPLAIN_NOTHING, 0, "" },
	{ EMOLPERM, EXPLAIN_NODE, 1, "CAP_SYS_ADMIN is missing" },
	{ EMOLPERM, EXPLAIN_NOTHING, 0, "CAP_SYS_ADMIN is missing" },
	{ EMOLPERM, EXPLAIN_SLOT, 3,
	  "slot 3 is a system slot, which needs CAP_SYS_ADMIN" },
	{ EMOLPERM, EXPLAIN_OTHER, 60,
	  "the process is not the caller's, which needs CAP_SYS_ADMIN, and "
	  "CAP_KILL over it" },
	{ -EACCES, EXPLAIN_NOTHING, 0,
	  "it is for root and the group \"m3ipc\"" },
	{ EMOLNOENT, EXPLAIN_NOTHING, 0,
	  "none is installed for this kernel: m3ipc-dkms builds it, when "
	  "linux-headers-6.1 is there" },
	{ EMOLEXIST, EXPLAIN_NEW_VM, 0, "it is VM 3" },
	{ EMOLNAMESIZE, EXPLAIN_NEW_VM, 0, "it has at most 15 bytes" },
	{ EMOLINVAL, EXPLAIN_NEW_VM, 0,
	  "a name has letters, digits, \"_\", \"-\" and \".\", and begins "
	  "with one of the first two" },
	{ EMOLINVAL, EXPLAIN_PEER, 0, "" },
	{ EMOLVMNOTRUN, EXPLAIN_VM, 7, "this is node 0" },
	{ EMOLVMNOTRUN, EXPLAIN_PEER, 60,
	  "but on node 1, where the other process is to be" },
	{ EMOLDSTDIED, EXPLAIN_PEER, 60, "it is to be on node 1" },
	{ EMOLNOTCONN, EXPLAIN_PEER, 60,
	  "it is to be on node 1: 10.0.0.2 port 3000: Connection refused" },
	{ EMOLTIMEDOUT, EXPLAIN_PEER, 60, "" },
};

START_TEST(errors_are_explained)
{
	const struct explain about = { cases[_i].kind, cases[_i].number, &vm };
	char text[EXPLAIN_TEXT];

	explain_print(text, cases[_i].code, &about, &facts);
	ck_assert_str_eq(text, cases[_i].text);
}
END_TEST

/* Of a peer on this node, or one that is not known, there is nothing to say. */
START_TEST(local_ones_are_not)
{
	const struct explain about = { EXPLAIN_PEER, 60, &vm };
	struct explain_facts here = facts;
	char text[EXPLAIN_TEXT];

	here.peer_node = 0;
	explain_print(text, EMOLDSTDIED, &about, &here);
	ck_assert_str_eq(text, "");
	here.peer_node = LOCALNODE;
	explain_print(text, EMOLNOTCONN, &about, &here);
	ck_assert_str_eq(text, "");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, errors_are_explained, 0,
			    sizeof(cases) / sizeof(*cases));
	tcase_add_test(tc, local_ones_are_not);
}

int main(void)
{
	return suite_run("explain", add);
}
