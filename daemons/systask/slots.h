/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The slots of a VM over several nodes: who owns them, through joins, leaves,
 * deaths, partitions and merges.  One member of the group, as a state machine
 * that does no I/O, knows no clock and allocates nothing.  Its user tells it
 * what the group delivers and what its node wants; it calls back with messages
 * to multicast and with things to do.  Tables of states and rules: slots.c.
 *
 * What the group has to give is extended virtual synchrony, as Corosync's CPG
 * does (AGREED): see tests/sim/lib/group.h for what exactly is relied on.
 */
#ifndef SYSTASK_SLOTS_H
#define SYSTASK_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

/* A simulation has smaller ones. */
#ifndef SLOTS_MAX
#define SLOTS_MAX     8192 /* user slots of a VM */
#define SLOTS_MEMBERS 128  /* of a group: the limit of CPG */
#define SLOTS_ENTRIES 256  /* of the table in a message */
#define SLOTS_FORKS   256  /* that wait for a slot */
#endif

#define SLOTS_NODES 64

/*
 * One start of a member, from which on it knows what it has done.  A node that
 * starts anew, or whose SYSTASK does, is another life of that node; no two
 * lives of a node have the same number.
 */
struct slots_life {
	uint32_t node;
	uint32_t number; /* 0: nobody */
};

/* As the group names a member; and its life, where that is known */
struct slots_id {
	uint32_t node;
	uint32_t pid;
	uint32_t life; /* or 0: it has no table, as far as is known */
};

/* One slot of the table: of two entries that of the higher version is true. */
struct slots_entry {
	uint32_t slot;
	struct slots_life owner;
	uint64_t version;
};

enum slots_type {
	SLOTS_INFO = 1, /* a table follows: its parameters, whose it is */
	SLOTS_PART,     /* a part of it */
	SLOTS_REQUEST,  /* slots are wanted, or none: I have a table now */
	SLOTS_DONATE,   /* entries with a new owner, from the old one */
	SLOTS_PROPOSE,  /* found a table; or give away what ended lives own */
	SLOTS_CONSENT,
	SLOTS_TYPES
};

/* Flags of PROPOSE */
#define SLOTS_FOUND  (1u << 0) /* a table: there is none */
#define SLOTS_FORCED (1u << 1) /* an administrator says so */
/* Flags of DONATE: there is no more of it; the giver leaves, and is no heir */
#define SLOTS_LAST   (1u << 2)
#define SLOTS_LEAVES (1u << 3)

/* A message, as the program has it; as bytes: record.h */
struct slots_msg {
	enum slots_type type;
	uint64_t table; /* which it is about; 0: none yet */
	uint32_t life;  /* of the sender */
	/* INFO, PART, PROPOSE: its number, of the sender.  CONSENT: that of
	 * what is consented to.  REQUEST: of the INFO that it has its table of.
	 */
	uint32_t nonce;
	uint32_t flags;
	uint32_t count;      /* INFO: of parts.  PART: which.  REQUEST: slots */
	struct slots_id to;  /* DONATE; CONSENT; REQUEST: whose the INFO was */
	uint64_t dead;       /* PROPOSE: nodes */
	uint64_t params;     /* INFO: of the VM, must be the same for all */
	uint32_t nr_ids;     /* INFO: who has that table */
	uint32_t nr_entries; /* PART, DONATE */
	struct slots_id id[SLOTS_MEMBERS];
	struct slots_entry entry[SLOTS_ENTRIES];
};

/* Why a member left a view */
enum slots_reason {
	SLOTS_NODEDOWN, /* dead or cut off */
	SLOTS_LEAVE,    /* or an orderly end of its node's corosync */
	SLOTS_PROCDOWN, /* its process died, its node did not */
};

struct slots_view {
	uint32_t nr;
	uint32_t nr_left;
	struct slots_id id[SLOTS_MEMBERS]; /* life is not used */
	struct {
		struct slots_id id;
		enum slots_reason reason;
	} left[SLOTS_MEMBERS];
};

enum slots_state {
	SLOTS_INIT,        /* not in the group, and no table */
	SLOTS_WAIT_VMINFO, /* in it */
	SLOTS_WAIT_PST,    /* parameters are known, parts of the table come */
	SLOTS_RUNNING,     /* it has the table, in the group or cut off */
	SLOTS_LEAVING,     /* and gives away what it has */
	SLOTS_STATES
};

/* What a slot is to this member */
enum slots_use {
	SLOTS_NONE,     /* another's, or of an ended life */
	SLOTS_FREE,     /* its own */
	SLOTS_USED,     /* and a process of this node is in it */
	SLOTS_DONATING, /* given away, but that is not delivered yet */
	SLOTS_HELD,     /* of an ended life of this node, with a process */
};

enum slots_act {
	SLOTS_DO_GIVE,   /* the slot to the fork of that cookie; or -1: none */
	SLOTS_DO_UNBIND, /* the process in that slot: it is another's */
	SLOTS_DO_UNBIND_NODE, /* all remote ones of that node */
	SLOTS_DO_RUN,         /* the table has come */
	SLOTS_DO_LEAVE,       /* the group: nothing is left here */
	SLOTS_DO_REFUSE,      /* end: the VM has other parameters */
	SLOTS_DO_CONFLICT,  /* unbind all, start anew: there is another table */
	SLOTS_DO_REJOIN,    /* leave and join: nobody has sent a table */
	SLOTS_DO_FORGOTTEN, /* the nodes of slots_forget() */
	SLOTS_DO_NOT_FORGET, /* nodes: who is away and not among them, or 0 */
};

struct slots_action {
	enum slots_act act;
	int slot;
	uint64_t cookie;
	uint32_t node;
	uint64_t nodes;
};

/*
 * Called from within any function below.  The message is to be multicast after
 * those before it, and is its owner's again when send() returns.  Before a
 * DONATE is multicast the driver must know that its slots are not this node's
 * (use is SLOTS_DONATING then): whoever dies in between must not find them.
 */
struct slots_ops {
	void (*send)(void *arg, const struct slots_msg *m);
	void (*act)(void *arg, const struct slots_action *a);
};

struct slots_config {
	uint32_t node;
	uint32_t pid;
	uint32_t life;
	uint32_t nr_nodes; /* of the VM, numbered from 0 */
	uint32_t nr_slots; /* user slots, numbered from 0 */
	uint64_t params;   /* a digest of those of the VM */
};

struct slots_member {
	struct slots_id id;
	bool clique; /* has had the table that this member has, since a merge */
	bool covered; /* what it knew at the last join has been delivered */
	bool asked;   /* an answer to the REQUEST of this member is to come */
	bool consents;
	bool leaves;    /* and wants nothing */
	uint32_t nonce; /* of its INFO, which has so many parts */
	uint32_t parts;
	uint32_t next; /* that is expected */
	bool complete;
	uint32_t nr_ids;
	struct slots_id ids[SLOTS_MEMBERS];
};

struct slots_slot {
	uint64_t version;
	struct slots_life owner;
	struct slots_life taker; /* of a donation */
	enum slots_use use;
};

struct slots {
	struct slots_config is;
	const struct slots_ops *ops;
	void *arg;
	enum slots_state state;
	uint64_t table;
	uint32_t nonce; /* the last that was used */
	uint32_t sent;  /* number of its INFO since the last join, or 0 */
	struct slots_id source; /* of the table, in WAIT_PST and then */
	uint32_t source_nonce;

	bool requested; /* and the request has not ended */
	bool delivered; /* it is being answered */
	uint32_t nr_forks;
	uint64_t fork[SLOTS_FORKS];

	uint64_t orphan;  /* nodes whose SYSTASK was seen to die */
	uint64_t expired; /* and whose driver has ended their processes */

	struct slots_id proposer; /* life 0: nothing is proposed */
	uint32_t proposal;
	uint32_t flags;
	uint64_t dead;
	uint32_t mine; /* proposal of this member, not delivered yet; or 0 */
	bool forgetting;

	uint32_t nr_members; /* 0: not in the group */
	struct slots_member member[SLOTS_MEMBERS];
	struct slots_slot slot[SLOTS_MAX];
	struct slots_msg msg; /* to be sent */
};

/* How many slots a node wants, see slots.c */
uint32_t slots_min(const struct slots *s);
uint32_t slots_low(const struct slots *s);
uint32_t slots_max(const struct slots *s);
uint32_t slots_count(const struct slots *s, enum slots_use use);

void slots_init(struct slots *s, const struct slots_config *config,
		const struct slots_ops *ops, void *arg);
/* After that, before the first view: the driver has a process in it. */
void slots_found_process(struct slots *s, uint32_t slot);

/* From the group.  A view is one without this member when it is not in it. */
void slots_view(struct slots *s, const struct slots_view *view);
void slots_deliver(struct slots *s, const struct slots_id *from,
		   const struct slots_msg *m);

/* From the node */
void slots_fork(struct slots *s, uint64_t cookie);
/* Whoever binds by himself does not ask for a slot. */
void slots_bound(struct slots *s, uint32_t slot);
/*
 * The process in that slot has moved to a node, whose the slot is to be; and at
 * that node: it has come, and the slot follows.
 */
void slots_follow_away(struct slots *s, uint32_t slot, uint32_t node);
void slots_follow_here(struct slots *s, uint32_t slot);
/* Asks for a few slots if it has hardly any: no fork waits for them. */
void slots_want(struct slots *s);
void slots_exit(struct slots *s, uint32_t slot);
void slots_leave(struct slots *s);
/* An administrator says: they are dead; or: there is no table anywhere. */
void slots_forget(struct slots *s, uint64_t nodes);
void slots_found(struct slots *s);
/* The driver of that node, whose SYSTASK is dead, has ended its processes. */
void slots_expired(struct slots *s, uint32_t node);
/* Nothing has happened for long though something should. */
void slots_timeout(struct slots *s);

/*
 * Faults that the simulation puts in, to see that it finds them; nothing in the
 * daemon.
 */
#ifdef SLOTS_FAULTS
extern int slots_fault;
#define SLOTS_FAULT(n) (slots_fault == (n))
#else
#define SLOTS_FAULT(n) 0
#endif

#endif /* SYSTASK_SLOTS_H */
