/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a message that came in is shown. */
#ifndef TOOLS_MSG_H
#define TOOLS_MSG_H

#include <stdbool.h>

#include <molipc/m3ipc.h>

/*
 * On one line: "SOURCE TYPE TEXT", or "SOURCE notify VALUE" for a
 * notification; or as a JSON object.
 */
void msg_print(const message *m, bool json);

#endif /* TOOLS_MSG_H */
