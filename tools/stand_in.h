/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For a process that stands for another one: its signals, its end */
#ifndef TOOLS_STAND_IN_H
#define TOOLS_STAND_IN_H

/* What ends a process, or is for its own purposes, is given to that. */
void stand_in_signals(void (*pass_on)(int signal));

/*
 * As the other one has ended, in words of waitpid(): by the same signal, or
 * with the status that is returned.  If it has left a core, that is there.
 */
int stand_in_end(int status);

#endif /* TOOLS_STAND_IN_H */
