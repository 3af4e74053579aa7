// SPDX-License-Identifier: GPL-2.0-or-later
/* Which node this one is */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_check.h"
#include "config_local.h"
#include "memory.h"

#define VARIABLE "M3IPC_NODE"

static const struct config_node *node_of_host(const struct config *config,
					      char *host)
{
	const struct config_node *node = config_find_node(config, host);

	if (node)
		return node;
	/* It may have a domain. */
	host[strcspn(host, ".")] = '\0';
	return config_find_node(config, host);
}

/* If the file does not say it */
static const struct config_node *find_local(struct tree *tree,
					    const struct config *config)
{
	const char *name = getenv(VARIABLE);
	char host[HOST_NAME_MAX + 1] = "";
	const struct config_node *node;

	if (name && *name) {
		node = config_find_node(config, name);
		if (!node)
			tree_error(tree, tree->root,
				   "no node \"%s\", which " VARIABLE
				   " says that this one is",
				   name);
		return node;
	}
	gethostname(host, sizeof(host) - 1);
	node = node_of_host(config, host);
	if (!node)
		tree_error(tree, tree->root,
			   "no node \"%s\", which is the name of this host: "
			   "\"local\" or " VARIABLE " must name one",
			   host);
	return node;
}

void check_local(struct tree *tree, struct config *config)
{
	const struct config_node *node = NULL;

	if (!config->nr_nodes) {
		tree_error(tree, tree->root,
			   "no node: there must be one at least");
		return;
	}
	if (tree_option(tree->root, "local")->bad)
		return;
	if (!config->local) {
		node = find_local(tree, config);
		if (!node)
			return;
		config->local = memory_strdup(node->name);
	}
	node = config_local(config);
	if (node)
		config->drvs.d_nodeid = node->id;
	else
		check_no_node(tree, config, tree->root, "local", config->local);
}
