// SPDX-License-Identifier: GPL-2.0-or-later
/* What is known of what went wrong; what cannot be asked is not known. */
#include <errno.h>
#include <grp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <molipc/molipc.h>

#include "explain.h"

/* Has the file a line with that text? */
static bool file_has(const char *path, const char *text)
{
	char line[512];
	bool has = false;
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	while (!has && fgets(line, sizeof(line), f))
		has = strstr(line, text);
	fclose(f);
	return has;
}

/* By a parameter, or by Secure Boot */
static bool kernel_wants_signature(void)
{
	return file_has("/sys/module/module/parameters/sig_enforce", "Y") ||
	       file_has("/sys/kernel/security/lockdown", "[integrity]") ||
	       file_has("/sys/kernel/security/lockdown", "[confidentiality]");
}

/* What cannot be looked at, as a unit's sandbox hides it, is there. */
static bool driver_is_built(const char *kernel)
{
	char path[128];

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", kernel);
	return access(path, R_OK) ? errno == EACCES :
				    file_has(path, "/m3ipc.ko");
}

static enum explain_driver ask_driver(const char *kernel)
{
	if (!access("/proc/drvs", F_OK))
		return EXPLAIN_LOADED;
	if (!access("/sys/module/m3ipc", F_OK))
		return EXPLAIN_FOREIGN;
	if (!driver_is_built(kernel))
		return EXPLAIN_NOT_BUILT;
	return kernel_wants_signature() ? EXPLAIN_UNSIGNED : EXPLAIN_LOADABLE;
}

static void ask_kernel(struct explain_facts *facts)
{
	struct utsname name;

	if (!uname(&name))
		snprintf(facts->kernel, sizeof(facts->kernel), "%s",
			 name.release);
	facts->driver = ask_driver(facts->kernel);
}

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
	ask_kernel(facts);
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
