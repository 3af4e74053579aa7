// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <molipc/molipc.h>

#include "links.h"
#include "machine.h"
#include "say.h"

#define PROXY        "m3ipc-proxy"
#define FOLDER       "/run/m3ipc"
#define UNIT_NODE    "m3ipc.service"
#define UNIT_PROXIES "m3ipc-proxy.service"

#define TRIES 100 /* of 100 ms each, for proxies to start or to end */

static void pause_briefly(void)
{
	const struct timespec tenth = { .tv_nsec = 100000000 };

	nanosleep(&tenth, NULL);
}

/* Is this the node that systemd's unit is about, and may we start that? */
static bool is_by_systemd(const struct args *args)
{
	return machine_is_node(args) && machine_has_unit(UNIT_NODE);
}

bool links_is_missing(int nodeid)
{
	proc_usr_t sender;

	return mnx_getproxyinfo(nodeid, &sender, NULL) != 0;
}

static bool is_any(bool (*is)(int nodeid), const struct config *config)
{
	const struct config_node *node = NULL;

	while ((node = config_next_peer(config, node)))
		if (is(node->id))
			return true;
	return false;
}

/* The thread of m3ipc-proxy that sends to this node, or 0 */
static pid_t proxy_thread(int nodeid)
{
	char path[64], name[32] = "";
	proc_usr_t sender;
	FILE *f;

	if (mnx_getproxyinfo(nodeid, &sender, NULL) || sender.p_lpid <= 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/comm", sender.p_lpid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (!fgets(name, sizeof(name), f))
		*name = '\0';
	fclose(f);
	return strcmp(name, PROXY "\n") ? 0 : sender.p_lpid;
}

/* Signals those who carry links, once for each; false if there is none. */
static bool signal_proxies(const struct config *config, int signal)
{
	const struct config_node *node = NULL;
	bool any = false;
	pid_t thread;

	while ((node = config_next_peer(config, node))) {
		thread = proxy_thread(node->id);
		if (thread && !kill(thread, signal))
			any = true;
		/* To read the configuration once is enough. */
		if (any && signal == SIGHUP)
			break;
	}
	return any;
}

/* Beside this program, as they are installed or built; or by PATH */
static void find_proxy(char path[PATH_MAX])
{
	static const char *const places[] = { "/../sbin/" PROXY,
					      "/../proxies/" PROXY };
	char own[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", own, sizeof(own) - 32);
	char *slash;

	own[size < 0 ? 0 : size] = '\0';
	slash = strrchr(own, '/');
	for (size_t i = 0; slash && i < 2; i++) {
		strcpy(slash, places[i]);
		strcpy(path, own);
		if (!access(path, X_OK))
			return;
	}
	strcpy(path, PROXY);
}

/* Where it tells that it is ready, as it would systemd */
static int open_notify(char name[32])
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t size;

	snprintf(name, 32, "@m3ipc-up-%d", getpid());
	strcpy(address.sun_path + 1, name + 1);
	size = offsetof(struct sockaddr_un, sun_path) + strlen(name);
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&address, size))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Its log, one for each network namespace */
static int open_log(char path[64])
{
	struct stat st;

	mkdir(FOLDER, 0755);
	if (stat("/proc/self/ns/net", &st))
		return -1;
	snprintf(path, 64, FOLDER "/proxy-%ju.log", (uintmax_t)st.st_ino);
	return open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC | O_NOFOLLOW,
		    0644);
}

/* What it has said, without the levels of its lines */
static void show_log(int log)
{
	FILE *f = fdopen(dup(log), "r");
	char line[512];

	if (!f)
		return;
	rewind(f);
	while (fgets(line, sizeof(line), f))
		fprintf(stderr, PROXY ": %s",
			line[0] == '<' && line[2] == '>' ? line + 3 : line);
	fclose(f);
}

static void exec_proxy(const struct args *args, const char *notify, int log)
{
	int null = open("/dev/null", O_RDWR);
	char path[PATH_MAX];

	find_proxy(path);
	setsid();
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	setenv("NOTIFY_SOCKET", notify, 1);
	if (args->config)
		execlp(path, PROXY, "-a", "-c", args->config, NULL);
	else
		execlp(path, PROXY, "-a", NULL);
	dprintf(STDERR_FILENO, "%s: %s\n", path, strerror(errno));
	_exit(127);
}

/* Until it is ready: 0; or has ended, or takes too long: -1 */
static int wait_until_ready(pid_t pid, int notify)
{
	struct pollfd pfd = { .fd = notify, .events = POLLIN };
	char text[64];

	for (int i = 0; i < TRIES; i++) {
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

static int start_proxy(const struct args *args)
{
	char name[32], path[64];
	int notify = open_notify(name), log = open_log(path);
	pid_t pid = -1;
	int rc = 0;

	if (notify < 0 || log < 0)
		rc = say_error(args, "links: %s: %s", FOLDER, strerror(errno));
	else if ((pid = fork()) < 0)
		rc = say_error(args, "links: %s", strerror(errno));
	else if (!pid)
		exec_proxy(args, name, log);
	if (pid > 0 && wait_until_ready(pid, notify)) {
		show_log(log);
		rc = say_error(args, "links: " PROXY " did not start");
	}
	if (notify >= 0)
		close(notify);
	if (log >= 0)
		close(log);
	return rc;
}

/* One that runs has its configuration read again. */
static int start_plain(const struct args *args, const struct config *config)
{
	if (!signal_proxies(config, SIGHUP))
		return start_proxy(args);
	for (int i = 0; i < TRIES && is_any(links_is_missing, config); i++)
		pause_briefly();
	if (is_any(links_is_missing, config))
		return say_error(args, "links: " PROXY
				       " runs, but not for all other nodes");
	return 0;
}

int links_start(const struct args *args, const struct config *config)
{
	bool missing = is_any(links_is_missing, config);

	if (is_by_systemd(args))
		return machine_systemctl(args, "start", UNIT_NODE) ||
				       (missing &&
					machine_systemctl(args,
							  "reload-or-restart",
							  UNIT_PROXIES)) ?
			       EXIT_FAILURE :
			       0;
	return missing ? start_plain(args, config) : 0;
}

static bool is_there(int nodeid)
{
	return proxy_thread(nodeid) != 0;
}

void links_stop(const struct args *args, const struct config *config)
{
	if (is_by_systemd(args))
		machine_systemctl(args, "stop", UNIT_PROXIES);
	if (!signal_proxies(config, SIGTERM))
		return;
	for (int i = 0; i < TRIES && is_any(is_there, config); i++)
		pause_briefly();
}

void links_stopped(const struct args *args)
{
	if (is_by_systemd(args))
		machine_systemctl(args, "stop", UNIT_NODE);
}
