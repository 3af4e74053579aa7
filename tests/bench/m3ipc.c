// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * m3ipc: sendrec, against the two ways to write a server; and what it does
 * between nodes
 */
#include <molipc/molipc.h>
#include <sched.h>
#include <stddef.h>
#include <unistd.h>

#include "bench.h"
#include "mechanism.h"
#include "remote.h"

#define VMID      0
#define SERVER_NR 30
#define CLIENT_NR 31

/* Between nodes: in slots whose endpoints are known */
#define REMOTE_SERVER RS_PROC_NR
#define NOTIFIED      LOG_PROC_NR
#define NOTIFIER      DS_PROC_NR
#define COPIER        MEM_PROC_NR

int remote_client;

static int server;

static void bind_server(void)
{
	server = mnx_bind(VMID, SERVER_NR);
	bench_check(!mnx_bind_failed(server), mnx_strerror(server));
}

static void serve_reply_rcvrqst(void)
{
	int client = NONE;
	message m;

	for (;;) {
		bench_check_mnx(mnx_reply_rcvrqst(client, &m, NULL));
		client = m.m_source;
		bench_change((struct payload *)&m);
	}
}

static void serve_receive_reply(void)
{
	message m;

	for (;;) {
		bench_check_mnx(mnx_receive(ANY, &m));
		bench_change((struct payload *)&m);
		bench_check_mnx(mnx_reply(m.m_source, &m));
	}
}

static void bind_client(void)
{
	proc_usr_t info;
	int rc;

	bench_check_mnx(mnx_getprocinfo(VMID, SERVER_NR, &info));
	server = info.p_endpoint;
	rc = mnx_bind(VMID, CLIENT_NR);
	bench_check(!mnx_bind_failed(rc), mnx_strerror(rc));
}

static void ask(struct payload *p)
{
	bench_check_mnx(mnx_sendrec(server, (message *)p));
}

static void unbind_client(void)
{
	mnx_unbind(VMID, SELF);
}

const struct mechanism bench_reply_rcvrqst = {
	.name = "m3ipc-reply_rcvrqst",
	.start_server = bind_server,
	.serve = serve_reply_rcvrqst,
	.start_client = bind_client,
	.ask = ask,
	.end_client = unbind_client,
};

const struct mechanism bench_receive_reply = {
	.name = "m3ipc-receive+reply",
	.start_server = bind_server,
	.serve = serve_receive_reply,
	.start_client = bind_client,
	.ask = ask,
	.end_client = unbind_client,
};

/* Who was bound there before may be on its way out. */
static void bind_system(int p_nr)
{
	int rc;

	while ((rc = mnx_bind(VMID, p_nr)) == EMOLSLOTUSED)
		sched_yield();
	bench_check(rc == p_nr, mnx_strerror(rc));
}

static void enter_remote(int p_nr, int node)
{
	int rc = mnx_rmtbind(VMID, "bench", p_nr, node);

	bench_check(!mnx_bind_failed(rc), mnx_strerror(rc));
}

static void bind_remote_server(void)
{
	bind_system(REMOTE_SERVER);
}

static void bind_remote_client(void)
{
	int rc = mnx_bind(VMID, CLIENT_NR + remote_client);

	bench_check(!mnx_bind_failed(rc), mnx_strerror(rc));
	server = REMOTE_SERVER;
	/* Another client may have done that. */
	rc = mnx_rmtbind(VMID, "bench", server, SERVER_NODE);
	bench_check(!mnx_bind_failed(rc) || rc == EMOLSLOTUSED,
		    mnx_strerror(rc));
}

static void unbind_both(void)
{
	mnx_unbind(VMID, SELF);
	mnx_unbind(VMID, server);
}

const struct mechanism remote_sendrec = {
	.name = "m3ipc-sendrec",
	.start_server = bind_remote_server,
	.serve = serve_reply_rcvrqst,
	.start_client = bind_remote_client,
	.ask = ask,
	.end_client = unbind_both,
};

static void bind_notified(void)
{
	bind_system(NOTIFIED);
	enter_remote(NOTIFIER, CLIENT_NODE);
}

static void bind_notifier(void)
{
	bind_system(NOTIFIER);
	server = NOTIFIED;
	enter_remote(server, SERVER_NODE);
}

static void receive_from(int notifier)
{
	message m;

	bench_check_mnx(mnx_receive(ANY, &m));
	bench_check(m.m_type == NOTIFY_FROM(notifier), "notification");
}

static void notify_back(void)
{
	for (;;) {
		receive_from(NOTIFIER);
		bench_check_mnx(mnx_notify(NOTIFIER));
	}
}

static void notify(struct payload *p)
{
	bench_check_mnx(mnx_notify(server));
	receive_from(server);
	bench_change(p);
}

const struct mechanism remote_notify = {
	.name = "m3ipc-notify",
	.start_server = bind_notified,
	.serve = notify_back,
	.start_client = bind_notifier,
	.ask = notify,
	.end_client = unbind_both,
};

/* Who lends memory is the client of the one that copies, which comes later. */
static void lend(void)
{
	message m = { .m_type = 1 };
	int rc = mnx_bind(VMID, CLIENT_NR);

	bench_check(!mnx_bind_failed(rc), mnx_strerror(rc));
	enter_remote(COPIER, CLIENT_NODE);
	/* Not bound there yet: that this node forgot it is the answer. */
	while ((rc = mnx_sendrec(COPIER, &m)) == EMOLDSTDIED)
		mnx_rmtbind(VMID, "bench", COPIER, CLIENT_NODE);
	bench_check_mnx(rc);
}

static int lender;

static void await_lender(void)
{
	message m;

	bind_system(COPIER);
	bench_check_mnx(mnx_rcvrqst(&m));
	lender = m.m_source;
}

static void copy_to(long bytes)
{
	bench_check_mnx(mnx_vcopy(SELF, remote_from, lender, remote_to, bytes));
}

static void copy_from(long bytes)
{
	bench_check_mnx(mnx_vcopy(lender, remote_from, SELF, remote_to, bytes));
}

const struct copier remote_vcopy_to = {
	.name = "vcopy-to",
	.serve = lend,
	.start_client = await_lender,
	.copy = copy_to,
};

const struct copier remote_vcopy_from = {
	.name = "vcopy-from",
	.serve = lend,
	.start_client = await_lender,
	.copy = copy_from,
};
