// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <molipc/sys.h>

#include "find.h"
#include "out.h"
#include "say.h"

int find_node(const struct args *args, drvs_usr_t *node)
{
	int rc = mnx_getdrvsinfo(node);

	if (!rc && node->d_nodeid == LOCALNODE)
		rc = EMOLDRVSINIT;
	return rc ? say_fail(args, rc, "%s", "") : 0;
}

int find_other_node(const struct args *args, const char *text, int *nodeid)
{
	drvs_usr_t node;
	node_usr_t info;
	int rc = find_node(args, &node);
	long number;

	if (rc)
		return rc;
	if (!args_number(text, 0, M3IPC_MAX_NODES - 1, &number)) {
		*nodeid = (int)number;
		return 0;
	}
	for (int n = 0; n < node.d_nr_nodes; n++) {
		if (mnx_getnodeinfo(n, &info) || info.n_flags == NODE_FREE ||
		    strncmp(info.n_name, text, sizeof(info.n_name)))
			continue;
		*nodeid = n;
		return 0;
	}
	return say_error(args, "%s: no node of this name is known", text);
}

static int find_vm_by_name(const struct args *args, const char *name,
			   VM_usr_t *vm)
{
	drvs_usr_t node;
	int rc = find_node(args, &node);

	if (rc)
		return rc;
	for (int vmid = 0; vmid < node.d_nr_vms; vmid++) {
		rc = mnx_getvminfo(vmid, vm);
		if (rc == EMOLVMNOTRUN)
			continue;
		if (rc)
			return say_fail(args, rc, "%s", name);
		if (!strncmp(vm->vm_name, name, sizeof(vm->vm_name)))
			return 0;
	}
	return say_error(args, "%s: no VM of this name is running", name);
}

int find_vm(const struct args *args, VM_usr_t *vm)
{
	const char *name = args->operand[0];
	int vmid, rc;

	if (!args_vm_is_number(name, &vmid))
		return find_vm_by_name(args, name, vm);
	rc = mnx_getvminfo(vmid, vm);
	return rc ? say_fail_with(args, rc,
				  &(struct explain){ EXPLAIN_VM, vmid, NULL },
				  "%s", name) :
		    0;
}

static int find_bound(const struct args *args, const VM_usr_t *vm, int p_nr,
		      int *endpoint)
{
	proc_usr_t proc;
	int rc = mnx_getprocinfo(vm->vm_vmid, p_nr, &proc);

	if (rc)
		return say_fail_with(args, rc,
				     &(struct explain){ EXPLAIN_SLOT, p_nr,
							vm },
				     "%s @%d", vm->vm_name, p_nr);
	if (proc.p_rts_flags & SLOT_FREE)
		return say_error(args, "%s @%d: nobody is bound to this slot",
				 vm->vm_name, p_nr);
	*endpoint = proc.p_endpoint;
	return 0;
}

/* Another one may be free, or this node's. */
static bool is_taken(int rc)
{
	return MNX_ERR(rc) == EMOLSLOTUSED || rc == EMOLBADOWNER;
}

static int bind_one_of(const VM_usr_t *vm, int first, int last, int step)
{
	int rc = EMOLSLOTUSED;

	for (int p_nr = first; p_nr != last + step && mnx_bind_failed(rc);
	     p_nr += step) {
		rc = mnx_bind(vm->vm_vmid, p_nr);
		if (!is_taken(rc))
			break;
	}
	return rc;
}

int find_client_quietly(const VM_usr_t *vm)
{
	const int user = find_first_user(vm);
	int rc = bind_one_of(vm, user, vm->vm_nr_procs - 1, 1);

	return mnx_bind_failed(rc) ? bind_one_of(vm, user - 1, 0, -1) : rc;
}

int find_client(const struct args *args, const VM_usr_t *vm)
{
	int rc = find_client_quietly(vm);

	if (mnx_bind_failed(rc))
		return say_fail(args, rc, "%s: a slot to ask from",
				vm->vm_name);
	return 0;
}

int find_systask_failed(const struct args *args, int code, const char *vm)
{
	if (code == EMOLDSTDIED)
		return say_error(args,
				 "%s: no system task runs here: m3ipc up "
				 "starts it, unless membership is \"none\"",
				 vm);
	return say_fail(args, code, "%s", vm);
}

/* Whose the name is, without staying bound */
static int find_published(const struct args *args, const VM_usr_t *vm,
			  const char *name, int *endpoint)
{
	int rc = find_client(args, vm);

	if (rc)
		return rc;
	rc = sys_lookup(name, 0);
	mnx_unbind(vm->vm_vmid, SELF);
	if (!mnx_bind_failed(rc)) {
		*endpoint = rc;
		return 0;
	}
	if (MNX_ERR(rc) == EMOLNOTBIND)
		return say_error(args, "%s %s: nobody has published this name",
				 vm->vm_name, name);
	return find_systask_failed(args, MNX_ERR(rc), vm->vm_name);
}

int find_peer(const struct args *args, const char *text, VM_usr_t *vm,
	      int *endpoint)
{
	enum args_peer kind = args_peer(text, endpoint);
	int rc;

	if (kind == PEER_INVALID && !args_is_name(text))
		return say_usage(args, "%s: not an endpoint, a name or @P_NR",
				 text);
	rc = find_vm(args, vm);
	if (rc || kind == PEER_ENDPOINT)
		return rc;
	if (kind == PEER_INVALID)
		return find_published(args, vm, text, endpoint);
	return find_bound(args, vm, *endpoint, endpoint);
}

int find_slot(const struct args *args, const char *text, VM_usr_t *vm,
	      int *p_nr)
{
	int rc;

	if (args_peer(text, p_nr) == PEER_INVALID)
		return say_usage(args, "%s: not the number of a slot", text);
	rc = find_vm(args, vm);
	if (rc)
		return rc;
	if (*p_nr < -vm->vm_nr_tasks || *p_nr >= vm->vm_nr_procs)
		return say_error(args, "%s %s: slots are %d to %d", vm->vm_name,
				 text, -vm->vm_nr_tasks, vm->vm_nr_procs - 1);
	return 0;
}

int find_first_user(const VM_usr_t *vm)
{
	return vm->vm_nr_sysprocs - vm->vm_nr_tasks;
}

int find_self(const struct args *args, const VM_usr_t *vm, int first, int last,
	      int *endpoint)
{
	int step = first <= last ? 1 : -1;
	int p_nr, rc = EMOLSLOTUSED;

	if (args->slot != SLOT_NOT_GIVEN)
		first = last = args->slot;
	for (p_nr = first; is_taken(rc) && (last - p_nr) * step >= 0;
	     p_nr += step)
		rc = mnx_bind(vm->vm_vmid, p_nr);
	if (!mnx_bind_failed(rc)) {
		*endpoint = rc;
		return 0;
	}
	if (is_taken(rc) && first != last)
		return say_fail(args, rc, "%s: all slots from %d to %d",
				vm->vm_name, first, last);
	return say_fail_with(args, rc,
			     &(struct explain){ EXPLAIN_SLOT, p_nr - step, vm },
			     "%s: bind to slot %d", vm->vm_name, p_nr - step);
}
