/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways into the driver, each with its first memory allocation failing, then its
 * second, and so on until it makes no more: it says ENOMEM, or does what it is
 * for, and has left nothing behind when it has failed.
 *
 * Needs a kernel that can inject faults (make check-debug); elsewhere there is
 * nothing to test.
 */
#ifndef TESTS_STAGE_FAULT_H
#define TESTS_STAGE_FAULT_H

#include "actor.h"

/* All but "make" may be missing. */
struct way {
	const char *name;
	void (*prepare)(void);
	int (*make)(void); /* 0, or negated errno */
	void (*check_failed)(void);
	void (*undo)(void);
	void (*finish)(void);
	int last; /* only so many: those before are the code of others */
};

/* A test of _i < nr_ways; what main() returns. */
int run_ways(const char *name, SFun up, SFun down, const struct way *ways,
	     int nr_ways);

#endif /* TESTS_STAGE_FAULT_H */
