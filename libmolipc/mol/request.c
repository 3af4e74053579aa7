// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One request to PM, to IS, or to FS.  That may be away: it has ended, and
 * another one is started that knows what it knew, or the cable to its node is
 * out.  So the request is made again, for a while, or, if it waits for long
 * anyway, until the server is there: none does harm twice, but some to FS,
 * which are made again only if FS cannot have seen them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include <molipc/fs.h>

#include "internal.h"

#define PATIENCE    20000 /* ms, for PM to be there */
#define IS_PATIENCE 5000
#define AGAIN       50 /* ms, between requests */

/* BADOWNER, SLOTUSED: its node has not heard yet whose the caller's slot is. */
static bool is_away(int rc)
{
	switch (rc) {
	case EMOLBADOWNER:
	case EMOLSLOTUSED:
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

/* Is there somebody whose answer was lost, and who has perhaps done it? */
static bool is_done_perhaps(int rc)
{
	return rc == EMOLSRCDIED || rc == EMOLNOTCONN || rc == EMOLTIMEDOUT;
}

static bool moves_at_position(const message *m)
{
	fs_rw_t arg;

	com_get(m, &arg);
	return arg.position >= 0;
}

/*
 * Does it harm if FS does it twice?  What is to be on the disk may be that of
 * an FS that has ended, of which the next one knows nothing.
 */
static bool harms_twice(int server, int type, const message *m)
{
	if (server != FS_PROC_NR)
		return false;
	switch (type) {
	case FS_READ:
	case FS_WRITE:
	case FS_GETDENTS:
		return !moves_at_position(m);
	case FS_ACCESS:
	case FS_CHMOD:
	case FS_CHOWN:
	case FS_EXEC:
	case FS_FCHMOD:
	case FS_FCHOWN:
	case FS_FORK:
	case FS_FSTAT:
	case FS_FSTATFS:
	case FS_FTRUNCATE:
	case FS_LCHOWN:
	case FS_LSTAT:
	case FS_NEXTPROC:
	case FS_READLINK:
	case FS_STAT:
	case FS_STATFS:
	case FS_TRUNCATE:
		return false;
	default:
		return true;
	}
}

static int ask_again(int server, int type, message *m, long patience)
{
	const struct timespec pause = { .tv_nsec = AGAIN * 1000000L };
	const message request = *m;
	int rc = ask_once(server, type, &request, m);

	while (is_away(rc) && patience) {
		if (is_done_perhaps(rc) && harms_twice(server, type, &request))
			return -EIO;
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
static int ask_undisturbed(int server, int type, message *m)
{
	sigset_t all, mask;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	rc = mol_result(ask_again(server, type, m, PATIENCE));
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return rc;
}

int mol_ask(int type, message *m)
{
	return ask_undisturbed(PM_PROC_NR, type, m);
}

/* A child has its parent's; a program begins with what it does not know of. */
static _Atomic enum mol_files files_state = MOL_FILES_UNKNOWN;

enum mol_files mol_files(void)
{
	return files_state;
}

void mol_files_none(void)
{
	enum mol_files was = MOL_FILES_UNKNOWN;

	atomic_compare_exchange_strong(&files_state, &was, MOL_FILES_NONE);
}

int mol_ask_fs(int type, message *m)
{
	files_state = MOL_FILES_SOME;
	return ask_undisturbed(FS_PROC_NR, type, m);
}

int mol_ask_fs_long(int type, message *m)
{
	files_state = MOL_FILES_SOME;
	return mol_result(ask_again(FS_PROC_NR, type, m, PATIENCE));
}

int mol_ask_fs_once(int type, message *m)
{
	const message request = *m;

	return mol_result(ask_once(FS_PROC_NR, type, &request, m));
}
