// SPDX-License-Identifier: GPL-2.0-or-later
/* The life of a link */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "link.h"

/* Besides those that the session keeps, some that ZeroMQ has not sent yet */
#define FRAMES (2 * SESSION_WINDOW)

static uint64_t fresh_number(void *arg)
{
	uint64_t number = 0;

	(void)arg;
	while (!number)
		if (getrandom(&number, sizeof(number), 0) !=
		    (ssize_t)sizeof(number))
			number = 0;
	return number;
}

static void release_frame(void *arg, void *frame)
{
	(void)arg;
	frame_drop(NULL, frame);
}

static const struct session_ops link_session_ops = { .fresh = fresh_number,
						     .release = release_frame };

void link_notify(const struct link *l, int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0)
		log_line(SD_ERR, "%s: eventfd: %m", l->name);
}

void link_thread_begin(struct link *l, int *tid)
{
	*tid = gettid();
	sem_post(&l->known);
	sem_wait(&l->go);
}

void link_thread_end(struct link *l)
{
	atomic_fetch_sub(&l->running, 1);
	link_notify(l, l->report);
}

static void log_break_locked(struct link *l)
{
	const struct session *s = &l->session;
	bool theirs = s->cause == SESSION_GAVE_UP && s->peer_cause;

	why_set(&l->why, WHY_BREAK,
		s->cause == SESSION_SILENCE ? l->place[WHY_IN] :
		s->cause == SESSION_STUCK   ? l->place[WHY_OUT] :
					      "",
		session_cause_name(s->cause));
	if (theirs)
		snprintf(l->why.side[WHY_BREAK].reason, WHY_REASON, "%s: %s",
			 session_cause_name(s->cause),
			 session_cause_name(s->peer_cause));
	log_line(SD_WARNING, "%s: link broken: %s%s%s", l->name,
		 l->why.side[WHY_BREAK].place,
		 *l->why.side[WHY_BREAK].place ? ": " : "",
		 l->why.side[WHY_BREAK].reason);
}

static void log_interruption_locked(struct link *l)
{
	const char *place = l->place[l->session.cut ? WHY_OUT : WHY_IN];
	char reason[WHY_REASON];

	if (l->session.cut)
		strcpy(reason, "the connection is lost");
	else
		snprintf(reason, sizeof(reason), "nothing comes for %d ms",
			 l->session.times.silence);
	why_set(&l->why, l->session.cut ? WHY_OUT : WHY_IN, place, reason);
	log_line(SD_NOTICE, "%s: link interrupted: %s: %s", l->name, place,
		 reason);
}

/* Once for each change; a break that is over already is one too. */
static void log_change_locked(struct link *l)
{
	const struct session *s = &l->session;

	if (l->shown_epochs != s->epochs)
		log_break_locked(l);
	l->shown_epochs = s->epochs;
	if (s->state == l->shown)
		return;
	if (s->state == SESSION_INTERRUPTED) {
		log_interruption_locked(l);
	} else if (s->state == SESSION_UP) {
		why_clear(&l->why);
		log_line(SD_NOTICE, "%s: link %s", l->name,
			 l->shown == SESSION_INTERRUPTED ? "is back" : "up");
	} else {
		log_line(SD_DEBUG, "%s: %s", l->name,
			 session_state_name(s->state));
	}
	l->shown = s->state;
	l->since = log_now();
	link_notify(l, l->report);
}

void link_connect_locked(struct link *l, int64_t now)
{
	int rc;

	if (l->gone || !session_todo(&l->session, SESSION_CONNECT))
		return;
	rc = mnx_proxy_conn(l->peer, CONNECT_SPROXY);
	if (!rc)
		rc = mnx_proxy_conn(l->peer, CONNECT_RPROXY);
	if (rc)
		link_gone_locked(l, "proxy_conn", rc);
	else
		session_connected(&l->session, now);
	log_change_locked(l);
}

static void link_disconnect_locked(struct link *l, int64_t now)
{
	int rc = mnx_proxy_conn(l->peer, DISCONNECT_SPROXY);

	if (!rc)
		rc = mnx_proxy_conn(l->peer, DISCONNECT_RPROXY);
	if (rc)
		link_gone_locked(l, "proxy_conn", rc);
	session_disconnected(&l->session, now);
}

void link_apply_locked(struct link *l, int64_t now)
{
	if (!l->gone && session_todo(&l->session, SESSION_DISCONNECT))
		link_disconnect_locked(l, now);
	log_change_locked(l);
}

void link_gone_locked(struct link *l, const char *call, int rc)
{
	if (l->gone)
		return;
	l->gone = true;
	if (l->session.state != SESSION_ENDED)
		log_line(SD_ERR, "%s: link ended: %s: %s", l->name, call,
			 mnx_strerror(rc));
}

size_t link_control_locked(struct link *l, unsigned int kinds,
			   unsigned char bytes[WIRE_HELLO_SIZE], int64_t now)
{
	struct wire_header h;

	if (!session_control(&l->session, kinds, &h, now))
		return 0;
	if (h.type == WIRE_HELLO) {
		l->hello.cause = l->session.cause;
		wire_put_hello(bytes, &h, &l->hello);
		return WIRE_HELLO_SIZE;
	}
	wire_put(bytes, &h);
	return WIRE_HEADER;
}

/* So long the driver lets its processes wait for a peer that says nothing. */
static void tell_timeout(const struct link *l)
{
	int rc = mnx_proxy_timeout(l->peer, l->session.times.link_timeout);

	if (rc)
		log_line(SD_WARNING, "%s: proxy_timeout: %s", l->name,
			 mnx_strerror(rc));
}

/* What an earlier proxy left; whether there was any does not matter. */
static int register_pair(struct link *l)
{
	int rc;

	mnx_node_down(l->peer);
	mnx_proxies_unbind(l->peer);
	rc = mnx_proxies_bind(l->name, l->peer, l->sender_tid, l->receiver_tid,
			      l->set.maxbytes);
	if (rc) {
		log_line(SD_ERR, "%s: proxies_bind: %s", l->name,
			 mnx_strerror(rc));
		return rc;
	}
	tell_timeout(l);
	rc = mnx_node_up(l->name, l->peer, l->peer);
	if (rc)
		log_line(SD_ERR, "%s: node_up: %s", l->name, mnx_strerror(rc));
	return rc;
}

/* Both wait for "go", which comes when the driver knows them. */
static int start_link_threads(struct link *l)
{
	if (pthread_create(&l->sender, NULL, link_sender, l))
		return -1;
	l->running = 1;
	if (pthread_create(&l->receiver, NULL, link_receiver, l))
		return -1;
	l->running = 2;
	sem_wait(&l->known);
	sem_wait(&l->known);
	return 0;
}

static void link_free(struct link *l)
{
	socket_close(&l->in, 0);
	socket_close(&l->out, 0);
	if (l->pool)
		frame_pool_free(l->pool);
	if (l->wake >= 0)
		close(l->wake);
	sem_destroy(&l->known);
	sem_destroy(&l->go);
	pthread_mutex_destroy(&l->lock);
	settings_wipe(&l->set);
	free(l);
}

static struct link *link_new(void *context, struct zap *zap,
			     const struct settings *set,
			     const struct settings_node *peer, int report)
{
	struct link *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->peer = peer->id;
	memcpy(l->name, peer->name, sizeof(l->name));
	l->context = context;
	l->zap = zap;
	l->report = report;
	l->set = *set;
	pthread_mutex_init(&l->lock, NULL);
	sem_init(&l->known, 0, 0);
	sem_init(&l->go, 0, 0);
	session_init(&l->session, set->local.id, peer->id, &set->times,
		     &link_session_ops, l, log_now());
	l->since = log_now();
	hello_fill(&l->hello, set, peer, fresh_number(NULL));
	link_places_locked(l);
	l->pool = frame_pool_new(FRAMES, (size_t)set->maxbytes);
	l->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (l->pool && l->wake >= 0)
		return l;
	log_line(SD_ERR, "%s: %m", l->name);
	link_free(l);
	return NULL;
}

/* The port first: if another proxy has it, that one keeps the pair too. */
struct link *link_start(void *context, struct zap *zap,
			const struct settings *set,
			const struct settings_node *peer, int report)
{
	struct link *l = link_new(context, zap, set, peer, report);

	if (!l)
		return NULL;
	if (socket_listen(&l->in, context, set, peer) ||
	    socket_connect(&l->out, context, set, peer)) {
		link_free(l);
		return NULL;
	}
	if (start_link_threads(l) || register_pair(l)) {
		link_stop(l);
		return NULL;
	}
	sem_post(&l->go);
	sem_post(&l->go);
	return l;
}

static void wake_link_locked(struct link *l)
{
	if (l->polling)
		link_notify(l, l->wake);
	else if (l->running)
		pthread_kill(l->sender, SIGUSR2);
}

/* Does the sender have to make its connection anew? */
static bool connects_differently(const struct settings_node *a,
				 const struct settings_node *b)
{
	return a->port != b->port || strcmp(a->address, b->address) != 0 ||
	       strcmp(a->public_key, b->public_key) != 0;
}

/* Does the receiver?  A connection stays admitted when its key no longer is. */
static bool listens_differently(const struct settings_node *a,
				const struct settings_node *b)
{
	return a->port != b->port || strcmp(a->public_key, b->public_key) != 0;
}

/* A peer that is not there any more stays as it was, but for its key. */
void link_set(struct link *l, const struct settings *set)
{
	const struct settings_node *old, *new = settings_peer_id(set, l->peer);

	pthread_mutex_lock(&l->lock);
	session_set_times(&l->session, &set->times);
	if (!l->gone)
		tell_timeout(l);
	if (new) {
		old = settings_peer_id(&l->set, l->peer);
		l->renew = l->renew || connects_differently(old, new);
		l->relisten = l->relisten || listens_differently(old, new);
		l->set = *set;
		hello_fill(&l->hello, set, new, l->hello.start);
		link_places_locked(l);
	} else {
		l->relisten = true;
		log_line(SD_WARNING,
			 "%s is no node any more: start again to end its link",
			 l->name);
	}
	wake_link_locked(l);
	pthread_mutex_unlock(&l->lock);
}

void link_drain(struct link *l)
{
	pthread_mutex_lock(&l->lock);
	l->draining = true;
	wake_link_locked(l);
	pthread_mutex_unlock(&l->lock);
}

bool link_drained(struct link *l)
{
	bool drained;

	pthread_mutex_lock(&l->lock);
	drained = l->gone || (!l->session.taking && session_idle(&l->session));
	pthread_mutex_unlock(&l->lock);
	return drained;
}

/* A signal may come just before a thread blocks: again until they have ended */
static void end_link_threads(struct link *l)
{
	const struct timespec pause = { .tv_nsec = 10000000 };

	sem_post(&l->go);
	sem_post(&l->go);
	while (l->running) {
		link_notify(l, l->wake);
		pthread_kill(l->sender, SIGUSR2);
		if (l->receiver)
			pthread_kill(l->receiver, SIGUSR2);
		nanosleep(&pause, NULL);
	}
	if (l->sender)
		pthread_join(l->sender, NULL);
	if (l->receiver)
		pthread_join(l->receiver, NULL);
}

void link_stop(struct link *l)
{
	int64_t now = log_now();

	pthread_mutex_lock(&l->lock);
	session_stop(&l->session, now);
	link_apply_locked(l, now);
	pthread_mutex_unlock(&l->lock);
	end_link_threads(l);
	/* Else it may be another's by now. */
	if (!l->gone) {
		mnx_node_down(l->peer);
		mnx_proxies_unbind(l->peer);
	}
	link_free(l);
}

bool link_is_up(struct link *l)
{
	bool up;

	pthread_mutex_lock(&l->lock);
	up = l->session.state == SESSION_UP;
	pthread_mutex_unlock(&l->lock);
	return up;
}

bool link_state_changed(struct link *l)
{
	struct link_state now = { .name = "" };

	pthread_mutex_lock(&l->lock);
	snprintf(now.name, sizeof(now.name), "%s",
		 session_state_name(l->session.state));
	why_print(&l->why, now.why, sizeof(now.why));
	pthread_mutex_unlock(&l->lock);
	if (!strcmp(now.name, l->published.name) &&
	    !strcmp(now.why, l->published.why))
		return false;
	l->published = now;
	return true;
}

bool link_is_gone(struct link *l)
{
	return !l->running;
}

void link_log_stats(struct link *l)
{
	struct stats *copy = malloc(sizeof(*copy));

	if (!copy)
		return;
	pthread_mutex_lock(&l->lock);
	*copy = l->stats;
	pthread_mutex_unlock(&l->lock);
	stats_log(copy, l->name);
	free(copy);
}
