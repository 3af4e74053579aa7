// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "child.h"

static void stdin_close(void)
{
	const int fd = open("/dev/null", O_RDONLY);

	if (fd > STDIN_FILENO) {
		dup2(fd, STDIN_FILENO);
		close(fd);
	}
}

void child_reset(void)
{
	sigset_t none;

	sigemptyset(&none);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	stdin_close();
}

/* The end of the parent counts from after the user is another. */
bool child_become(const struct passwd *user, pid_t parent)
{
	return !initgroups(user->pw_name, user->pw_gid) &&
	       !setgid(user->pw_gid) && !setuid(user->pw_uid) &&
	       !prctl(PR_SET_PDEATHSIG, SIGKILL) && getppid() == parent;
}
