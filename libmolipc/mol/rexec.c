// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Programs that INIT of another node starts for the caller, whose children they
 * are; see molipc/init.h for how that goes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mol/mol.h>
#include <molipc/init.h>

#include "internal.h"

struct program {
	const char *file;
	char *cwd;
	char *const *argv;
	char *const *envp;
};

static int init_ask(int node, int type, message *m)
{
	int rc;

	m->m_type = type;
	rc = mnx_sendrec(INIT_PROC_NR + node, m);
	return mol_result(rc ? rc : m->m_type);
}

/* Puts a string, with its NUL, where there is room; returns its size. */
static size_t text_put(char *to, size_t at, const char *text)
{
	const size_t size = strlen(text) + 1;

	if (to)
		memcpy(to + at, text, size);
	return size;
}

static size_t texts_put(char *to, size_t at, char *const *texts, uint32_t *nr)
{
	const size_t from = at;

	for (*nr = 0; texts[*nr]; ++*nr)
		at += text_put(to, at, texts[*nr]);
	return at - from;
}

/* Into "to", if that is not NULL; returns its size. */
static size_t image_put(char *to, const struct program *p)
{
	size_t at = sizeof(init_image_t);
	init_image_t head;

	at += text_put(to, at, p->file);
	at += text_put(to, at, p->cwd);
	at += texts_put(to, at, p->argv, &head.nr_args);
	at += texts_put(to, at, p->envp, &head.nr_env);
	if (to)
		memcpy(to, &head, sizeof(head));
	return at;
}

static char *image_make(const struct program *p, size_t *bytes)
{
	char *image;

	*bytes = image_put(NULL, p);
	if (*bytes > INIT_IMAGE_MAX) {
		errno = E2BIG;
		return NULL;
	}
	image = malloc(*bytes);
	if (image)
		image_put(image, p);
	return image;
}

/* The pid of a child that waits for the word */
static pid_t child_start(int node, uint32_t flags, const struct program *p)
{
	init_rexec_t arg = { .uid = geteuid(), .flags = flags };
	size_t bytes;
	char *image = image_make(p, &bytes);
	message m;
	int rc;

	if (!image)
		return -1;
	arg.image = (uintptr_t)image;
	arg.bytes = bytes;
	com_put(&m, &arg);
	rc = init_ask(node, INIT_REXEC, &m);
	free(image);
	if (rc)
		return -1;
	com_get(&m, &arg);
	return arg.pid;
}

static int child_go(int node, pid_t pid, int drop)
{
	message m;

	com_put(&m, &((init_go_t){ pid, drop }));
	return init_ask(node, INIT_GO, &m);
}

static int child_adopt(pid_t pid)
{
	message m;

	com_put(&m, &((pm_fork_t){ .pid = pid }));
	return mol_ask(PM_ADOPT, &m);
}

static pid_t child_make(int node, uint32_t flags, const struct program *p)
{
	const pid_t pid = child_start(node, flags, p);
	int error;

	if (pid < 0)
		return -1;
	if (!child_adopt(pid) && !child_go(node, pid, 0))
		return pid;
	error = errno;
	child_go(node, pid, 1);
	errno = error;
	return -1;
}

/* Signals come before it or after it. */
static pid_t rexec(int node, uint32_t flags, const char *file,
		   char *const argv[], char *const envp[])
{
	struct program p = { .file = file, .argv = argv, .envp = envp };
	sigset_t all, mask;
	pid_t pid;

	if (node < 0 || node >= M3IPC_MAX_NODES) {
		errno = EINVAL;
		return -1;
	}
	p.cwd = get_current_dir_name();
	if (!p.cwd)
		return -1;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	pid = child_make(node, flags, &p);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	free(p.cwd);
	return pid;
}

pid_t mol_rexec(int node, const char *file, char *const argv[],
		char *const envp[])
{
	return rexec(node, 0, file, argv, envp);
}

pid_t mol_rexec_fs(int node, const char *path, char *const argv[],
		   char *const envp[])
{
	return rexec(node, INIT_OF_FS, path, argv, envp);
}

static pid_t rexec_open(struct mol_rexec *r, int node, uint32_t flags,
			const char *file, char *const argv[],
			char *const envp[])
{
	*r = (struct mol_rexec){ .node = node };
	r->pid = rexec(node, INIT_OUTPUT | flags, file, argv, envp);
	return r->pid;
}

pid_t mol_rexec_open(struct mol_rexec *r, int node, const char *file,
		     char *const argv[], char *const envp[])
{
	return rexec_open(r, node, 0, file, argv, envp);
}

pid_t mol_rexec_fs_open(struct mol_rexec *r, int node, const char *path,
			char *const argv[], char *const envp[])
{
	return rexec_open(r, node, INIT_OF_FS, path, argv, envp);
}

ssize_t mol_rexec_read(struct mol_rexec *r, void *buf, size_t size, int *stream)
{
	init_read_t arg = { .to = (uintptr_t)buf,
			    .bytes = size < UINT32_MAX ? size : UINT32_MAX,
			    .pid = r->pid,
			    .pieces = r->pieces };
	message m;

	com_put(&m, &arg);
	if (init_ask(r->node, INIT_READ, &m))
		return -1;
	com_get(&m, &arg);
	r->pieces += arg.nr > 0;
	*stream = arg.stream;
	return arg.nr;
}
