/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the configuration concerns proxies, with the keys that it names.
 * All of it is in the structure: it can be copied, and compared by members.
 */
#ifndef _PROXIES_SETTINGS_H
#define _PROXIES_SETTINGS_H

#include <molipc/m3ipc.h>

#include "session.h"

#define SETTINGS_ADDRESS 256
#define SETTINGS_KEY     41 /* Z85, with its NUL */

struct settings_node {
	char name[M3IPC_NAME_LEN];
	int id;
	int port; /* at which others listen for this node */
	char address[SETTINGS_ADDRESS];
	char public_key[SETTINGS_KEY]; /* or empty */
};

struct settings {
	struct settings_node local;
	struct settings_node peers[M3IPC_MAX_NODES];
	int nr_peers;

	char cluster[WIRE_CLUSTER];
	int max_copybuf; /* as configured; the driver knows what is */

	bool insecure; /* without keys */
	char secret_key[SETTINGS_KEY];
	char public_key[SETTINGS_KEY]; /* of the secret one */

	int high_water;
	int maxbytes;
	int batch;
	struct session_times times;
};

/*
 * Reads a file; what is wrong is logged, and the result is false.  If there are
 * no peers, nothing is known of this node either: it needs no address and no
 * key.
 */
bool settings_read(struct settings *s, const char *path);

/* Each copy is wiped when it is not needed any more. */
void settings_wipe(struct settings *s);

/* The peer of that name or number, or NULL */
const struct settings_node *settings_peer(const struct settings *s,
					  const char *name);
const struct settings_node *settings_peer_id(const struct settings *s, int id);

#endif /* _PROXIES_SETTINGS_H */
