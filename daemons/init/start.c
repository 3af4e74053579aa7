// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mol/mol.h>

#include "child.h"
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

static void child_exec(const struct program *program, pid_t parent)
{
	child_reset();
	if (!chdir("/") && setsid() >= 0 && mol_setsid() >= 0 &&
	    child_become(program->user, parent))
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
