// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes that move as they are: what /proc says of them */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live.h"

#define DEVICE "/dev/m3ipc"

static FILE *proc_open(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return fopen(path, "re");
}

/* Numbers of the file that follow a word, up to the last; -1: none */
static long last_number_after(pid_t pid, const char *name, const char *word)
{
	FILE *f = proc_open(pid, name);
	char line[512], *next;
	long number = -1;

	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, word, strlen(word)) != 0)
			continue;
		for (next = strtok(line + strlen(word), " \t\n"); next;
		     next = strtok(NULL, " \t\n"))
			number = strtol(next, NULL, 10);
	}
	if (f)
		fclose(f);
	return number;
}

pid_t live_inner_pid(pid_t pid)
{
	return (pid_t)last_number_after(pid, "status", "NSpid:");
}

static bool has_children(pid_t pid)
{
	char name[48];
	FILE *f;
	int c;

	snprintf(name, sizeof(name), "task/%d/children", (int)pid);
	f = proc_open(pid, name);
	c = f ? fgetc(f) : EOF;
	if (f)
		fclose(f);
	return c != EOF;
}

/* Session and terminal of a process: false if it is gone */
static bool session_read(pid_t pid, int *session, int *tty)
{
	FILE *f = proc_open(pid, "stat");
	char line[1024], *end = NULL;

	if (f && fgets(line, sizeof(line), f))
		end = strrchr(line, ')');
	if (f)
		fclose(f);
	return end && sscanf(end + 1, " %*c %*d %*d %d %d", session, tty) == 2;
}

const char *live_obstacle(pid_t pid, bool thread)
{
	int session, tty;

	if (thread)
		return "it is a thread of a process";
	if (!session_read(pid, &session, &tty))
		return "its process has ended";
	if (last_number_after(pid, "status", "Threads:") != 1)
		return "its process has threads";
	if (has_children(pid))
		return "its process has children";
	if (tty)
		return "its process has a terminal: start it by setsid";
	if (session != pid)
		return "its process does not lead a session: start it by "
		       "setsid";
	return NULL;
}

/* Where it has its page mapped, or 0 */
static off_t page_address(pid_t pid)
{
	FILE *f = proc_open(pid, "maps");
	unsigned long begin = 0;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, " " DEVICE "\n") &&
		    sscanf(line, "%lx-", &begin) == 1)
			break;
	if (f)
		fclose(f);
	return (off_t)begin;
}

/* It at that place in the process's memory, or out of there */
static bool page_move(pid_t pid, void *at, size_t size, bool write)
{
	const off_t begin = page_address(pid);
	char path[64];
	ssize_t moved;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	fd = begin ? open(path, O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0)
		return false;
	moved = write ? pwrite(fd, at, size, begin) :
			pread(fd, at, size, begin);
	close(fd);
	return moved == (ssize_t)size;
}

/*
 * The call that the process is in will be entered again where it will be.  Here
 * it has been ended by the commit, unless its message had passed.
 */
static void call_renew(pid_t pid, struct m3ipc_page *page)
{
	FILE *f = proc_open(pid, "syscall");
	long nr = -1;
	unsigned long fd, request, index;
	int rc = f ? fscanf(f, "%ld %lx %lx %lx", &nr, &fd, &request, &index) :
		     0;
	struct m3ipc_call *call;

	if (f)
		fclose(f);
	if (rc != 4 || nr != 16 || _IOC_TYPE(request) != M3IPC_IOC_MAGIC ||
	    index >= M3IPC_NR_CALLS)
		return;
	call = &page->call[index];
	if (call->op == M3IPC_OP_TAKEN || call->op == (uint32_t)EMOLMIGRATE)
		call->op = _IOC_NR(request);
}

bool live_page_read(pid_t pid, struct m3ipc_page *page)
{
	if (!page_move(pid, page, sizeof(*page), false))
		return false;
	call_renew(pid, page);
	return true;
}

bool live_page_write(pid_t pid, const struct m3ipc_page *page)
{
	return page_move(pid, (void *)page->call, sizeof(page->call), true);
}
