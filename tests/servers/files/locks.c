// SPDX-License-Identifier: GPL-2.0-or-later
/* Locks: of records and of whole files */
#include "files.h"

static struct channel there, go;
static struct channel left, end; /* of who has given up, and may go */

static int record(int fd, int command, short type, off_t start, off_t len)
{
	struct flock l = { .l_type = type,
			   .l_whence = SEEK_SET,
			   .l_start = start,
			   .l_len = len };

	return fcntl(fd, command, &l);
}

static struct flock record_get(int fd, short type, off_t start, off_t len)
{
	struct flock l = { .l_type = type,
			   .l_whence = SEEK_SET,
			   .l_start = start,
			   .l_len = len };

	CHECK(!fcntl(fd, F_GETLK, &l));
	return l;
}

static int file_open(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0666);

	CHECK(fd >= 0);
	return fd;
}

/* Bytes 10 to 19, for writing, until it is told to end */
static int holds(int arg)
{
	int fd = file_open();

	(void)arg;
	CHECK(!record(fd, F_SETLK, F_WRLCK, 10, 10));
	channel_say(&there, 0);
	channel_hear(&go);
	return 0;
}

static pid_t holder_new(void)
{
	pid_t pid;

	there = channel_new();
	go = channel_new();
	pid = child_new(holds, 0);
	channel_hear(&there);
	return pid;
}

static void against_another(void)
{
	const pid_t pid = holder_new();
	int fd = file_open();
	struct flock l;

	CHECK_ERRNO(record(fd, F_SETLK, F_RDLCK, 0, 0), EAGAIN);
	CHECK_ERRNO(record(fd, F_SETLK, F_WRLCK, 19, 1), EAGAIN);
	CHECK(!record(fd, F_SETLK, F_WRLCK, 20, 1));
	CHECK(!record(fd, F_SETLK, F_RDLCK, 0, 10));
	l = record_get(fd, F_RDLCK, 0, 0);
	CHECK(l.l_type == F_WRLCK && l.l_start == 10 && l.l_len == 10);
	CHECK(l.l_pid == pid && l.l_whence == SEEK_SET);
	l = record_get(fd, F_RDLCK, 0, 10);
	CHECK(l.l_type == F_UNLCK);
	channel_say(&go, 0);
	child_good(pid);
	CHECK(!record(fd, F_SETLK, F_WRLCK, 0, 0));
}

static int waits(int arg)
{
	int fd = file_open();

	(void)arg;
	CHECK(!record(fd, F_SETLKW, F_WRLCK, 10, 1));
	return 0;
}

static void waited_for(void)
{
	const pid_t pid = holder_new(), a = child_new(waits, 0),
		    b = child_new(waits, 0);

	channel_say(&go, 0);
	child_good(pid);
	child_good(a);
	child_good(b);
}

/* Any descriptor of the file that is closed ends the locks of its process. */
static void ended_by_close(void)
{
	int fd = file_open(), other = file_open();

	CHECK(!record(fd, F_SETLK, F_WRLCK, 10, 10));
	CHECK(!close(other));
	child_good(child_new(waits, 0));
}

static int holds_not(int arg)
{
	CHECK(record_get(arg, F_WRLCK, 0, 0).l_type == F_WRLCK);
	CHECK_ERRNO(record(arg, F_SETLK, F_WRLCK, 0, 0), EAGAIN);
	return 0;
}

static void not_inherited(void)
{
	int fd = file_open();

	CHECK(!record(fd, F_SETLK, F_WRLCK, 0, 5));
	child_good(child_new(holds_not, fd));
}

static void bad_records(void)
{
	int fd = file_open(), ro = open("f", O_RDONLY),
	    wo = open("f", O_WRONLY);

	CHECK_ERRNO(record(ro, F_SETLK, F_WRLCK, 0, 0), EBADF);
	CHECK_ERRNO(record(wo, F_SETLK, F_RDLCK, 0, 0), EBADF);
	CHECK_ERRNO(record(fd, F_SETLK, 77, 0, 0), EINVAL);
	CHECK_ERRNO(record(fd, F_SETLK, F_WRLCK, -1, 0), EINVAL);
	CHECK_ERRNO(record(99, F_SETLK, F_WRLCK, 0, 0), EBADF);
	CHECK(!record(ro, F_SETLK, F_UNLCK, 0, 0));
}

/* Each has one, and wants the other's: the second one is refused. */
static int crosses(int arg)
{
	int fd = file_open();

	CHECK(!record(fd, F_SETLK, F_WRLCK, arg, 1));
	channel_say(&there, 0);
	channel_hear(&go);
	if (!record(fd, F_SETLKW, F_WRLCK, 1 - arg, 1))
		return 0;
	CHECK(errno == EDEADLK);
	return 0;
}

static void crossed(void)
{
	pid_t a, b;

	there = channel_new();
	go = channel_new();
	a = child_new(crosses, 0);
	channel_hear(&there);
	b = child_new(crosses, 1);
	channel_hear(&there);
	channel_say(&go, 0);
	channel_say(&go, 0);
	child_good(a);
	child_good(b);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static int is_interrupted(int arg)
{
	const struct sigaction act = { .sa_handler = on_alarm };
	int fd = file_open();

	(void)arg;
	CHECK(!sigaction(SIGALRM, &act, NULL));
	ualarm(50000, 50000);
	CHECK_ERRNO(record(fd, F_SETLKW, F_WRLCK, 10, 1), EINTR);
	CHECK_ERRNO(flock_file(fd, LOCK_EX), EINTR);
	ualarm(0, 0);
	channel_say(&left, 0);
	channel_hear(&end);
	return 0;
}

/* Who has given up gets no lock, also as long as it does nothing else. */
static void interrupted(void)
{
	const pid_t pid = holder_new();
	int fd = file_open();
	pid_t other;

	CHECK(!flock_file(fd, LOCK_SH));
	left = channel_new();
	end = channel_new();
	other = child_new(is_interrupted, 0);
	channel_hear(&left);
	CHECK(!flock_file(fd, LOCK_UN));
	channel_say(&go, 0);
	child_good(pid);
	CHECK(!record(fd, F_SETLK, F_WRLCK, 10, 1));
	CHECK(!flock_file(fd, LOCK_EX | LOCK_NB));
	channel_say(&end, 0);
	child_good(other);
}

/* Whole files: the lock is that of the file as it was opened. */
static void whole_files(void)
{
	int a = file_open(), b = file_open(), c = dup(a);

	CHECK(!flock_file(a, LOCK_EX));
	CHECK_ERRNO(flock_file(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
	CHECK(!flock_file(c, LOCK_EX | LOCK_NB));
	CHECK(!flock_file(c, LOCK_SH) && !flock_file(b, LOCK_SH | LOCK_NB));
	CHECK(!flock_file(b, LOCK_UN));
	CHECK(!flock_file(a, LOCK_EX) && !close(a));
	CHECK_ERRNO(flock_file(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	CHECK(!close(c) && !flock_file(b, LOCK_EX | LOCK_NB));
	CHECK(!record(b, F_SETLK, F_WRLCK, 0, 0));
	CHECK_ERRNO(flock_file(b, LOCK_SH | LOCK_EX), EINVAL);
	CHECK_ERRNO(flock_file(99, LOCK_SH), EBADF);
}

static int wants_all(int arg)
{
	int fd = file_open();

	(void)arg;
	CHECK(!flock_file(fd, LOCK_EX));
	return 0;
}

static void whole_waited_for(void)
{
	int fd = file_open();
	pid_t pid;

	CHECK(!flock_file(fd, LOCK_SH));
	pid = child_new(wants_all, 0);
	CHECK(!flock_file(fd, LOCK_UN));
	/* It has a descriptor of the same file as it was opened. */
	CHECK(!close(fd));
	child_good(pid);
}

static void ended_by_death(void)
{
	const pid_t pid = holder_new();
	int fd = file_open(), status;

	CHECK(!kill(pid, SIGKILL));
	CHECK(!record(fd, F_SETLKW, F_WRLCK, 10, 1));
	CHECK(waitpid(pid, &status, 0) == pid && status == SIGKILL);
}

const struct one_case lock_cases[] = {
	CASE(against_another), CASE(waited_for),  CASE(ended_by_close),
	CASE(not_inherited),   CASE(bad_records), CASE(crossed),
	CASE(interrupted),     CASE(whole_files), CASE(whole_waited_for),
	CASE(ended_by_death),  { NULL, NULL },
};
