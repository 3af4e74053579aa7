/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an error means here: mnx_strerror() says what is wrong, this says with
 * what, by what the command has named and what the driver knows of it: which
 * range a number has to be in, which right is missing, which node it is about.
 */
#ifndef TOOLS_EXPLAIN_H
#define TOOLS_EXPLAIN_H

#include <stddef.h>

#include <molipc/m3ipc.h>

#include "common/link_state.h"

#define EXPLAIN_TEXT (LINK_STATE_WHY + 128)

enum explain_kind {
	EXPLAIN_NOTHING,
	EXPLAIN_NODE,
	EXPLAIN_VM,     /* one that runs, or should */
	EXPLAIN_NEW_VM, /* one that is to run: its name and sizes */
	EXPLAIN_SLOT,   /* for the caller */
	EXPLAIN_OTHER,  /* a slot for another process */
	EXPLAIN_PEER,   /* an endpoint */
};

/* Why there may be no device */
enum explain_driver {
	EXPLAIN_LOADABLE,
	EXPLAIN_NOT_BUILT,
	EXPLAIN_UNSIGNED, /* the kernel wants a signature that it knows */
	EXPLAIN_FOREIGN,  /* a module of that name is another one */
	EXPLAIN_LOADED,
};

/* What the command has named */
struct explain {
	enum explain_kind kind;
	int number;         /* of it */
	const VM_usr_t *vm; /* it, or of a slot or an endpoint */
};

/* What the driver, and the system, know */
struct explain_facts {
	drvs_usr_t node;
	int peer_node; /* of the endpoint; LOCALNODE: not known */
	int same_name; /* VM of that name, or -1 */
	enum explain_driver driver;
	char kernel[65];           /* its release */
	char group[32];            /* of the device */
	char link[LINK_STATE_WHY]; /* why that to the peer's node is not up */
};

void explain_ask(struct explain_facts *facts, const struct explain *about);

/* More than mnx_strerror() says, or an empty text */
void explain_print(char text[EXPLAIN_TEXT], int code,
		   const struct explain *about,
		   const struct explain_facts *facts);

#endif /* TOOLS_EXPLAIN_H */
