/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request of a client, from its arrival to its answer.
 *
 *	arrives -> names and segments are fetched from the client -> its handler
 *	runs: an answer; or
 *	CALL_LATER: it is parked -> what it waits for has happened -> its
 *	handler runs again, from the beginning
 *	the client has ended, or asks something else: it is dropped
 *
 * A handler that began to change something keeps in the call how far it is.
 * Nobody is waited for: what is not there yet makes a call wait, and no other.
 *
 *	CALL_MOUNT	for I/O of a mount.  If its device says nothing for
 *			PATIENCE the call ends with -EIO
 *	CALL_LOCK	until locks are released
 *	CALL_FILE	until another call, which moves the position of the same
 *			file, has ended
 *	CALL_CLIENT	until the client, which is stopped, goes on
 *	CALL_ROOT	until there is a root
 *
 * Calls of clients of other nodes come and go through node.h, with their data
 * in memory of this process.
 */
#ifndef FS_CALL_H
#define FS_CALL_H

#include <molipc/fs.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "common/serve.h"
#include "fproc.h"
#include "lock.h"
#include "minix/mfs.h"
#include "mount.h"

/* What a handler returns beside 0 and an error */
#define CALL_LATER 1
_Static_assert(CALL_LATER == SERVE_LATER && CALL_LATER == MFS_WAIT,
	       "what the core and the loop mean by it, too");

enum call_wait {
	CALL_RUNS,
	CALL_MOUNT,
	CALL_LOCK,
	CALL_FILE,
	CALL_CLIENT,
	CALL_ROOT,
};

/* What a request has, that is fetched or filled */
enum call_has {
	CALL_PATH = 1 << 0,  /* fs_path_t */
	CALL_PATHS = 1 << 1, /* fs_paths_t */
	CALL_FD = 1 << 2,    /* fs_head_t */
	CALL_IN = 1 << 3,    /* fs_rw_t, and bytes come from the client */
	CALL_OUT = 1 << 4,   /* fs_rw_t, and bytes go there */
	CALL_TEXT = 1 << 5,  /* fs_path_t, and bytes go there */
	CALL_FIRST = 1 << 6, /* is not for a root to be there */
	CALL_USER = 1 << 7,  /* who asks counts, or may be named */
};

struct call;
typedef int call_handler(struct call *c);

struct call_row {
	call_handler *handler; /* NULL: there is no such request */
	unsigned int has;
};

/* By number - FS_BASE */
extern const struct call_row call_rows[FS_END - FS_BASE];

struct call {
	TAILQ_ENTRY(call) link; /* of those that are parked */
	int client;             /* NONE: this process itself */
	message m;
	const struct call_row *row;
	bool fetched;
	bool begun;         /* it has found out who asks */
	struct fproc *proc; /* of the client; NULL for this process itself */
	bool identified;
	uint32_t asker;       /* its user, if that is known */
	uint32_t uid, gid;    /* for whom it asks */
	char *path[2];        /* as fetched; NULL: there is none */
	struct iovec *vector; /* memory of the client */
	struct iovec segment; /* if it is but one */
	int nr_vector;
	size_t bytes; /* of them that count */
	size_t done;
	int64_t position; /* of its file, when it had not moved it yet */

	/* Why it is parked, and what it waits to change */
	enum call_wait wait;
	uint32_t dev;
	uint64_t events; /* of all mounts, when it began to run */
	uint64_t seen;
	int64_t since;

	/* What it has begun, and is ended with it */
	struct file *file;   /* that it reads, or writes to */
	struct mfs_map *map; /* that is written to */
	uint32_t map_dev;
	struct lock_want want; /* a lock that it waits for */
	uint32_t mounting;     /* a mount that it has begun */
	uint32_t leaving;      /* and one that it has ended */
	struct place writes;   /* a file, of which no other call writes parts */
	bool prepared;         /* it has looked at the file that it writes to */
	bool syncs;
	uint64_t sync[MOUNTS_MAX]; /* of each mount: what it waits for */
	uint32_t sync_dev[MOUNTS_MAX];

	/* Of another node */
	struct node *node;
	uint32_t child_uid;   /* FORK: the user of the child */
	unsigned char *stage; /* its data */
	int rc;               /* what came of it on the other side */
	bool answered;
	bool undone; /* its bytes could not be given */
};

/* A request has come: the handler of all of them, for serve.h. */
serve_handler call_take;
/* One that was fetched for a client of another node */
void call_enter(struct call *c);
/* Its bytes could not be given to the client: it has not read them. */
void call_undo(struct call *c);
/* One of this process itself; "row" is its. */
void call_start(struct call *c, const struct call_row *row);

struct call *call_new(int client, const message *m);
void call_free(struct call *c);
/* What the request names, and where its data are: 0, CALL_LATER or an error */
int call_fetch(struct call *c);

/* Another one is parked that writes there. */
bool call_writes(const struct call *c, const struct place *at);
/* Who asks has to be known, or its rights count. */
bool call_needs_user(const struct call *c);
void call_identify(struct call *c, uint32_t uid, uint32_t gid);
/* Parks: what a handler returns then */
int call_waits(struct call *c, enum call_wait why, uint32_t dev);

/* After anything has happened: those that may go on do so. */
void calls_go_on(void);
/* Now and then: who has waited for too long is answered. */
void calls_tick(int64_t now);
/* Somebody waits; for a client that is stopped. */
bool calls_are_parked(void);
bool calls_wait_for_clients(void);
/* Those of that client; it is not answered. */
void calls_drop(int client);
/*
 * Of a process that has ended; who has its endpoint by now may be another one,
 * whose calls go on.
 */
void calls_end(const struct fproc *p);

#endif /* FS_CALL_H */
