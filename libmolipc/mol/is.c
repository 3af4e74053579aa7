// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests to IS: tables, into the caller's memory */
#include <errno.h>

#include <mol/is.h>
#include <molipc/is.h>

#include "internal.h"

static int table_get(int what, int nodeid, void *to, size_t size, int nr)
{
	is_table_t arg = { .to = (uintptr_t)to,
			   .bytes = (int64_t)size * nr,
			   .what = what,
			   .nodeid = nodeid };
	message m;

	if (nr < 0) {
		errno = EINVAL;
		return -1;
	}
	com_put(&m, &arg);
	if (mol_ask_is(IS_GETTAB, &m))
		return -1;
	com_get(&m, &arg);
	return arg.nr;
}

int mol_getkinfo(int nodeid, drvs_usr_t *node)
{
	const int nr = table_get(GET_KINFO, nodeid, node, sizeof(*node), 1);

	return nr < 0 ? -1 : 0;
}

int mol_getmachine(int nodeid, VM_usr_t *vm)
{
	const int nr = table_get(GET_MACHINE, nodeid, vm, sizeof(*vm), 1);

	return nr < 0 ? -1 : 0;
}

int mol_getkproctab(int nodeid, proc_usr_t *procs, int nr)
{
	return table_get(GET_PROCTAB, nodeid, procs, sizeof(*procs), nr);
}

int mol_getprivtab(int nodeid, priv_usr_t *privs, int nr)
{
	return table_get(GET_PRIVTAB, nodeid, privs, sizeof(*privs), nr);
}

int mol_getslotstab(int nodeid, sys_slot_t *slots, int nr)
{
	return table_get(GET_SLOTSTAB, nodeid, slots, sizeof(*slots), nr);
}
