// SPDX-License-Identifier: GPL-2.0-or-later
/* The checks of nodes, and of the proxies between them */
#include <string.h>

#include "config_check.h"
#include "config_fill.h"
#include "config_node.h"

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

static bool same_text(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static void check_pair(struct tree *tree, const struct tree_section *section,
		       const struct tree_section *other)
{
	const struct config_node *a = section->target, *b = other->target;

	if (same_text(a->address, b->address) && a->port == b->port)
		fill_error(tree, section, "address", a->address,
			   "node \"%s\" has it, with the same port %d", b->name,
			   b->port);
	if (same_text(a->public_key, b->public_key))
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

void check_nodes(struct tree *tree, const struct config *config)
{
	const struct tree_section *section;

	for (size_t i = 0; (section = tree_next(tree->root, "node", &i));)
		check_node(tree, config, section);
}

void check_proxy(struct tree *tree, struct config *config)
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
