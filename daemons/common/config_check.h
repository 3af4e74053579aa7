/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the checks of nodes, of VMs and of sizes have in common */
#ifndef COMMON_CONFIG_CHECK_H
#define COMMON_CONFIG_CHECK_H

#include "config.h"
#include "config_tree.h"
#include "util.h"

/* Of numbers: reports one that is not in a range, and why it has to be. */
void check_range(struct tree *tree, const struct tree_section *section,
		 const char *name, int64_t min, int64_t max, const char *why,
		 ...) PRINTF_LIKE(6, 7);

/* Name and id of a section are of no other of its kind, the id is in range. */
void check_identity(struct tree *tree, const struct tree_section *section,
		    int64_t nr_ids, const char *why);

/* The name of the cluster can be said to others. */
void check_cluster(struct tree *tree, const struct config *config);

/* Sizes of a node or of a VM have to fit together. */
void check_sizes(struct tree *tree, const struct tree_section *section);

/* Reports that an option names a node that is not there. */
void check_no_node(struct tree *tree, const struct config *config,
		   const struct tree_section *section, const char *option,
		   const char *name);

#endif /* COMMON_CONFIG_CHECK_H */
