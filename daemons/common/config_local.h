/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which node this one is */
#ifndef COMMON_CONFIG_LOCAL_H
#define COMMON_CONFIG_LOCAL_H

#include "config.h"
#include "config_tree.h"

/* Sets it, or reports that nothing says it. */
void check_local(struct tree *tree, struct config *config);

#endif /* COMMON_CONFIG_LOCAL_H */
