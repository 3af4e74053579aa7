/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Histories by seed, and deliberate faults that they have to find.
 *
 *	[-n COUNT] [-e EVENTS] [-f FAULT] [-s SEED] [-v]
 *
 * Without arguments: so many histories; then each fault is put into the machine
 * and has to be found.  -s replays a seed, -v shows it.
 */
#ifndef SIM_HISTORIES_H
#define SIM_HISTORIES_H

#include <stdbool.h>
#include <stddef.h>

struct histories_fault {
	int number;
	const char *what;
};

struct histories {
	int *fault; /* the one that is in the machine, or 0 */
	bool *verbose;
	const struct histories_fault *faults;
	size_t nr_faults;
	/* One: NULL, or what was wrong */
	const char *(*play)(unsigned long long seed, unsigned int events);
	/* What the one was like is added to what is printed of all. */
	void (*count)(void);
	void (*print)(void);
};

/* The exit status of the program */
int histories_main(const struct histories *h, int argc, char **argv);

#endif /* SIM_HISTORIES_H */
