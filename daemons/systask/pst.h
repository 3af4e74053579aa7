/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process table of a VM over several nodes: which system processes each
 * node has, and which names its processes have published.  One member of the
 * group, as a state machine without I/O and clock, as slots.h is.
 *
 * A *fact* is what one node says of itself: a system process, or a name.  Only
 * that node's member says it, and takes it back; the others repeat it to
 * nobody.  So the table is the sum of what the nodes say.
 *
 * A node is ABSENT, STALE (in the view, has to say what it has), or KNOWN:
 *
 *	event			what is sent or done
 *
 *	view, somebody joined	all that are in it become STALE.  STATE, unless
 *				one is on its way: all facts of this node; what
 *				was undecided is sent again after it
 *	STATE of a STALE one	what it repeats is true; with the last part what
 *				it does not repeat is gone, and it is KNOWN.  Of
 *				others STATE says nothing new
 *	SET, GONE		the fact, or no longer; a name is decided first
 *	view without it		ABSENT: its facts are *away*: processes stay
 *				entered, names are nobody's
 *	pst_forget()		its facts are gone
 *	all in the view KNOWN	the table is settled: of two with the same name
 *				the older one has it (LOST at the other's node),
 *				and SETs of names that came meanwhile are
 *				decided, in their order
 *	SET of a name		settled: whoever has it refuses all others; not
 *				settled: decided then, or sent again if views
 *				change before
 *
 * A process is this node's from pst_bound() to pst_unbound().  A name is there,
 * here too, from the delivery that decides it to that of its GONE: as long as
 * that is on its way it is *leaving*, and no STATE repeats it.
 *
 * Why all decide alike: those that are in a view together deliver the same
 * messages in it, in the same order.  What they knew before may differ, but
 * nothing is decided before each has said all of itself in this view, and from
 * then on all have the same.  A STATE that is on its way when the view changes
 * is as good as a new one, and none is sent then: in none of the views since it
 * was sent anything has been decided.
 *
 * Each slot of a system process has a *holder*: this node if it has one there,
 * else of the nodes that say so the one that has had it longest.  ENTER and
 * REMOVE follow it, for those of other nodes.
 */
#ifndef SYSTASK_PST_H
#define SYSTASK_PST_H

#include "slots.h"

#define PST_TEXT 32 /* of a name, with the final NUL */

/* A simulation has smaller ones. */
#ifndef PST_MAX
#define PST_MAX   4096 /* facts that there are */
#define PST_NAMES 2048 /* names of those that are in the view */
#define PST_WAIT  256  /* names that are not decided */
#define PST_FACTS 128  /* of a message */
#endif

enum pst_kind {
	PST_PROC = 1, /* name of the process; endpoint is its slot */
	PST_NAME,     /* published, by a process of the node */
};

struct pst_fact {
	enum pst_kind kind;
	int32_t endpoint;
	uint64_t since;       /* ns, by the clock of its node */
	uint64_t incarnation; /* of the binding */
	char text[PST_TEXT];
};

enum pst_type {
	PST_STATE = 1, /* a part of all facts of the sender */
	PST_SET,       /* one more */
	PST_GONE,
	/* Words about a process, which are passed on, and change no table: */
	PST_KILL,  /* it gets signal "since", from user "incarnation" */
	PST_USER,  /* it is there, and user "since" has it */
	PST_ENDED, /* it has ended, with status "since" */
	PST_ASK,   /* which of both, that is of node "since"? */
	PST_TYPES
};

/* Of STATE: it is the first part, the last part */
#define PST_FIRST (1u << 0)
#define PST_LAST  (1u << 1)

struct pst_msg {
	enum pst_type type;
	uint32_t flags;
	uint32_t nr;
	struct pst_fact fact[PST_FACTS];
};

enum pst_act {
	PST_DO_ENTER,    /* a process of another node */
	PST_DO_REMOVE,   /* it */
	PST_DO_DECIDED,  /* of this node's: a name is its own, or refused */
	PST_DO_LOST,     /* of this node's: an older one is there */
	PST_DO_APPEARED, /* a name can be looked up */
	PST_DO_WORD,     /* about a process, perhaps of this node */
};

/* Why a name is refused */
enum pst_refusal {
	PST_OK,
	PST_EXISTS,
	PST_FULL
};

struct pst_action {
	enum pst_act act;
	enum pst_type word;
	uint32_t node; /* whose it is; who says the word */
	enum pst_refusal refusal;
	const struct pst_fact *fact;
};

/* Called from within any function below */
struct pst_ops {
	void (*send)(void *arg, const struct pst_msg *m);
	void (*act)(void *arg, const struct pst_action *a);
};

enum pst_state {
	PST_ABSENT,
	PST_STALE,
	PST_KNOWN,
};

struct pst_node {
	enum pst_state state;
	uint32_t pid; /* of its member */
	bool reading; /* its STATE, of which the first part has come */
};

struct pst_entry {
	struct pst_fact fact;
	uint32_t node;
	bool unsaid;  /* not repeated yet, while STATE comes */
	bool moved;   /* what its node says next is of the same endpoint */
	bool leaving; /* a name of this node whose GONE is on its way */
};

struct pst_waiting {
	struct pst_fact fact;
	uint32_t node;
};

struct pst {
	uint32_t node; /* this one */
	const struct pst_ops *ops;
	void *arg;
	bool in_group;
	bool state_sent; /* and its first part is not delivered */
	struct pst_node nodes[SLOTS_NODES];
	uint32_t nr;
	struct pst_entry entry[PST_MAX];
	/* SETs of names that were delivered and are not decided */
	uint32_t nr_undecided;
	struct pst_waiting undecided[PST_WAIT];
	/* Names of this node that are sent and not decided */
	uint32_t nr_asked;
	struct pst_fact asked[PST_WAIT];
	struct pst_msg msg; /* to be sent */
};

void pst_init(struct pst *t, uint32_t node, const struct pst_ops *ops,
	      void *arg);

/* From the group */
void pst_view(struct pst *t, const struct slots_view *view);
void pst_deliver(struct pst *t, const struct slots_id *from,
		 const struct pst_msg *m);

/* Of this node: a system process is there, or no longer. */
void pst_bound(struct pst *t, const struct pst_fact *proc);
/* A process of this node is gone, with its names and what it has asked for. */
void pst_unbound(struct pst *t, int32_t endpoint);
/*
 * A name that this node had already, before its member began anew; before the
 * first view.
 */
void pst_had(struct pst *t, const struct pst_fact *name);
/* DECIDED follows, perhaps at once.  False: too many are undecided. */
bool pst_publish(struct pst *t, const struct pst_fact *name);
/* False: the process has no such name. */
bool pst_withdraw(struct pst *t, int32_t endpoint, const char *name);
/* To all, this node among them */
void pst_say(struct pst *t, enum pst_type word, int32_t endpoint,
	     uint64_t since, uint64_t incarnation);

/*
 * An endpoint, with that slot, is that node's from now on, with its names: all
 * that are in the view say so at the same time.  Its driver knows it already.
 */
void pst_move(struct pst *t, int32_t slot, int32_t endpoint, uint32_t node);

/* That node is dead, or its processes have been ended. */
void pst_forget(struct pst *t, uint32_t node);

/* Whose the name is: NULL, nobody's.  Who is reachable comes before others. */
const struct pst_entry *pst_find(const struct pst *t, const char *name);
bool pst_is_reachable(const struct pst *t, const struct pst_entry *e);
/* The process of that slot, wherever it is */
const struct pst_entry *pst_holder(const struct pst *t, int32_t slot);
bool pst_is_settled(const struct pst *t);
/* How many names a process of this node has, or has asked for */
uint32_t pst_count(const struct pst *t, int32_t endpoint);

/* Faults for the simulation to find, as in slots.h */
#ifdef PST_FAULTS
extern int pst_fault;
#define PST_FAULT(n) (pst_fault == (n))
#else
#define PST_FAULT(n) 0
#endif

#endif /* SYSTASK_PST_H */
