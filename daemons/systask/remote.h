/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes of other nodes that a server here keeps account of, as PM does: it
 * has entered each by RFORK, and is to hear how it ends.
 *
 *	RFORK			watched; its node is asked, which says whose it
 *				is, or that it has ended before
 *	its node says so	ended, with its status
 *	a view, PM is here	its node is asked again, as it may have said so
 *				when it was cut off
 *	its node is dead	ended
 *
 * That the driver forgets it, as its link says that it has ended, is no end
 * yet: the status is still to come.
 *
 * The other way round the group may say so first, and the answers that it gave
 * before are still to come by the link, for which they are waited for here:
 *
 *	ended, its link flows	leaving: the driver has it until the link says
 *				that it has ended, too
 *	no link; for too long;	the driver is told to forget it
 *	another has its slot
 */
#ifndef SYSTASK_REMOTE_H
#define SYSTASK_REMOTE_H

#include <stdint.h>

struct systask;

void remotes_init(struct systask *s);
int remote_watch(struct systask *s, int endpoint, int nodeid);
/* It has moved to that node: from here it is watched from then on. */
void remote_moved(struct systask *s, int endpoint, int nodeid);
/* Of any process of that node, watched or not: it is entered no more. */
void remote_ended(struct systask *s, int endpoint, int nodeid, int status);
/* Who is leaving has no time left. */
void remote_make_room(struct systask *s, int p_nr);
/* Now and then: those who had time enough, or have no link any more */
void remotes_time(struct systask *s);
/* Its node says whose it is. */
void remote_user(struct systask *s, int endpoint, int nodeid, uint32_t uid);
/* All that are watched: have they ended? */
void remotes_ask(struct systask *s);
/* All of that node have. */
void remotes_end(struct systask *s, int nodeid);
/* Another node asks that of a process of this one. */
void remote_answer(struct systask *s, int endpoint);

#endif /* SYSTASK_REMOTE_H */
