/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program that answers a message: text on its stdin, answer on its stdout. */
#ifndef TOOLS_FILTER_H
#define TOOLS_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include <molipc/m3ipc.h>

struct filter_answer {
	char *text; /* "size" bytes; filled up to size - 1, NUL */
	size_t size;
	size_t length; /* of what the program wrote, newline off */
	bool endless;  /* it was killed, as it wrote too much */
	int status;    /* as a shell has it: 128 + n for a signal */
};

/* No program writes that much for a message unless something is wrong. */
#define FILTER_MOST (1 << 20)

/*
 * Runs argv once.  The program gets the text of the request and a newline,
 * and M3IPC_SOURCE and M3IPC_TYPE in its environment; one newline at the end
 * of what it writes is dropped.  A program that writes more
 * than FILTER_MOST bytes is killed.  The caller ignores SIGPIPE.  Returns 0,
 * or -1 and errno.
 */
int filter_run(char *const *argv, const message *request,
	       struct filter_answer *answer);

#endif /* TOOLS_FILTER_H */
