// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "config.h"

const struct config_node *config_find_node(const struct config *config,
					   const char *name)
{
	for (size_t i = 0; i < config->nr_nodes; i++)
		if (!strcmp(config->nodes[i].name, name))
			return &config->nodes[i];
	return NULL;
}

const struct config_node *config_local(const struct config *config)
{
	return config_find_node(config, config->local);
}

const struct config_node *config_next_peer(const struct config *config,
					   const struct config_node *peer)
{
	const struct config_node *end = config->nodes + config->nr_nodes;

	peer = peer ? peer + 1 : config->nodes;
	if (peer == config_local(config))
		peer++;
	return peer < end ? peer : NULL;
}
