/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has opened which device of a driver.
 *
 *	none	-> open: openings_add(), for reading with others that read, or
 *		for writing and alone; or with the key of one that is open
 *	open	-> none: openings_drop(); or its client has ended, which is
 *		looked at when it matters: somebody is refused on its account,
 *		or asks in its name
 *
 * No I/O: who lives is asked of the caller of these.
 */
#ifndef COMMON_OPENINGS_H
#define COMMON_OPENINGS_H

#include <stdbool.h>
#include <stdint.h>

#define OPENINGS_MAX 256

struct opening {
	int client;
	uint64_t incarnation; /* of the client; an endpoint may be used again */
	const void *device;
	uint64_t key; /* those that share have the same */
	bool writes;
};

struct openings {
	struct opening all[OPENINGS_MAX];
	int nr;

	/* Is that client still the one that has opened it? */
	bool (*lives)(const struct opening *o);
};

/*
 * Adds it, in the place of an earlier one of the same client and device.  With
 * "share" not 0 its key is that, else "o" brings one.
 *
 *	0, -EBUSY, -EAGAIN: too many, -EKEYREJECTED: nobody has that key
 */
int openings_add(struct openings *os, const struct opening *o, uint64_t share);

/* That of a client that lives; or NULL */
const struct opening *openings_find(struct openings *os, int client,
				    const void *device);

void openings_drop(struct openings *os, int client, const void *device);

/* Does anybody have it open? */
bool openings_any(struct openings *os, const void *device);

#endif /* COMMON_OPENINGS_H */
