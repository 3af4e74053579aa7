// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One request to PM.  If PM has ended another one may be started, which knows
 * what this one knew: the request is made again, as none does harm twice.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>

#include "internal.h"

#define PATIENCE 5000 /* ms, for another PM */

/* Numbers above EMOLERRCODE are those of errno. */
static int error_of(int rc)
{
	if (rc > EMOLERRCODE)
		return -rc;
	switch (rc) {
	case EMOLNOTBIND:
		return ESRCH;
	case EMOLBADCALL:
		return ENOSYS;
	case EMOLOVERRUN:
		return EAGAIN;
	case EMOLPRIVILEGES:
		return EPERM;
	case EMOLNAMESIZE:
		return ENAMETOOLONG;
	case EMOLLOCKED:
		return EDEADLK;
	default:
		return ENOTCONN;
	}
}

int mol_result(int rc)
{
	if (!rc)
		return 0;
	errno = error_of(rc);
	return -1;
}

static int ask_once(int type, const message *request, message *m)
{
	int rc;

	*m = *request;
	m->m_type = type;
	rc = mnx_sendrec(PM_PROC_NR, m);
	return rc ? rc : m->m_type;
}

int mol_ask_long(int type, message *m)
{
	const message request = *m;
	int rc = ask_once(type, &request, m);

	while ((rc == EMOLDSTDIED || rc == EMOLSRCDIED) &&
	       mnx_wait4bindep_T(PM_PROC_NR, PATIENCE) >= 0)
		rc = ask_once(type, &request, m);
	return mol_result(rc);
}

/* Who has been interrupted does not know whether it was done. */
int mol_ask(int type, message *m)
{
	sigset_t all, mask;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	rc = mol_ask_long(type, m);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return rc;
}
