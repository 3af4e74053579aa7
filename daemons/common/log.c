// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define LINE     512
#define EVERY_MS 1000

static bool verbose;

void log_verbose(bool on)
{
	verbose = on;
}

/* In one write: threads do not mix their lines. */
static void write_line(const char *level, const char *fmt, va_list args,
		       unsigned long left_out)
{
	char text[LINE];

	if (!strcmp(level, SD_DEBUG) && !verbose)
		return;
	vsnprintf(text, sizeof(text), fmt, args);
	if (isatty(STDERR_FILENO))
		level = "";
	if (left_out)
		fprintf(stderr, "%s%s (and %lu more like it)\n", level, text,
			left_out);
	else
		fprintf(stderr, "%s%s\n", level, text);
}

void log_line(const char *level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_line(level, fmt, args, 0);
	va_end(args);
}

void log_limited(struct log_limit *limit, int64_t now, const char *level,
		 const char *fmt, ...)
{
	va_list args;

	if (limit->last && now - limit->last < EVERY_MS) {
		limit->left_out++;
		return;
	}
	va_start(args, fmt);
	write_line(level, fmt, args, limit->left_out);
	va_end(args);
	limit->last = now;
	limit->left_out = 0;
}

int64_t log_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}
