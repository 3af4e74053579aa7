// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * m3ipc-is: starts, serves, ends.
 *
 *	start: bound as IS -> without rights
 *	serving: tables, of this node at once, of another when a thread has
 *	gathered it
 *	SIGTERM, or the VM ends: ends
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "common/util.h"
#include "common/vm.h"
#include "gather.h"
#include "is.h"

struct is is;

/* What another node's errors are to who asks */
static int error_of(int rc)
{
	switch (rc) {
	case EMOLAGAIN:
	case EMOLDSTDIED:
	case EMOLNOPROXY:
	case EMOLNOTCONN:
	case EMOLSRCDIED:
	case EMOLTIMEDOUT:
		return -EHOSTUNREACH;
	case EMOLNOTBIND:
		return -EAGAIN;
	case EMOLBADMSG:
	case EMOLBADREQUEST:
	case EMOLINVAL:
	case EMOLRANGE:
		return -EPROTO;
	default:
		return rc;
	}
}

/* As many whole entries as the client has room for */
static int table_copy(const struct table *t, const struct ask *ask,
		      is_table_t *arg)
{
	const int64_t size = (int64_t)t->size * t->nr;
	const int64_t n = ask->bytes < size ?
				  ask->bytes - ask->bytes % (int64_t)t->size :
				  size;

	arg->nr = t->nr;
	return n ? mnx_vcopy(SELF, t->at, ask->client,
			     (void *)(uintptr_t)ask->to, n) :
		   0;
}

static int own_table(const struct ask *ask, is_table_t *arg)
{
	struct table t;
	int rc = error_of(gather_own(&t, ask->what));

	if (rc)
		return rc;
	rc = table_copy(&t, ask, arg);
	table_free(&t);
	return rc;
}

/* When the node is asked already it is asked for that afterwards. */
static int others_table(const struct ask *ask)
{
	int what;

	asks_add(&is.asks, ask);
	if (gather_runs(ask->nodeid))
		return SERVE_LATER;
	what = asks_begin(&is.asks, ask->nodeid);
	if (!gather_start(ask->nodeid, what))
		return SERVE_LATER;
	asks_drop(&is.asks, ask->client);
	return -EAGAIN;
}

static bool is_of_this_node(int client)
{
	proc_usr_t info;

	return !mnx_getprocinfo(is.usr.vm_vmid, _ENDPOINT_P(client), &info) &&
	       info.p_endpoint == client && info.p_nodeid == is.node;
}

/* Nodes may have joined the VM since. */
static bool is_node(int nodeid)
{
	VM_usr_t usr;

	return nodeid >= 0 && nodeid < M3IPC_MAX_NODES &&
	       !mnx_getvminfo(is.usr.vm_vmid, &usr) &&
	       usr.vm_nodes >> nodeid & 1;
}

static int do_gettab(struct serve_request *rq)
{
	is_table_t arg;
	struct ask ask;
	int rc;

	com_get(rq->m, &arg);
	if (!is_of_this_node(rq->client))
		return -EOPNOTSUPP;
	asks_drop(&is.asks, rq->client);
	ask = (struct ask){ .client = rq->client,
			    .nodeid = arg.nodeid == LOCALNODE ? is.node :
								arg.nodeid,
			    .what = arg.what,
			    .to = arg.to,
			    .bytes = arg.bytes };
	if (arg.what < GET_MACHINE || arg.what > GET_SLOTSTAB ||
	    !is_node(ask.nodeid))
		return -EINVAL;
	if (arg.bytes < 0)
		return EMOLRANGE;
	if (ask.nodeid != is.node)
		return others_table(&ask);
	arg.nr = 0;
	rc = own_table(&ask, &arg);
	com_put(rq->m, &arg);
	return rc;
}

static void ask_answer(const struct ask *ask, const struct gather *job)
{
	is_table_t arg = { .to = ask->to,
			   .bytes = ask->bytes,
			   .what = ask->what,
			   .nodeid = ask->nodeid };
	int rc = error_of(job->rc);
	message m;

	if (!rc)
		rc = table_copy(&job->table, ask, &arg);
	com_put(&m, &arg);
	serve_answer(ask->client, &m, rc);
}

static int do_gathered(struct serve_request *rq)
{
	struct gather *job;
	struct ask ask;
	gathered_t arg;
	bool known;

	com_get(rq->m, &arg);
	job = gather_find(rq->client, arg.order, &known);
	if (!job)
		return known ? OK : EMOLBADCALL;
	while (asks_take(&is.asks, job->nodeid, &ask))
		ask_answer(&ask, job);
	gather_next(job, asks_begin(&is.asks, job->nodeid));
	return OK;
}

static serve_handler *const calls[] = {
	[IS_GETTAB - IS_BASE] = do_gettab,
	[IS_GATHERED - IS_BASE] = do_gathered,
};

static const struct serve server = {
	.first = IS_BASE,
	.nr = ARRAY_SIZE(calls),
	.calls = calls,
};

/* False: it was logged why not. */
static bool is_start(const struct config_vm *vm)
{
	/* It has its slot by them. */
	if (!vm_look(vm, &is.usr) || !vm_bind_own(vm, IS_PROC_NR) ||
	    !daemon_keep_capabilities(0))
		return false;
	asks_init(&is.asks, is.usr.vm_nr_tasks);
	gather_init();
	sd_notify(0, "READY=1");
	log_line(SD_INFO, "serving %s", vm->name);
	return true;
}

int main(int argc, char **argv)
{
	struct daemon daemon = {
		.synopsis = "m3ipc-is [-c FILE] [-tv] VM",
		.about = "The information server of a VM at this node.",
		.options = "",
		.letters = "",
	};
	const struct config_vm *vm;
	struct config *config;
	int status;

	vm = vm_begin(&daemon, argc, argv, &config);
	if (daemon.check)
		return EXIT_SUCCESS;
	is.node = config_local(config)->id;
	if (!is_start(vm))
		return EXIT_FAILURE;
	status = vm_status(vm, serve_run(&server));
	sd_notify(0, "STOPPING=1");
	config_free(config);
	return status;
}
