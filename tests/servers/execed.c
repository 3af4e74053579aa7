// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What test_exec has executed: looks at what it has been left with, and ends
 * with 0, or with the number of the line that says what is not so.
 *
 *	execed status N			ends with N
 *	execed self PID ENDPOINT NAME	it has those of before, and A=b
 *	execed files OPEN CLOSED	FS has closed one of them, a child has
 *					the other; "here" is in its directory
 *	execed signals			SIGUSR1 is not caught any more, SIGUSR2
 *					is ignored, SIGTERM blocked
 *	execed descriptors		its program is none of those of Linux
 *	execed sealed			its program does not change
 *	execed user UID			it is that user's
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mol/fs.h>
#include <mol/mol.h>
#include <molipc/molipc.h>

#define CHECK(is)                        \
	do {                             \
		if (!(is))               \
			return __LINE__; \
	} while (0)

static int self(char **args)
{
	const char *a = getenv("A");
	char link[100] = "", name[110];

	CHECK(mol_getpid() == atoi(args[0]));
	CHECK(mnx_getep(getpid()) == atoi(args[1]));
	CHECK(a && !strcmp(a, "b"));
	CHECK(readlink("/proc/self/exe", link, sizeof(link) - 1) > 0);
	snprintf(name, sizeof(name), "/memfd:%s (deleted)", args[2]);
	CHECK(!strcmp(link, name));
	return 0;
}

static int reads(int fd, int closed)
{
	char c = 0;

	CHECK(mol_read(fd, &c, 1) == 1);
	CHECK(mol_read(closed, &c, 1) < 0 && errno == EBADF);
	CHECK(!mol_access("here", F_OK));
	return 0;
}

/* The child is first: FS has not been asked for anything then. */
static int files(char **args)
{
	const int fd = atoi(args[0]), closed = atoi(args[1]);
	const pid_t pid = mol_fork();
	int end;

	if (!pid)
		_exit(reads(fd, closed));
	CHECK(pid > 0 && mol_waitpid(pid, &end, 0) == pid);
	return end ? WEXITSTATUS(end) : reads(fd, closed);
}

static int signals(char **args)
{
	struct sigaction act;
	sigset_t mask;

	(void)args;
	CHECK(!sigaction(SIGUSR1, NULL, &act) && act.sa_handler == SIG_DFL);
	CHECK(!sigaction(SIGUSR2, NULL, &act) && act.sa_handler == SIG_IGN);
	CHECK(!sigprocmask(SIG_BLOCK, NULL, &mask));
	CHECK(sigismember(&mask, SIGTERM) && !sigismember(&mask, SIGUSR1));
	return 0;
}

static int descriptors(char **args)
{
	char name[32], link[100];

	(void)args;
	for (int fd = 0; fd < 256; fd++) {
		memset(link, 0, sizeof(link));
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		if (readlink(name, link, sizeof(link) - 1) > 0)
			CHECK(!strstr(link, "memfd"));
	}
	return 0;
}

static int sealed(char **args)
{
	const int fd = open("/proc/self/exe", O_RDONLY);
	const int seals = fcntl(fd, F_GET_SEALS);

	(void)args;
	CHECK(seals ==
	      (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
	return 0;
}

static int status(char **args)
{
	return atoi(args[0]);
}

static int user(char **args)
{
	CHECK(geteuid() == (uid_t)atoi(args[0]));
	return 0;
}

static const struct {
	const char *what;
	int nr_args;
	int (*run)(char **args);
} table[] = {
	{ "status", 1, status },
	{ "self", 3, self },
	{ "files", 2, files },
	{ "signals", 0, signals },
	{ "descriptors", 0, descriptors },
	{ "sealed", 0, sealed },
	{ "user", 1, user },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (argc == table[i].nr_args + 2 &&
		    !strcmp(argv[1], table[i].what))
			return table[i].run(argv + 2);
	return 255;
}
