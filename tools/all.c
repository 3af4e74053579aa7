// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "all.h"
#include "find.h"
#include "say.h"

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* For the next answer of a node that has until then for all of them */
static long ms_to_wait(long end)
{
	const long left = end - now_ms();

	if (left < 0)
		return 0;
	return left < ALL_PATIENCE ? left : ALL_PATIENCE;
}

int all_start(struct all *all, const struct args *args)
{
	VM_usr_t vm;
	int rc;

	if (!args->nr_operands)
		return say_usage(args, "expected with --all: VM");
	rc = find_vm(args, &vm);
	return rc ? rc : all_bind(all, args, &vm);
}

int all_bind(struct all *all, const struct args *args, const VM_usr_t *vm)
{
	int rc = find_client(args, vm);

	*all = (struct all){ .args = args,
			     .vm = *vm,
			     .self = mnx_getep(getpid()) };
	return rc;
}

int all_next(const struct all *all, int nodeid)
{
	while (++nodeid < M3IPC_MAX_NODES)
		if (all->vm.vm_nodes >> nodeid & 1)
			return nodeid;
	return -1;
}

bool all_is_silent(const struct all *all, int nodeid)
{
	return all->silent >> nodeid & 1;
}

static void all_failed(struct all *all, int nodeid, int rc)
{
	all->silent |= UINT64_C(1) << nodeid;
	say_fail(all->args, rc, "%s: the system task of node %d",
		 all->vm.vm_name, nodeid);
}

/* An answer is another node's word: it has to bring us on. */
static bool is_after(const struct all *all, const sys_process_t *p, int p_nr)
{
	return p->p_nr >= p_nr && p->p_nr < all->vm.vm_nr_procs;
}

static void add_proc(const struct all *all, int nodeid, const sys_process_t *p,
		     struct table *table)
{
	proc_usr_t proc = { .p_nr = p->p_nr,
			    .p_endpoint = p->endpoint,
			    .p_vmid = all->vm.vm_vmid,
			    .p_rts_flags = p->rts_flags,
			    .p_misc_flags = p->misc_flags,
			    .p_lpid = p->lpid,
			    .p_nodeid = nodeid,
			    .p_getfrom = p->getfrom,
			    .p_sendto = p->sendto,
			    .p_uid = p->uid };

	memcpy(proc.p_name, p->name, sizeof(proc.p_name) - 1);
	if (proc.p_endpoint != all->self)
		table_add(table, &proc);
}

void all_add_procs(struct all *all, int nodeid, struct table *table)
{
	const long end = now_ms() + ALL_LIMIT;
	int p_nr = -all->vm.vm_nr_tasks, rc;
	sys_process_t p;

	if (all_is_silent(all, nodeid))
		return;
	while (!(rc = sys_nextproc(nodeid, p_nr, &p, ms_to_wait(end))) &&
	       p.endpoint != NONE && is_after(all, &p, p_nr)) {
		add_proc(all, nodeid, &p, table);
		p_nr = p.p_nr + 1;
	}
	if (!rc && p.endpoint != NONE)
		rc = EMOLRANGE;
	if (rc)
		all_failed(all, nodeid, rc);
}

void all_read_peers(struct all *all, int nodeid,
		    sys_peer_t peers[M3IPC_MAX_NODES])
{
	const long end = now_ms() + ALL_LIMIT;
	int rc = 0;

	for (int n = 0; n < M3IPC_MAX_NODES; n++)
		peers[n].node.nodeid = NONE;
	if (all_is_silent(all, nodeid))
		return;
	for (int n = all_next(all, -1); !rc && n >= 0; n = all_next(all, n)) {
		rc = sys_nextnode(nodeid, n, &peers[n], ms_to_wait(end));
		if (!rc && peers[n].node.nodeid != n)
			rc = EMOLRANGE;
		if (rc)
			peers[n].node.nodeid = NONE;
	}
	if (rc)
		all_failed(all, nodeid, rc);
}

int all_end(const struct all *all)
{
	return all->silent ? EXIT_FAILURE : EXIT_SUCCESS;
}
