/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal of standard output as a window, whose picture changes, and the
 * keys of standard input.
 *
 * What is changed of the terminal is put back when the program ends by exit()
 * or from main(): signals that would end it have to be caught.
 */
#ifndef TOOLS_TERMINAL_H
#define TOOLS_TERMINAL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* Is standard output a terminal? */
bool terminal_is_there(void);

/* From now on keys are read one by one and not shown, if there are any. */
void terminal_take_keys(void);

/*
 * Waits so many seconds, with the signal mask "waiting", until a key or a
 * signal comes.  Returns whether it was "q".
 */
bool terminal_wait_quit(double seconds, const sigset_t *waiting);

/* The lines of the window, 0 if it is not known */
size_t terminal_height(void);

/* Replaces the picture; lines are cut so that none wraps. */
void terminal_show(const char *text);

#endif /* TOOLS_TERMINAL_H */
