// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <molipc/molipc.h>

#include "explain.h"

static bool is_system(const VM_usr_t *vm, int p_nr)
{
	return p_nr < vm->vm_nr_sysprocs - vm->vm_nr_tasks;
}

static void explain_right(char *text, const struct explain *about)
{
	int p_nr = about->kind == EXPLAIN_PEER ? _ENDPOINT_P(about->number) :
						 about->number;

	switch (about->kind) {
	case EXPLAIN_SLOT:
	case EXPLAIN_OTHER:
	case EXPLAIN_PEER:
		if (is_system(about->vm, p_nr))
			snprintf(text, EXPLAIN_TEXT,
				 "slot %d is a system slot, which needs "
				 "CAP_SYS_ADMIN",
				 p_nr);
		else
			snprintf(text, EXPLAIN_TEXT,
				 "the process is not the caller's, which needs "
				 "CAP_SYS_ADMIN, and CAP_KILL over it");
		break;
	default:
		snprintf(text, EXPLAIN_TEXT, "CAP_SYS_ADMIN is missing");
	}
}

static void explain_range(char *text, const struct explain *about,
			  const drvs_usr_t *node)
{
	const VM_usr_t *vm = about->vm;

	switch (about->kind) {
	case EXPLAIN_SLOT:
	case EXPLAIN_OTHER:
	case EXPLAIN_PEER:
		snprintf(text, EXPLAIN_TEXT, "slots are %d to %d",
			 -vm->vm_nr_tasks, vm->vm_nr_procs - 1);
		break;
	case EXPLAIN_NEW_VM:
		snprintf(text, EXPLAIN_TEXT,
			 "procs are 1 to %d, tasks 2 to %d, sysprocs more than "
			 "tasks, and at most %d and all slots",
			 node->d_nr_procs, node->d_nr_tasks,
			 node->d_nr_sysprocs);
		break;
	default:
		break;
	}
}

static void explain_node(char *text, int number, const drvs_usr_t *node)
{
	if (number == node->d_nodeid)
		snprintf(text, EXPLAIN_TEXT, "%d is this node itself", number);
	else
		snprintf(text, EXPLAIN_TEXT, "nodes are 0 to %d",
			 (node->d_nr_nodes ? node->d_nr_nodes : NR_NODES) - 1);
}

static void explain_name(char *text, int code, const struct explain *about,
			 const struct explain_facts *facts)
{
	if (about->kind != EXPLAIN_NEW_VM)
		return;
	if (code == EMOLNAMESIZE)
		snprintf(text, EXPLAIN_TEXT, "it has at most %d bytes",
			 M3IPC_NAME_LEN - 1);
	else if (code == EMOLINVAL)
		snprintf(text, EXPLAIN_TEXT,
			 "a name has letters, digits, \"_\", \"-\" and \".\", "
			 "and begins with one of the first two");
	else if (facts->same_name >= 0)
		snprintf(text, EXPLAIN_TEXT, "it is VM %d", facts->same_name);
	else
		snprintf(text, EXPLAIN_TEXT,
			 "or the name is a file's in "
			 "/proc/drvs");
}

/* Where the other process is, if it is not here */
static void explain_peer(char *text, int code, const struct explain *about,
			 const struct explain_facts *facts)
{
	int node = facts->peer_node;
	bool link = code == EMOLNOTCONN || code == EMOLNOPROXY;

	if (about->kind == EXPLAIN_VM && code == EMOLVMNOTRUN)
		snprintf(text, EXPLAIN_TEXT, "this is node %d",
			 facts->node.d_nodeid);
	if (about->kind != EXPLAIN_PEER || node == LOCALNODE ||
	    node == facts->node.d_nodeid)
		return;
	if (code == EMOLVMNOTRUN)
		snprintf(text, EXPLAIN_TEXT,
			 "but on node %d, where the other process is to be",
			 node);
	else
		snprintf(text, EXPLAIN_TEXT, "it is to be on node %d%s%s", node,
			 link && *facts->link ? ": " : "",
			 link ? facts->link : "");
}

static void explain_driver(char *text, const struct explain_facts *facts)
{
	switch (facts->driver) {
	case EXPLAIN_LOADABLE:
		snprintf(text, EXPLAIN_TEXT,
			 "modprobe m3ipc loads it, or says why not");
		break;
	case EXPLAIN_NOT_BUILT:
		snprintf(text, EXPLAIN_TEXT,
			 "none is installed for this kernel: m3ipc-dkms builds "
			 "it, when linux-headers-%s is there",
			 facts->kernel);
		break;
	case EXPLAIN_UNSIGNED:
		snprintf(text, EXPLAIN_TEXT,
			 "this kernel takes modules alone that are signed by a "
			 "key that it knows: see m3ipc(4), SECURE BOOT");
		break;
	case EXPLAIN_FOREIGN:
		snprintf(text, EXPLAIN_TEXT,
			 "another module of that name is: rmmod m3ipc; "
			 "modprobe m3ipc");
		break;
	case EXPLAIN_LOADED:
		break;
	}
}

void explain_print(char text[EXPLAIN_TEXT], int code,
		   const struct explain *about,
		   const struct explain_facts *facts)
{
	*text = '\0';
	code = MNX_ERR(code);
	switch (code) {
	case -EACCES:
		if (*facts->group)
			snprintf(text, EXPLAIN_TEXT,
				 "it is for root and the group \"%s\"",
				 facts->group);
		break;
	case EMOLNOENT:
	case EMOLNODEV:
		explain_driver(text, facts);
		break;
	case EMOLPERM:
		explain_right(text, about);
		break;
	case EMOLRANGE:
		explain_range(text, about, &facts->node);
		break;
	case EMOLBADVMID:
		snprintf(text, EXPLAIN_TEXT, "VMs are 0 to %d",
			 (facts->node.d_nr_vms ? facts->node.d_nr_vms :
						 NR_VMS) -
				 1);
		break;
	case EMOLBADNODEID:
		if (about->kind == EXPLAIN_NODE)
			explain_node(text, about->number, &facts->node);
		break;
	case EMOLINVAL:
	case EMOLEXIST:
	case EMOLNAMESIZE:
		explain_name(text, code, about, facts);
		break;
	case EMOLVMNOTRUN:
	case EMOLNOTCONN:
	case EMOLNOPROXY:
	case EMOLNOVMNODE:
	case EMOLDSTDIED:
	case EMOLSRCDIED:
		explain_peer(text, code, about, facts);
		break;
	default:
		break;
	}
}
