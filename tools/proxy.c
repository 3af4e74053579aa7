// SPDX-License-Identifier: GPL-2.0-or-later
/* "proxy ...": the pairs of proxies, and what went through them. */
#include <stdlib.h>

#include <molipc/molipc.h>

#include "common/link_state.h"
#include "commands.h"
#include "find.h"
#include "out.h"
#include "say.h"
#include "text.h"

static const struct out_column proxy_columns[] = {
	{ "prxy", "Proxies", "id", false },
	{ "state", "State", "state", true },
	{ NULL, "Link", "link", true },
	{ NULL, "Flags", "flags", false },
	{ "sender", "Sender", "sender", true },
	{ "receiver", "Receiver", "receiver", true },
	{ "nodes", "Nodes", "nodes", true },
	{ "sent", "Sent", "pxsent", false },
	{ "received", "Received", "pxrcvd", false },
	{ NULL, "Last sent", "stimestamp", true },
	{ NULL, "Last received", "rtimestamp", true },
	{ "maxbytes", "Bytes at once", "maxbytes", false },
	{ "maxbatch", "Commands at once", "maxbatch", false },
	{ "name", "Name", "name", true },
	{ "reason", "Reason", "reason", true },
	{ NULL, NULL, NULL, false },
};

/* What the nodes behind a pair have in all */
struct sum {
	uint64_t nodes;
	node_usr_t all;
};

static uint64_t later_time(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void add_node(struct sum *sum, const node_usr_t *node)
{
	node_usr_t *all = &sum->all;

	sum->nodes |= UINT64_C(1) << node->n_nodeid;
	all->n_pxsent += node->n_pxsent;
	all->n_pxrcvd += node->n_pxrcvd;
	all->n_stimestamp = later_time(all->n_stimestamp, node->n_stimestamp);
	all->n_rtimestamp = later_time(all->n_rtimestamp, node->n_rtimestamp);
}

static void sum_nodes(struct sum *sum, int pxid)
{
	node_usr_t node;

	*sum = (struct sum){ .nodes = 0 };
	for (int n = 0; n < M3IPC_MAX_NODES; n++)
		if (!mnx_getnodeinfo(n, &node) && node.n_proxies == pxid)
			add_node(sum, &node);
}

static void put_thread(struct out *out, const proc_usr_t *proc)
{
	bool connected = proc->p_misc_flags & MIS_CONNECTED;
	json_t *json = json_pack("{s:i, s:o, s:b}", "lpid", proc->p_lpid,
				 "name", out_json_string(proc->p_name),
				 "connected", connected);

	out_value(out, json, "%d", proc->p_lpid);
}

/* It may be long. */
static void put_reason(struct out *out, const char *why)
{
	char line[LINK_STATE_WHY];

	text_escape(*why ? why : "-", line, sizeof(line));
	out_value(out, out_json_string(why), "%s", line);
}

/* Returns 0, or an error: then there is no such pair. */
static int put_pair(struct out *out, int pxid)
{
	proc_usr_t sender, receiver;
	struct link_state link;
	proxies_usr_t px;
	struct sum sum;
	int rc = mnx_getproxies(pxid, &px);

	if (!rc)
		rc = mnx_getproxyinfo(pxid, &sender, &receiver);
	if (rc)
		return rc;
	sum_nodes(&sum, pxid);
	out_int(out, px.px_id);
	out_string(out, out_connection(px.px_flags));
	link_state_read(px.px_id, &link);
	out_string(out, link.name);
	out_hex(out, (uint32_t)px.px_flags);
	put_thread(out, &sender);
	put_thread(out, &receiver);
	out_bits(out, &sum.nodes, 1);
	out_int(out, (int64_t)sum.all.n_pxsent);
	out_int(out, (int64_t)sum.all.n_pxrcvd);
	out_time(out, sum.all.n_stimestamp);
	out_time(out, sum.all.n_rtimestamp);
	out_int(out, px.px_maxbytes);
	out_int(out, px.px_maxbatch);
	out_string(out, px.px_name);
	put_reason(out, link.why);
	return 0;
}

int cmd_proxy_list(const struct args *args)
{
	drvs_usr_t node;
	struct out out;
	int rc = find_node(args, &node);

	if (rc)
		return rc;
	out_start(&out, OUT_TABLE, args->json, proxy_columns);
	for (int pxid = 0; pxid < node.d_nr_nodes; pxid++)
		put_pair(&out, pxid);
	out_end(&out);
	return EXIT_SUCCESS;
}

int cmd_proxy_show(const struct args *args)
{
	const char *text = args->operand[0];
	struct out out;
	long pxid;
	int rc;

	if (args_number(text, 0, M3IPC_MAX_NODES - 1, &pxid))
		return say_usage(args, "%s: a pair of proxies is 0 to %d", text,
				 M3IPC_MAX_NODES - 1);
	out_start(&out, OUT_RECORD, args->json, proxy_columns);
	rc = put_pair(&out, (int)pxid);
	if (!rc)
		out_end(&out);
	return rc ? say_fail(args, rc, "%s", text) : EXIT_SUCCESS;
}
