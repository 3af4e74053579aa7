/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "run" of another node, for run.c */
#ifndef TOOLS_RUN_H
#define TOOLS_RUN_H

#include "args.h"

/* As the shell has it of what it cannot run */
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND      127

/*
 * Runs the program at that node, for this process, which PM knows: its output
 * is this one's, signals are passed on, and its status is the result.
 */
int run_at_node(const struct args *args, int nodeid);

#endif /* TOOLS_RUN_H */
