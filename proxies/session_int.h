/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the session share. */
#ifndef _PROXIES_SESSION_INT_H
#define _PROXIES_SESSION_INT_H

#include "session.h"

/* The driver is connected. */
static inline bool si_is_up(const struct session *s)
{
	return s->state == SESSION_UP || s->state == SESSION_INTERRUPTED;
}

/* The peer is known, not guessed. */
static inline bool si_joined(const struct session *s)
{
	return s->state == SESSION_JOIN || si_is_up(s);
}

void si_break(struct session *s, enum session_cause cause, int64_t now);
void si_join(struct session *s);
void si_acknowledged(struct session *s, uint64_t ack, int64_t now);
/* The sender is back from the driver. */
void si_taken(struct session *s);

#endif /* _PROXIES_SESSION_INT_H */
