/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From configuration files to a tree, by libconfuse */
#ifndef COMMON_CONFIG_PARSE_H
#define COMMON_CONFIG_PARSE_H

#include "config_tree.h"

/* Reads a file and what it includes.  tree_free() is for it in any case. */
void config_parse(struct tree *tree, const char *path, FILE *errors);

#endif /* COMMON_CONFIG_PARSE_H */
