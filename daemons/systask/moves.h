/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Endpoints that move between the nodes of a VM, and those with a spare: which
 * node has each, through moves, deaths, partitions and merges.  One member of
 * the group, as a state machine without I/O and clock, as slots.h is.
 *
 * Of each endpoint that has ever moved or has a backup there is an *entry*: its
 * node, the map of its backups, and its epoch.  An epoch has a *term*, which
 * whoever takes the endpoint over begins, named by the *maker*, a life of a
 * member that no other has; and in it the count of moves.  Of two entries that
 * of the later epoch is true, at everyone, in any order: that is all there is
 * to a merge.  In an epoch nobody but its node changes the entry (revision).
 *
 * Why no two nodes have an endpoint in one epoch: to make an epoch of the same
 * term takes the node that has it, which gives it up as it does; and a term
 * begins at the node that has the life in its name, once.
 *
 * A MOVE is decided by the former node alone.
 *
 *	state	event			what is sent or done; next state
 *
 *	IDLE	START			start; the former node refuses, or waits
 *					for votes; others vote, the new one when
 *					a process is there; STARTED
 *	STARTED	(former) all voted	COMMIT; DECIDED: whatever comes now, it
 *					does not use the endpoint
 *		(former) refused, views	ROLLBACK, rollback; IDLE
 *		change, no more time,
 *		its process ends
 *		(new) voted, and the	DOUBT: it has perhaps been given it
 *		former one is away
 *		(others) the former	rollback; IDLE: what is true will be
 *		one is away		told
 *		ROLLBACK		rollback; IDLE
 *	any	COMMIT, the new node	the entry is true; others commit, IDLE;
 *		is in the view		the new node when it is settled
 *	DECIDED	COMMIT, it is not	ROLLBACK, rollback; IDLE: nobody has it
 *		out of the group	UNSURE: somebody may have it
 *	UNSURE	settled; the new node	COMMIT again; DECIDED
 *		says it has voted
 *		it does not, or is dead	PROMOTE itself, which is a new term
 *	DOUBT	settled; the former	rollback; IDLE
 *		one is there, and has
 *		not decided
 *		it is dead		PROMOTE itself
 *	any	a later entry		done as it says; IDLE
 *
 * Nobody but the former node can say that it was not given up: so no other one
 * rolls a move back that it has voted for, and whoever asked for it need not
 * live.  That COMMIT is void if the new node is not there is the same for all
 * who deliver it: it has its place in an order in which that node is not.
 *
 * A view that somebody has joined makes all say what they have: HELLO with a
 * number, and when all HELLOs are there, STATE, which repeats these numbers: so
 * it is not one of before.  Has everybody's come, the table is *settled*.  One
 * who has something to say that all have to know first says HELLO likewise.
 *
 * A BACKUP stands by for the endpoint at its node.  The endpoint's node enters
 * it in the map, and when that has been delivered it is *ready*: the endpoint's
 * node knows then that it can be taken over.
 *
 *	The endpoint's node is	taken over by the lowest node of the map that is
 *				there, if
 *
 *	dead: its processes	this view has the majority of the VM's nodes; or
 *	have ended, or an	no one of the map is away who is not dead, too
 *	administrator says so
 *	away			this view has the majority
 *	there, and has not got	as if it were dead
 *	it
 *
 * Whoever sees that says PROMOTE, which is the same whoever says it; it is void
 * if the endpoint's node is there again, or the successor is not.
 *
 * One that stands by where nobody has the endpoint, and no backup of a map
 * could take it over, *claims* it: a PROMOTE of its own.  Of several the first
 * that is delivered begins the term, and the others are void.  Nobody claims
 * but in a view that has the majority, or without which nobody is alive; so the
 * claimer is unsure as a successor is.
 *
 * A node whose endpoint others may take over that way *holds* it, from the view
 * that says so on, until a settled one says otherwise: that is when one of the
 * map is away and the view has less than half of the nodes.  A successor of one
 * that is not dead is *unsure*, and holds it, until a majority has said STATE
 * since: a message may have been delivered to it alone, and from then on who
 * has a majority knows.  One that learns that it was taken over is *fenced*:
 * its process is unbound.
 *
 * A node that is away and *in the ring* has lost its member alone: what it has
 * goes on, until the driver has ended it (lease).  So it is not taken over
 * before somebody says that it is dead.
 *
 * What a node knows of that it has to keep.  One that has lost it, by a crash,
 * and counts in two majorities one after the other, may make two nodes go on
 * that cannot see each other: in different epochs, and until they do.
 */
#ifndef SYSTASK_MOVES_H
#define SYSTASK_MOVES_H

#include "slots.h"

/* A simulation has smaller ones. */
#ifndef MOVES_MAX
#define MOVES_MAX   1024 /* endpoints with an entry */
#define MOVES_FACTS 64   /* of a message */
#define MOVES_ASKED 64   /* moves that this member has asked for */
#endif

#define MOVES_NOBODY UINT32_MAX

struct moves_entry {
	int32_t endpoint;
	uint32_t node; /* or MOVES_NOBODY: its process has ended */
	uint32_t term; /* 0: there is no entry */
	uint32_t maker;
	uint32_t count;
	uint32_t revision;
	uint64_t map; /* nodes */
};

/* A move, as the life that asked for it numbers it; life 0: none */
struct moves_id {
	uint32_t life;
	uint32_t number;
};

/* What START says of who is to have it */
struct moves_want {
	uint32_t pid; /* as its node numbers it; 0: who has said that he will */
	uint32_t uid; /* of who asks */
};

/* How a move ends */
enum moves_why {
	MOVES_DONE,
	MOVES_REFUSED,   /* by a driver, which says why */
	MOVES_AWAY,      /* the former or the new node is not there */
	MOVES_CHANGED,   /* who is there has changed meanwhile */
	MOVES_LATE,      /* somebody has not answered in time */
	MOVES_DIED,      /* its process has ended */
	MOVES_BUSY,      /* it moves already, or is held */
	MOVES_ELSEWHERE, /* it is not on the node that it was to leave */
	MOVES_FULL,      /* too many endpoints */
	MOVES_UNSETTLED, /* not all have said what they have */
	MOVES_UNKNOWN,   /* the endpoint will be where it will be found */
	MOVES_REACHABLE, /* PROMOTE: it is there: it can move */
	MOVES_NO_BACKUP, /* PROMOTE: there is none that may take it over */
	MOVES_WHYS
};

enum moves_type {
	MOVES_HELLO = 1, /* somebody has joined: number of the sender */
	MOVES_STATE,     /* a part of what the sender has */
	MOVES_START,     /* its fact has the endpoint and its node; to */
	MOVES_VOTE,
	MOVES_COMMIT, /* its fact is the entry that is true now; to */
	MOVES_ROLLBACK,
	MOVES_SET,     /* a fact, of its node */
	MOVES_PROMOTE, /* its fact is the entry that is true now; to */
	MOVES_TYPES
};

enum moves_kind {
	MOVES_ENTRY = 1,
	MOVES_STANDS,      /* a backup of the sender does, and is not ready */
	MOVES_READY,       /* it is ready */
	MOVES_GONE,        /* it does not stand by any more */
	MOVES_HAS_VOTED,   /* the sender has: a process is there */
	MOVES_HAS_DECIDED, /* it has given the endpoint up */
	MOVES_KINDS
};

struct moves_fact {
	enum moves_kind kind;
	struct moves_id id;   /* of HAS_VOTED, HAS_DECIDED */
	struct moves_entry e; /* else than ENTRY: the endpoint */
};

/* Of STATE: it is the first part, the last part */
#define MOVES_FIRST (1u << 0)
#define MOVES_LAST  (1u << 1)
/* Of PROMOTE: void, if somebody has begun that term */
#define MOVES_CLAIM (1u << 2)

struct moves_msg {
	enum moves_type type;
	uint32_t flags;
	uint32_t life;          /* of the sender */
	uint32_t number;        /* HELLO */
	struct moves_id id;     /* of the move */
	struct moves_want want; /* START */
	enum moves_why why;     /* VOTE, ROLLBACK */
	int32_t rc;             /* of a driver */
	/* PROMOTE: who must not be there, or MOVES_NOBODY */
	uint32_t from;
	struct slots_id to; /* whose it is to be; life is not used */
	uint32_t nr;
	uint32_t hello[SLOTS_NODES]; /* STATE */
	struct moves_fact fact[MOVES_FACTS];
};

/* What a node is to a move */
enum moves_role {
	MOVES_FORMER,
	MOVES_NEW,
	MOVES_OTHER,
};

/* start() returns it if moves_ready() follows: of MOVES_NEW, or it is an error
 * of the driver.
 */
#define MOVES_LATER 1

enum moves_state {
	MOVES_IDLE,
	MOVES_STARTED,
	MOVES_DECIDED,
	MOVES_UNSURE,
	MOVES_DOUBT,
};

struct moves_move {
	enum moves_state state;
	enum moves_role role;
	struct moves_id id;
	struct slots_id from;
	struct slots_id to;
	struct moves_want want;
	uint64_t votes; /* FORMER */
	bool voted;     /* NEW */
	bool again;     /* DECIDED: and UNSURE before */
	bool said; /* UNSURE, DOUBT: the other one says it has part in it */
};

struct moves_item {
	struct moves_entry e;
	bool here;       /* its process is of this node, and has it */
	bool held;       /* as others may take it over */
	bool was_ready;  /* its backup, of the member before this one */
	bool awaited;    /* a backup here is to take it over */
	bool unsure;     /* as not enough know that this node did */
	uint64_t stands; /* nodes that say so */
	uint64_t ready;  /* of these */
	uint64_t told;   /* of these: that they are in the map */
	uint32_t saying; /* messages of this node's backup on their way */
	bool promoting;  /* PROMOTE was sent in this view */
	struct moves_move move;
};

/* What has to outlive the member: moves_had() */
struct moves_kept {
	struct moves_entry e;
	bool ready;         /* the backup that stands by here */
	struct moves_id id; /* DECIDED; or life 0 */
	struct slots_id to;
};

/*
 * Called from within any function below.  What they do with the driver is done
 * when they return.
 *
 *	start	what is for the endpoint waits
 *	commit	it is on that node; on this one (MOVES_NEW): of the process that
 *		is there for it, or of its backup.  Started or not
 *	rollback  all goes on where it was; MOVES_NEW: that process is let go
 *	fence	the process here has it no more, and is unbound
 *	hold	as start, rollback, of this node's; or of what its backup is to
 *		take over: commit() ends that, too
 *	keep	see struct moves_kept; before what follows from it is sent
 *	answered  the move of that number has ended
 */
struct moves_ops {
	void (*send)(void *arg, const struct moves_msg *m);
	int (*start)(void *arg, int32_t endpoint, enum moves_role role,
		     const struct moves_want *want);
	void (*commit)(void *arg, int32_t endpoint, uint32_t node,
		       enum moves_role role);
	void (*rollback)(void *arg, int32_t endpoint, enum moves_role role);
	void (*fence)(void *arg, int32_t endpoint);
	void (*hold)(void *arg, int32_t endpoint, bool held);
	/* Has this node a process with that endpoint? */
	bool (*has)(void *arg, int32_t endpoint);
	void (*keep)(void *arg, const struct moves_kept *kept);
	void (*answered)(void *arg, uint32_t number, enum moves_why why,
			 int32_t rc);
};

struct moves_config {
	uint32_t node;
	uint32_t pid;
	uint32_t life; /* as of slots_config */
	uint32_t nr_nodes;
};

struct moves_node {
	bool there; /* in the view */
	uint32_t pid;
	uint32_t life;
	uint32_t hello; /* 0: none in this view */
	bool known;     /* its STATE has come */
};

struct moves_asked {
	uint32_t number; /* 0: free */
	uint32_t from;
};

struct moves {
	struct moves_config is;
	const struct moves_ops *ops;
	void *arg;
	bool in_group;
	bool asking;     /* its HELLO is on its way */
	uint64_t dead;   /* nodes that are */
	uint64_t ring;   /* nodes that may be alive, without a member */
	uint32_t hello;  /* number of the last one */
	uint32_t number; /* of the last move that it has asked for */
	uint32_t state_hello[SLOTS_NODES]; /* as in the last STATE */
	struct moves_node nodes[SLOTS_NODES];
	struct moves_asked asked[MOVES_ASKED];
	uint32_t nr;
	struct moves_item item[MOVES_MAX];
	struct moves_msg msg; /* to be sent */
};

void moves_init(struct moves *m, const struct moves_config *config,
		const struct moves_ops *ops, void *arg);
/* What an earlier member of this node has kept; before the first view.  Held:
 * the driver has started it, and its process is here.
 */
void moves_had(struct moves *m, const struct moves_kept *kept, bool held);

/* From the group; who left in good order is also dead. */
void moves_view(struct moves *m, const struct slots_view *view);
void moves_deliver(struct moves *m, const struct slots_id *from,
		   const struct moves_msg *msg);
/* The processes of that node have ended, or an administrator says so. */
void moves_dead(struct moves *m, uint32_t node);
/* Those nodes are in the ring, or were a moment ago. */
void moves_ring(struct moves *m, uint64_t nodes);

/* Of this node: a process has the endpoint, or has no longer. */
void moves_bound(struct moves *m, int32_t endpoint);
void moves_unbound(struct moves *m, int32_t endpoint);
/* A backup stands by for it, or no longer. */
void moves_backup(struct moves *m, int32_t endpoint, bool stands);
/* The process for which start() has been LATER is there; or an error; or one
 * that was there has ended.
 */
void moves_ready(struct moves *m, int32_t endpoint, int rc);
/* Votes do not come: called of any endpoint, it means those of this node's. */
void moves_timeout(struct moves *m, int32_t endpoint);

/*
 * Asked for at this node.  The number of the move, of which answered() will
 * tell; or 0, and why not.  "from" is where it is as far as is known; an entry
 * knows it better.
 */
uint32_t moves_migrate(struct moves *m, int32_t endpoint, uint32_t from,
		       uint32_t to, const struct moves_want *want,
		       enum moves_why *why);
/* DONE: it was sent. */
enum moves_why moves_promote(struct moves *m, int32_t endpoint);
/*
 * The backup of this node would have it, as nobody has: of that the machine
 * knows what entries say.  DONE: it was sent.
 */
enum moves_why moves_claim(struct moves *m, int32_t endpoint);

/* NULL: it has no entry, no backup, and does not move. */
const struct moves_item *moves_find(const struct moves *m, int32_t endpoint);
bool moves_is_settled(const struct moves *m);
/* < 0, 0, > 0: which entry is the later one */
int moves_compare(const struct moves_entry *a, const struct moves_entry *b);

/* Faults for the simulation to find, as in slots.h */
#ifdef MOVES_FAULTS
extern int moves_fault;
#define MOVES_FAULT(n) (moves_fault == (n))
#else
#define MOVES_FAULT(n) 0
#endif

#endif /* SYSTASK_MOVES_H */
