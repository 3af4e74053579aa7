/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A transport as bad as it is told to be */
#ifndef _SIM_TRANSPORT_H
#define _SIM_TRANSPORT_H

#include <stdbool.h>

#include "lib/dice.h"
#include "session.h"

/* What the commands of a frame are named by */
struct cargo {
	int epoch; /* of the sender's driver: how often it was connected */
	int number;
};

struct flight {
	struct wire_header h;
	struct wire_hello hello;
	enum session_way way;
	struct cargo cargo;
	int64_t due;
};

#define FLIGHTS 1024

/*
 * One direction, of both connections.  More than FLIGHTS are lost.
 */
struct transport {
	struct flight flight[FLIGHTS];
	int nr;
	int64_t last; /* due: without trouble frames stay in order */
};

/* Percentages */
struct trouble {
	unsigned int loss;
	unsigned int twice;
	unsigned int late; /* by up to seconds: also out of order */
};

void transport_send(struct transport *t, struct dice *d,
		    const struct trouble *trouble, const struct flight *f,
		    int64_t now);

/* The next that is due; without DATA if that is not wanted. */
bool transport_receive(struct transport *t, struct flight *f, bool data,
		       int64_t now);

#endif /* _SIM_TRANSPORT_H */
