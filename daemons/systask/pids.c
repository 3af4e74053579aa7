// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pids.h"

/* What /proc/PID/status says of a process */
struct status {
	pid_t process; /* of which it is a thread, or itself */
	pid_t parent;
	pid_t inner;         /* in the innermost of its pid namespaces */
	unsigned int uid[3]; /* real, effective, saved */
};

static bool status_read(pid_t pid, struct status *status)
{
	char path[64], line[256];
	const char *last;
	FILE *f;

	*status = (struct status){ 0 };
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "Tgid:", 5)) {
			status->process = atoi(line + 5);
		} else if (!strncmp(line, "PPid:", 5)) {
			status->parent = atoi(line + 5);
		} else if (!strncmp(line, "Uid:", 4)) {
			sscanf(line + 4, "%u %u %u", &status->uid[0],
			       &status->uid[1], &status->uid[2]);
		} else if (!strncmp(line, "NSpid:", 6)) {
			last = strrchr(line, '\t');
			status->inner = last ? atoi(last + 1) : 0;
			break; /* It is the last of them. */
		}
	}
	fclose(f);
	return status->parent;
}

static bool is_same_namespace(pid_t pid)
{
	struct stat own, other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	return !stat("/proc/self/ns/pid", &own) && !stat(path, &other) &&
	       own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

/* Among what one thread has as children */
static pid_t children_find(const char *path, pid_t pid)
{
	struct status status;
	pid_t child = 0, found = 0;
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	while (!found && fscanf(f, "%d", &child) == 1)
		if (status_read(child, &status) && status.inner == pid)
			found = child;
	fclose(f);
	return found;
}

static pid_t child_find(pid_t parent, pid_t pid)
{
	char path[300];
	struct dirent *thread;
	pid_t found = 0;
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)parent);
	threads = opendir(path);
	if (!threads)
		return 0;
	while (!found && (thread = readdir(threads))) {
		if (*thread->d_name == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/children",
			 (int)parent, thread->d_name);
		found = children_find(path, pid);
	}
	closedir(threads);
	return found;
}

pid_t pids_translate(pid_t teller, pid_t pid)
{
	if (pid <= 0)
		return 0;
	return is_same_namespace(teller) ? pid : child_find(teller, pid);
}

bool pids_is_child(pid_t child, pid_t parent)
{
	struct status status, thread;

	if (!status_read(child, &status))
		return false;
	return status.parent == parent || (status_read(parent, &thread) &&
					   status.parent == thread.process);
}

bool pids_user_is(pid_t pid, unsigned int uid)
{
	struct status status;

	return !uid || (status_read(pid, &status) && status.uid[0] == uid &&
			status.uid[1] == uid && status.uid[2] == uid);
}

bool pids_times(pid_t pid, struct pids_times *times)
{
	unsigned long user, system;
	long child_user, child_system;
	const uint64_t tick = 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
	char path[64], line[1024];
	const char *after;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return false;
	after = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	fclose(f);
	if (!after || sscanf(after + 1,
			     " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u"
			     " %lu %lu %ld %ld",
			     &user, &system, &child_user, &child_system) != 4)
		return false;
	*times = (struct pids_times){ user * tick, system * tick,
				      (uint64_t)child_user * tick,
				      (uint64_t)child_system * tick };
	return true;
}
