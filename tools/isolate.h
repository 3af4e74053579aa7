/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Namespaces of its own for a program */
#ifndef TOOLS_ISOLATE_H
#define TOOLS_ISOLATE_H

#include "args.h"

/*
 * Comes back in a process that is alone in its pid namespace, but for the first
 * one there, and has mounts of its own, and a /proc that shows these: 0.  What
 * has called waits for the end of that, and ends alike.  Else: it was said why
 * not, and an exit status.
 */
int isolate(const struct args *args);

#endif /* TOOLS_ISOLATE_H */
