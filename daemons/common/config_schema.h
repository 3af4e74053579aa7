/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which sections and options there are, what values they take, and where these
 * go in the structures of config.h.
 */
#ifndef COMMON_CONFIG_SCHEMA_H
#define COMMON_CONFIG_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_type {
	OPTION_NUMBER,  /* int32_t; numbers are first, then bool */
	OPTION_BYTES,   /* the same, K, M or G may follow */
	OPTION_SIZE,    /* int64_t, likewise */
	OPTION_BOOL,    /* bool */
	OPTION_WORD,    /* an enum: the index in "words" */
	OPTION_NAME,    /* char *, like all below */
	OPTION_TEXT,    /* not empty */
	OPTION_PATH,    /* from / */
	OPTION_ADDRESS, /* of a machine */
	OPTION_KEY,     /* Z85 */
	OPTION_NAMES,   /* char **, a list */
	OPTION_TEXTS,
	OPTION_CPUS, /* uint64_t[M3IPC_CPU_WORDS] */
};

struct option_rule {
	const char *name;
	enum option_type type;
	size_t offset;
	const char *preset; /* the default, as in a file; NULL: 0, NULL */
	int64_t min;        /* of numbers; what is less is no value */
	int64_t max;
	const char *const *words; /* up to NULL; "" is no value */
	bool required;
};

struct section_rule {
	const char *name; /* no other has it */
	/* It has a title: a name, which its structure begins with. */
	bool titled;
	/*
	 * It is there once, with defaults if the files say nothing: a structure
	 * in that of its parent.  Others are an array there: a pointer, and at
	 * "count" a size_t.
	 */
	bool only;
	size_t size;
	size_t offset;
	size_t count;
	const struct option_rule *options; /* up to one without a name */
	const struct section_rule *const *sections; /* up to NULL, or NULL */
};

/* What is not in a section; it has libconfuse's name for that. */
extern const struct section_rule schema_root;

/* The rule of a section, by its name */
const struct section_rule *schema_section(const char *name);

/* Whether sections of the one kind are there in sections of the other */
bool schema_allows(const struct section_rule *parent,
		   const struct section_rule *child);

bool schema_is_list(const struct option_rule *rule);

#endif /* COMMON_CONFIG_SCHEMA_H */
