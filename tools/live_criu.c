// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes that move as they are: CRIU is run, for a dump in the namespaces of
 * the process, for a restore in new ones.
 *
 *	live_restore	init, in a new pid namespace
 *				criu restore, which ends
 *				the process, which becomes init's child
 *		init tells how it went, and waits for the process to end
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live.h"
#include "program.h"

#define PLUGIN "m3ipc-criu.so"
#define LOG    "criu.log"

/* The folder of the plugin */
static bool plugin_dir(char path[PATH_MAX])
{
	if (!program_beside("../lib/" M3IPC_MULTIARCH "/m3ipc/criu",
			    "tools/criu", PLUGIN, path))
		return false;
	*strrchr(path, '/') = '\0';
	return true;
}

static bool in_path(const char *program)
{
	char path[PATH_MAX];
	const char *at = getenv("PATH");

	while (at && *at) {
		const int length = (int)strcspn(at, ":");

		snprintf(path, sizeof(path), "%.*s/%s", length, at, program);
		if (!access(path, X_OK))
			return true;
		at += length + (at[length] == ':');
	}
	return false;
}

const char *live_criu_missing(void)
{
	char path[PATH_MAX];

	if (!in_path("criu"))
		return "criu is not installed";
	return plugin_dir(path) ? NULL : PLUGIN " is not installed";
}

/* What it prints goes to the log. */
static void program_become(const char *dir, const char *const *argv)
{
	int null = open("/dev/null", O_RDWR), log;

	if (chdir(dir))
		_exit(127);
	log = open("output.log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(null, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

static int ended_well(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -1;
}

int live_run(const char *dir, const char *const *argv)
{
	pid_t pid = fork();

	if (!pid)
		program_become(dir, argv);
	return pid < 0 ? -1 : ended_well(pid);
}

void live_remove(const char *dir)
{
	const char *const argv[] = { "rm", "-rf", dir, NULL };

	live_run("/", argv);
}

/* The last line of CRIU's log that speaks of an error, from its words on */
static void log_read(const char *dir, char *why, size_t size)
{
	char path[PATH_MAX], line[512];
	FILE *f;

	snprintf(why, size, "no word of criu");
	snprintf(path, sizeof(path), "%s/" LOG, dir);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		char *error = strstr(line, "Error (");
		char *words = error ? strstr(error, "): ") : NULL;

		if (!words || strstr(line, "FAILED"))
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(why, size, "%s", words + 3);
	}
	if (f)
		fclose(f);
}

/* Dump */

static int namespace_enter(pid_t pid, const char *name, int type)
{
	char path[64];
	int fd, rc;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = setns(fd, type);
	close(fd);
	return rc;
}

/* In a child: CRIU sees the process as it sees itself. */
static int dump_inside(pid_t pid, const char *dir, const char *const *argv)
{
	if (namespace_enter(pid, "pid", CLONE_NEWPID))
		return -1;
	if (namespace_enter(pid, "mnt", CLONE_NEWNS))
		return -1;
	return live_run(dir, argv);
}

int live_dump(pid_t pid, const char *dir, char *why, size_t size)
{
	char plugins[PATH_MAX], inner[16];
	const char *const argv[] = {
		"criu",         "dump",
		"-t",           inner,
		"-D",           dir,
		"-o",           LOG,
		"-L",           plugins,
		"-v2",          "--leave-stopped",
		"--file-locks", "--manage-cgroups=ignore",
		NULL,
	};
	pid_t child;

	if (!plugin_dir(plugins))
		return -1;
	snprintf(inner, sizeof(inner), "%d", (int)live_inner_pid(pid));
	child = fork();
	if (!child)
		_exit(dump_inside(pid, dir, argv) ? 1 : 0);
	if (child > 0 && !ended_well(child))
		return 0;
	log_read(dir, why, size);
	return -1;
}

/* Restore */

static int restore_inside(const char *dir)
{
	char plugins[PATH_MAX];
	const char *const argv[] = {
		"criu",
		"restore",
		"-D",
		dir,
		"-o",
		LOG,
		"-L",
		plugins,
		"-v2",
		"--restore-detached",
		"--leave-stopped",
		"--file-locks",
		"--manage-cgroups=ignore",
		NULL,
	};

	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  NULL) ||
	    !plugin_dir(plugins))
		return -1;
	return live_run(dir, argv);
}

/* The first process of the namespace, until the last but it has ended */
static void init_become(const char *dir, int told)
{
	char rc;

	setsid();
	rc = (char)restore_inside(dir);
	if (write(told, &rc, 1) != 1 || rc)
		_exit(1);
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
	if (chdir("/"))
		_exit(1);
	do
		errno = 0;
	while (wait(NULL) > 0 || errno == EINTR);
	_exit(0);
}

static pid_t only_child(pid_t pid)
{
	char path[80];
	int child = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid,
		 (int)pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%d", &child) != 1)
		child = -1;
	if (f)
		fclose(f);
	return child;
}

static pid_t init_start(const char *dir, int *told)
{
	int ends[2];
	pid_t init;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	init = (pid_t)syscall(SYS_clone, SIGCHLD | CLONE_NEWPID | CLONE_NEWNS,
			      0, 0, 0, 0);
	if (!init) {
		close(ends[0]);
		init_become(dir, ends[1]);
	}
	close(ends[1]);
	*told = ends[0];
	return init;
}

pid_t live_restore(const live_what_t *what, int vmid, int nodeid,
		   const char *dir, pid_t *init, char *why, size_t size)
{
	char spec[64], rc = 1;
	pid_t pid = -1;
	int told;

	snprintf(spec, sizeof(spec), "%d %d %d", vmid, (int)what->endpoint,
		 nodeid);
	setenv("M3IPC_LIVE", spec, 1);
	*init = init_start(dir, &told);
	if (*init > 0 && read(told, &rc, 1) == 1 && !rc)
		pid = only_child(*init);
	if (*init > 0)
		close(told);
	if (pid < 0)
		log_read(dir, why, size);
	return pid;
}
