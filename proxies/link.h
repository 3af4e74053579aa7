/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A link: the pair of proxies for one peer.
 *
 * The sender takes commands out of the driver and sends them from where the
 * driver put them; the receiver puts what arrives into the driver.  Each has
 * its own socket, which nobody else touches.  They share the session, under
 * the lock of the link; the driver is connected and disconnected under it too,
 * so that it and the session always agree.
 *
 * Nothing blocks under the lock: not the driver's commands, not a socket.  The
 * sender, that blocks in the driver while the link is up, is woken by SIGUSR2
 * if the receiver finds something for it to do; else by an eventfd.
 */
#ifndef _PROXIES_LINK_H
#define _PROXIES_LINK_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include <molipc/molipc.h>

#include "common/link_state.h"
#include "common/log.h"
#include "frame.h"
#include "session.h"
#include "hello.h"
#include "socket.h"
#include "stats.h"
#include "why.h"
#include "zap.h"

struct link {
	int peer; /* node, and pair of proxies */
	char name[M3IPC_NAME_LEN];
	void *context;
	struct zap *zap; /* NULL: insecure */
	struct frame_pool *pool;
	int wake;   /* eventfd that the sender polls */
	int report; /* eventfd of the main thread: changes, ends */

	pthread_mutex_t lock; /* of what follows */
	struct settings set;
	struct session session;
	struct stats stats;
	enum session_state shown; /* in the log */
	uint64_t shown_epochs;
	int64_t since; /* when it has got into the state that is shown */
	struct why why;
	struct log_limit why_limit;
	char place[WHY_BREAK][WHY_PLACE]; /* of its two connections */
	struct wire_hello hello;          /* what is said of this node */
	struct wire_hello met; /* what the peer has said; start 0: nothing */
	bool polling;          /* the sender waits for "wake" */
	bool draining;         /* nothing is taken any more */
	bool gone;             /* the driver does not know the pair: over */
	bool renew;            /* the sender makes its connection anew */
	bool relisten;         /* the receiver listens anew */

	/* Of the main thread: what it has made known */
	struct link_state published;

	/* Of its thread */
	struct sockets out;
	struct sockets in;

	atomic_int running; /* threads */
	pthread_t sender;
	pthread_t receiver;
	int sender_tid;
	int receiver_tid;
	sem_t known; /* the thread ids are */
	sem_t go;
};

/* Listens and registers with the driver; NULL if that fails, logged. */
struct link *link_start(void *context, struct zap *zap,
			const struct settings *set,
			const struct settings_node *peer, int report);

/* New times, addresses and keys; a connection is made anew if it has to. */
void link_set(struct link *l, const struct settings *set);

/* No more is taken from the driver; what is kept may still arrive. */
void link_drain(struct link *l);
bool link_drained(struct link *l);

/* Tells the peer, ends the threads, unregisters. */
void link_stop(struct link *l);

bool link_is_up(struct link *l);

/* What it is and why, for others to see: true if that has changed. */
bool link_state_changed(struct link *l);
/* Its threads have ended by themselves: the driver ended it. */
bool link_is_gone(struct link *l);
void link_log_stats(struct link *l);

/* For the threads */

/*
 * Each begins and ends with these: it tells its thread id and waits until the
 * driver knows both threads; the main thread is told that it has ended.
 */
void link_thread_begin(struct link *l, int *tid);
void link_thread_end(struct link *l);

/* Counts an eventfd of the link up, so that who polls it wakes. */
void link_notify(const struct link *l, int fd);

/*
 * Disconnects the driver if the session wants that, and logs changes; the lock
 * is held.  Only the sender connects: then it is not in the driver with
 * commands of the epoch before.
 */
void link_apply_locked(struct link *l, int64_t now);
void link_connect_locked(struct link *l, int64_t now);

/* The driver is not there any more, or not for this pair; lock held. */
void link_gone_locked(struct link *l, const char *call, int rc);

/*
 * The next control frame to be sent of these kinds, at most WIRE_HELLO_SIZE
 * bytes: how many, or 0 if there is none.  Lock held.
 */
size_t link_control_locked(struct link *l, unsigned int kinds,
			   unsigned char bytes[WIRE_HELLO_SIZE], int64_t now);

/* In link_why.c: what is wrong with a link.  The lock is held. */

/* Where the connections of the link lead, by its settings */
void link_places_locked(struct link *l);

/*
 * Notes what is wrong with a connection, "" if nothing is; it goes to the log
 * if it is new.  A place that is NULL is that of the connection.
 */
void link_why_locked(struct link *l, enum why_side side, const char *place,
		     const char *fmt, ...) PRINTF_LIKE(4, 5);

/* A handshake has failed. */
void link_fault_locked(struct link *l, enum why_side side,
		       enum socket_fault fault);

/* A frame, of which the header is `bytes' if it is a whole one, is refused. */
struct refused_frame {
	enum wire_error error;
	const void *bytes;
	const struct wire_header *header;
	const char *from; /* who sent it, or NULL */
};

void link_refuse_locked(struct link *l, enum why_side side,
			struct log_limit *limit,
			const struct refused_frame *frame, int64_t now);

/* The peer says that of itself: false if there can be no link with it. */
bool link_meet_locked(struct link *l, enum why_side side, const char *from,
		      const struct wire_hello *hello);

/* To be called now and then while it is not up: why nothing comes */
void link_judge_locked(struct link *l, int64_t now);

/* How often a socket is asked for what is not urgent, in ms */
#define LINK_LOOK_EVERY 20

void *link_sender(void *link);
void *link_receiver(void *link);

#endif /* _PROXIES_LINK_H */
