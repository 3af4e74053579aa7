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

/* Nodes */

static void check_port(struct tree *tree, const struct config *config,
		       const struct tree_section *section)
{
	struct config_node *node = section->target;

	if (tree_option(section, "id")->bad || node->port)
		return;
	node->port = config->proxy.port + node->id;
	check_range(tree, section, "port", 1, UINT16_MAX,
		    "it is that of proxy and the id, if it is not given");
}

/* What nodes need to find and trust each other */
static void check_link(struct tree *tree, const struct config *config,
		       const struct tree_section *section)
{
	const struct config_node *node = section->target;

	if (config->nr_nodes < 2)
		return;
	if (!node->address && !tree_option(section, "address")->bad)
		tree_error(tree, section,
			   "address is missing: there are other nodes");
	if (!node->public_key && !config->proxy.insecure &&
	    !tree_option(section, "public_key")->bad)
		tree_error(tree, section,
			   "public_key is missing: m3ipc keygen makes keys, "
			   "proxy { insecure = true } does without");
}

static bool same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static void check_pair(struct tree *tree, const struct tree_section *section,
		       const struct tree_section *other)
{
	const struct config_node *a = section->target, *b = other->target;

	if (same(a->address, b->address) && a->port == b->port)
		fill_error(tree, section, "address", a->address,
			   "node \"%s\" has it, with the same port %d", b->name,
			   b->port);
	if (same(a->public_key, b->public_key))
		fill_error(tree, section, "public_key", a->public_key,
			   "node \"%s\" has it", b->name);
}

static void check_node(struct tree *tree, const struct config *config,
		       const struct tree_section *section)
{
	const struct tree_section *other;
	size_t i = 0;

	check_identity(tree, section, config->drvs.d_nr_nodes,
		       "less than nr_nodes of drvs");
	check_range(tree, section, "id", 0, config->drvs.d_nr_tasks - 2,
		    "nr_tasks of drvs has no slot for its SYSTASK");
	check_port(tree, config, section);
	check_link(tree, config, section);
	while ((other = tree_next(section->parent, "node", &i)) != section)
		check_pair(tree, section, other);
}

static void check_proxy(struct tree *tree, struct config *config)
{
	struct config_proxy *proxy = &config->proxy;
	size_t i = 0;
	const struct tree_section *section = tree_next(tree->root, "proxy", &i);

	if (!proxy->heartbeat)
		proxy->heartbeat = proxy->link_timeout / 5;
	if (!proxy->maxbytes)
		proxy->maxbytes = config->drvs.d_max_copybuf;
	check_range(tree, section, "heartbeat", 1, proxy->link_timeout / 2,
		    "half of link_timeout at most, as one may be late");
	check_range(tree, section, "maxbytes", config->drvs.d_max_copybuf,
		    INT32_MAX, "max_copybuf of drvs has to fit");
}

void config_check(struct tree *tree, struct config *config)
{
	const struct tree_section *section;
	size_t i = 0;

	check_sizes(tree, tree_next(tree->root, "drvs", &i));
	check_proxy(tree, config);
	for (i = 0; (section = tree_next(tree->root, "node", &i));)
		check_node(tree, config, section);
	check_local(tree, config);
	check_vms(tree, config);
}
