/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a link is not up.
 *
 * A link is two connections: the one that this node makes (WHY_OUT) and the one
 * that it waits for (WHY_IN).  Each has what was last found to be wrong with
 * it, and where; beside that stands why the link broke last (WHY_BREAK), which
 * is told if nothing is known of the connections, and stays when the link is up
 * again.  The states of a link are those of its session, see session.c; in each
 * of them this is why it is no better one:
 *
 *	WHY_OUT		the address is not known, or nobody answers there, or
 *			nothing listens (probe.h); who listens has another key,
 *			or does not admit ours, or only one side has keys
 *			(socket.h); it speaks another version, is another node
 *			(wire.h), or of another cluster or with other sizes
 *			(hello.h); it hears nothing, as it listens at another
 *			port
 *	WHY_IN		who connects is refused, for the same reasons; or
 *			nothing comes, as the peer connects to another port
 *	WHY_BREAK	see enum session_cause
 *
 * What is wrong with both connections is told once.  It goes to the log when it
 * is found, and not again, though other things are found meanwhile, until the
 * link has been up.  Whoever connects can make up reasons without end: after
 * the first WHY_TOLD they are told at a limited rate.
 */
#ifndef _PROXIES_WHY_H
#define _PROXIES_WHY_H

#include <stdbool.h>
#include <stddef.h>

#define WHY_PLACE  128 /* an address and a port */
#define WHY_REASON 200
#define WHY_TOLD   8 /* reasons that are remembered */

enum why_side {
	WHY_OUT,
	WHY_IN,
	WHY_BREAK,
	WHY_SIDES
};

struct why {
	struct {
		char place[WHY_PLACE];
		char reason[WHY_REASON];
	} side[WHY_SIDES];
	char told[WHY_TOLD][WHY_REASON];
	unsigned int nr_told;
};

/* No reason: "".  True if it is another than before. */
bool why_set(struct why *w, enum why_side side, const char *place,
	     const char *reason);

/* What is known of this side, "PLACE: REASON", is to go to the log. */
bool why_is_to_be_told(struct why *w, enum why_side side);

/* More has been told than a misconfigured node gives reason for. */
bool why_is_flooded(const struct why *w);

/* The link is up: nothing is wrong, and all is new if it is found again. */
void why_clear(struct why *w);

/* All that is wrong, or an empty text */
void why_print(const struct why *w, char *to, size_t size);

#endif /* _PROXIES_WHY_H */
