// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *	posix [CASE...]		all cases, or these; "N passed, N failed"
 *	posix +pid FD		writes its pid there
 *	posix +exit STATUS	ends
 *	posix +stay		stays
 */
#include "posix.h"

#ifdef POSIX_MOL
#include <molipc/molipc.h>
#endif

#define PATIENCE 30 /* s, for a case */

void posix_check(bool holds, const char *what, const char *file, int line)
{
	const int error = errno;

	if (holds)
		return;
	fprintf(stderr, "%s:%d: not so: %s (errno %d)\n", file, line, what,
		error);
	_exit(1);
}

pid_t child_new(int (*run)(int arg), int arg)
{
	const pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid)
		_exit(run(arg));
	return pid;
}

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

struct channel channel_new(void)
{
	struct channel c;

	CHECK(!pipe(c.fd));
	return c;
}

void channel_say(const struct channel *c, int number)
{
	CHECK(write(c->fd[1], &number, sizeof(number)) == sizeof(number));
}

int channel_hear(const struct channel *c)
{
	int number;

	CHECK(read(c->fd[0], &number, sizeof(number)) == sizeof(number));
	return number;
}

/* What a case leaves behind ends with its Linux session's group. */
static bool case_passes(const struct posix_case *c)
{
	const pid_t pid = fork();
	int status = -1;

	if (pid < 0) {
		perror("fork");
		return false;
	}
	if (!pid) {
		c->run();
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status)
		printf("%s: failed (status %#x)\n", c->name, status);
	return !status;
}

static bool is_wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc < 2;
}

static int run_cases(int argc, char **argv)
{
	static const struct posix_case *const lists[] = {
		process_cases, wait_cases, group_cases, signal_cases
	};
	int passed = 0, failed = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		for (const struct posix_case *c = lists[i]; c->name; c++) {
			if (!is_wanted(c->name, argc, argv))
				continue;
			if (case_passes(c))
				passed++;
			else
				failed++;
			fflush(stdout);
		}
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed || !passed;
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
#ifdef POSIX_MOL
	int p_nr = 40;

	while (argv[1] == NULL || argv[1][0] != '+') {
		int rc = mnx_bind(0, p_nr++);

		if (MNX_ERR(rc) == EMOLSLOTUSED)
			continue;
		if (mnx_bind_failed(rc) || mol_bindproc() < 0) {
			perror(mnx_strerror(rc));
			return 1;
		}
		break;
	}
#endif
	if (argc == 3 && argv[1][0] == '+')
		return run_word(argv[1], argv[2]);
	return run_cases(argc, argv);
}
