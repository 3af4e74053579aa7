/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine that a node is on: its units, if it has systemd, and programs */
#ifndef TOOLS_MACHINE_H
#define TOOLS_MACHINE_H

#include <stdbool.h>

#include "args.h"

/*
 * Is this the node of the machine, by its /etc/m3ipc.conf, and may we change
 * what else the machine has?  It is not with another configuration, nor in a
 * network namespace of its own.
 */
bool machine_is_node(const struct args *args);

/* Has it systemd, and that a unit of this name? */
bool machine_has_unit(const char *unit);

/* Runs a program to its end: its exit status, or -1. */
int machine_run(const char *const argv[], bool quiet);

/* "start", "stop" and the like: 0, or it has said that it failed. */
int machine_systemctl(const struct args *args, const char *verb,
		      const char *unit);

#endif /* TOOLS_MACHINE_H */
