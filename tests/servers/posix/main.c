// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *	posix [CASE...]		all cases, or these; "N passed, N failed"
 *	posix -CASE -CASE...	all but these
 *	posix +pid FD		writes its pid there
 *	posix +exit STATUS	ends
 *	posix +stay		stays
 */
#include "posix.h"

#ifdef POSIX_MOL
#include "user_slot.h"
#endif

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
		printf("not ok - %s (status %#x)\n", c->name, status);
	else
		printf("ok - %s\n", c->name);
	return !status;
}

static bool is_wanted(const char *name, int argc, char **argv)
{
	const bool but = argc > 1 && argv[1][0] == '-';

	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i] + but, name))
			return !but;
	return argc < 2 || but;
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

#ifdef POSIX_MOL
static bool join_vm(void)
{
	const int rc = user_slot_bind(0);

	if (!mnx_bind_failed(rc) && mol_bindproc() > 0)
		return true;
	perror(mnx_bind_failed(rc) ? mnx_strerror(MNX_ERR(rc)) :
				     "mol_bindproc");
	return false;
}
#endif

int main(int argc, char **argv)
{
	if (argc == 3 && argv[1][0] == '+')
		return run_word(argv[1], argv[2]);
#ifdef POSIX_MOL
	if (!join_vm())
		return 1;
#endif
	return run_cases(argc, argv);
}
