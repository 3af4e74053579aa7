/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What commands print: tables and records, as text or as JSON.
 *
 * A command names its columns once; then it gives the values, row by row and
 * column by column.  On a terminal columns are aligned and their heads bold,
 * elsewhere a tab separates them.  As JSON a table is an array of objects and
 * a record is one object.
 */
#ifndef TOOLS_OUT_H
#define TOOLS_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "common/util.h"
#include "args.h"

/* Where the name is NULL the value is not shown. */
struct out_column {
	const char *head;  /* of a table */
	const char *label; /* of a record */
	const char *key;   /* in JSON */
	bool left;         /* in a table: aligned to the left */
};

enum out_layout {
	OUT_TABLE,
	OUT_RECORD, /* one row, a line for each column */
};

struct out {
	FILE *file; /* standard output; the caller may set another */
	enum out_layout layout;
	bool json;
	const struct out_column *columns; /* up to one without names */
	size_t nr_columns;
	size_t at;    /* the column of the next value */
	char **cells; /* of all rows, nr_columns each */
	size_t nr_cells;
	json_t *rows;
};

void out_start(struct out *out, enum out_layout layout, bool json,
	       const struct out_column *columns);

/*
 * The next value, in words and as JSON; takes over the reference to "value",
 * which may be NULL if the column has no key.
 */
void out_value(struct out *out, json_t *value, const char *format, ...)
	PRINTF_LIKE(3, 4);

void out_int(struct out *out, int64_t value);
void out_hex(struct out *out, uint32_t value);
void out_string(struct out *out, const char *value);

/* ANY and NONE by name, else the number; the number in JSON */
void out_endpoint(struct out *out, int endpoint);

/* The name of a user, else the number, or "-" for PROC_NO_ID; in JSON that */
void out_user(struct out *out, uint32_t uid);

/* "0-3,7" for the set bits, or "" for none; the memory is the caller's */
char *out_ranges(const uint64_t *words, size_t nr_words);

/* The set bits as "0-3,7", "-" if there is none; in JSON a list of numbers */
void out_bits(struct out *out, const uint64_t *words, size_t nr_words);

/* The same for CPU masks, "all" if there is none; in JSON the string or "" */
void out_cpus(struct out *out, const uint64_t *words, size_t nr_words);

/* Nanoseconds of the realtime clock, as local time; 0 is "-" */
void out_time(struct out *out, uint64_t ns);

/* What NODE_SCONNECTED and NODE_RCONNECTED say, in words */
const char *out_connection(int flags);

/* An enum sys_node_state, in words */
const char *out_group(int state);

/* Names of the set bits; in JSON a list of them.  The table ends with NULL. */
struct out_flag {
	uint32_t bit;
	const char *name;
};

void out_flags(struct out *out, uint32_t flags, const struct out_flag *names);

/* Prints all of it. */
void out_end(struct out *out);

/* What a command made: the number alone, or with its key as a JSON object */
void out_result(const struct args *args, const char *key, int number);

/*
 * A string for JSON.  Names of processes can be any bytes: what is not UTF-8
 * becomes what text_escape() makes of it.  NULL becomes null.
 */
json_t *out_json_string(const char *text);

/* One JSON value, indented; takes over the reference */
void out_json(json_t *value);

/* One JSON value on a line of its own, at once; takes over the reference */
void out_json_line(json_t *value);

#endif /* TOOLS_OUT_H */
