// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What IS says of a node, as far as it stays the same while nobody comes or
 * goes in a system slot:
 *
 *	tables VM NODE		prints it, and how long it took on stderr
 *	tables VM NODE ERRNO	it cannot be had, by that error
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mol/is.h>

#include "user_slot.h"

static proc_usr_t procs[M3IPC_MAX_SLOTS];
static priv_usr_t privs[M3IPC_MAX_SLOTS];
static sys_slot_t slots[M3IPC_MAX_SLOTS];

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Zero or more entries of each; or -1 and errno */
static int print_slots(int nodeid, int nr_system)
{
	const int nr = mol_getkproctab(nodeid, procs, M3IPC_MAX_SLOTS);

	if (nr < 0 || mol_getprivtab(nodeid, privs, M3IPC_MAX_SLOTS) != nr)
		return -1;
	for (int i = 0; i < nr_system; i++)
		if (procs[i].p_rts_flags != SLOT_FREE)
			printf("proc %d %d node %d pid %d %s trap %x\n",
			       procs[i].p_nr, procs[i].p_endpoint,
			       procs[i].p_nodeid, procs[i].p_lpid,
			       procs[i].p_name, privs[i].s_trap_mask);
	return nr;
}

static int print_owners(int nodeid)
{
	const int nr = mol_getslotstab(nodeid, slots, M3IPC_MAX_SLOTS);

	for (int i = 0; i < nr; i++)
		printf("slot %d owner %d\n", slots[i].p_nr, slots[i].owner);
	return nr;
}

static int print_tables(int nodeid)
{
	drvs_usr_t node;
	VM_usr_t vm;

	if (mol_getkinfo(nodeid, &node) || mol_getmachine(nodeid, &vm))
		return -1;
	printf("node %d, %d slots\n", node.d_nodeid, node.d_nr_procs);
	printf("vm %s, %d slots\n", vm.vm_name, vm.vm_nr_procs);
	return print_slots(nodeid, vm.vm_nr_sysprocs) < 0 ?
		       -1 :
		       print_owners(nodeid);
}

int main(int argc, char **argv)
{
	long start;
	int rc;

	if (argc < 3)
		return 2;
	rc = user_slot_bind(atoi(argv[1]));
	if (mnx_bind_failed(rc)) {
		fprintf(stderr, "tables: %s\n", mnx_strerror(rc));
		return 1;
	}
	start = now_ms();
	errno = 0;
	rc = print_tables(atoi(argv[2]));
	fprintf(stderr, "%ld ms, %s\n", now_ms() - start, strerror(errno));
	if (argc > 3)
		return rc >= 0 || errno != atoi(argv[3]);
	return rc < 0;
}
