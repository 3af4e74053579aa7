/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What configuration files say, and where: sections, options, values as text.
 *
 * The files form one tree.  Its root stands for them all, so that it does not
 * matter which of them a section is in.  That the schema knows all that is in
 * the tree is sure, and nothing else.
 */
#ifndef COMMON_CONFIG_TREE_H
#define COMMON_CONFIG_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "config_schema.h"
#include "util.h"

struct place {
	const char *file;
	int line; /* 0: the file as a whole */
};

struct tree_option {
	char **values;
	size_t nr_values; /* 0: it is not given */
	struct place place;
	bool bad; /* an error was reported: its value means nothing */
};

struct tree_section {
	const struct section_rule *rule;
	struct tree_section *parent;
	char *title; /* or NULL */
	struct place place;
	struct tree_option *options; /* one for each of rule->options */
	struct tree_section **sections;
	size_t nr_sections;
	void *target; /* the structure that it became, see config_fill.h */
};

struct tree_file {
	char *name;
	struct place included; /* where; the first file nowhere */
};

struct tree {
	FILE *errors;
	size_t nr_errors;
	bool broken; /* part of it could not be read */
	struct tree_file **files;
	size_t nr_files;
	struct tree_section *root;
	struct tree_section *current; /* the one that is being read */
};

/* The tree of a file that nothing is known of yet */
void tree_init(struct tree *tree, const char *path, FILE *errors);
void tree_free(struct tree *tree);

/* A file that is to be read too, unless it is there already */
void tree_add_file(struct tree *tree, const char *name, struct place place);

/* Adds a section to another one. */
struct tree_section *tree_add(struct tree_section *parent,
			      const struct section_rule *rule,
			      const char *title, struct place place);

/*
 * The sections of that kind in a section, one after the other; *i is 0 at
 * first.  NULL after the last.
 */
struct tree_section *tree_next(const struct tree_section *parent,
			       const char *kind, size_t *i);

/* An option of a section by its name, which the schema has */
struct tree_option *tree_option(const struct tree_section *section,
				const char *name);

/* Reports an error, at the section's begin or at a place. */
void tree_error(struct tree *tree, const struct tree_section *section,
		const char *what, ...) PRINTF_LIKE(3, 4);
void tree_error_at(struct tree *tree, struct place place,
		   const struct tree_section *section, const char *what, ...)
	PRINTF_LIKE(4, 5);

#endif /* COMMON_CONFIG_TREE_H */
