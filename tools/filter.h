/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program that answers a message: text on its stdin, answer on its stdout. */
#ifndef TOOLS_FILTER_H
#define TOOLS_FILTER_H

#include <stddef.h>

#include <molipc/m3ipc.h>

struct filter_answer {
	char *text;		/* "size" bytes; filled up to size - 1, NUL */
	size_t size;
	size_t length;		/* of what the program wrote, newline off */
	int status;		/* as a shell has it: 128 + n for a signal */
};

/*
 * Runs argv once.  The program gets the text of the request and a newline,
 * and M3IPC_SOURCE and M3IPC_TYPE in its environment; one newline at the end
 * of what it writes is dropped.  Returns 0, or -1 and errno.
 */
int filter_run(char *const *argv, const message *request,
	       struct filter_answer *answer);

#endif /* TOOLS_FILTER_H */
