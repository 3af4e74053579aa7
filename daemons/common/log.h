/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log: lines on stderr, with the level in front as journald reads it when
 * that is where they go, without it on a terminal.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-daemon.h>

#include "util.h"

/* SD_DEBUG lines are written too. */
void log_verbose(bool on);

/* `level' is SD_ERR and so on. */
void log_line(const char *level, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * What others can cause as often as they like: a line a second at most.  The
 * next one says how many there were meanwhile.  One thread uses a limit.
 */
struct log_limit {
	int64_t last; /* ms */
	unsigned long left_out;
};

void log_limited(struct log_limit *limit, int64_t now, const char *level,
		 const char *fmt, ...) PRINTF_LIKE(4, 5);

/* A clock for all that is measured, in ms: cheap, and late by some of them */
int64_t log_now(void);

#endif /* COMMON_LOG_H */
