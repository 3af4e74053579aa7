// SPDX-License-Identifier: GPL-2.0-or-later
/* System calls and switches, as the kernel's own counters have them */
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "counter.h"

#define SYS_ENTER "/sys/kernel/tracing/events/raw_syscalls/sys_enter/id"

static int calls, switches;

static int start(uint32_t type, uint64_t config)
{
	struct perf_event_attr attr = {
		.type = type,
		.size = sizeof(attr),
		.config = config,
		.inherit = 1,
	};
	long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);

	bench_check(fd >= 0, "perf_event_open");
	return (int)fd;
}

void bench_counts_start(void)
{
	FILE *file = fopen(SYS_ENTER, "r");
	unsigned int id;

	bench_check(file && fscanf(file, "%u", &id) == 1, SYS_ENTER);
	fclose(file);
	calls = start(PERF_TYPE_TRACEPOINT, id);
	switches = start(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES);
}

static double count(int fd)
{
	uint64_t value;

	bench_check(read(fd, &value, sizeof(value)) == sizeof(value), "read");
	return (double)value;
}

struct counts bench_counts(void)
{
	struct counts counts = {
		.calls = count(calls),
		.switches = count(switches),
	};

	return counts;
}
