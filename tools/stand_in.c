// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "common/util.h"
#include "stand_in.h"

void stand_in_signals(void (*pass_on)(int signal))
{
	static const int signals[] = { SIGHUP,  SIGINT,  SIGQUIT,
				       SIGTERM, SIGUSR1, SIGUSR2 };
	struct sigaction act = { .sa_handler = pass_on };

	sigfillset(&act.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &act, NULL);
}

int stand_in_end(int status)
{
	static const struct rlimit none;

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &none);
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}
