// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asks.h"

int ask_fork(struct call *call)
{
	pid_t child = fork();
	int rc;

	if (!child) {
		rc = mnx_wait4bind();
		REQUIRE(!mnx_bind_failed(rc));
		pause();
		_exit(0);
	}
	rc = sys_fork(child);
	if (mnx_bind_failed(rc) || call->value) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	return rc;
}

int set_alarm(struct call *call)
{
	uint64_t left = 0;
	int rc = sys_setalarm((uint64_t)call->ms, 0, &left);

	return rc ? rc : (int)left;
}

int wait_alarm(struct call *call)
{
	message m;
	int rc = mnx_receive_T(ANY, &m, call->ms);

	return rc ? rc : m.m_type;
}

int ask_raw(struct call *call)
{
	message m = call->m;
	int rc = mnx_sendrec(SYSTASK(0), &m);

	return rc ? rc : m.m_type;
}

int publish(struct call *call)
{
	return sys_publish(call->m.m6_ca1);
}

int withdraw(struct call *call)
{
	return sys_withdraw(call->m.m6_ca1);
}

int lookup(struct call *call)
{
	return sys_lookup(call->m.m6_ca1, call->ms);
}

int is_named(struct call *call)
{
	sys_process_t p;
	proc_usr_t info;
	int rc = sys_getinfo(GET_PROCINFO, _ENDPOINT_P(call->peer), &info,
			     sizeof(info));

	REQUIRE(rc == 1 && !strcmp(info.p_name, call->m.m6_ca1));
	REQUIRE(!sys_nextproc(0, _ENDPOINT_P(call->peer), &p, -1));
	return strcmp(p.name, call->m.m6_ca1) ? EMOLNAMESIZE : OK;
}

int name_it(struct call *call)
{
	int rc = sys_setpname(call->peer, call->m.m6_ca1);

	return rc ? rc : is_named(call);
}

message text_of(const char *text)
{
	message m = { .m_type = 0 };

	strncpy(m.m6_ca1, text, sizeof(m.m6_ca1) - 1);
	return m;
}
