// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "histories.h"

#define HISTORIES   10000
#define EVENTS_EACH 200
#define MAX_SHOWN   10
#define FAULT_TRIES 200000

static long run(const struct histories *h, unsigned long long seed, long count,
		unsigned int events)
{
	long failed = 0, i;

	for (i = 0; i < count; i++, seed++) {
		const char *what = h->play(seed, events);

		h->count();
		if (what && failed++ < MAX_SHOWN)
			printf("seed %llu: %s\n", seed, what);
	}
	printf("%ld histories of %u events, ", count, events);
	h->print();
	return failed;
}

/* Zero if it was not found */
static long fault_find(const struct histories *h, unsigned int events,
		       const char **what)
{
	for (long i = 1; i <= FAULT_TRIES; i++) {
		*what = h->play((unsigned long long)i, events);
		if (*what)
			return i;
	}
	return 0;
}

static long run_faults(const struct histories *h, unsigned int events)
{
	const char *what;
	long failed = 0;

	for (size_t i = 0; i < h->nr_faults; i++) {
		*h->fault = h->faults[i].number;
		long at = fault_find(h, events, &what);

		failed += !at;
		printf("fault %d, %s: %s, history %ld\n", *h->fault,
		       h->faults[i].what, at ? what : "FAILED: not found", at);
	}
	*h->fault = 0;
	return failed;
}

int histories_main(const struct histories *h, int argc, char **argv)
{
	unsigned long long seed = 1;
	unsigned int events = EVENTS_EACH;
	long count = argc > 1 ? 1 : HISTORIES, failed, tests;
	int option;

	while ((option = getopt(argc, argv, "n:e:f:s:v")) != -1) {
		if (option == 'n')
			count = atol(optarg);
		else if (option == 'e')
			events = (unsigned int)atoi(optarg);
		else if (option == 'f')
			*h->fault = atoi(optarg);
		else if (option == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (option == 'v')
			*h->verbose = true;
		else
			return 2;
	}
	failed = run(h, seed, count, events);
	tests = count;
	if (argc == 1) {
		failed += run_faults(h, events);
		tests += (long)h->nr_faults;
	}
	printf("%ld passed, %ld failed\n", tests - failed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
