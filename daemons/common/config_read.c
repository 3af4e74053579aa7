// SPDX-License-Identifier: GPL-2.0-or-later
/* The steps from a file to a configuration */
#include <stdlib.h>

#include "config.h"
#include "config_check.h"
#include "config_fill.h"
#include "config_local.h"
#include "config_node.h"
#include "config_parse.h"
#include "config_vm.h"
#include "memory.h"

/*
 * Sets what follows from other options, in a configuration as config_fill()
 * leaves it, and reports what contradicts something else.
 */
static void check_all(struct tree *tree, struct config *config)
{
	size_t i = 0;

	check_sizes(tree, tree_next(tree->root, "drvs", &i));
	check_cluster(tree, config);
	check_proxy(tree, config);
	check_nodes(tree, config);
	check_local(tree, config);
	check_vms(tree, config);
}

struct config *config_read(const char *path, FILE *errors)
{
	struct config *config = memory_alloc(sizeof(*config));
	struct tree tree;
	bool good;

	config_parse(&tree, path, errors);
	config_fill(&tree, config);
	/* What was not read would be missed everywhere. */
	if (!tree.broken)
		check_all(&tree, config);
	good = !tree.nr_errors;
	tree_free(&tree);
	if (good)
		return config;
	config_free(config);
	return NULL;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	config_release(&schema_root, config);
	free(config);
}
