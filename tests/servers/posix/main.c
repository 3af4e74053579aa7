// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *	posix [CASE...]		all cases, or these; "N passed, N failed"
 *	posix -CASE -CASE...	all but these
 *	posix +pid FD		writes its pid there
 *	posix +exit STATUS	ends
 *	posix +stay		stays
 */
#include "posix.h"

int child_wait(pid_t pid)
{
	int status = -1;

	CHECK(waitpid(pid, &status, 0) == pid);
	return status;
}

int stay(int arg)
{
	(void)arg;
	for (;;)
		pause();
}

/* After an exec */
static int run_word(const char *word, const char *value)
{
	const struct channel c = { { -1, atoi(value) } };

	if (!strcmp(word, "+pid"))
		channel_say(&c, getpid());
	if (!strcmp(word, "+exit"))
		return atoi(value);
	if (!strcmp(word, "+stay"))
		stay(0);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct one_case *const lists[] = { process_cases,
							wait_cases, group_cases,
							signal_cases };

	if (argc == 3 && argv[1][0] == '+')
		return run_word(argv[1], argv[2]);
	if (!cases_join())
		return 1;
	return cases_run(lists, sizeof(lists) / sizeof(lists[0]), argc - 1,
			 argv + 1, NULL);
}
