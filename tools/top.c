// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who sends and copies how much, again and again.
 *
 * Rates are differences of the driver's counters between two looks, by the
 * clock.  Whoever was not there at the first look, or is somebody else at the
 * same endpoint, has started with zero.
 *
 * On a terminal each table takes the place of the last, and "q" leaves.  What
 * is changed of the terminal is put back at the end, also when a signal or an
 * error is the end.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <molipc/molipc.h>

#include "commands.h"
#include "find.h"
#include "out.h"
#include "say.h"
#include "table.h"

#define HOME_AND_CLEAR "\033[H\033[J"
#define HEAD_LINES     2 /* of the window, above the processes */

/* What one look sees: the table of each VM, and when it was */
struct look {
	struct table *tables; /* by VM number */
	VM_usr_t *vms;
	int nr_vms;
	double time;
};

struct row {
	const VM_usr_t *vm;
	const struct table *table;
	const proc_usr_t *proc;
	double messages; /* a second */
	double bytes;
};

static const struct out_column columns[] = {
	{ "VM", NULL, "vm", true },
	{ "endp", NULL, "endpoint", false },
	{ "messages/s", NULL, "messages", false },
	{ "bytes/s", NULL, "bytes", false },
	{ "name", NULL, "name", true },
	{ "state", NULL, "state", true },
	{ NULL, NULL, NULL, false },
};

/* Leaving */

/*
 * Signals only set a flag, and are blocked but where ppoll() waits, so that
 * none comes too early or too late.
 */
static volatile sig_atomic_t ending;

static void on_signal(int sig)
{
	(void)sig;
	ending = 1;
}

static void catch_signals(sigset_t *waiting)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaddset(&set, signals[i]);
		sigaction(signals[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, waiting);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigdelset(waiting, signals[i]);
}

/* Looking */

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* All VMs, or the one that is asked for; not 0 if there is none (any more) */
static int look_around(const struct args *args, struct look *look)
{
	VM_usr_t vm = { 0 };
	drvs_usr_t node;
	int rc;

	*look = (struct look){ 0 };
	rc = args->nr_operands ? find_vm(args, &vm) : find_node(args, &node);
	if (rc)
		return rc;
	look->nr_vms = args->nr_operands ? 1 : node.d_nr_vms;
	look->tables =
		checked(calloc((size_t)look->nr_vms, sizeof(*look->tables)));
	look->vms = checked(calloc((size_t)look->nr_vms, sizeof(*look->vms)));
	look->time = seconds();
	for (int i = 0; i < look->nr_vms; i++) {
		look->vms[i] = vm;
		if (args->nr_operands || !mnx_getvminfo(i, &look->vms[i]))
			table_read(&look->tables[i], &look->vms[i]);
	}
	return 0;
}

static void forget(struct look *look)
{
	for (int i = 0; i < look->nr_vms; i++)
		table_free(&look->tables[i]);
	free(look->tables);
	free(look->vms);
}

/* Rates */

static uint64_t growth(uint64_t before, uint64_t now)
{
	return now >= before ? now - before : now;
}

/* To and with whatever node */
static uint64_t sent(const proc_usr_t *proc)
{
	return proc->p_lclsent + proc->p_rmtsent;
}

static uint64_t copied(const proc_usr_t *proc)
{
	return proc->p_lclcopy + proc->p_rmtcopy;
}

static struct row rate(const struct look *before, const struct look *now, int i,
		       const proc_usr_t *proc)
{
	const proc_usr_t *old =
		i < before->nr_vms ?
			table_find(&before->tables[i], proc->p_endpoint) :
			NULL;
	double passed = now->time - before->time;
	bool same = old && old->p_lpid == proc->p_lpid;
	uint64_t messages, bytes;

	messages = growth(same ? sent(old) : 0, sent(proc));
	bytes = growth(same ? copied(old) : 0, copied(proc));
	return (struct row){
		.vm = &now->vms[i],
		.table = &now->tables[i],
		.proc = proc,
		.messages = (double)messages / passed,
		.bytes = (double)bytes / passed,
	};
}

static int descending(double a, double b)
{
	return (a < b) - (a > b);
}

static int by_messages(const void *va, const void *vb)
{
	const struct row *a = va, *b = vb;

	return descending(a->messages, b->messages) ?:
		       descending(a->bytes, b->bytes);
}

static int by_bytes(const void *va, const void *vb)
{
	const struct row *a = va, *b = vb;

	return descending(a->bytes, b->bytes) ?:
		       descending(a->messages, b->messages);
}

static size_t make_rows(const struct args *args, const struct look *before,
			const struct look *now, struct row **rows)
{
	size_t nr_rows = 0;

	for (int i = 0; i < now->nr_vms; i++)
		nr_rows += now->tables[i].nr_procs;
	*rows = checked(calloc(nr_rows + 1, sizeof(**rows)));
	nr_rows = 0;
	for (int i = 0; i < now->nr_vms; i++)
		for (size_t p = 0; p < now->tables[i].nr_procs; p++)
			(*rows)[nr_rows++] =
				rate(before, now, i, &now->tables[i].procs[p]);
	qsort(*rows, nr_rows, sizeof(**rows),
	      args->by_bytes ? by_bytes : by_messages);
	return nr_rows;
}

/* Showing */

/* How many rows the window has room for, all if its height is not known */
static size_t room(size_t nr_rows, size_t height)
{
	size_t most = height > HEAD_LINES + 1 ? height - HEAD_LINES - 1 : 1;

	return height && nr_rows > most ? most : nr_rows;
}

/*
 * Prints lines as far as they fit, whole if the width is not known.  A byte
 * counts as a column, which is never too few, and no character is cut in two.
 */
static void put_lines(const char *text, size_t width)
{
	size_t at = 0, length;

	for (; *text; text += length) {
		length = 1;
		while ((text[length] & 0xc0) == 0x80)
			length++;
		if (*text == '\033') {
			/* A colour, up to its "m", takes no place. */
			length = strcspn(text, "m");
			length += text[length] == 'm';
		} else if (*text == '\n') {
			at = 0;
		} else {
			at += length;
			if (width && at > width)
				continue;
		}
		fwrite(text, 1, length, stdout);
	}
}

static void put_row(struct out *out, const struct row *row)
{
	char text[128];

	table_state(row->table, row->proc, text, sizeof(text));
	out_string(out, row->vm->vm_name);
	out_int(out, row->proc->p_endpoint);
	out_value(out, json_real(row->messages), "%.1f", row->messages);
	out_value(out, json_real(row->bytes), "%.0f", row->bytes);
	out_string(out, row->proc->p_name);
	out_string(out, text);
}

static void put_sum(const struct row *rows, size_t nr_rows, double passed)
{
	double messages = 0, bytes = 0;

	for (size_t i = 0; i < nr_rows; i++) {
		messages += rows[i].messages;
		bytes += rows[i].bytes;
	}
	printf("%zu endpoints, %.1f messages/s, %.0f bytes/s copied, "
	       "in %.3f s\n",
	       nr_rows, messages, bytes, passed);
}

static void put_table(const struct args *args, const struct row *rows,
		      size_t nr_rows)
{
	struct out out;

	out_start(&out, OUT_TABLE, args->json, columns);
	for (size_t i = 0; i < nr_rows; i++)
		put_row(&out, &rows[i]);
	out_end(&out);
}

/* Nothing of it may wrap: the whole picture is made before it is shown. */
static void show_in_window(const struct args *args, const struct row *rows,
			   size_t nr_rows, double passed)
{
	struct winsize window = { 0 };
	FILE *terminal = stdout;
	char *text = NULL;
	size_t size = 0;

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &window);
	stdout = checked(open_memstream(&text, &size));
	put_sum(rows, nr_rows, passed);
	put_table(args, rows, room(nr_rows, window.ws_row));
	fclose(stdout);
	stdout = terminal;
	fputs(HOME_AND_CLEAR, stdout);
	put_lines(checked(text), window.ws_col);
	free(text);
}

static void show(const struct args *args, const struct row *rows,
		 size_t nr_rows, double passed)
{
	if (args->json) {
		put_table(args, rows, nr_rows);
	} else if (isatty(STDOUT_FILENO)) {
		show_in_window(args, rows, nr_rows, passed);
	} else {
		put_sum(rows, nr_rows, passed);
		put_table(args, rows, nr_rows);
	}
	fflush(stdout);
}

/* The terminal */

static struct termios saved;

/* Where keys come from; not polled if they do not, or do no more. */
static struct pollfd keys = { .fd = -1, .events = POLLIN };

/*
 * However this ends.  Who was sent to the background has no terminal any more
 * to give back, and would be stopped for trying.
 */
static void give_back(void)
{
	pid_t owner = tcgetpgrp(STDIN_FILENO);

	if (owner < 0 || owner == getpgrp())
		tcsetattr(STDIN_FILENO, TCSANOW, &saved);
}

static void take_keys(void)
{
	struct termios raw;

	if (!isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &saved) ||
	    atexit(give_back))
		return;
	raw = saved;
	raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
	if (!tcsetattr(STDIN_FILENO, TCSANOW, &raw))
		keys.fd = STDIN_FILENO;
	/* Standard error may be a pipe. */
	signal(SIGPIPE, SIG_IGN);
}

/*
 * What there is to read may be no key but the end of the keys, as when the
 * terminal has gone.  That is no "q": who counts or waits for a signal goes on.
 */
static bool is_quit(void)
{
	char key = 0;
	ssize_t n = read(STDIN_FILENO, &key, 1);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		keys.fd = -1;
	return key == 'q';
}

/* Until it is time for the next table, or to leave */
static void pause_until(double end, const sigset_t *waiting)
{
	double left;

	while (!ending && (left = end - seconds()) > 0) {
		struct timespec ts = {
			.tv_sec = (time_t)left,
			.tv_nsec = (long)((left - (double)(time_t)left) * 1e9),
		};

		if (ppoll(&keys, 1, &ts, waiting) > 0 && is_quit())
			ending = 1;
	}
}

/* Returns 0, or the exit status when there is nothing to look at any more. */
static int watch(const struct args *args, struct look *before,
		 const sigset_t *waiting)
{
	double delay = (double)args->delay / 1000;

	for (long tables = 0; !args->count || tables < args->count; tables++) {
		struct row *rows;
		struct look now;
		size_t nr_rows;
		int rc;

		pause_until(before->time + delay, waiting);
		if (ending)
			break;
		rc = look_around(args, &now);
		if (rc)
			return rc;
		nr_rows = make_rows(args, before, &now, &rows);
		show(args, rows, nr_rows, now.time - before->time);
		free(rows);
		forget(before);
		*before = now;
		if (ferror(stdout))
			break;
	}
	return 0;
}

int cmd_top(const struct args *args)
{
	struct look before;
	sigset_t waiting;
	int rc;

	catch_signals(&waiting);
	rc = look_around(args, &before);
	if (rc)
		return rc;
	take_keys();
	rc = watch(args, &before, &waiting);
	forget(&before);
	return rc;
}
