/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Privileges of an endpoint, seen and changed by the director.
 */
#ifndef TESTS_STAGE_PRIV_H
#define TESTS_STAGE_PRIV_H

#include "actor.h"

#define ALL_TRAPS 0xffu
#define BIT(nr)   (1u << (nr))

priv_usr_t priv_get(int ep);
void priv_set(int ep, const priv_usr_t *priv);

/* Only that member */
void set_traps(int ep, uint32_t mask);

#endif /* TESTS_STAGE_PRIV_H */
