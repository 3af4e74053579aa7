// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Failing allocations: what a node does for others (see fault.h).  What comes
 * from a node is put in by the test, which is both its proxies; what goes to
 * one has wires.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

#include "cluster.h"
#include "fault.h"
#include "raw.h"

#define FED   2  /* the node whose proxies the test is */
#define THERE 20 /* a system slot of it */
#define USER  60
#define GEN   3

static int fd;
static pthread_t sender;
static pid_t sender_tid;
static atomic_bool sender_ready;
static sem_t ending;
static struct actor *partner;
static struct m3ipc_page *page;

/* No assertions: who is forked amid one finds libcheck's mutex taken. */
static void *be_sender(void *unused)
{
	(void)unused;
	sender_tid = gettid();
	sender_ready = true;
	sem_wait(&ending);
	return NULL;
}

static void up(void)
{
	cluster_up(2);
	fd = cluster_fd(0);
	sem_init(&ending, 0, 0);
	pthread_create(&sender, NULL, be_sender, NULL);
	AWAIT(sender_ready);
}

static void down(void)
{
	sem_post(&ending);
	pthread_join(sender, NULL);
	cluster_down();
}

/* Pairs */

static int make_pair(void)
{
	struct m3ipc_proxies_bind arg = {
		.pxid = FED,
		.spid = sender_tid,
		.rpid = gettid(),
		.name = "test",
	};

	return raw_ioctl(fd, M3IPC_IOC_PROXIES_BIND, &arg);
}

static void undo_pair(void)
{
	struct m3ipc_pxid arg = { .pxid = FED };

	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_PROXIES_UNBIND, &arg), 0);
}

static void check_no_pair(void)
{
	struct m3ipc_pxid arg = { .pxid = FED };

	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_PROXIES_UNBIND, &arg), EMOLPROXYFREE);
}

static void prepare_link(void)
{
	struct m3ipc_node node = { .nodeid = FED, .pxid = FED, .name = "fed" };
	struct m3ipc_pxid conn = { .pxid = FED };
	struct m3ipc_vmnode member = { .vmid = VMID, .nodeid = FED };

	ASSERT_RC(make_pair(), 0);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_NODE_UP, &node), 0);
	conn.status = CONNECT_SPROXY;
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_PROXY_CONN, &conn), 0);
	conn.status = CONNECT_RPROXY;
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_PROXY_CONN, &conn), 0);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_ADD_NODE, &member), 0);
}

/* Remote ones */

static int make_rmtbind(void)
{
	struct m3ipc_rmtbind arg = {
		.vmid = VMID,
		.endpoint = THERE,
		.nodeid = FED,
		.name = "there",
	};

	return raw_ioctl(fd, M3IPC_IOC_RMTBIND, &arg);
}

static void undo_rmtbind(void)
{
	ASSERT_RC(raw_unbind(fd, VMID, THERE), 0);
}

static void check_nobody_there(void)
{
	ck_assert(slot_is(THERE, SLOT_FREE));
}

/* What comes in */

static int put(cmd_t cmd)
{
	static unsigned char payload[M3IPC_MAX_COPYBUF];

	return mnx_put2lcl(&cmd, payload);
}

static cmd_t command(int kind, int src)
{
	return raw_command(FED, kind, src, partner->ep);
}

static void prepare_partner(void)
{
	prepare_link();
	ASSERT_RC(make_rmtbind(), 0);
	partner = actor_new(PROCESS, 100);
}

static void finish_partner(void)
{
	actor_kill(partner);
}

/* By one that nobody here knows yet */
static int make_stranger(void)
{
	return put(command(SEND_MSG, _ENDPOINT(GEN, USER)));
}

static void undo_stranger(void)
{
	cmd_t cmd = command(EXIT_MSG, _ENDPOINT(GEN, USER));

	cmd.c_dst = NONE;
	ASSERT_RC(put(cmd), 0);
}

static void check_no_stranger(void)
{
	ck_assert(slot_is(USER, SLOT_FREE));
}

/* For one that has no table of notifications yet */
static int make_notification(void)
{
	return put(command(NTFY_MSG, THERE));
}

/* For one that waits for the server that sends the data */
static void prepare_frame(void)
{
	prepare_partner();
	START(partner, .op = OP_RECEIVE, .peer = THERE, .ms = TIMEOUT_FOREVER);
	actor_await(partner, RECEIVING);
}

static cmd_t frame(void)
{
	cmd_t cmd = command(COPYIN_DATA, THERE);

	cmd.c_u.cu_vcopy = (vcopy_t){
		.v_src = THERE,
		.v_dst = partner->ep,
		.v_rqtr = THERE,
		.v_daddr = (uintptr_t)&fd,
		.v_bytes = 2,
	};
	cmd.c_flags = CMD_FIRST;
	cmd.c_len = 1;
	return cmd;
}

static int make_frame(void)
{
	return put(frame());
}

static void check_not_on_copy(void)
{
	actor_await(partner, RECEIVING);
}

/* What goes out */

static void prepare_remote(void)
{
	ck_assert_int_ge(raw_bind(fd, MY_SYS_NR), 0);
	cluster_enter(1, &(struct actor){ .ep = MY_SYS_NR, .nodeid = 0 });
	page = raw_map(fd);
	page->call[0].src_nr = SELF;
	partner = actor_at(1, PROCESS, 100);
	cluster_enter(0, partner);
}

static void finish_remote(void)
{
	actor_kill(partner);
	ASSERT_RC(raw_unbind(fd, VMID, SELF), OK);
}

/*
 * Without memory the other node hears later that nobody waits for it.  The
 * time is enough for the wire to take the command, or there is nothing to tell.
 */
static int make_cancel(void)
{
	int rc = raw_prim(fd, page, 0, M3IPC_IOC_SENDREC, partner->ep, 100);

	return rc == EMOLTIMEDOUT ? 0 : rc;
}

static void prepare_copy(void)
{
	prepare_remote();
	START(partner, .op = OP_RECEIVE, .peer = MY_SYS_NR,
	      .ms = TIMEOUT_FOREVER);
	actor_await(partner, RECEIVING);
}

static int make_copy(void)
{
	static char data[8192] = "";
	struct m3ipc_iovec src = { (uintptr_t)data, sizeof(data) }, dst = src;
	struct m3ipc_vcopy arg = {
		.src = SELF,
		.dst = partner->ep,
		.saddr = (uintptr_t)&src,
		.daddr = (uintptr_t)&dst,
		.bytes = sizeof(data),
		.nr_src = 1,
		.nr_dst = 1,
	};

	return raw_ioctl(fd, M3IPC_IOC_VCOPY, &arg);
}

static const struct way ways[] = {
	{ .name = "proxies_bind",
	  .make = make_pair,
	  .check_failed = check_no_pair,
	  .undo = undo_pair },
	{ .name = "rmtbind",
	  .prepare = prepare_link,
	  .make = make_rmtbind,
	  .check_failed = check_nobody_there,
	  .undo = undo_rmtbind },
	{ .name = "message of a stranger",
	  .prepare = prepare_partner,
	  .make = make_stranger,
	  .check_failed = check_no_stranger,
	  .undo = undo_stranger,
	  .finish = finish_partner },
	{ .name = "notification",
	  .prepare = prepare_partner,
	  .make = make_notification,
	  .finish = finish_partner },
	{ .name = "data",
	  .prepare = prepare_frame,
	  .make = make_frame,
	  .check_failed = check_not_on_copy,
	  .finish = finish_partner },
	{ .name = "cancel",
	  .prepare = prepare_remote,
	  .make = make_cancel,
	  .finish = finish_remote },
	{ .name = "remote vcopy",
	  .prepare = prepare_copy,
	  .make = make_copy,
	  .finish = finish_remote },
};

int main(void)
{
	return run_ways("failing allocations, nodes", up, down, ways,
			NR_OF(ways));
}
