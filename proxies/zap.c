// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "common/log.h"
#include "socket.h"
#include "zap.h"

#define WHERE     "inproc://zeromq.zap.01"
#define VERSION   "1.0"
#define KEY_BYTES 32
#define TEXT      256 /* the longest part */

/* Parts of a request */
enum part {
	PART_VERSION,
	PART_ID,
	PART_DOMAIN,
	PART_ADDRESS,
	PART_IDENTITY,
	PART_MECHANISM,
	PART_KEY,
	PARTS
};

struct request {
	unsigned char part[PARTS][TEXT + 1];
	size_t size[PARTS];
	int nr; /* also those that have no place here */
};

struct zap {
	void *zmq;
	pthread_t thread;

	pthread_mutex_t lock; /* of what follows */
	struct {
		bool known;
		unsigned char bytes[KEY_BYTES];
		char name[M3IPC_NAME_LEN];
	} key[M3IPC_MAX_NODES];
	struct {
		char address[WHY_PLACE];
		char reason[WHY_REASON];
	} refused[M3IPC_MAX_NODES];
};

/* Each part ends with a NUL that does not count: it may be read as text. */
static int receive_request(void *zmq, struct request *r)
{
	unsigned char spare[1] = { 0 };
	int more = 1, size;
	size_t len = sizeof(more);

	memset(r, 0, sizeof(*r));
	while (more) {
		bool fits = r->nr < PARTS;

		size = zmq_recv(zmq, fits ? r->part[r->nr] : spare,
				fits ? TEXT : sizeof(spare), 0);
		if (size < 0)
			return -1;
		if (fits)
			r->size[r->nr] = (size_t)size;
		r->nr++;
		if (zmq_getsockopt(zmq, ZMQ_RCVMORE, &more, &len))
			return -1;
	}
	return 0;
}

static bool part_is(const struct request *r, enum part part, const char *text)
{
	return r->size[part] == strlen(text) &&
	       !memcmp(r->part[part], text, r->size[part]);
}

/* The node that may connect there, or -1 */
static int requested_node(const struct request *r)
{
	char domain[SOCKET_DOMAIN_SIZE];
	int id;

	for (id = 0; id < M3IPC_MAX_NODES; id++) {
		snprintf(domain, sizeof(domain), SOCKET_DOMAIN "%d", id);
		if (part_is(r, PART_DOMAIN, domain))
			return id;
	}
	return -1;
}

static bool has_key_locked(const struct zap *z, const struct request *r, int id)
{
	return z->key[id].known &&
	       !memcmp(z->key[id].bytes, r->part[PART_KEY], KEY_BYTES);
}

/* Public keys are no secrets: who compares them finds whose it is. */
static void note_refusal_locked(struct zap *z, const struct request *r,
				int node)
{
	char reason[WHY_REASON], text[SETTINGS_KEY];
	int id = 0;

	snprintf(z->refused[node].address, WHY_PLACE, "%.60s",
		 (const char *)r->part[PART_ADDRESS]);
	while (id < M3IPC_MAX_NODES && !has_key_locked(z, r, id))
		id++;
	if (id < M3IPC_MAX_NODES)
		snprintf(reason, WHY_REASON,
			 "who connects has the key of node \"%s\"",
			 z->key[id].name);
	else
		snprintf(reason, WHY_REASON,
			 "who connects has the key %s, which is no node's",
			 zmq_z85_encode(text, r->part[PART_KEY], KEY_BYTES));
	memcpy(z->refused[node].reason, reason, WHY_REASON);
}

static bool zap_admits(struct zap *z, const struct request *r, int node)
{
	bool good;

	if (r->nr != PARTS || node < 0 || !part_is(r, PART_VERSION, VERSION) ||
	    !part_is(r, PART_MECHANISM, "CURVE") ||
	    r->size[PART_KEY] != KEY_BYTES)
		return false;
	pthread_mutex_lock(&z->lock);
	good = has_key_locked(z, r, node);
	if (!good)
		note_refusal_locked(z, r, node);
	pthread_mutex_unlock(&z->lock);
	return good;
}

static void send_reply_part(void *zmq, const void *data, size_t size, bool last)
{
	zmq_send(zmq, data, size, last ? 0 : ZMQ_SNDMORE);
}

static void send_reply_text(void *zmq, const char *text)
{
	send_reply_part(zmq, text, strlen(text), false);
}

static void zap_answer(struct zap *z, const struct request *r)
{
	int node = requested_node(r);
	bool good = zap_admits(z, r, node);
	size_t id = r->size[PART_ID] < TEXT ? r->size[PART_ID] : TEXT;
	char user[16] = "";

	if (good)
		snprintf(user, sizeof(user), "%d", node);
	send_reply_text(z->zmq, VERSION);
	send_reply_part(z->zmq, r->part[PART_ID], id, false);
	send_reply_text(z->zmq, good ? "200" : "400");
	send_reply_text(z->zmq, good ? "OK" : "not that node's key");
	send_reply_text(z->zmq, user);
	send_reply_part(z->zmq, "", 0, true);
}

/* Until the context is shut down */
static void *zap_serve(void *zap)
{
	struct zap *z = zap;
	struct request r;

	for (;;) {
		if (!receive_request(z->zmq, &r))
			zap_answer(z, &r);
		else if (errno != EINTR)
			break;
	}
	zmq_close(z->zmq);
	return NULL;
}

static struct zap *zap_fail(struct zap *z, const char *what)
{
	log_line(SD_ERR, "%s: %s", what, zmq_strerror(errno));
	if (z && z->zmq)
		zmq_close(z->zmq);
	free(z);
	return NULL;
}

struct zap *zap_start(void *context, const struct settings *set)
{
	struct zap *z = calloc(1, sizeof(*z));

	if (!z)
		return zap_fail(z, "calloc");
	z->zmq = zmq_socket(context, ZMQ_REP);
	if (!z->zmq || zmq_bind(z->zmq, WHERE))
		return zap_fail(z, WHERE);
	pthread_mutex_init(&z->lock, NULL);
	zap_set(z, set);
	errno = pthread_create(&z->thread, NULL, zap_serve, z);
	return errno ? zap_fail(z, "pthread_create") : z;
}

void zap_set(struct zap *z, const struct settings *set)
{
	int i;

	pthread_mutex_lock(&z->lock);
	memset(z->key, 0, sizeof(z->key));
	for (i = 0; i < set->nr_peers; i++) {
		const struct settings_node *peer = &set->peers[i];

		z->key[peer->id].known = zmq_z85_decode(z->key[peer->id].bytes,
							peer->public_key);
		memcpy(z->key[peer->id].name, peer->name, M3IPC_NAME_LEN);
	}
	pthread_mutex_unlock(&z->lock);
}

void zap_refused(struct zap *z, int node, char address[WHY_PLACE],
		 char reason[WHY_REASON])
{
	pthread_mutex_lock(&z->lock);
	memcpy(address, z->refused[node].address, WHY_PLACE);
	memcpy(reason, z->refused[node].reason, WHY_REASON);
	pthread_mutex_unlock(&z->lock);
}

void zap_stop(struct zap *z)
{
	pthread_join(z->thread, NULL);
	pthread_mutex_destroy(&z->lock);
	free(z);
}
