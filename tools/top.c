// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who sends and copies how much, again and again.
 *
 * Rates are differences of the driver's counters between two looks, by the
 * clock.  Whoever was not there at the first look, or is somebody else at the
 * same endpoint, has started with zero.
 *
 * On a terminal each table takes the place of the last, and "q" leaves.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <molipc/molipc.h>

#include "common/memory.h"
#include "common/util.h"
#include "commands.h"
#include "find.h"
#include "out.h"
#include "table.h"
#include "terminal.h"

#define HEAD_LINES 2 /* of the window, above the processes */

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

static const struct out_column top_columns[] = {
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
static volatile sig_atomic_t top_ending;

static void on_signal(int sig)
{
	(void)sig;
	top_ending = 1;
}

static void catch_signals(sigset_t *waiting)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaddset(&set, signals[i]);
		sigaction(signals[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, waiting);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigdelset(waiting, signals[i]);
}

/* Looking */

static double clock_seconds(void)
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
	look->tables = memory_checked(
		calloc((size_t)look->nr_vms, sizeof(*look->tables)));
	look->vms = memory_checked(
		calloc((size_t)look->nr_vms, sizeof(*look->vms)));
	look->time = clock_seconds();
	for (int i = 0; i < look->nr_vms; i++) {
		look->vms[i] = vm;
		if (args->nr_operands || !mnx_getvminfo(i, &look->vms[i]))
			table_read(&look->tables[i], &look->vms[i]);
	}
	return 0;
}

static void look_forget(struct look *look)
{
	for (int i = 0; i < look->nr_vms; i++)
		table_free(&look->tables[i]);
	free(look->tables);
	free(look->vms);
}

/* Rates */

static uint64_t counter_growth(uint64_t before, uint64_t now)
{
	return now >= before ? now - before : now;
}

/* To and with whatever node */
static uint64_t messages_sent(const proc_usr_t *proc)
{
	return proc->p_lclsent + proc->p_rmtsent;
}

static uint64_t bytes_copied(const proc_usr_t *proc)
{
	return proc->p_lclcopy + proc->p_rmtcopy;
}

static struct row make_row(const struct look *before, const struct look *now,
			   int i, const proc_usr_t *proc)
{
	const proc_usr_t *old =
		i < before->nr_vms ?
			table_find(&before->tables[i], proc->p_endpoint) :
			NULL;
	double passed = now->time - before->time;
	bool same = old && old->p_lpid == proc->p_lpid;
	uint64_t messages, bytes;

	messages = counter_growth(same ? messages_sent(old) : 0,
				  messages_sent(proc));
	bytes = counter_growth(same ? bytes_copied(old) : 0,
			       bytes_copied(proc));
	return (struct row){
		.vm = &now->vms[i],
		.table = &now->tables[i],
		.proc = proc,
		.messages = (double)messages / passed,
		.bytes = (double)bytes / passed,
	};
}

static int compare_down(double a, double b)
{
	return (a < b) - (a > b);
}

static int by_messages(const void *va, const void *vb)
{
	const struct row *a = va, *b = vb;

	return compare_down(a->messages, b->messages) ?:
		       compare_down(a->bytes, b->bytes);
}

static int by_bytes(const void *va, const void *vb)
{
	const struct row *a = va, *b = vb;

	return compare_down(a->bytes, b->bytes) ?:
		       compare_down(a->messages, b->messages);
}

static size_t make_rows(const struct args *args, const struct look *before,
			const struct look *now, struct row **rows)
{
	size_t nr_rows = 0;

	for (int i = 0; i < now->nr_vms; i++)
		nr_rows += now->tables[i].nr_procs;
	*rows = memory_checked(calloc(nr_rows + 1, sizeof(**rows)));
	nr_rows = 0;
	for (int i = 0; i < now->nr_vms; i++)
		for (size_t p = 0; p < now->tables[i].nr_procs; p++)
			(*rows)[nr_rows++] = make_row(before, now, i,
						      &now->tables[i].procs[p]);
	qsort(*rows, nr_rows, sizeof(**rows),
	      args->by_bytes ? by_bytes : by_messages);
	return nr_rows;
}

/* Showing */

/* How many rows the window has room for, all if its height is not known */
static size_t rows_in_window(size_t nr_rows, size_t height)
{
	size_t most = height > HEAD_LINES + 1 ? height - HEAD_LINES - 1 : 1;

	return height && nr_rows > most ? most : nr_rows;
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

static void put_sum(FILE *f, const struct row *rows, size_t nr_rows,
		    double passed)
{
	double messages = 0, bytes = 0;

	for (size_t i = 0; i < nr_rows; i++) {
		messages += rows[i].messages;
		bytes += rows[i].bytes;
	}
	fprintf(f,
		"%zu endpoints, %.1f messages/s, %.0f bytes/s copied, "
		"in %.3f s\n",
		nr_rows, messages, bytes, passed);
}

static void put_table(FILE *f, const struct args *args, const struct row *rows,
		      size_t nr_rows)
{
	struct out out;

	out_start(&out, OUT_TABLE, args->json, top_columns);
	out.file = f;
	for (size_t i = 0; i < nr_rows; i++)
		put_row(&out, &rows[i]);
	out_end(&out);
}

/* Nothing of it may wrap: the whole picture is made before it is shown. */
static void show_in_window(const struct args *args, const struct row *rows,
			   size_t nr_rows, double passed)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = memory_checked(open_memstream(&text, &size));

	put_sum(f, rows, nr_rows, passed);
	put_table(f, args, rows, rows_in_window(nr_rows, terminal_height()));
	fclose(f);
	terminal_show(memory_checked(text));
	free(text);
}

static void show_rows(const struct args *args, const struct row *rows,
		      size_t nr_rows, double passed)
{
	if (args->json) {
		put_table(stdout, args, rows, nr_rows);
	} else if (terminal_is_there()) {
		show_in_window(args, rows, nr_rows, passed);
	} else {
		put_sum(stdout, rows, nr_rows, passed);
		put_table(stdout, args, rows, nr_rows);
	}
	fflush(stdout);
}

/* Until it is time for the next table, or to leave */
static void pause_until(double end, const sigset_t *waiting)
{
	double left;

	while (!top_ending && (left = end - clock_seconds()) > 0)
		if (terminal_wait_quit(left, waiting))
			top_ending = 1;
}

/* Returns 0, or the exit status when there is nothing to look at any more. */
static int watch_rates(const struct args *args, struct look *before,
		       const sigset_t *waiting)
{
	double delay = (double)args->delay / 1000;

	for (long tables = 0; !args->count || tables < args->count; tables++) {
		struct row *rows;
		struct look now;
		size_t nr_rows;
		int rc;

		pause_until(before->time + delay, waiting);
		if (top_ending)
			break;
		rc = look_around(args, &now);
		if (rc)
			return rc;
		nr_rows = make_rows(args, before, &now, &rows);
		show_rows(args, rows, nr_rows, now.time - before->time);
		free(rows);
		look_forget(before);
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
	terminal_take_keys();
	rc = watch_rates(args, &before, &waiting);
	look_forget(&before);
	return rc;
}
