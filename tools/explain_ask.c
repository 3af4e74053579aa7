// SPDX-License-Identifier: GPL-2.0-or-later
/* What is known of what went wrong; what cannot be asked is not known. */
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <molipc/molipc.h>

#include "explain.h"

static void ask_group(struct explain_facts *facts)
{
	const struct group *group;
	struct stat st;

	if (stat("/dev/m3ipc", &st) || !(st.st_mode & S_IWGRP))
		return;
	group = getgrgid(st.st_gid);
	if (group)
		snprintf(facts->group, sizeof(facts->group), "%s",
			 group->gr_name);
}

static void ask_peer(struct explain_facts *facts, const struct explain *about)
{
	proc_usr_t proc;

	if (mnx_getprocinfo(about->vm->vm_vmid, _ENDPOINT_P(about->number),
			    &proc) ||
	    (proc.p_rts_flags & SLOT_FREE))
		return;
	facts->peer_node = proc.p_nodeid;
}

static void ask_name(struct explain_facts *facts, const char *name)
{
	VM_usr_t vm;

	for (int vmid = 0; vmid < facts->node.d_nr_vms; vmid++)
		if (!mnx_getvminfo(vmid, &vm) &&
		    !strncmp(vm.vm_name, name, sizeof(vm.vm_name)))
			facts->same_name = vmid;
}

void explain_ask(struct explain_facts *facts, const struct explain *about)
{
	struct link_state state;

	*facts = (struct explain_facts){
		.node.d_nodeid = LOCALNODE,
		.peer_node = LOCALNODE,
		.same_name = -1,
	};
	ask_group(facts);
	if (mnx_getdrvsinfo(&facts->node))
		facts->node = (drvs_usr_t){ .d_nodeid = LOCALNODE };
	if (about->kind == EXPLAIN_PEER)
		ask_peer(facts, about);
	if (about->kind == EXPLAIN_NEW_VM)
		ask_name(facts, about->vm->vm_name);
	if (facts->peer_node == LOCALNODE)
		return;
	link_state_read(facts->peer_node, &state);
	memcpy(facts->link, state.why, sizeof(facts->link));
}
