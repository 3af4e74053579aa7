// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *	INIT			child
 *
 *	fork
 *	SYSTASK binds it	waits for that
 *				is the user's, and a process of PM that wishes
 *				the asker for its parent; says its pid
 *	a byte			looks that this is its parent; the program
 *
 * The end of INIT, or of their connection, ends the child.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mol/mol.h>
#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "child.h"
#include "common/log.h"
#include "rexec_child.h"

/* As the shell has it of what it cannot run */
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND      127

/* 0: the answer is in "m". */
static int pm_ask(int type, message *m)
{
	m->m_type = type;
	return mnx_sendrec(PM_PROC_NR, m) || m->m_type != OK;
}

static bool ids_ask(pid_t pid, pm_ids_t *ids)
{
	message m;

	*ids = (pm_ids_t){ .pid = pid };
	com_put(&m, ids);
	if (pm_ask(PM_GETPID, &m))
		return false;
	com_get(&m, ids);
	return true;
}

pid_t rexec_parent(pid_t pid)
{
	pm_ids_t ids;

	return ids_ask(pid, &ids) ? ids.parent : -1;
}

/* Returns its pid of the VM, or -1. */
static pid_t process_become(int asker)
{
	pm_fork_t arg = { .endpoint = asker };
	message m;

	com_put(&m, &arg);
	if (pm_ask(PM_BINDPROC, &m))
		return -1;
	com_get(&m, &arg);
	return arg.pid;
}

static bool is_child_of(int asker)
{
	pm_ids_t ids;

	return ids_ask(0, &ids) && ids_ask(ids.parent, &ids) &&
	       ids.endpoint == asker;
}

/* PM has it by then, with the user that it is to be of. */
static bool child_wait(const struct rexec_child *child, pid_t parent)
{
	pid_t pid;
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || mnx_bind_failed(mnx_wait4bind()) ||
	    setsid() < 0 || !child_become(child->user, parent))
		return false;
	pid = process_become(child->asker);
	return pid > 0 && write(child->control, &pid, sizeof(pid)) > 0 &&
	       read(child->control, &byte, 1) == 1 && is_child_of(child->asker);
}

/* It is the user that asks FS, of this node. */
static void file_exec(const struct rexec_image *image)
{
	message m;

	com_put(&m, &((pm_exec_t){ "" }));
	if (image->of_fs)
		mol_exec(image->file, image->argv, image->envp);
	else if (pm_ask(PM_EXEC, &m))
		_exit(EXIT_NOT_EXECUTABLE);
	else
		execvp(image->file, image->argv);
}

static void program_exec(const struct rexec_image *image)
{
	int error;

	if (chdir(image->cwd) && chdir("/"))
		_exit(EXIT_NOT_EXECUTABLE);
	environ = image->envp;
	file_exec(image);
	error = errno;
	dprintf(STDERR_FILENO, "%s: %m\n", image->file);
	_exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

static void child_run(const struct rexec_child *child, pid_t parent)
{
	child_reset();
	if (!child_wait(child, parent))
		_exit(EXIT_FAILURE);
	if (child->out[0] >= 0) {
		dup2(child->out[0], STDOUT_FILENO);
		dup2(child->out[1], STDERR_FILENO);
	}
	program_exec(child->image);
}

pid_t rexec_child_fork(const struct rexec_child *child, int *rc)
{
	const pid_t self = getpid(), pid = fork();
	int endpoint;

	if (!pid)
		child_run(child, self);
	if (pid < 0) {
		log_line(SD_ERR, "%s: fork: %m", child->image->file);
		*rc = -EAGAIN;
		return -1;
	}
	endpoint = sys_fork(pid);
	if (!mnx_bind_failed(endpoint))
		return pid;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	log_line(SD_ERR, "%s: a slot: %s", child->image->file,
		 mnx_strerror(MNX_ERR(endpoint)));
	*rc = -EAGAIN;
	return -1;
}
