/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Administration by the device itself, in a namespace that each test has of its
 * own, and whose node is down when it begins.
 */
#ifndef TESTS_STAGE_ADMIN_H
#define TESTS_STAGE_ADMIN_H

#include "raw.h"

extern int admin_fd;

/* For libcheck's checked fixtures, instead of the stage's */
void admin_up(void);
void admin_down(void);

/* Errors are what the driver returned; a VM without a name gets one. */
int init_node(drvs_usr_t drvs);
int init_vm(VM_usr_t vm);

#define INIT_NODE(...) init_node((drvs_usr_t){ __VA_ARGS__ })
#define INIT_VM(...)   init_vm((VM_usr_t){ .vm_warn2proc = NONE, __VA_ARGS__ })

#endif /* TESTS_STAGE_ADMIN_H */
