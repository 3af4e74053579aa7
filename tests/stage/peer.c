// SPDX-License-Identifier: GPL-2.0-or-later
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

#define NR_KINDS 32

static pthread_t sender;
static pid_t sender_tid;
static atomic_bool sender_ready, ending;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static cmd_t last[2][NR_KINDS]; /* [is it an ACK] */
static atomic_int heard;
static uint64_t seq;

static void (*peer_hears)(const cmd_t *cmd);
static void (*peer_before)(void);

static void remember(const cmd_t *cmd)
{
	pthread_mutex_lock(&lock);
	last[!!(cmd->c_cmd & CMD_ACK)][cmd->c_cmd & ~CMD_ACK] = *cmd;
	pthread_mutex_unlock(&lock);
	heard++;
}

/* Takes out what the node says to node 1. */
static void *take_out(void *unused)
{
	static unsigned char area[M3IPC_MAX_COPYBUF];
	cmd_t cmd;
	int rc;

	(void)unused;
	sender_tid = gettid();
	sender_ready = true;
	for (;;) {
		if (peer_before)
			peer_before();
		rc = mnx_get2rmt(&cmd, area);
		if (rc == EMOLBADPROXY && !ending) { /* not bound yet */
			breathe();
			continue;
		}
		if (rc)
			return NULL;
		peer_hears(&cmd);
	}
}

void peer_up_for(void (*hears)(const cmd_t *cmd), void (*before)(void))
{
	VM_usr_t vm = VM_USR_INIT(VMID, "stage");

	mnx_vm_end(VMID);
	vm.vm_nodes = 7;
	ASSERT_RC(mnx_vm_init(&vm), OK);
	peer_hears = hears;
	peer_before = before;
	sender_ready = false;
	ending = false;
	memset(last, 0, sizeof(last));
	heard = 0;
	seq = 0;
	pthread_create(&sender, NULL, take_out, NULL);
	AWAIT(sender_ready);
	ASSERT_RC(mnx_proxies_bind("test", 1, sender_tid, gettid(), 0), OK);
	ASSERT_RC(mnx_node_up("node1", 1, 1), OK);
	ASSERT_RC(mnx_proxy_conn(1, CONNECT_SPROXY), OK);
	ASSERT_RC(mnx_proxy_conn(1, CONNECT_RPROXY), OK);
}

void peer_up(void)
{
	peer_up_for(remember, NULL);
}

void peer_down(void)
{
	ending = true;
	ASSERT_RC(mnx_proxies_unbind(1), OK);
	pthread_join(sender, NULL);
	stage_down();
}

int peer_says(cmd_t cmd)
{
	static unsigned char payload[M3IPC_MAX_COPYBUF];

	return mnx_put2lcl(&cmd, payload);
}

int peer_heard(void)
{
	return heard;
}

cmd_t peer_last(int kind)
{
	cmd_t cmd;

	pthread_mutex_lock(&lock);
	cmd = last[!!(kind & CMD_ACK)][kind & ~CMD_ACK];
	pthread_mutex_unlock(&lock);
	return cmd;
}

int peer_sends(int src, int dst)
{
	cmd_t cmd = raw_command(1, SEND_MSG, src, dst);

	cmd.c_flags = CMD_NOWAIT;
	cmd.c_snd_seq = ++seq;
	ASSERT_RC(peer_says(cmd), OK);
	AWAIT(peer_last(SEND_ACK).c_ack_seq == cmd.c_snd_seq);
	return peer_last(SEND_ACK).c_rcode;
}
