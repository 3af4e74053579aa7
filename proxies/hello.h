/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What nodes say of themselves in a HELLO, compared: those of different
 * clusters have nothing to do with each other, and a node could not take what
 * one with larger copies sends.
 */
#ifndef _PROXIES_HELLO_H
#define _PROXIES_HELLO_H

#include "settings.h"
#include "why.h"
#include "wire.h"

/*
 * What this node says to a peer, with another character for what has none to
 * show; its cause is for each HELLO.
 */
void hello_fill(struct wire_hello *hello, const struct settings *set,
		const struct settings_node *peer, uint64_t start);

/* Why the two have no link, or an empty text */
void hello_compare(const struct wire_hello *here,
		   const struct wire_hello *there, char why[WHY_REASON]);

/*
 * Why a connection carries nothing though its other side is there: each of the
 * two may be another port than the other side thinks.  That is no reason to
 * refuse a link, as somebody between the two may forward ports.  Or an empty
 * text.
 */
void hello_port_out(const struct wire_hello *here,
		    const struct wire_hello *there, char why[WHY_REASON]);
void hello_port_in(const struct wire_hello *here,
		   const struct wire_hello *there, char why[WHY_REASON]);

#endif /* _PROXIES_HELLO_H */
