/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why no connection can be made.  ZeroMQ tries again and again and does not say
 * what fails, so one is tried beside it: it is closed as soon as it is known
 * how that went, and at most one a second is made.
 */
#ifndef _PROXIES_PROBE_H
#define _PROXIES_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "settings.h"
#include "why.h"

struct probe {
	int fd; /* -1: none is under way */
	int64_t since;
	char place[WHY_PLACE];
	char known[WHY_REASON]; /* without a connection */
};

/* A name is looked up first, which may take a while. */
void probe_start(struct probe *p, const char *address, int port, int64_t now);

/*
 * False: not yet.  True: it has ended, and reason says what is wrong where; an
 * empty text if nothing is.
 */
bool probe_ended(struct probe *p, int64_t now, char place[WHY_PLACE],
		 char reason[WHY_REASON]);

void probe_close(struct probe *p);

#endif /* _PROXIES_PROBE_H */
