// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <mol/mol.h>

#include "common/log.h"
#include "common/memory.h"
#include "start.h"

#define JOB_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"

/* All that a child needs that is made before it is there */
struct program {
	const struct passwd *user;
	char **argv;
	char *envp[6];
};

/* Words between blanks; the memory is all in one piece after them. */
static char **words_of(const char *command)
{
	const size_t length = strlen(command) + 1;
	/* Each has a byte and a blank at least. */
	const size_t room = (length / 2 + 2) * sizeof(char *);
	char **argv = memory_alloc(room + length), *rest;
	char *text = (char *)argv + room;
	size_t nr = 0;

	memcpy(text, command, length);
	while ((argv[nr] = strtok_r(nr ? NULL : text, " \t\n", &rest)))
		nr++;
	return argv;
}

static char *variable(const char *name, const char *value)
{
	char *text = NULL;

	if (asprintf(&text, "%s=%s", name, value) < 0)
		text = NULL;
	return memory_checked(text);
}

static void program_make(struct program *program, const struct job *job,
			 const struct passwd *user, const char *vm)
{
	*program = (struct program){
		.user = user,
		.argv = words_of(job->command),
		.envp = { variable("HOME", user->pw_dir),
			  variable("USER", user->pw_name),
			  variable("LOGNAME", user->pw_name),
			  variable("M3IPC_VM", vm), (char *)JOB_PATH, NULL },
	};
}

static void program_free(struct program *program)
{
	for (int i = 0; i < 4; i++)
		free(program->envp[i]);
	free(program->argv);
}

static void signals_reset(void)
{
	sigset_t none;

	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static bool stdin_close(void)
{
	int fd = open("/dev/null", O_RDONLY);

	if (fd < 0)
		return false;
	if (fd != STDIN_FILENO) {
		dup2(fd, STDIN_FILENO);
		close(fd);
	}
	return true;
}

static bool user_become(const struct passwd *user)
{
	return !initgroups(user->pw_name, user->pw_gid) &&
	       !setgid(user->pw_gid) && !setuid(user->pw_uid);
}

/* The end of the parent counts from after the user is another. */
static void child_exec(const struct program *program, pid_t parent)
{
	signals_reset();
	if (stdin_close() && !chdir("/") && setsid() >= 0 &&
	    mol_setsid() >= 0 && user_become(program->user) &&
	    !prctl(PR_SET_PDEATHSIG, SIGKILL) && getppid() == parent)
		mol_execve(program->argv[0], program->argv, program->envp);
	log_line(SD_ERR, "%s, as %s: %m", program->argv[0],
		 program->user->pw_name);
	_exit(127);
}

pid_t start_job(const struct job *job, const char *vm)
{
	const struct passwd *user;
	const pid_t self = getpid();
	struct program program;
	pid_t pid;

	errno = 0;
	user = getpwnam(job->user);
	if (!user) {
		log_line(SD_ERR, "%s: user \"%s\": %s", job->command, job->user,
			 errno ? strerror(errno) : "there is none");
		return -1;
	}
	program_make(&program, job, user, vm);
	pid = mol_fork();
	if (!pid)
		child_exec(&program, self);
	if (pid < 0)
		log_line(SD_ERR, "%s: fork: %m", job->command);
	program_free(&program);
	return pid;
}
