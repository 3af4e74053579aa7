// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "common/util.h"
#include "program.h"
#include "say.h"

#define FOLDER      "/run/m3ipc"
#define MS_TO_START 30000

bool program_beside(const char *installed, const char *built, const char *name,
		    char path[PATH_MAX])
{
	const char *const places[] = { installed, ".." };
	char own[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", own, sizeof(own) - 1);
	char *slash;
	int length;

	own[size < 0 ? 0 : size] = '\0';
	slash = strrchr(own, '/');
	for (size_t i = 0; slash && i < ARRAY_SIZE(places); i++) {
		length = snprintf(path, PATH_MAX, "%.*s/%s/%s%s%s",
				  (int)(slash - own), own, places[i],
				  i ? built : "", i ? "/" : "", name);
		if (length < PATH_MAX && !access(path, R_OK))
			return true;
	}
	return false;
}

/*
 * Where it tells that it is ready, as it would systemd: at an address of its
 * own, as those that were started before may go on to tell theirs.
 */
static int open_notify(char name[32])
{
	static unsigned int nr;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t size;

	snprintf(name, 32, "@m3ipc-up-%d-%u", getpid(), nr++);
	strcpy(address.sun_path + 1, name + 1);
	size = offsetof(struct sockaddr_un, sun_path) + strlen(name);
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&address, size))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Its log, one for each network namespace */
static int open_log(const struct program *program)
{
	const char *part = program->part;
	char path[128];
	struct stat st;

	mkdir(FOLDER, 0755);
	if (stat("/proc/self/ns/net", &st))
		return -1;
	snprintf(path, sizeof(path), FOLDER "/%s-%ju%s%s.log", program->log,
		 (uintmax_t)st.st_ino, part ? "-" : "", part ? part : "");
	return open(path,
		    O_CREAT | O_TRUNC | O_APPEND | O_RDWR | O_CLOEXEC |
			    O_NOFOLLOW,
		    0644);
}

/* What it has said, without the levels of its lines */
static void show_log(const struct program *program, int log)
{
	FILE *f = fdopen(dup(log), "r");
	char line[512];

	if (!f)
		return;
	rewind(f);
	while (fgets(line, sizeof(line), f))
		fprintf(stderr, "%s: %s", program->argv[0],
			line[0] == '<' && line[2] == '>' ? line + 3 : line);
	fclose(f);
}

static void exec_program(const struct program *program, const char *notify,
			 int log)
{
	int null = open("/dev/null", O_RDWR);
	char path[PATH_MAX];

	if (!program_beside("../sbin", program->built, program->argv[0], path))
		snprintf(path, sizeof(path), "%s", program->argv[0]);
	setsid();
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	setenv("NOTIFY_SOCKET", notify, 1);
	execvp(path, (char *const *)program->argv);
	dprintf(STDERR_FILENO, "%s: %s\n", path, strerror(errno));
	_exit(127);
}

/* Until it is ready: 0; or has ended, or takes too long: -1 */
static int wait_until_ready(pid_t pid, int notify)
{
	struct pollfd pfd = { .fd = notify, .events = POLLIN };
	const int64_t end = log_now() + MS_TO_START;
	char text[64];

	while (log_now() < end) {
		ssize_t size = poll(&pfd, 1, 100) > 0 ?
				       recv(notify, text, sizeof(text) - 1, 0) :
				       0;

		text[size > 0 ? size : 0] = '\0';
		if (strstr(text, "READY=1"))
			return 0;
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return -1;
	}
	kill(pid, SIGTERM);
	return -1;
}

int program_start(const struct args *args, const struct program *program)
{
	char name[32];
	int notify = open_notify(name), log = open_log(program);
	pid_t pid = -1;
	int rc = 0;

	if (notify < 0 || log < 0)
		rc = say_error(args, "%s: " FOLDER ": %s", program->about,
			       strerror(errno));
	else if ((pid = fork()) < 0)
		rc = say_error(args, "%s: %s", program->about, strerror(errno));
	else if (!pid)
		exec_program(program, name, log);
	if (pid > 0 && wait_until_ready(pid, notify)) {
		show_log(program, log);
		rc = say_error(args, "%s: %s did not start", program->about,
			       program->argv[0]);
	}
	if (notify >= 0)
		close(notify);
	if (log >= 0)
		close(log);
	return rc;
}
