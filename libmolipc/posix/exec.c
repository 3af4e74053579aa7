// SPDX-License-Identifier: LGPL-2.1-or-later
/* exec in all forms: PM is told, and the new program has this library, too. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <unistd.h>

#include <mol/mol.h>

#include "../mol/internal.h"
#include "linux.h"
#include "posix.h"

/* Which program */
struct program {
	enum {
		BY_PATH,
		BY_NAME,
		BY_FD
	} by;
	const char *file;
	int fd;
};

static int program_exec(const struct program *program, char *const argv[],
			char *const envp[])
{
	switch (program->by) {
	case BY_PATH:
		return linux_execve(program->file, argv, envp);
	case BY_NAME:
		return linux_execvpe(program->file, argv, envp);
	default:
		return linux_fexecve(program->fd, argv, envp);
	}
}

/* On the stack, as a handler, or a child of several threads, may call it */
static int vm_exec(const struct program *program, char *const argv[],
		   char *const envp[])
{
	const size_t size = env_size(envp);
	char *env[env_count(envp) + ENV_MORE + 1], text[size];

	if (program->by == BY_PATH && access(program->file, X_OK))
		return -1;
	env_fill(env, text, size, envp);
	return mol_exec_tell() ? -1 : program_exec(program, argv, env);
}

static int any_exec(const struct program *program, char *const argv[],
		    char *const envp[])
{
	return self_in_vm() ? vm_exec(program, argv, envp) :
			      program_exec(program, argv, envp);
}

int execve(const char *path, char *const argv[], char *const envp[])
{
	return any_exec(&(struct program){ BY_PATH, path, -1 }, argv, envp);
}

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

int execvpe(const char *file, char *const argv[], char *const envp[])
{
	return any_exec(&(struct program){ BY_NAME, file, -1 }, argv, envp);
}

int execvp(const char *file, char *const argv[])
{
	return execvpe(file, argv, environ);
}

int fexecve(int fd, char *const argv[], char *const envp[])
{
	return any_exec(&(struct program){ BY_FD, NULL, fd }, argv, envp);
}

/* How many there are, up to the NULL */
static size_t list_count(const char *arg, va_list ap)
{
	size_t n = 0;

	for (; arg; arg = va_arg(ap, const char *))
		n++;
	return n;
}

static void list_fill(char *argv[], const char *arg, va_list *ap)
{
	while (arg) {
		*argv++ = (char *)arg;
		arg = va_arg(*ap, const char *);
	}
	*argv = NULL;
}

/* Declares "argv" as execl() and its like have it, with "ap" behind it. */
#define ARGV_OF_LIST(argv, arg, ap)          \
	va_start(ap, arg);                   \
	char *argv[list_count(arg, ap) + 1]; \
	va_end(ap);                          \
	va_start(ap, arg);                   \
	list_fill(argv, arg, &(ap))

int execl(const char *path, const char *arg, ...)
{
	va_list ap;

	ARGV_OF_LIST(argv, arg, ap);
	va_end(ap);
	return execv(path, argv);
}

int execlp(const char *file, const char *arg, ...)
{
	va_list ap;

	ARGV_OF_LIST(argv, arg, ap);
	va_end(ap);
	return execvp(file, argv);
}

int execle(const char *path, const char *arg, ...)
{
	char *const *envp;
	va_list ap;

	ARGV_OF_LIST(argv, arg, ap);
	envp = va_arg(ap, char *const *);
	va_end(ap);
	return execve(path, argv, envp);
}
