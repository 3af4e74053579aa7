// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One request to PM, or to IS.  That may be away: it has ended, and another one
 * is started that knows what it knew, or the cable to its node is out.  So the
 * request is made again, for a while, or, if it waits for long anyway, until
 * the server is there: none does harm twice.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "internal.h"

#define PATIENCE    20000 /* ms, for PM to be there */
#define IS_PATIENCE 5000
#define AGAIN       50 /* ms, between requests */

static bool is_away(int rc)
{
	switch (rc) {
	case EMOLDSTDIED:
	case EMOLSRCDIED:
	case EMOLNOTCONN:
	case EMOLNOPROXY:
	case EMOLTIMEDOUT:
	case -EOPNOTSUPP: /* IS of another node, until there is one here */
		return true;
	default:
		return false;
	}
}

/* Numbers above EMOLERRCODE are those of errno. */
static int error_of(int rc)
{
	if (is_away(rc))
		return ENOTCONN;
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
		return EIO;
	}
}

int mol_result(int rc)
{
	if (!rc)
		return 0;
	errno = error_of(rc);
	return -1;
}

static int ask_once(int server, int type, const message *request, message *m)
{
	int rc;

	*m = *request;
	m->m_type = type;
	rc = mnx_sendrec(server, m);
	return rc ? rc : m->m_type;
}

static int ask_again(int server, int type, message *m, long patience)
{
	const struct timespec pause = { .tv_nsec = AGAIN * 1000000L };
	const message request = *m;
	int rc = ask_once(server, type, &request, m);

	while (is_away(rc) && patience) {
		if (nanosleep(&pause, NULL))
			return EMOLINTR;
		if (patience > 0)
			patience -= AGAIN;
		rc = ask_once(server, type, &request, m);
	}
	return rc;
}

int mol_ask_long(int type, message *m)
{
	return mol_result(ask_again(PM_PROC_NR, type, m, -1));
}

int mol_ask_is(int type, message *m)
{
	return mol_result(ask_again(IS_PROC_NR, type, m, IS_PATIENCE));
}

/* Who has been interrupted does not know whether it was done. */
int mol_ask(int type, message *m)
{
	sigset_t all, mask;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	rc = mol_result(ask_again(PM_PROC_NR, type, m, PATIENCE));
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return rc;
}
