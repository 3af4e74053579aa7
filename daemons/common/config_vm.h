/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is checked of VMs, and of their servers */
#ifndef COMMON_CONFIG_VM_H
#define COMMON_CONFIG_VM_H

#include "config.h"
#include "config_tree.h"

/* Also sets what follows from drvs and from the nodes, which are checked. */
void check_vms(struct tree *tree, struct config *config);

#endif /* COMMON_CONFIG_VM_H */
