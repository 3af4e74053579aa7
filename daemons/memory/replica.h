/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disks of a MEMORY that several nodes have: one member of their group, as
 * a state machine that does no I/O and knows no clock.  Its user tells it what
 * the group delivers, in the order in which it does; it calls back with what is
 * to be multicast, done to the images and kept.
 *
 * The group has one order of messages.  The *leader* is the member that has
 * MEMORY's endpoint: all that changes an image is a message of its, and is done
 * by everybody at its place in the order, by the leader, too.  A member is *in
 * sync* if its images have all that the leader's have; only such a one stands
 * by for the endpoint.
 *
 *	state		who					what it hears
 *
 *	OUT		is not in the group			-
 *	ASKING		asks all of its view what they are,	QUERY, STATE
 *			anew with every view
 *	WAITING		knows: nobody leads, and who may	COPY
 *			have the newest images is away; or
 *			somebody leads, and will copy to it
 *	ELECTED		of those who have the newest images,	-
 *			all of whom are here, the first: is
 *			to get the endpoint
 *	COPYING		gets the images				all of leader's
 *	SYNC		in sync; stands by			all of leader's
 *	CLAIMING	has got the endpoint, and says so	LEAD
 *	LEADING		leads					STATE, ACK
 *	OVER		is of no use any more: starts anew	-
 *
 *	event			next state
 *
 *	ring of few nodes	SYNC, CLAIMING without a leader: OVER
 *	view, not in it		OUT; OVER: ELECTED, SYNC, CLAIMING, LEADING
 *	view, in it		OUT, ASKING, WAITING: ASKING, and asks.
 *				COPYING: ASKING if the leader has left.
 *				ELECTED, LEADING, and SYNC and CLAIMING without
 *				a leader: ask if somebody is new
 *	all STATEs are there	ASKING: WAITING or ELECTED.  ELECTED, SYNC,
 *				LEADING: OVER if another's is newer
 *	COPY, it is of the run	ASKING, WAITING: COPYING.  else OVER
 *	LEAD, newer, which	SYNC, COPYING: SYNC, if it is among those in
 *	follows its epoch	sync; else SYNC: OVER, and COPYING goes on.
 *				CLAIMING: LEADING, if it is its own; else OVER.
 *				LEADING: OVER, if it is not its own
 *	LEAD, any other		CLAIMING: OVER, if it is its own or newer.
 *				ELECTED, and SYNC and LEADING if it is newer:
 *				OVER.  COPYING: ASKING, if it is newer
 *	promoted		ELECTED, SYNC: CLAIMING, when nothing is asked
 *				any more.  else OVER
 *	an image fails		OVER
 *
 * EPOCHS.  What is newer is told by the epoch, a count and the node that leads.
 * Who begins to lead makes a larger step than he does later: his epochs are
 * above all that an earlier leader, who is cut off, still begins.  LEAD begins
 * one, and says who is in sync; each of those keeps both on its disk before it
 * goes on.  The leader begins another whenever that has changed: at once when
 * one has left, and answers no write before it has delivered that itself.  So a
 * member that was left behind has an epoch that names who may have gone on
 * without it, and it waits for all of them (replica_config.force: an
 * administrator says that they are gone for ever).  Likewise a leader keeps who
 * will be in sync before it says so: it may die before it hears that itself.
 *
 * A WRITE is answered when all that are in sync have done it (ACK): whichever
 * of them lives has it.  There is one at a time.
 *
 * COPIES.  The leader names the members that it copies to (COPY), then sends
 * all pieces of its images, one after the other, the next one when all of them
 * have done the last (ACK).  It reads a piece only while no write of its own is
 * on its way, so that everything before that in the order is in it, and what
 * comes later is done on top of it.  Writes go on meanwhile, and those who are
 * copied to do them, whether the part is copied yet or not.  When the last
 * piece is done they are in sync by another LEAD.
 *
 * PARTITIONS.  The system task gives the endpoint to one who stands by where
 * most of the VM's nodes are, and holds it where less than half are (moves.h
 * there).  So where less than half are
 *	a leader answers nothing; and later, where more are again, not before
 *	all who were in sync have said that they have not gone on without it;
 *	who is in sync without a leader is OVER: that may go on without him.
 * Of a half each may be the other one.  A leader goes on there.  Who is in sync
 * without one is OVER as soon as there are more nodes: with half of them he has
 * the endpoint only if an administrator says that the leader is dead.
 *
 * Who does not answer in time is taken for gone (replica_late): of those in
 * sync, too.  If then the leader dies before it has heard that, it may lead
 * without what was answered since: the price of going on.
 */
#ifndef MEMORY_REPLICA_H
#define MEMORY_REPLICA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPLICA_NODES 64

struct replica_id {
	uint32_t node;
	uint32_t pid;
};

struct replica_epoch {
	uint64_t count; /* 0: none yet */
	uint32_t node;
};

enum replica_state {
	REPLICA_OUT,
	REPLICA_ASKING,
	REPLICA_WAITING,
	REPLICA_ELECTED,
	REPLICA_COPYING,
	REPLICA_SYNC,
	REPLICA_CLAIMING,
	REPLICA_LEADING,
	REPLICA_OVER,
	REPLICA_STATES
};

/* What a member keeps beside its images */
struct replica_record {
	struct replica_epoch epoch;
	uint64_t in_sync; /* nodes, in that epoch */
	bool partial;     /* was being copied to: the images are nothing */
};

enum replica_type {
	REPLICA_QUERY = 1, /* what are you? */
	REPLICA_STATE,     /* the answer, to one QUERY */
	REPLICA_LEAD,      /* an epoch begins */
	REPLICA_COPY,      /* so do pieces, for those nodes */
	REPLICA_PIECE,
	REPLICA_WRITE,
	REPLICA_FLUSH,
	REPLICA_ACK, /* it has done all up to that one */
	REPLICA_TYPES
};

/* A message, as the program has it; as bytes: replica_wire.h */
struct replica_msg {
	enum replica_type type;
	uint32_t nonce;       /* QUERY: its number; STATE: which it answers */
	struct replica_id to; /* STATE, ACK */
	/* Of those of the leader: in which it says that.  LEAD: the new one */
	struct replica_epoch epoch;
	struct replica_epoch before; /* LEAD: which it follows */
	uint64_t seq;                /* of the leader's; ACK: which */
	uint64_t nodes;           /* LEAD, STATE: in sync.  COPY: copied to */
	enum replica_state state; /* STATE */
	bool partial;             /* STATE */
	uint64_t params;          /* STATE: a digest of the disks' sizes */
	uint32_t piece;           /* PIECE */
};

enum replica_act {
	REPLICA_DO_STAND,  /* by for the endpoint; ELECTED: get it */
	REPLICA_DO_LEAD,   /* writes may come, and are answered some day */
	REPLICA_DO_ANSWER, /* the write that was given last is done */
	REPLICA_DO_COPY,   /* for the log: it is copied to, or copies */
	REPLICA_DO_SYNC,   /* for the log: it is in sync; or others are */
	REPLICA_DO_WAIT,   /* for the log: who is away */
	REPLICA_DO_REFUSE, /* another's disks have other sizes: OVER */
	REPLICA_DO_OVER,   /* end, and start anew */
};

/*
 * Called from within the functions below.  send: multicast, after those before
 * it; of a WRITE what it was given with goes along, of a PIECE what the images
 * have of it now.  apply: of WRITE, PIECE and FLUSH what came along is done to
 * the images.  keep: the record is durable, and all of the images, too.  Those
 * two return false, having logged why, if they fail.
 */
struct replica_ops {
	void (*send)(void *arg, const struct replica_msg *m, const void *data);
	bool (*apply)(void *arg, const struct replica_msg *m, const void *data);
	bool (*keep)(void *arg, const struct replica_record *record);
	void (*act)(void *arg, enum replica_act act, uint64_t nodes);
};

struct replica_config {
	struct replica_id id;
	uint64_t nodes;    /* that the configuration has */
	uint32_t nr_nodes; /* of the VM */
	uint32_t nr_pieces;
	uint64_t params;
	bool force; /* nobody away has newer images */
};

/* Of the view, by node */
struct replica_member {
	uint32_t pid;               /* 0: not there */
	bool asks;                  /* has said QUERY: it may be copied to */
	bool told;                  /* its STATE has come */
	uint64_t acked;             /* seq */
	struct replica_epoch epoch; /* these as it has told */
	enum replica_state state;
	uint64_t in_sync;
	bool partial;
	uint64_t params;
};

struct replica {
	struct replica_config is;
	const struct replica_ops *ops;
	void *arg;
	enum replica_state state;
	struct replica_record record;
	struct replica_member member[REPLICA_NODES];
	bool asking;    /* STATEs are to come, and until then it says nothing */
	uint32_t nonce; /* of what was asked last */
	bool granted;   /* it has the endpoint, and has not claimed yet */
	uint32_t ring;  /* nodes that are together */
	bool was_few;   /* of them; or, without a leader, half */
	uint64_t highest; /* count of any epoch that was heard of */

	/* COPYING and later */
	struct replica_id leader; /* pid 0: it has gone */
	struct replica_epoch epoch;
	uint64_t in_sync; /* nodes, without a break */
	uint64_t run;     /* nodes that are copied to, likewise */
	uint64_t seq;     /* done last */

	/* CLAIMING, LEADING: what was sent last */
	struct replica_epoch lead;
	uint64_t said; /* who is in sync, by that */
	uint64_t sent; /* seq */

	/* LEADING */
	bool enough;     /* nodes are together, so that nobody else leads */
	bool writing;    /* a write was sent, */
	bool written;    /* and is done here */
	uint64_t write;  /* its seq */
	uint32_t pieces; /* that were sent to those of the run */
	uint64_t last;   /* seq of what was sent to them last */
	bool ending;     /* it is the LEAD by which they are in sync */
};

void replica_init(struct replica *r, const struct replica_config *config,
		  const struct replica_record *record,
		  const struct replica_ops *ops, void *arg);

/*
 * The group has these members now, or, if this one is not among them, it has
 * left.  cut: a node has gone that may be alive elsewhere.
 */
void replica_view(struct replica *r, const struct replica_id *ids, uint32_t nr,
		  bool cut);
/* So many nodes of the VM reach each other; after a view that was cut. */
void replica_ring(struct replica *r, uint32_t nr);
void replica_deliver(struct replica *r, const struct replica_id *from,
		     const struct replica_msg *m, const void *data);

/* This process has the endpoint. */
void replica_promoted(struct replica *r);

/* It leads, and no write is under way. */
bool replica_may_write(const struct replica *r);
/* It leads, and, as far as it knows, nobody else does. */
bool replica_may_read(const struct replica *r);
/* If it may: WRITE or FLUSH, and ANSWER comes, unless it is over. */
void replica_write(struct replica *r, enum replica_type type, const void *data);
/* Who has not answered for long is not in sync any more. */
void replica_late(struct replica *r);

const char *replica_state_name(enum replica_state state);

/* A simulation puts faults into the machine, to see that it finds them. */
#ifdef REPLICA_FAULTS
extern int replica_fault;
#define REPLICA_FAULT(n) (replica_fault == (n))
#else
#define REPLICA_FAULT(n) 0
#endif

#endif /* MEMORY_REPLICA_H */
