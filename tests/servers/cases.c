// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"

#ifdef CASES_MOL
#include <mol/mol.h>

#include "user_slot.h"
#define fork    mol_fork
#define waitpid mol_waitpid
#endif

void case_check(bool holds, const char *what, const char *file, int line)
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

static bool case_passes(const struct one_case *c,
			void (*begin)(const char *name))
{
	const pid_t pid = fork();
	int status = -1;

	if (pid < 0) {
		perror("fork");
		return false;
	}
	if (!pid) {
		if (begin)
			begin(c->name);
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

static bool is_wanted(const char *name, int nr_words, char **words)
{
	const bool but = nr_words && words[0][0] == '-';

	for (int i = 0; i < nr_words; i++)
		if (!strcmp(words[i] + but, name))
			return !but;
	return !nr_words || but;
}

int cases_run(const struct one_case *const *lists, size_t nr, int nr_words,
	      char **words, void (*begin)(const char *name))
{
	int passed = 0, failed = 0;

	for (size_t i = 0; i < nr; i++) {
		for (const struct one_case *c = lists[i]; c->name; c++) {
			if (!is_wanted(c->name, nr_words, words))
				continue;
			if (case_passes(c, begin))
				passed++;
			else
				failed++;
			fflush(stdout);
		}
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed || !passed;
}

#ifdef CASES_MOL
bool cases_join(void)
{
	const int rc = user_slot_bind(0);

	if (!mnx_bind_failed(rc) && mol_bindproc() > 0)
		return true;
	perror(mnx_bind_failed(rc) ? mnx_strerror(MNX_ERR(rc)) :
				     "mol_bindproc");
	return false;
}
#else
bool cases_join(void)
{
	return true;
}
#endif
