// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "config_check.h"
#include "config_fill.h"

void check_range(struct tree *tree, const struct tree_section *section,
		 const char *name, int64_t min, int64_t max, const char *why,
		 ...)
{
	int64_t number = fill_number(section, name);
	char value[24], text[160];
	va_list ap;

	if (tree_option(section, name)->bad || (number >= min && number <= max))
		return;
	va_start(ap, why);
	vsnprintf(text, sizeof(text), why, ap);
	va_end(ap);
	snprintf(value, sizeof(value), "%" PRId64, number);
	if (max == INT32_MAX)
		fill_error(tree, section, name, value,
			   "must be at least %" PRId64 ": %s", min, text);
	else
		fill_error(tree, section, name, value,
			   "must be %" PRId64 "..%" PRId64 "%s%s", min, max,
			   *text ? ": " : "", text);
}

/* It is part of what nodes say to each other. */
void check_cluster(struct tree *tree, const struct config *config)
{
	const char *name = config->cluster;

	if (name && strlen(name) > CONFIG_CLUSTER_LENGTH)
		fill_error(tree, tree->root, "cluster", name,
			   "must be at most %d characters",
			   CONFIG_CLUSTER_LENGTH);
}

static void check_id(struct tree *tree, const struct tree_section *section,
		     const struct tree_section *other)
{
	int64_t id = fill_number(section, "id");
	char value[24];

	if (tree_option(section, "id")->bad || tree_option(other, "id")->bad ||
	    id != fill_number(other, "id"))
		return;
	snprintf(value, sizeof(value), "%" PRId64, id);
	fill_error(tree, section, "id", value, "is that of %s \"%s\"",
		   other->rule->name, other->title);
}

void check_identity(struct tree *tree, const struct tree_section *section,
		    int64_t nr_ids, const char *why)
{
	const struct tree_section *other;
	size_t i = 0;

	check_range(tree, section, "id", 0, nr_ids - 1, "%s", why);
	while ((other = tree_next(section->parent, section->rule->name, &i)) !=
	       section) {
		check_id(tree, section, other);
		if (strcmp(section->title, other->title))
			continue;
		tree_error(tree, section, "is given twice, first at %s:%d",
			   other->place.file, other->place.line);
		break;
	}
}

void check_sizes(struct tree *tree, const struct tree_section *section)
{
	int64_t nr_tasks = fill_number(section, "nr_tasks");

	check_range(tree, section, "nr_procs", 1, M3IPC_MAX_SLOTS - nr_tasks,
		    "a VM has at most %d slots, nr_tasks of them tasks",
		    M3IPC_MAX_SLOTS);
	check_range(tree, section, "nr_sysprocs", nr_tasks + 1,
		    nr_tasks + fill_number(section, "nr_procs"),
		    "more than nr_tasks, and not more than all slots");
}

void check_no_node(struct tree *tree, const struct config *config,
		   const struct tree_section *section, const char *option,
		   const char *name)
{
	char known[160] = "";

	for (size_t i = 0; i < config->nr_nodes; i++) {
		size_t length = strlen(known);

		snprintf(known + length, sizeof(known) - length, "%s\"%s\"",
			 i ? ", " : "", config->nodes[i].name);
	}
	fill_error(tree, section, option, name,
		   "no such node: must be one of %s", known);
}
