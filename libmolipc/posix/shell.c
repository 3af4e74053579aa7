// SPDX-License-Identifier: LGPL-2.1-or-later
/* Commands of the shell: system(), popen() */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <paths.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void shell_exec(const char *command)
{
	execl(_PATH_BSHELL, "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static int shell_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* How signals are outside of system() */
struct outside {
	struct sigaction interrupt, quit;
	sigset_t mask;
};

static void outside_restore(const struct outside *o)
{
	sigaction(SIGINT, &o->interrupt, NULL);
	sigaction(SIGQUIT, &o->quit, NULL);
	pthread_sigmask(SIG_SETMASK, &o->mask, NULL);
}

int system(const char *command)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct outside outside;
	sigset_t child;
	int status;
	pid_t pid;

	if (!command)
		return !access(_PATH_BSHELL, X_OK);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &child, &outside.mask);
	sigaction(SIGINT, &ignore, &outside.interrupt);
	sigaction(SIGQUIT, &ignore, &outside.quit);
	pid = fork();
	if (!pid) {
		outside_restore(&outside);
		shell_exec(command);
	}
	status = pid < 0 ? -1 : shell_wait(pid);
	outside_restore(&outside);
	return status;
}

/* Streams of popen() that are open: a command has none of the others'. */
struct piped {
	struct piped *next;
	FILE *f;
	pid_t pid;
};

static struct piped *all_piped;
static pthread_mutex_t piped_lock = PTHREAD_MUTEX_INITIALIZER;

static void piped_run(const char *command, int fd, int to)
{
	for (const struct piped *p = all_piped; p; p = p->next)
		if (fileno(p->f) != to)
			close(fileno(p->f));
	if (fd == to)
		fcntl(fd, F_SETFD, 0);
	else
		dup2(fd, to);
	shell_exec(command);
}

/* Its end of the pipe is "own", the command's is "fd", and is called "to". */
static bool piped_start(struct piped *p, const char *command, int own, int fd,
			int to)
{
	p->f = fdopen(own, to == STDOUT_FILENO ? "r" : "w");
	if (!p->f)
		return false;
	pthread_mutex_lock(&piped_lock);
	p->pid = fork();
	if (!p->pid)
		piped_run(command, fd, to);
	if (p->pid > 0) {
		p->next = all_piped;
		all_piped = p;
	}
	pthread_mutex_unlock(&piped_lock);
	return p->pid > 0;
}

static FILE *piped_open(struct piped *p, const char *command, bool reads,
			bool keeps)
{
	int fd[2], own, other;

	if (pipe2(fd, O_CLOEXEC))
		return NULL;
	own = fd[!reads];
	other = fd[reads];
	if (!piped_start(p, command, own, other,
			 reads ? STDOUT_FILENO : STDIN_FILENO)) {
		if (p->f)
			fclose(p->f);
		else
			close(own);
		close(other);
		return NULL;
	}
	close(other);
	if (keeps)
		fcntl(own, F_SETFD, 0);
	return p->f;
}

FILE *popen(const char *command, const char *mode)
{
	const bool reads = strchr(mode, 'r'), writes = strchr(mode, 'w');
	struct piped *p;
	FILE *f;

	if (reads == writes) {
		errno = EINVAL;
		return NULL;
	}
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	f = piped_open(p, command, reads, !strchr(mode, 'e'));
	if (!f)
		free(p);
	return f;
}

static struct piped *piped_remove(const FILE *f)
{
	struct piped *p = NULL;

	pthread_mutex_lock(&piped_lock);
	for (struct piped **at = &all_piped; *at; at = &(*at)->next) {
		if ((*at)->f != f)
			continue;
		p = *at;
		*at = p->next;
		break;
	}
	pthread_mutex_unlock(&piped_lock);
	return p;
}

int pclose(FILE *f)
{
	struct piped *p = piped_remove(f);
	int status;

	fclose(f);
	if (!p) {
		errno = ECHILD;
		return -1;
	}
	status = shell_wait(p->pid);
	free(p);
	return status;
}
