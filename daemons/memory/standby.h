/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How this process gets the endpoint of MEMORY */
#ifndef MEMORY_STANDBY_H
#define MEMORY_STANDBY_H

#include <stdbool.h>

#include "common/config.h"

/*
 * Stands by until it has it: at once, if nobody has.  False: it was logged why
 * not.
 */
bool standby_wait(const struct config_vm *vm);

/* As long as the VM runs it may become one that stands by. */
bool standby_may_wait(const struct config_vm *vm);

#endif /* MEMORY_STANDBY_H */
