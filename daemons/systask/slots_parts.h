/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the state machine share: slots.c has it */
#ifndef SYSTASK_SLOTS_PARTS_H
#define SYSTASK_SLOTS_PARTS_H

#include "slots.h"

static inline bool slots_same(const struct slots_id *a,
			      const struct slots_id *b)
{
	return a->node == b->node && a->pid == b->pid;
}

static inline bool slots_is_me(const struct slots *s, const struct slots_id *id)
{
	return id->node == s->is.node && id->pid == s->is.pid;
}

static inline void slots_act_slot(struct slots *s, enum slots_act act, int slot,
				  uint64_t cookie)
{
	s->ops->act(s->arg, &(struct slots_action){ .act = act,
						    .slot = slot,
						    .cookie = cookie });
}

static inline bool slots_has_table(const struct slots *s)
{
	return s->state == SLOTS_RUNNING || s->state == SLOTS_LEAVING;
}

/* NULL if it is not in the view */
struct slots_member *slots_member(struct slots *s, const struct slots_id *id);
/* All nodes of the VM but those with a member */
uint64_t slots_absent(const struct slots *s);

/* slots.c: the table */
void slots_act(struct slots *s, const struct slots_action *action);
/* An empty message of that type, to be filled and given to send() */
struct slots_msg *slots_message(struct slots *s, enum slots_type type);
void slots_send(struct slots *s);
/* Takes an entry over if it is newer. */
void slots_learn(struct slots *s, const struct slots_entry *e);
void slots_take_over(struct slots *s);

/* demand.c: forks, requests and donations */
void slots_request(struct slots *s, uint32_t count);
void slots_donate_again(struct slots *s);
void slots_do_request(struct slots *s, struct slots_member *from,
		      const struct slots_msg *m);
void slots_do_donate(struct slots *s, struct slots_member *from,
		     const struct slots_msg *m);
void slots_check_answers(struct slots *s);

/* join.c: views, and tables that are handed on */
void slots_send_table(struct slots *s);
void slots_start_anew(struct slots *s, enum slots_state state);
void slots_check_covered(struct slots *s);
bool slots_all_covered(const struct slots *s);
bool slots_is_first(const struct slots *s);
void slots_do_info(struct slots *s, struct slots_member *from,
		   const struct slots_msg *m);
void slots_do_part(struct slots *s, struct slots_member *from,
		   const struct slots_msg *m);
/* A member says which table it has. */
void slots_do_announce(struct slots *s, struct slots_member *from,
		       const struct slots_msg *m);

/* settle.c: what all have to consent to */
void slots_do_propose(struct slots *s, struct slots_member *from,
		      const struct slots_msg *m);
void slots_do_consent(struct slots *s, struct slots_member *from,
		      const struct slots_msg *m);
void slots_cancel(struct slots *s);
void slots_check_settle(struct slots *s);

#endif /* SYSTASK_SLOTS_PARTS_H */
