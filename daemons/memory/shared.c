// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "replica_file.h"
#include "shared.h"
#include "shared_data.h"
#include "standby.h"
#include "systask/group.h"

/* How long a client waits for others, and those for one of them, in ms */
#define PATIENCE      10000
#define PATIENCE_EACH 4000
#define LOOK          500
#define LOOK_VM       1000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* The machine stands, leads, may write again, or has answered. */
static pthread_cond_t changed;

static struct replica replica;
static struct group *group;
static struct wire_parts parts[REPLICA_NODES];
static const char *const *names; /* of nodes, by number */
static bool stands, leads, answered;

/* What the machine waits for, and since when */
static struct {
	uint64_t what[4];
	int64_t since;
} waits;

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* What the machine asks for */

static void part_send(void *arg, const void *part, size_t size)
{
	(void)arg;
	group_send(group, part, size);
}

static void __attribute__((noreturn)) end_now(void)
{
	_exit(EXIT_FAILURE);
}

static void shared_send(void *arg, const struct replica_msg *m,
			const void *data)
{
	struct wire_data piece;

	if (m->type == REPLICA_PIECE) {
		piece = shared_data_piece(m->piece);
		if (!piece.bytes)
			end_now();
		data = &piece;
	}
	wire_put(m, data, part_send, arg);
}

static bool shared_apply(void *arg, const struct replica_msg *m,
			 const void *data)
{
	(void)arg;
	switch (m->type) {
	case REPLICA_WRITE:
		return shared_data_take_write(data);
	case REPLICA_PIECE:
		return shared_data_take_piece(data);
	case REPLICA_FLUSH:
		return shared_data_flush();
	default:
		return true;
	}
}

static bool shared_keep(void *arg, const struct replica_record *record)
{
	(void)arg;
	return shared_data_flush() && replica_file_write(record);
}

/* Their names, for the log */
static const char *nodes_text(uint64_t nodes)
{
	static char text[256];
	size_t at = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < REPLICA_NODES && at < sizeof(text); i++)
		if (nodes >> i & 1)
			at += (size_t)snprintf(text + at, sizeof(text) - at,
					       "%s%s", at ? ", " : "",
					       names[i] ? names[i] : "?");
	return text;
}

static void shared_act(void *arg, enum replica_act act, uint64_t nodes)
{
	(void)arg;
	switch (act) {
	case REPLICA_DO_STAND:
		stands = true;
		break;
	case REPLICA_DO_LEAD:
		leads = true;
		break;
	case REPLICA_DO_ANSWER:
		answered = true;
		break;
	case REPLICA_DO_COPY:
		log_line(SD_NOTICE,
			 leads ? "the disks are copied to %s" :
				 "the disks are copied from %s",
			 nodes_text(nodes));
		break;
	case REPLICA_DO_SYNC:
		log_line(SD_NOTICE, "in sync: %s", nodes_text(nodes));
		break;
	case REPLICA_DO_WAIT:
		log_line(SD_NOTICE,
			 "waiting for nodes whose disks may be newer: %s",
			 nodes_text(nodes));
		break;
	case REPLICA_DO_REFUSE:
		log_line(SD_ERR, "another node's disks have other names or "
				 "sizes, or are others");
		end_now();
	case REPLICA_DO_OVER:
		log_line(SD_NOTICE, "not in sync any more: begins anew");
		end_now();
	}
}

/* What the group delivers */

static void follow_view(void *arg, const struct slots_view *view)
{
	struct replica_id ids[SLOTS_MEMBERS];
	bool cut = false;

	(void)arg;
	for (uint32_t i = 0; i < view->nr; i++)
		ids[i] = (struct replica_id){ view->id[i].node,
					      view->id[i].pid };
	for (uint32_t i = 0; i < view->nr_left; i++)
		if (view->left[i].reason == SLOTS_NODEDOWN)
			cut = true;
	replica_view(&replica, ids, view->nr, cut);
}

static void follow_deliver(void *arg, const struct slots_id *from,
			   const void *data, size_t size)
{
	const struct replica_id id = { from->node, from->pid };
	struct replica_msg m;
	struct wire_data rest;

	(void)arg;
	if (id.node < REPLICA_NODES &&
	    wire_take(&parts[id.node], data, size, &m, &rest))
		replica_deliver(&replica, &id, &m, &rest);
}

static void follow_ring(void *arg, uint64_t nodes)
{
	(void)arg;
	replica_ring(&replica, (uint32_t)__builtin_popcountll(nodes));
}

/* Time */

static bool machine_waits(void)
{
	const uint64_t what[4] = { replica.nonce, replica.write, replica.last,
				   replica.lead.count };

	if (memcmp(what, waits.what, sizeof(what)) != 0) {
		memcpy(waits.what, what, sizeof(what));
		waits.since = now_ms();
	}
	return replica.asking || replica.writing || replica.run;
}

static void machine_look(void)
{
	if (!machine_waits()) {
		waits.since = now_ms();
	} else if (now_ms() - waits.since > PATIENCE_EACH) {
		waits.since = now_ms();
		replica_late(&replica);
	}
}

static void *follow(void *arg)
{
	struct pollfd fd = { .fd = group_fd(group), .events = POLLIN };

	daemon_keep_capabilities(0);
	for (;;) {
		poll(&fd, 1, LOOK);
		pthread_mutex_lock(&lock);
		group_dispatch(group);
		machine_look();
		pthread_cond_broadcast(&changed);
		pthread_mutex_unlock(&lock);
	}
	return arg;
}

/* Starting */

uint32_t shared_add(const char *name, struct image *image)
{
	return shared_data_add(name, image);
}

bool shared_are_there(void)
{
	return shared_data_nr();
}

static bool thread_start(void)
{
	pthread_condattr_t attr;
	sigset_t all, before;
	pthread_t thread;
	int rc;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&changed, &attr);
	/* Signals are the first thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	rc = pthread_create(&thread, NULL, follow, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc)
		log_line(SD_ERR, "a thread: %s", strerror(rc));
	return !rc;
}

static const struct config_disk *disk_first(const struct config_memory *memory)
{
	const struct config_disk *disk = memory->disks;

	while (!disk->replicas)
		disk++;
	return disk;
}

static uint64_t nodes_of(const struct config *config, char **list)
{
	uint64_t nodes = 0;

	for (size_t i = 0; list && list[i]; i++)
		for (size_t j = 0; j < config->nr_nodes; j++)
			if (!strcmp(config->nodes[j].name, list[i]))
				nodes |= UINT64_C(1) << config->nodes[j].id;
	return nodes;
}

static void names_take(const struct config *config)
{
	static const char *by_id[REPLICA_NODES];

	for (size_t i = 0; i < config->nr_nodes; i++)
		by_id[config->nodes[i].id] = config->nodes[i].name;
	names = by_id;
}

static bool group_start(const struct config_vm *vm, uint32_t node)
{
	static const struct group_ops ops = {
		.view = follow_view,
		.deliver = follow_deliver,
		.ring = follow_ring,
	};
	char name[64];

	snprintf(name, sizeof(name), "m3ipc:%s:memory", vm->name);
	group = group_cpg_open(name, node, &ops, NULL);
	if (!group) {
		log_line(SD_ERR, "the group of the disks: %m");
		return false;
	}
	group_join(group);
	return true;
}

bool shared_start(const struct config *config, const struct config_vm *vm,
		  const struct config_memory *memory, bool force)
{
	static const struct replica_ops ops = {
		.send = shared_send,
		.apply = shared_apply,
		.keep = shared_keep,
		.act = shared_act,
	};
	const struct config_disk *first = disk_first(memory);
	const uint32_t node = (uint32_t)config->drvs.d_nodeid;
	const struct replica_config is = {
		.id = { node, (uint32_t)getpid() },
		.nodes = nodes_of(config, first->replicas),
		.nr_nodes = (uint32_t)__builtin_popcount(
			(unsigned int)vm->usr.vm_nodes),
		.nr_pieces = shared_data_pieces(),
		.params = shared_data_params(),
		.force = force,
	};
	struct replica_record record;

	names_take(config);
	if (!replica_file_open(first->image, &record))
		return false;
	replica_init(&replica, &is, &record, &ops, NULL);
	return group_start(vm, node) && thread_start();
}

/* The first thread */

static struct timespec time_in(int64_t ms)
{
	const int64_t at = now_ms() + ms;

	return (struct timespec){ .tv_sec = at / 1000,
				  .tv_nsec = at % 1000 * 1000000 };
}

/* False: the VM has ended. */
static bool wait_for(const struct config_vm *vm, const bool *what)
{
	struct timespec end;
	bool done = true;

	pthread_mutex_lock(&lock);
	while (!*what && done) {
		end = time_in(LOOK_VM);
		if (pthread_cond_timedwait(&changed, &lock, &end))
			done = standby_may_wait(vm);
	}
	pthread_mutex_unlock(&lock);
	return done;
}

bool shared_stand_by(const struct config_vm *vm)
{
	if (!wait_for(vm, &stands) || !standby_wait(vm))
		return false;
	pthread_mutex_lock(&lock);
	replica_promoted(&replica);
	pthread_mutex_unlock(&lock);
	return wait_for(vm, &leads);
}

/* The lock is held.  False: the time is over. */
static bool wait_until(bool (*may)(const struct replica *r),
		       const struct timespec *end)
{
	while (!may(&replica))
		if (pthread_cond_timedwait(&changed, &lock, end))
			return may(&replica);
	return true;
}

static bool has_answered(const struct replica *r)
{
	(void)r;
	return answered;
}

int shared_read(struct image *image, const struct iovec *iov, size_t nr,
		int64_t position)
{
	const struct timespec end = time_in(PATIENCE);
	int rc = -EIO;

	pthread_mutex_lock(&lock);
	if (wait_until(replica_may_read, &end))
		rc = image_read(image, iov, nr, position);
	pthread_mutex_unlock(&lock);
	return rc;
}

/* The one before may be under way still, though its client was told -EIO. */
static int shared_do(enum replica_type type, uint32_t disk, bool is_group,
		     const struct piece *pieces, size_t nr)
{
	const struct timespec end = time_in(PATIENCE);
	struct wire_data data = { NULL, 0 };
	int rc = -EIO;

	pthread_mutex_lock(&lock);
	if (wait_until(replica_may_write, &end)) {
		if (type == REPLICA_WRITE)
			data = shared_data_write(disk, is_group, pieces, nr);
		answered = false;
		replica_write(&replica, type, &data);
		if (wait_until(has_answered, &end))
			rc = 0;
	}
	pthread_mutex_unlock(&lock);
	if (rc)
		log_line(SD_ERR, "the group of the disks does not answer");
	return rc;
}

int shared_write(uint32_t disk, bool is_group, const struct piece *pieces,
		 size_t nr)
{
	return shared_do(REPLICA_WRITE, disk, is_group, pieces, nr);
}

int shared_flush(void)
{
	return shared_do(REPLICA_FLUSH, 0, false, NULL, 0);
}
