// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *	files DIRECTORY [CASE...]	all cases, or these, in that directory;
 *					"N passed, N failed"
 *	files DIRECTORY -CASE...	all but these
 *	files +closed FD		is that descriptor closed? (after exec)
 */
#include "files.h"

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

static void case_begin(const char *name)
{
	umask(022);
	CHECK(!mkdir(name, 0777));
	CHECK(!chdir(name));
	umask(0);
}

int main(int argc, char **argv)
{
	static const struct one_case *const lists[] = {
		open_cases, byte_cases, name_cases,  path_cases,   attr_cases,
		dir_cases,  lock_cases, right_cases, process_cases
	};

	if (argc == 3 && !strcmp(argv[1], "+closed"))
		return fcntl(atoi(argv[2]), F_GETFD) != -1;
	if (argc < 2)
		return 2;
	alarm(300);
	if (!cases_join())
		return 1;
	umask(0);
	if (mkdir(argv[1], 0777) || chdir(argv[1])) {
		perror(argv[1]);
		return 1;
	}
	return cases_run(lists, sizeof(lists) / sizeof(lists[0]), argc - 2,
			 argv + 2, case_begin);
}
