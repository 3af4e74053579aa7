// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "common/memory.h"
#include "pm.h"
#include "say.h"

#define PATIENCE 60000 /* ms: it may have to ask a node that is cut off */

bool pm_is_there(const VM_usr_t *vm)
{
	proc_usr_t proc;

	return !mnx_getprocinfo(vm->vm_vmid, PM_PROC_NR, &proc) &&
	       proc.p_rts_flags != SLOT_FREE;
}

int pm_missing(const struct args *args, const VM_usr_t *vm)
{
	return say_error(args,
			 "%s: no process manager is there: m3ipc up starts it "
			 "at the node where the configuration has it",
			 vm->vm_name);
}

int pm_ask(int type, message *m)
{
	int rc;

	m->m_type = type;
	rc = mnx_sendrec_T(PM_PROC_NR, m, PATIENCE);
	return rc ? rc : m->m_type;
}

static void procs_add(pm_process_t **procs, size_t *nr, const pm_process_t *p)
{
	if (!(*nr & (*nr - 1)))
		*procs = memory_checked(
			realloc(*procs, (*nr ? 2 * *nr : 1) * sizeof(*p)));
	(*procs)[(*nr)++] = *p;
}

/* An answer may be another node's word: it has to bring us on. */
int pm_read(pm_process_t **procs, size_t *nr)
{
	pm_process_t p = { .pid = 0 };
	int from, rc;
	message m;

	*procs = NULL;
	*nr = 0;
	do {
		from = p.pid + 1;
		com_put(&m, &((pm_process_t){ .pid = from }));
		rc = pm_ask(PM_NEXTPROC, &m);
		com_get(&m, &p);
		if (rc || p.pid < from)
			return rc;
		procs_add(procs, nr, &p);
	} while (p.pid < INT32_MAX);
	return 0;
}
