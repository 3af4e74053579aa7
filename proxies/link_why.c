// SPDX-License-Identifier: GPL-2.0-or-later
/* What is wrong with a link: see why.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "link.h"

/* ms in which a peer that is there is heard, and hears */
#define JUDGE_AFTER 1500

void link_places_locked(struct link *l)
{
	const struct settings_node *peer = settings_peer_id(&l->set, l->peer);

	snprintf(l->place[WHY_OUT], WHY_PLACE, "%.100s port %d", peer->address,
		 l->set.local.port);
	snprintf(l->place[WHY_IN], WHY_PLACE, "port %d here", peer->port);
}

static bool is_known_of_both_locked(const struct link *l, enum why_side side)
{
	return !strcmp(l->why.side[WHY_OUT].reason,
		       l->why.side[WHY_IN].reason) &&
	       side == WHY_IN;
}

static void link_tell_locked(struct link *l, const char *place,
			     const char *reason)
{
	static const char fmt[] = "%s: no link: %s: %s";

	if (why_is_flooded(&l->why))
		log_limited(&l->why_limit, log_now(), SD_WARNING, fmt, l->name,
			    place, reason);
	else
		log_line(SD_WARNING, fmt, l->name, place, reason);
}

void link_why_locked(struct link *l, enum why_side side, const char *place,
		     const char *fmt, ...)
{
	char reason[WHY_REASON];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	if (l->session.state == SESSION_UP)
		return;
	if (!place || !*reason)
		place = *reason ? l->place[side] : "";
	if (!why_set(&l->why, side, place, reason))
		return;
	if (!is_known_of_both_locked(l, side) &&
	    why_is_to_be_told(&l->why, side))
		link_tell_locked(l, place, reason);
	link_notify(l, l->report);
}

/* Who is insecure: it, or this node? */
static const char *keyless(const struct link *l)
{
	return l->zap ? "it is insecure, and this node has keys" :
			"it has keys, and this node is insecure";
}

/* Of the peer, to which this node connects */
static const char *fault_there(const struct link *l, enum socket_fault fault)
{
	switch (fault) {
	case SOCKET_ADMISSION:
		return "it does not admit the key of this node";
	case SOCKET_KEY:
		return "its key is another than is configured here";
	case SOCKET_KEYLESS:
		return keyless(l);
	case SOCKET_ENDED:
		return "it ended the connection in the handshake: it may have "
		       "another key than is configured here";
	default:
		return "what is there is no proxy";
	}
}

/* Of whoever connects to this node */
static const char *fault_here(const struct link *l, enum socket_fault fault)
{
	switch (fault) {
	case SOCKET_ADMISSION:
		return "who connects has another key than is configured here";
	case SOCKET_KEY:
		return "who connects takes another key for that of this node";
	case SOCKET_KEYLESS:
		return l->zap ? "who connects is insecure, and this node has "
				"keys" :
				"who connects has keys, and this node is "
				"insecure";
	case SOCKET_ENDED:
		return "who connects ends the connection in the handshake";
	default:
		return "who connects is no proxy";
	}
}

/* Makes a place of the address of somebody who connects to this node. */
static void link_place_in(const struct link *l, char place[WHY_PLACE])
{
	char address[WHY_PLACE / 2];

	snprintf(address, sizeof(address), "%s", place);
	snprintf(place, WHY_PLACE, "%s at %.40s", address, l->place[WHY_IN]);
}

/* A guess does not replace what is known. */
void link_fault_locked(struct link *l, enum why_side side,
		       enum socket_fault fault)
{
	char place[WHY_PLACE] = "", reason[WHY_REASON] = "";

	if (fault == SOCKET_ENDED && *l->why.side[side].reason)
		return;
	if (side == WHY_OUT) {
		link_why_locked(l, side, NULL, "%s", fault_there(l, fault));
		return;
	}
	if (l->session.hears)
		return;
	if (fault == SOCKET_ADMISSION && l->zap)
		zap_refused(l->zap, l->peer, place, reason);
	if (!*reason) {
		link_why_locked(l, side, NULL, "%s", fault_here(l, fault));
		return;
	}
	link_place_in(l, place);
	link_why_locked(l, side, place, "%s", reason);
}

/* What somebody says who connects to this node, if the peer is not heard */
static void why_frame_locked(struct link *l, enum why_side side,
			     const char *from, const char *reason)
{
	char place[WHY_PLACE] = "";

	if (side == WHY_IN && l->session.hears)
		return;
	if (from) {
		snprintf(place, sizeof(place), "%s", from);
		link_place_in(l, place);
	}
	link_why_locked(l, side, from ? place : NULL, "%s", reason);
}

void link_refuse_locked(struct link *l, enum why_side side,
			struct log_limit *limit,
			const struct refused_frame *frame, int64_t now)
{
	const struct wire_header *h = frame->header;
	const char *name = wire_error_name(frame->error);
	char reason[WHY_REASON];

	l->stats.refused[frame->error]++;
	if (l->session.state == SESSION_UP)
		log_limited(limit, now, SD_WARNING, "%s: frame refused: %s",
			    l->name, name);
	switch (frame->error) {
	case WIRE_BADVERSION:
		snprintf(reason, sizeof(reason),
			 "it speaks version %u of the protocol, this node %d",
			 wire_version(frame->bytes), WIRE_VERSION);
		break;
	case WIRE_BADNODE:
		snprintf(reason, sizeof(reason),
			 "it is node %d, and takes this one for node %d",
			 h->snode, h->dnode);
		break;
	case WIRE_FORGED:
		snprintf(reason, sizeof(reason),
			 "it says that it is node %d, with another one's key",
			 h->snode);
		break;
	default:
		snprintf(reason, sizeof(reason),
			 "it sends what no proxy does: %s", name);
	}
	why_frame_locked(l, side, frame->from, reason);
}

bool link_meet_locked(struct link *l, enum why_side side, const char *from,
		      const struct wire_hello *hello)
{
	char reason[WHY_REASON];

	l->met = *hello;
	hello_compare(&l->hello, hello, reason);
	if (*reason)
		why_frame_locked(l, side, from, reason);
	return !*reason;
}

/* What comes on our connection has told where the peer connects to. */
static void judge_in_locked(struct link *l)
{
	char reason[WHY_REASON] = "";

	if (l->met.start)
		hello_port_in(&l->hello, &l->met, reason);
	if (!*reason && !*l->why.side[WHY_IN].reason &&
	    !*l->why.side[WHY_OUT].reason)
		strcpy(reason, "nothing comes");
	if (*reason)
		link_why_locked(l, WHY_IN, NULL, "%s", reason);
}

/* What is wrong with our connection is known better, if it is. */
static void judge_out_locked(struct link *l)
{
	char reason[WHY_REASON];

	if (l->session.is_heard || *l->why.side[WHY_OUT].reason)
		return;
	hello_port_out(&l->hello, &l->met, reason);
	link_why_locked(l, WHY_OUT, NULL, "%s",
			*reason ? reason : "it does not hear this node");
}

void link_judge_locked(struct link *l, int64_t now)
{
	const struct session *s = &l->session;

	if (s->state != SESSION_HELLO || now - l->since < JUDGE_AFTER)
		return;
	if (!s->hears) {
		judge_in_locked(l);
		return;
	}
	link_why_locked(l, WHY_IN, NULL, "%s", "");
	judge_out_locked(l);
}
