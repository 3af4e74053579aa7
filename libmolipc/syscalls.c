// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests to SYSTASK: fill in, ask the own node's or another, take out. */
#include <string.h>

#include <molipc/sys.h>

#include "device.h"

static int ask_node(int nodeid, int type, message *m, long ms)
{
	int rc;

	if (nodeid < 0 || nodeid >= M3IPC_MAX_NODES)
		return EMOLBADNODEID;
	m->m_type = type;
	rc = mnx_sendrec_T(SYSTASK(nodeid), m, ms);
	return rc ? rc : m->m_type;
}

static int ask(int type, message *m)
{
	drvs_usr_t info;
	int rc = mnx_getdrvsinfo(&info);

	if (!rc && info.d_nodeid == LOCALNODE)
		rc = EMOLDRVSINIT;
	return rc ? rc : ask_node(info.d_nodeid, type, m, TIMEOUT_FOREVER);
}

static int bind_ask(int type, int pid, int p_nr)
{
	sys_bind_t arg = { .pid = pid, .p_nr = p_nr };
	message m;
	int rc;

	com_put(&m, &arg);
	rc = ask(type, &m);
	com_get(&m, &arg);
	return mi_endpoint_or_error(rc, arg.endpoint);
}

int sys_fork(int pid)
{
	return bind_ask(SYS_FORK, pid, 0);
}

int sys_bindproc(int pid, int p_nr)
{
	return bind_ask(SYS_BINDPROC, pid, p_nr);
}

int sys_rfork(int endpoint, int nodeid, const char *name)
{
	sys_rfork_t arg = { .endpoint = endpoint, .nodeid = nodeid };
	message m;
	int rc = mi_copy_name(arg.name, name);

	if (rc)
		return rc;
	com_put(&m, &arg);
	return ask(SYS_RFORK, &m);
}

/* What names a process and has at most a number */
static int proc_ask(int type, int endpoint, int value, message *m)
{
	const sys_proc_t arg = { .endpoint = endpoint, .value = value };

	com_put(m, &arg);
	return ask(type, m);
}

int sys_exit(int endpoint)
{
	message m;

	return proc_ask(SYS_EXIT, endpoint, 0, &m);
}

static int name_process(int type, int endpoint, const char *name)
{
	sys_proc_t arg = { .endpoint = endpoint };
	message m;
	int rc = mi_copy_name(arg.name, name);

	if (rc)
		return rc;
	com_put(&m, &arg);
	return ask(type, &m);
}

int sys_setpname(int endpoint, const char *name)
{
	return name_process(SYS_SETPNAME, endpoint, name);
}

int sys_exec(int endpoint, const char *name)
{
	return name_process(SYS_EXEC, endpoint, name);
}

int sys_kill_as(int endpoint, int signal, uint32_t uid)
{
	const sys_kill_t arg = { endpoint, signal, uid };
	message m;

	com_put(&m, &arg);
	return ask(SYS_KILL, &m);
}

int sys_kill(int endpoint, int signal)
{
	return sys_kill_as(endpoint, signal, PROC_NO_ID);
}

int sys_nice(int endpoint, int nice)
{
	message m;

	return proc_ask(SYS_NICE, endpoint, nice, &m);
}

int sys_getends(uint64_t *seq, sys_end_t *ends)
{
	sys_ends_t arg = { 0 };
	message m;
	int rc;

	if (!seq || !ends)
		return EMOLFAULT;
	arg.seq = *seq;
	com_put(&m, &arg);
	rc = ask(SYS_GETENDS, &m);
	com_get(&m, &arg);
	if (!rc || rc == EMOLOVERRUN)
		*seq = arg.seq;
	memcpy(ends, arg.ends, sizeof(arg.ends));
	return rc ? rc : arg.nr;
}

int sys_privctl(int endpoint, const priv_usr_t *priv)
{
	const sys_privctl_t arg = { .priv = (uintptr_t)priv,
				    .endpoint = endpoint };
	message m;

	com_put(&m, &arg);
	return ask(SYS_PRIVCTL, &m);
}

int sys_vircopy(int src, const void *saddr, int dst, void *daddr, long bytes)
{
	const sys_copy_t arg = { .src = src,
				 .dst = dst,
				 .saddr = (uintptr_t)saddr,
				 .daddr = (uintptr_t)daddr,
				 .bytes = bytes };
	message m;

	com_put(&m, &arg);
	return ask(SYS_VIRCOPY, &m);
}

int sys_vcopy(const sys_copy_t *copies, int nr, int *done)
{
	sys_vcopy_t arg = { .copies = (uintptr_t)copies, .nr = nr };
	message m;
	int rc;

	com_put(&m, &arg);
	rc = ask(SYS_VCOPY, &m);
	com_get(&m, &arg);
	if (done)
		*done = arg.done;
	return rc;
}

int sys_memset(int endpoint, void *addr, int value, long bytes)
{
	const sys_copy_t arg = { .dst = endpoint,
				 .daddr = (uintptr_t)addr,
				 .bytes = bytes,
				 .value = value };
	message m;

	com_put(&m, &arg);
	return ask(SYS_MEMSET, &m);
}

int sys_setalarm(uint64_t ticks, int absolute, uint64_t *left)
{
	sys_alarm_t arg = { .ticks = ticks, .absolute = absolute != 0 };
	message m;
	int rc;

	com_put(&m, &arg);
	rc = ask(SYS_SETALARM, &m);
	com_get(&m, &arg);
	if (!rc && left)
		*left = arg.ticks;
	return rc;
}

int sys_getuptime(uint64_t *ticks)
{
	sys_alarm_t arg = { 0 };
	message m;
	int rc;

	if (!ticks)
		return EMOLFAULT;
	com_put(&m, &arg);
	rc = ask(SYS_GETUPTIME, &m);
	com_get(&m, &arg);
	if (!rc)
		*ticks = arg.ticks;
	return rc;
}

int sys_times(int endpoint, sys_times_t *times)
{
	message m;
	int rc;

	if (!times)
		return EMOLFAULT;
	rc = proc_ask(SYS_TIMES, endpoint, 0, &m);
	if (!rc)
		com_get(&m, times);
	return rc;
}

/* What does not fit is refused here, as the answer would say. */
static int name_ask(int type, const char *name, long ms, message *m)
{
	sys_name_t arg = { .ms = ms };

	if (!name)
		return EMOLFAULT;
	if (strlen(name) >= sizeof(arg.name))
		return EMOLNAMESIZE;
	strcpy(arg.name, name);
	com_put(m, &arg);
	return ask(type, m);
}

int sys_publish(const char *name)
{
	message m;

	return name_ask(SYS_PUBLISH, name, 0, &m);
}

int sys_withdraw(const char *name)
{
	message m;

	return name_ask(SYS_WITHDRAW, name, 0, &m);
}

int sys_lookup(const char *name, long ms)
{
	sys_name_t arg = { 0 };
	message m;
	int rc = name_ask(SYS_LOOKUP, name, ms, &m);

	if (!rc)
		com_get(&m, &arg);
	return mi_endpoint_or_error(rc, arg.endpoint);
}

int sys_getinfo(enum sys_what what, int which, void *to, long bytes)
{
	sys_info_t arg = { .to = (uintptr_t)to,
			   .bytes = bytes,
			   .what = what,
			   .which = which };
	message m;
	int rc;

	com_put(&m, &arg);
	rc = ask(SYS_GETINFO, &m);
	com_get(&m, &arg);
	return rc ? rc : arg.nr;
}

int sys_names(sys_entry_t *to, int nr)
{
	return sys_getinfo(GET_NAMES, 0, to, nr * (long)sizeof(*to));
}

int sys_nextproc(int nodeid, int p_nr, sys_process_t *process, long ms)
{
	message m;
	int rc;

	if (!process)
		return EMOLFAULT;
	*process = (sys_process_t){ .p_nr = p_nr };
	com_put(&m, process);
	rc = ask_node(nodeid, SYS_NEXTPROC, &m, ms);
	com_get(&m, process);
	return rc;
}

int sys_nextnode(int nodeid, int from, sys_peer_t *peer, long ms)
{
	message m;
	int rc;

	if (!peer)
		return EMOLFAULT;
	*peer = (sys_peer_t){ .node.nodeid = from };
	com_put(&m, peer);
	rc = ask_node(nodeid, SYS_NEXTNODE, &m, ms);
	com_get(&m, peer);
	return rc;
}

int sys_getpart(int nodeid, sys_part_t *part, long ms)
{
	message m;
	int rc;

	if (!part)
		return EMOLFAULT;
	com_put(&m, part);
	rc = ask_node(nodeid, SYS_GETPART, &m, ms);
	com_get(&m, part);
	return rc;
}

static int migr_ask(int type, sys_migrate_t arg)
{
	message m;

	com_put(&m, &arg);
	return ask(type, &m);
}

int sys_migrate(int endpoint, int nodeid, int pid)
{
	return migr_ask(SYS_MIGRATE, (sys_migrate_t){ .endpoint = endpoint,
						      .nodeid = nodeid,
						      .pid = pid });
}

int sys_migr_take(int endpoint)
{
	return migr_ask(SYS_MIGRTAKE, (sys_migrate_t){ .endpoint = endpoint });
}

int sys_standby(int endpoint, int stands)
{
	return migr_ask(SYS_STANDBY, (sys_migrate_t){ .endpoint = endpoint,
						      .pid = stands != 0 });
}

int sys_promote(int endpoint)
{
	return migr_ask(SYS_PROMOTE, (sys_migrate_t){ .endpoint = endpoint });
}

int sys_getmove(int endpoint, sys_move_t *move)
{
	sys_migrate_t arg = { .endpoint = endpoint };
	message m;
	int rc;

	if (!move)
		return EMOLFAULT;
	com_put(&m, &arg);
	rc = ask(SYS_GETMOVE, &m);
	if (!rc)
		com_get(&m, move);
	return rc;
}

int sys_forget(uint64_t nodes, uint64_t *left)
{
	sys_forget_t arg = { .nodes = nodes };
	message m;
	int rc;

	com_put(&m, &arg);
	rc = ask(SYS_FORGET, &m);
	com_get(&m, &arg);
	if (left)
		*left = rc == EMOLNONODE ? arg.nodes : 0;
	return rc;
}

int sys_found(void)
{
	message m;

	memset(&m, 0, sizeof(m));
	return ask(SYS_FOUND, &m);
}
