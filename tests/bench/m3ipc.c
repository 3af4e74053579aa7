// SPDX-License-Identifier: GPL-2.0-or-later
/* m3ipc: sendrec, against the two ways to write a server */
#include <molipc/molipc.h>
#include <stddef.h>

#include "bench.h"
#include "mechanism.h"

#define VMID      0
#define SERVER_NR 30
#define CLIENT_NR 31

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
