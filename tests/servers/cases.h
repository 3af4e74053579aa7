/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What posix/ and files/ share, which are one source each for Linux and for a
 * VM: lists of cases, each a function that runs in a process of its own and
 * CHECKs what it expects.  With CASES_MOL that is a process of the VM.
 */
#ifndef TESTS_CASES_H
#define TESTS_CASES_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct one_case {
	const char *name;
	void (*run)(void);
};

/* Each list ends with one without a name. */
#define CASE(function)              \
	{                           \
#function, function \
	}

/* What does not hold is said, and ends the process. */
#define CHECK(what) case_check((what), #what, __FILE__, __LINE__)
void case_check(bool holds, const char *what, const char *file, int line);
/* The call fails with that errno. */
#define CHECK_ERRNO(call, error) \
	CHECK((errno = 0, (call)) == -1 && errno == (error))

/* A child that does it, and ends with what it returns */
pid_t child_new(int (*run)(int arg), int arg);

/* A number through a pipe of Linux's, to one who waits for it */
struct channel {
	int fd[2];
};
struct channel channel_new(void);
void channel_say(const struct channel *c, int number);
int channel_hear(const struct channel *c);

/* The caller is a process of the VM from now on; false: it was said why not. */
bool cases_join(void);

/*
 * All cases of the lists, or those that the words name, or, if they begin with
 * "-", all but those; "begin", if it is not NULL, comes first in each process.
 * Prints "N passed, N failed", and returns the exit status.
 */
int cases_run(const struct one_case *const *lists, size_t nr, int nr_words,
	      char **words, void (*begin)(const char *name));

#endif /* TESTS_CASES_H */
