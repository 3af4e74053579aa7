// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Histories of two sessions over a bad transport.
 *
 *	session [SEED [COUNT]]
 *
 * Each side has a driver, that is connected or not and numbers the commands
 * of an epoch (from CONNECT to DISCONNECT); a sender, that may be in the driver
 * for any time; and a receiver, that takes its time to deliver.  A history is
 * some time of trouble, with restarts of either side, and then peace.
 *
 * At each delivery: both epochs belong to each other and to no other, and the
 * number is the next.  In the end: both are connected, in epochs that belong to
 * each other, and all that was sent in them has arrived.  If nothing but some
 * loss happened, no epoch has ended.
 *
 * Then the connection that one side makes is dead for a while, with the answers
 * that come back on it: neither side is connected after link_timeout, and none
 * becomes it until the connection lives.  And nobody says that the other one
 * started again who did not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session.h"
#include "transport.h"

#define HISTORIES   3000
#define EPOCHS      4096
#define PEACE_MS    60000
#define MAX_SHOWN   10
#define GENTLE_LOSS 15 /* percent */

struct side {
	struct session s;
	struct transport to_me;
	uint64_t start;
	bool dead;  /* the connection that it makes */
	bool heard; /* somebody, to whom it can answer */

	/* the driver */
	bool connected;
	int epoch;
	int sent; /* in this epoch, as are these */
	int delivered;
	bool ended[EPOCHS];
	int partner[EPOCHS]; /* the peer's epoch, or 0 */

	/* the sender */
	struct cargo *taken;

	/* the receiver */
	struct cargo delivery;
	uint64_t delivery_epochs;
};

struct world {
	struct dice dice;
	struct trouble trouble;
	unsigned int restart;   /* in 1000 */
	unsigned int interrupt; /* so too */
	unsigned int restarts;  /* so far */
	int64_t silent_until;
	int64_t now;
	uint64_t numbers;
	struct side side[2];
	const char *wrong;
};

static const struct session_times times = {
	.heartbeat = 200,
	.silence = 400,
	.link_timeout = 1000,
	.reconnect = 200,
	.retry = 50,
	.ack_delay = 20,
};

static uint64_t fresh(void *arg)
{
	struct world *w = arg;

	w->numbers++;
	return w->numbers;
}

static void release(void *arg, void *frame)
{
	(void)arg;
	free(frame);
}

static const struct session_ops ops = { .fresh = fresh, .release = release };

static struct side *peer_of(struct world *w, const struct side *me)
{
	return &w->side[me == &w->side[0]];
}

static void wrong(struct world *w, const char *what)
{
	if (!w->wrong)
		w->wrong = what;
}

/* A direct frame goes on our connection, an answer on the peer's. */
static void send(struct world *w, struct side *me, struct flight *f)
{
	const struct side *whose = f->way == SESSION_DIRECT ? me :
							      peer_of(w, me);

	f->hello = (struct wire_hello){
		.start = me->start,
		.cause = me->s.cause,
	};
	if (w->now < w->silent_until || whose->dead)
		return;
	transport_send(&peer_of(w, me)->to_me, &w->dice, &w->trouble, f,
		       w->now);
}

static void disconnect(struct side *me)
{
	if (me->connected)
		me->ended[me->epoch] = true;
	me->connected = false;
}

static void connect(struct world *w, struct side *me)
{
	if (me->s.taking || me->s.delivering)
		wrong(w, "connected while a thread is with the old epoch");
	if (me->connected || me->epoch + 1 == EPOCHS)
		wrong(w, "connected twice");
	else
		me->epoch++;
	me->connected = true;
	me->sent = 0;
	me->delivered = 0;
}

static void settle(struct world *w, struct side *me)
{
	if (session_todo(&me->s, SESSION_DISCONNECT)) {
		disconnect(me);
		session_disconnected(&me->s, w->now);
	}
	if (session_todo(&me->s, SESSION_CONNECT)) {
		connect(w, me);
		session_connected(&me->s, w->now);
	}
	if (session_todo(&me->s, SESSION_RECONNECT) && !me->dead) {
		if (dice_hit(&w->dice, 50))
			peer_of(w, me)->to_me.nr = 0;
		session_transport(&me->s, true, w->now);
	}
}

static void send_control(struct world *w, struct side *me, enum session_way way)
{
	struct flight f = { .way = way };
	unsigned int kinds = way == SESSION_DIRECT ? SESSION_OUT_OWN :
						     SESSION_OUT_ANSWERS;

	while (session_control(&me->s, kinds, &f.h, w->now))
		send(w, me, &f);
}

/* What both connections would take is sent on one of them. */
static void send_all(struct world *w, struct side *me)
{
	struct flight f = { .way = SESSION_DIRECT };
	struct cargo *cargo;

	while (!dice_hit(&w->dice, 10) &&
	       (cargo = session_next(&me->s, &f.h))) {
		f.h.ncmds = 1;
		f.cargo = *cargo;
		send(w, me, &f);
		session_sent(&me->s, true, w->now);
	}
	if (me->heard && dice_hit(&w->dice, 50))
		send_control(w, me, SESSION_ANSWER);
	send_control(w, me, SESSION_DIRECT);
	if (me->heard)
		send_control(w, me, SESSION_ANSWER);
}

/* May be said of a peer only after this */
static void check_restart(struct world *w, const struct side *me,
			  uint64_t epochs)
{
	if (me->s.epochs != epochs && me->s.cause == SESSION_RESTART &&
	    !w->restarts)
		wrong(w, "a peer did not start again");
}

/* Goes into the driver, gets a command there, comes back: each in its time. */
static void sender(struct world *w, struct side *me, bool sends)
{
	if (!me->s.taking) {
		if (sends || dice_hit(&w->dice, 50))
			session_take(&me->s);
	} else if (me->taken) {
		if (!session_submit(&me->s, me->taken, w->now))
			free(me->taken);
		me->taken = NULL;
	} else if (sends && me->connected) {
		me->taken = malloc(sizeof(*me->taken));
		if (!me->taken)
			abort();
		*me->taken = (struct cargo){ me->epoch, ++me->sent };
	} else {
		session_took_nothing(&me->s);
	}
}

static void check_delivery(struct world *w, struct side *me,
			   const struct cargo *c)
{
	struct side *peer = peer_of(w, me);
	int *mine = &me->partner[me->epoch];
	int *theirs = &peer->partner[c->epoch];

	if (*mine && *mine != c->epoch)
		wrong(w, "delivered in an epoch of another one");
	if (*theirs && *theirs != me->epoch)
		wrong(w, "an epoch was delivered in two");
	*mine = c->epoch;
	*theirs = me->epoch;
	if (c->number <= me->delivered)
		wrong(w, "delivered twice or out of order");
	else if (c->number != me->delivered + 1)
		wrong(w, "something is missing");
	me->delivered = c->number;
}

static void finish_delivery(struct world *w, struct side *me)
{
	bool refused = !me->connected;

	if (!refused)
		check_delivery(w, me, &me->delivery);
	session_delivered(&me->s, w->now);
	if (refused && me->s.epochs == me->delivery_epochs)
		session_fail(&me->s, w->now);
}

static void receiver(struct world *w, struct side *me)
{
	uint64_t epochs = me->s.epochs;
	const struct wire_hello *hello;
	struct flight f;

	if (me->s.delivering && dice_hit(&w->dice, 70))
		finish_delivery(w, me);
	while (transport_receive(&me->to_me, &f, !me->s.delivering, w->now)) {
		hello = f.h.type == WIRE_HELLO ? &f.hello : NULL;
		if (f.way == SESSION_DIRECT)
			me->heard = true;
		if (session_frame(&me->s, &f.h, hello, f.way, w->now) !=
		    SESSION_DELIVER)
			continue;
		me->delivery = f.cargo;
		me->delivery_epochs = me->s.epochs;
		if (dice_hit(&w->dice, 80))
			finish_delivery(w, me);
	}
	check_restart(w, me, epochs);
}

/* The session goes with its frames. */
static void end_side(struct world *w, struct side *me)
{
	session_stop(&me->s, w->now);
	if (dice_hit(&w->dice, 50))
		send_all(w, me);
	free(me->taken);
	me->taken = NULL;
	disconnect(me);
}

static void start_side(struct world *w, int i)
{
	w->side[i].start = fresh(w);
	w->side[i].heard = false;
	session_init(&w->side[i].s, i, !i, &times, &ops, w, w->now);
}

/* What happens to a side now and then */
static void mishap(struct world *w, int i)
{
	struct side *me = &w->side[i];

	if (dice_throw(&w->dice, 1000) < w->restart) {
		end_side(w, me);
		start_side(w, i);
		w->restarts++;
	}
	if (dice_throw(&w->dice, 1000) < w->interrupt)
		w->silent_until = w->now + dice_throw(&w->dice, 2000);
	if (dice_throw(&w->dice, 1000) < w->interrupt)
		session_transport(&me->s, dice_hit(&w->dice, 50), w->now);
	if (dice_throw(&w->dice, 1000) < w->restart)
		session_fail(&me->s, w->now);
}

static void step(struct world *w, bool sends)
{
	int i;

	w->now += 1 + dice_throw(&w->dice, 10);
	for (i = 0; i < 2; i++) {
		struct side *me = &w->side[i];

		receiver(w, me);
		session_tick(&me->s, w->now);
		settle(w, me);
		sender(w, me, sends);
		settle(w, me);
		send_all(w, me);
	}
}

static bool is_even(const struct side *a, const struct side *b)
{
	return a->connected && session_idle(&a->s) && !a->taken &&
	       !a->s.taking && b->delivered == a->sent &&
	       a->partner[a->epoch] == b->epoch;
}

/* In peace all arrives: commands of both, so that epochs get a partner. */
static void make_peace(struct world *w)
{
	const struct side *a = &w->side[0], *b = &w->side[1];
	int64_t end = w->now + PEACE_MS, talk;

	w->trouble = (struct trouble){ 0 };
	w->silent_until = 0;
	session_transport(&w->side[0].s, true, w->now);
	session_transport(&w->side[1].s, true, w->now);
	while (!w->wrong && w->now < end) {
		talk = w->now + 500;
		while (w->now < talk)
			step(w, true);
		talk = w->now + 500;
		while (w->now < talk && !(is_even(a, b) && is_even(b, a)))
			step(w, false);
		if (a->sent && b->sent && is_even(a, b) && is_even(b, a))
			return;
	}
	wrong(w, "no progress in peace");
}

/* Who has said nothing for long can say something.  (Late frames: session.c) */
static void rest(struct world *w)
{
	const struct session *a = &w->side[0].s, *b = &w->side[1].s;
	int epochs = w->side[0].epoch + w->side[1].epoch;
	int64_t end = w->now + 10 * times.link_timeout;

	while (w->now < end)
		step(w, false);
	make_peace(w);
	if (w->side[0].epoch + w->side[1].epoch != epochs &&
	    (a->cause == SESSION_STUCK || b->cause == SESSION_STUCK))
		wrong(w, "a rest broke the link");
}

/* Whose connection is dead: one or the other; that may be known or not. */
static void be_half_dead(struct world *w)
{
	struct side *a = &w->side[dice_throw(&w->dice, 2)];
	const struct side *b = peer_of(w, a);
	int64_t end = w->now + 3 * times.link_timeout;
	int epochs;

	a->dead = true;
	if (dice_hit(&w->dice, 50))
		session_transport(&a->s, false, w->now);
	while (w->now < end)
		step(w, true);
	epochs = a->epoch + b->epoch;
	end = w->now + 5 * times.link_timeout;
	while (w->now < end && !w->wrong) {
		step(w, true);
		if (a->connected || b->connected ||
		    a->epoch + b->epoch != epochs)
			wrong(w, "connected though one way is dead");
	}
	a->dead = false;
	make_peace(w);
}

/* Whose partner has ended has ended too, but for the two that go on. */
static void check_ends(struct world *w)
{
	const struct side *a = &w->side[0], *b = &w->side[1];
	int e;

	for (e = 1; e <= a->epoch; e++)
		if (a->partner[e] && a->ended[e] != b->ended[a->partner[e]])
			wrong(w, "a break was not seen by both");
}

/* Frames that are very late may break a link, see session.c. */
static bool is_gentle(const struct world *w)
{
	return w->trouble.loss <= GENTLE_LOSS && !w->trouble.twice &&
	       !w->trouble.late && !w->restart && !w->interrupt;
}

static void prepare(struct world *w, uint64_t seed)
{
	memset(w, 0, sizeof(*w));
	w->dice.state = seed;
	w->now = 1000;
	w->trouble.loss = dice_throw(&w->dice, 3) * dice_throw(&w->dice, 25);
	w->trouble.twice = dice_throw(&w->dice, 2) * dice_throw(&w->dice, 20);
	w->trouble.late = dice_throw(&w->dice, 2) * dice_throw(&w->dice, 15);
	w->restart = dice_throw(&w->dice, 3) * dice_throw(&w->dice, 10);
	w->interrupt = dice_throw(&w->dice, 3) * dice_throw(&w->dice, 5);
	start_side(w, 0);
	start_side(w, 1);
}

static const char *history(struct world *w, uint64_t seed)
{
	unsigned int steps;
	bool gentle;

	prepare(w, seed);
	gentle = is_gentle(w);
	for (steps = 100 + dice_throw(&w->dice, 900); steps && !w->wrong;
	     steps--) {
		mishap(w, (int)dice_throw(&w->dice, 2));
		step(w, dice_hit(&w->dice, 70));
	}
	make_peace(w);
	if (!w->wrong)
		rest(w);
	if (gentle && w->side[0].epoch + w->side[1].epoch != 2)
		wrong(w, "loss alone broke the link");
	if (!w->wrong)
		be_half_dead(w);
	check_ends(w);
	end_side(w, &w->side[0]);
	end_side(w, &w->side[1]);
	return w->wrong;
}

int main(int argc, char **argv)
{
	static struct world w;
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	long count = argc > 2 ? atol(argv[2]) : argc > 1 ? 1 : HISTORIES;
	long i, failed = 0, epochs = 0, resent = 0;
	const char *what;

	for (i = 0; i < count; i++, seed++) {
		what = history(&w, seed);
		epochs += w.side[0].epoch + w.side[1].epoch;
		resent += (long)w.side[0].s.resent;
		if (what && failed++ < MAX_SHOWN)
			printf("seed %llu: %s\n", (unsigned long long)seed,
			       what);
	}
	printf("%ld histories, %ld epochs, %ld frames sent again\n", count,
	       epochs, resent);
	printf("%ld passed, %ld failed\n", count - failed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
