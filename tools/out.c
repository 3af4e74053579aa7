// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "common/memory.h"
#include "out.h"
#include "text.h"

#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

/* How a cell of a table or a record is printed */
#define CELL_LEFT  1
#define CELL_TITLE 2

/* Collecting */

void out_start(struct out *out, enum out_layout layout, bool json,
	       const struct out_column *columns)
{
	*out = (struct out){
		.file = stdout,
		.layout = layout,
		.json = json,
		.columns = columns,
	};
	while (columns->head || columns->label || columns->key) {
		out->nr_columns++;
		columns++;
	}
	out->rows = memory_checked(json_array());
}

static void add_json(struct out *out, json_t *value)
{
	const char *key = out->columns[out->at].key;
	json_t *row;

	if (!out->at)
		json_array_append_new(out->rows, memory_checked(json_object()));
	row = json_array_get(out->rows, json_array_size(out->rows) - 1);
	if (key)
		json_object_set_new(row, key, memory_checked(value));
}

static void add_text(struct out *out, const char *format, va_list ap)
{
	char *text = NULL;

	if (vasprintf(&text, format, ap) < 0)
		text = NULL;
	out->cells =
		memory_grow(out->cells, out->nr_cells, sizeof(*out->cells));
	out->cells[out->nr_cells++] = memory_checked(text);
}

void out_value(struct out *out, json_t *value, const char *format, ...)
{
	va_list ap;

	add_json(out, value);
	va_start(ap, format);
	add_text(out, format, ap);
	va_end(ap);
	out->at = (out->at + 1) % out->nr_columns;
}

void out_int(struct out *out, int64_t value)
{
	out_value(out, json_integer(value), "%lld", (long long)value);
}

void out_hex(struct out *out, uint32_t value)
{
	out_value(out, json_integer(value), "%x", value);
}

void out_string(struct out *out, const char *value)
{
	char line[64];

	text_escape(*value ? value : "-", line, sizeof(line));
	out_value(out, out_json_string(value), "%s", line);
}

void out_endpoint(struct out *out, int endpoint)
{
	json_t *json = json_integer(endpoint);

	if (endpoint == ANY)
		out_value(out, json, "ANY");
	else if (endpoint == NONE)
		out_value(out, json, "NONE");
	else
		out_value(out, json, "%d", endpoint);
}

static bool test_bit(const uint64_t *words, size_t bit)
{
	return words[bit / 64] >> (bit % 64) & 1;
}

void out_user(struct out *out, uint32_t uid)
{
	const struct passwd *user = uid == PROC_NO_ID ? NULL : getpwuid(uid);

	if (uid == PROC_NO_ID)
		out_value(out, json_null(), "-");
	else if (user)
		out_value(out, json_integer(uid), "%s", user->pw_name);
	else
		out_int(out, uid);
}

char *out_ranges(const uint64_t *words, size_t nr_words)
{
	size_t nr_bits = nr_words * 64, size = 0;
	char *text = NULL;
	FILE *f = memory_checked(open_memstream(&text, &size));

	for (size_t bit = 0; bit < nr_bits; bit++) {
		size_t first = bit;

		if (!test_bit(words, bit))
			continue;
		while (bit + 1 < nr_bits && test_bit(words, bit + 1))
			bit++;
		fprintf(f, "%s%zu", ftell(f) ? "," : "", first);
		if (bit > first)
			fprintf(f, "-%zu", bit);
	}
	fclose(f);
	return memory_checked(text);
}

void out_bits(struct out *out, const uint64_t *words, size_t nr_words)
{
	json_t *list = memory_checked(json_array());
	char *text = out_ranges(words, nr_words);

	for (size_t bit = 0; bit < nr_words * 64; bit++)
		if (test_bit(words, bit))
			json_array_append_new(list, json_integer((int)bit));
	out_value(out, list, "%s", *text ? text : "-");
	free(text);
}

void out_cpus(struct out *out, const uint64_t *words, size_t nr_words)
{
	char *text = out_ranges(words, nr_words);

	out_value(out, json_string(text), "%s", *text ? text : "all");
	free(text);
}

void out_time(struct out *out, uint64_t ns)
{
	json_t *json = json_integer((json_int_t)ns);
	time_t seconds = (time_t)(ns / 1000000000);
	char text[32];
	struct tm tm;

	if (!ns || !localtime_r(&seconds, &tm)) {
		out_value(out, json, "-");
		return;
	}
	strftime(text, sizeof(text), "%F %T", &tm);
	out_value(out, json, "%s.%03d", text, (int)(ns / 1000000 % 1000));
}

const char *out_connection(int flags)
{
	switch (flags & (NODE_SCONNECTED | NODE_RCONNECTED)) {
	case NODE_SCONNECTED:
		return "sender connected";
	case NODE_RCONNECTED:
		return "receiver connected";
	case NODE_SCONNECTED | NODE_RCONNECTED:
		return "connected";
	}
	return "not connected";
}

const char *out_group(int state)
{
	static const char *const states[] = {
		[SYS_NODE_AWAY] = "away",        [SYS_NODE_CUT] = "cut off",
		[SYS_NODE_ENDED] = "no systask", [SYS_NODE_JOINING] = "joining",
		[SYS_NODE_RUNNING] = "running",
	};

	/* It may be the word of another node. */
	return state < 0 || state >= (int)ARRAY_SIZE(states) ? "unknown" :
							       states[state];
}

void out_flags(struct out *out, uint32_t flags, const struct out_flag *names)
{
	json_t *list = memory_checked(json_array());
	char text[256] = "";

	for (; names->name; names++) {
		if (!(flags & names->bit))
			continue;
		json_array_append_new(list, json_string(names->name));
		if (*text)
			strncat(text, ",", sizeof(text) - strlen(text) - 1);
		strncat(text, names->name, sizeof(text) - strlen(text) - 1);
	}
	out_value(out, list, "%s", *text ? text : "-");
}

/* Printing */

static bool on_terminal(void)
{
	return isatty(STDOUT_FILENO);
}

static bool in_colour(void)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return on_terminal() && !(no && *no) &&
	       !(term && !strcmp(term, "dumb"));
}

/* The name of a column in this layout, NULL if it is not shown */
static const char *column_title(const struct out *out, size_t column)
{
	const struct out_column *c = &out->columns[column];

	return out->layout == OUT_RECORD ? c->label : c->head;
}

static void print_title(FILE *f, const char *text)
{
	if (in_colour())
		fprintf(f, BOLD "%s" PLAIN, text);
	else
		fputs(text, f);
}

static void print_cell(FILE *f, const char *text, size_t width, int how)
{
	size_t length = strlen(text);
	int fill = width > length ? (int)(width - length) : 0;

	if (!(how & CELL_LEFT))
		fprintf(f, "%*s", fill, "");
	if (how & CELL_TITLE)
		print_title(f, text);
	else
		fputs(text, f);
	if (how & CELL_LEFT)
		fprintf(f, "%*s", fill, "");
}

static void print_gap(FILE *f)
{
	putc(on_terminal() ? ' ' : '\t', f);
}

static size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* 0 if columns need not be aligned */
static size_t column_width(const struct out *out, size_t column)
{
	size_t width = 0;

	if (!on_terminal() || !column_title(out, column))
		return 0;
	for (size_t i = column; i < out->nr_cells; i += out->nr_columns)
		width = max_size(width, strlen(out->cells[i]));
	return max_size(width, strlen(column_title(out, column)));
}

/* One line of a table; cells is NULL for the line of titles */
static void print_row(const struct out *out, char *const *cells,
		      const size_t *widths, size_t last)
{
	for (size_t i = 0; i <= last; i++) {
		int how = (out->columns[i].left ? CELL_LEFT : 0) |
			  (cells ? 0 : CELL_TITLE);

		if (!column_title(out, i))
			continue;
		/* Nothing follows that would have to be aligned. */
		print_cell(out->file, cells ? cells[i] : column_title(out, i),
			   how & CELL_LEFT && i == last ? 0 : widths[i], how);
		if (i < last)
			print_gap(out->file);
	}
	putc('\n', out->file);
}

static void print_table(const struct out *out)
{
	size_t *widths =
		memory_checked(calloc(out->nr_columns, sizeof(*widths)));
	size_t last = 0;

	for (size_t i = 0; i < out->nr_columns; i++) {
		widths[i] = column_width(out, i);
		if (column_title(out, i))
			last = i;
	}
	print_row(out, NULL, widths, last);
	for (size_t i = 0; i < out->nr_cells; i += out->nr_columns)
		print_row(out, out->cells + i, widths, last);
	free(widths);
}

static void print_record(const struct out *out)
{
	size_t width = 0;

	for (size_t i = 0; on_terminal() && i < out->nr_columns; i++)
		if (column_title(out, i))
			width = max_size(width, strlen(column_title(out, i)));
	for (size_t i = 0; i < out->nr_columns; i++) {
		if (!column_title(out, i))
			continue;
		print_cell(out->file, column_title(out, i), width,
			   CELL_LEFT | CELL_TITLE);
		print_gap(out->file);
		fprintf(out->file, "%s\n", out->cells[i]);
	}
}

static void print_json(FILE *f, const json_t *value, size_t flags)
{
	json_dumpf(value, f, flags);
	putc('\n', f);
}

void out_end(struct out *out)
{
	if (out->json)
		print_json(out->file,
			   out->layout == OUT_RECORD ?
				   json_array_get(out->rows, 0) :
				   out->rows,
			   JSON_INDENT(2));
	else if (out->layout == OUT_RECORD)
		print_record(out);
	else
		print_table(out);
	for (size_t i = 0; i < out->nr_cells; i++)
		free(out->cells[i]);
	free(out->cells);
	json_decref(out->rows);
}

void out_result(const struct args *args, const char *key, int number)
{
	if (args->json)
		out_json_line(json_pack("{s:i}", key, number));
	else
		printf("%d\n", number);
}

json_t *out_json_string(const char *text)
{
	json_t *string = json_string(text);

	if (!string && text) {
		size_t size = 4 * strlen(text) + 1;
		char *line = memory_checked(malloc(size));

		text_escape(text, line, size);
		string = json_string(line);
		free(line);
	}
	return memory_checked(string ? string : json_null());
}

void out_json(json_t *value)
{
	print_json(stdout, memory_checked(value), JSON_INDENT(2));
	json_decref(value);
}

void out_json_line(json_t *value)
{
	print_json(stdout, memory_checked(value), JSON_COMPACT);
	fflush(stdout);
	json_decref(value);
}
