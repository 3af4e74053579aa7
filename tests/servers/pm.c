// SPDX-License-Identifier: GPL-2.0-or-later
#include "pm.h"

int ask(int type, message *m)
{
	int rc;

	m->m_type = type;
	rc = mnx_sendrec(PM_PROC_NR, m);
	return rc ? rc : m->m_type;
}

int bind_it(struct call *call)
{
	pm_fork_t arg = { .endpoint = call->peer };
	const int rc = EXCHANGE(PM_BINDPROC, arg);

	return rc ? rc : arg.pid;
}

int fork_of(struct call *call)
{
	pm_fork_t arg = { .endpoint = call->peer };
	const int rc = EXCHANGE(PM_FORK, arg);

	return rc ? rc : arg.pid;
}

int parent_of(struct call *call)
{
	pm_ids_t arg = { .pid = call->value };
	const int rc = EXCHANGE(PM_GETPID, arg);

	return rc ? rc : arg.parent;
}

int look_at_table(struct call *call)
{
	pm_process_t p = { .pid = 0 };
	int n = 0, rc, from;

	do {
		from = p.pid + 1;
		p = (pm_process_t){ .pid = from };
		rc = EXCHANGE(PM_NEXTPROC, p);
		if (rc)
			return rc;
		REQUIRE(!p.pid || p.pid >= from);
		if (p.pid && n++ == call->value)
			com_put(&call->m, &p);
	} while (p.pid);
	return n;
}

pm_process_t nth(struct actor *a, int n)
{
	pm_process_t p;
	struct result end;

	START(a, .op = OP_RUN, .run = look_at_table, .value = n);
	end = actor_end(a);
	com_get(&end.m, &p);
	return p;
}
