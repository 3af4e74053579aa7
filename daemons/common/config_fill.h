/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a tree of texts to the structures of config.h */
#ifndef COMMON_CONFIG_FILL_H
#define COMMON_CONFIG_FILL_H

#include "config.h"
#include "config_tree.h"
#include "util.h"

/*
 * Sets what the tree and the defaults of the schema say, in a configuration
 * that is all zero, and the targets of sections.  Reports values that the
 * schema does not allow, and what is missing.  From then on the tree has all
 * sections that are there once.
 */
void config_fill(struct tree *tree, struct config *config);

/* Frees what the structure of a section has, not itself. */
void config_release(const struct section_rule *rule, void *target);

/*
 * Reports an option that has this value, which may be a default:
 * "NAME = VALUE: " and what is wrong.  The option is bad from then on.
 */
void fill_error(struct tree *tree, const struct tree_section *section,
		const char *name, const char *value, const char *what, ...)
	PRINTF_LIKE(5, 6);

/* What a number of a section is by now, by its name */
int64_t fill_number(const struct tree_section *section, const char *name);

#endif /* COMMON_CONFIG_FILL_H */
