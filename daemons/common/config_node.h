/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is checked of nodes, and of the proxies between them */
#ifndef COMMON_CONFIG_NODE_H
#define COMMON_CONFIG_NODE_H

#include "config.h"
#include "config_tree.h"

/* Also gives nodes the ports that follow from their ids. */
void check_nodes(struct tree *tree, const struct config *config);

/* Also sets what follows from the sizes of drvs. */
void check_proxy(struct tree *tree, struct config *config);

#endif /* COMMON_CONFIG_NODE_H */
