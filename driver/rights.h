/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a caller may do to the thread or process of somebody else.
 *
 * Being the administrator of a node is no right over the processes that happen
 * to be in it: anybody may make a network namespace.  What is asked here is
 * what Linux asks, of the caller's rights at that moment:
 *
 *	own	a thread of the caller's process, or one whose three user ids
 *		are the caller's effective one, as for a trace
 *	name	to bind it, or to make it carry commands: one's own, or
 *		CAP_KILL in its user namespace; and to may signal it
 *	signal	what kill(2) would do, security modules included
 *	see	its number, its name, its CPUs, as where /proc is mounted with
 *		hidepid: one's own, or as the node's administrator
 *
 * Where there is no caller, somebody's credentials stand for them, by
 * override_creds(): those of whoever started what ends now.
 */
#ifndef _M3IPC_RIGHTS_H
#define _M3IPC_RIGHTS_H

#include <linux/types.h>

struct m3_node;
struct pid;
struct task_struct;

#define M3_HIDDEN "-"	/* for the name of one that may not be seen */

bool m3_is_own(struct task_struct *task);
bool m3_may_name(struct task_struct *task);
bool m3_may_signal(struct task_struct *task);
bool m3_may_see(const struct m3_node *node, struct task_struct *task);

#endif /* _M3IPC_RIGHTS_H */
