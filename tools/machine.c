// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"
#include "say.h"

int machine_run(const char *const argv[], bool quiet)
{
	pid_t pid = fork();
	int status, null;

	if (!pid) {
		null = quiet ? open("/dev/null", O_WRONLY) : -1;
		if (null >= 0) {
			dup2(null, STDOUT_FILENO);
			dup2(null, STDERR_FILENO);
		}
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool is_in_first_netns(void)
{
	struct stat own, first;

	return !stat("/proc/self/ns/net", &own) &&
	       !stat("/proc/1/ns/net", &first) && own.st_ino == first.st_ino;
}

bool machine_is_node(const struct args *args)
{
	return !args->config && !getenv("M3IPC_NODE") && !geteuid() &&
	       is_in_first_netns();
}

bool machine_has_unit(const char *unit)
{
	const char *const cat[] = { "systemctl", "cat", unit, NULL };

	return !access("/run/systemd/system", F_OK) && !machine_run(cat, true);
}

int machine_systemctl(const struct args *args, const char *verb,
		      const char *unit)
{
	const char *const argv[] = { "systemctl", verb, unit, NULL };

	if (!machine_run(argv, false))
		return 0;
	return say_error(args, "systemctl %s %s failed: journalctl -u %s", verb,
			 unit, unit);
}
