// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *	files DIRECTORY [CASE...]	all cases, or these, in that directory;
 *					"N passed, N failed"
 *	files DIRECTORY -CASE...	all but these
 *	files +closed FD		is that descriptor closed? (after exec)
 */
#define FILES_PLAIN
#include "files.h"

#ifdef FILES_MOL
#include "user_slot.h"
#endif

void files_check(bool holds, const char *what, const char *file, int line)
{
	const int error = errno;

	if (holds)
		return;
	fprintf(stderr, "%s:%d: not so: %s (errno %d)\n", file, line, what,
		error);
	_exit(1);
}

struct channel channel_new(void)
{
	struct channel c;

	CHECK(!pipe(c.fd));
	return c;
}

void channel_say(const struct channel *c)
{
	CHECK(write(c->fd[1], "", 1) == 1);
}

void channel_hear(const struct channel *c)
{
	char byte;

	CHECK(read(c->fd[0], &byte, 1) == 1);
}

#ifdef FILES_MOL
#define fork    mol_fork
#define waitpid mol_waitpid
#define chdir   mol_chdir
#define mkdir   mol_mkdir
#define umask   mol_umask
#define fcntl   mol_fcntl
#endif

pid_t child_new(int (*run)(int arg), int arg)
{
	const pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid)
		_exit(run(arg));
	return pid;
}

void child_good(pid_t pid)
{
	int status = -1;

	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(!status);
}

struct user {
	uid_t uid;
	int (*run)(int arg);
	int arg;
};

static struct user user;

static int user_run(int arg)
{
	(void)arg;
	CHECK(!setresgid(user.uid, user.uid, user.uid));
	CHECK(!setresuid(user.uid, user.uid, user.uid));
	return user.run(user.arg);
}

void as_user(uid_t uid, int (*run)(int arg), int arg)
{
	user = (struct user){ uid, run, arg };
	child_good(child_new(user_run, 0));
}

static bool case_passes(const struct files_case *c)
{
	const pid_t pid = fork();
	int status = -1;

	if (pid < 0) {
		perror("fork");
		return false;
	}
	if (!pid) {
		umask(022);
		CHECK(!mkdir(c->name, 0777));
		CHECK(!chdir(c->name));
		umask(0);
		c->run();
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status)
		printf("not ok - %s (status %#x)\n", c->name, status);
	else
		printf("ok - %s\n", c->name);
	return !status;
}

static bool is_wanted(const char *name, int argc, char **argv)
{
	const bool but = argc > 2 && argv[2][0] == '-';

	for (int i = 2; i < argc; i++)
		if (!strcmp(argv[i] + but, name))
			return !but;
	return argc <= 2 || but;
}

static int run_cases(int argc, char **argv)
{
	static const struct files_case *const lists[] = {
		open_cases, byte_cases, name_cases,  path_cases,   attr_cases,
		dir_cases,  lock_cases, right_cases, process_cases
	};
	int passed = 0, failed = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (const struct files_case *c = lists[i]; c->name; c++) {
			if (!is_wanted(c->name, argc, argv))
				continue;
			if (case_passes(c))
				passed++;
			else
				failed++;
			fflush(stdout);
		}
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed || !passed;
}

#ifdef FILES_MOL
static bool join_vm(void)
{
	const int rc = user_slot_bind(0);

	if (!mnx_bind_failed(rc) && mol_bindproc() > 0)
		return true;
	perror(mnx_bind_failed(rc) ? mnx_strerror(MNX_ERR(rc)) :
				     "mol_bindproc");
	return false;
}
#endif

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "+closed"))
		return fcntl(atoi(argv[2]), F_GETFD) != -1;
	if (argc < 2)
		return 2;
	alarm(300);
#ifdef FILES_MOL
	if (!join_vm())
		return 1;
#endif
	umask(0);
	if (mkdir(argv[1], 0777) || chdir(argv[1])) {
		perror(argv[1]);
		return 1;
	}
	return run_cases(argc, argv);
}
