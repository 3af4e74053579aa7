// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the trace points of the driver tell, as they tell it: this owns the
 * buffers of the kernel while it follows them, and decides when it ends.
 *
 * A signal ends this, but not before what the buffers hold has been printed:
 * signals are blocked and read from a descriptor, so that none comes too early
 * or too late, however busy the trace is.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "commands.h"
#include "instance.h"
#include "say.h"
#include "trace_lines.h"

/*
 * KB for each CPU.  A message is some 110 bytes of events, so that 50,000 of
 * them a second need 5.5 MB a second if one CPU has them all.
 */
#define DEFAULT_KB 8192
/* But not more than this part of the memory for all CPUs */
#define MEMORY_PART 16

/*
 * The pipe wakes nobody before the buffer is half full: better for those who
 * are traced than a wake-up for each event.
 */
#define IDLE_MS 100

struct trace {
	const struct args *args;
	struct instance instance;
	struct trace_lines lines;
};

static int trace_enable(const struct trace *trace)
{
	unsigned int mask = trace->lines.events;

	if (!mask)
		trace_event_list(TRACE_CALL_EVENTS, &mask);
	for (unsigned int i = 0; trace_event_name(i); i++)
		if (mask & 1u << i &&
		    instance_enable(&trace->instance, trace_event_name(i)))
			return -1;
	return 0;
}

static long default_kb(void)
{
	long pages = sysconf(_SC_PHYS_PAGES) / MEMORY_PART;
	long kb = pages / sysconf(_SC_NPROCESSORS_ONLN) *
		  (sysconf(_SC_PAGESIZE) / 1024);

	return kb < DEFAULT_KB ? kb : DEFAULT_KB;
}

static int trace_start(struct trace *trace)
{
	const struct args *args = trace->args;
	long kb = args->buffer ? args->buffer : default_kb();

	if (instance_open(&trace->instance))
		return say_error(args, INSTANCE_TRACING ": %s",
				 strerror(errno));
	if (instance_resize(&trace->instance, kb))
		return say_error(args, "a buffer of %ld KB for each CPU: %s",
				 kb, strerror(errno));
	if (trace_enable(trace))
		return say_error(args, "%s/events: %s", trace->instance.folder,
				 strerror(errno));
	return 0;
}

/* Reads once.  The pipe gives whole lines, as many as fit in a page. */
static bool trace_read(struct trace *trace)
{
	static char text[65536];
	ssize_t got = read(trace->instance.pipe, text, sizeof(text) - 1);

	if (got <= 0)
		return false;
	text[got] = '\0';
	trace_lines_take(&trace->lines, text);
	return true;
}

/*
 * Until the last line that is wanted, nobody reads the output, or a signal:
 * then what is left is printed, unless a second one comes.  Returns whether it
 * was a signal.
 */
static bool trace_follow(struct trace *trace, int signals)
{
	struct signalfd_siginfo info;
	struct pollfd fds[] = {
		{ .fd = trace->instance.pipe, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
	};
	bool more = true, ending = false;

	while ((more || !ending) && !trace->lines.enough && !ferror(stdout) &&
	       !(fds[2].revents & POLLERR)) {
		more = trace_read(trace);
		if (!more)
			fflush(stdout);
		poll(fds, 3, more || ending ? 0 : IDLE_MS);
		if (read(signals, &info, sizeof(info)) != sizeof(info))
			continue;
		if (ending)
			break;
		ending = true;
		more = true;
		instance_stop(&trace->instance);
	}
	return ending;
}

/* Returns the descriptor from which signals are read, or -1. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* What is wrong with operands and --event is said. */
static int check_args(const struct args *args, unsigned int *events)
{
	const char *wrong;
	int number;

	for (int i = 0; i < args->nr_operands; i++)
		if (args_peer(args->operand[i], &number) == PEER_INVALID)
			return say_usage(args,
					 "%s: not an endpoint, a name or @P_NR",
					 args->operand[i]);
	wrong = args->event ? trace_event_list(args->event, events) : NULL;
	if (wrong)
		return say_usage(args, "%.*s: no such event",
				 (int)strcspn(wrong, ","), wrong);
	return 0;
}

/* Says what no line of the pipe has told of. */
static void say_rest_lost(struct trace *trace)
{
	unsigned long lost = instance_lost(&trace->instance);

	if (lost > trace->lines.lost)
		trace_lines_lost(&trace->lines, -1, lost - trace->lines.lost);
}

int cmd_trace(const struct args *args)
{
	struct trace trace = {
		.args = args,
		.instance.pipe = -1,
		.lines.args = args,
	};
	int rc = check_args(args, &trace.lines.events), signals;

	if (rc)
		return rc;
	signals = open_signals();
	if (signals < 0)
		return say_error(args, "signalfd: %s", strerror(errno));
	rc = trace_start(&trace);
	if (!rc && trace_follow(&trace, signals) && !ferror(stdout))
		say_rest_lost(&trace);
	instance_close(&trace.instance);
	close(signals);
	trace_calls_forget(&trace.lines.calls);
	if (trace.lines.lost)
		rc = say_error(args, "%lu events lost in all",
			       trace.lines.lost);
	return rc;
}
