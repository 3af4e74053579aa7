// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>

#include "common/log.h"
#include "stats.h"

static const struct {
	int32_t up_to;
	const char *name;
} sizes[STATS_SIZES] = {
	{ 0, "none" },       { 64, "64 B" },      { 1024, "1 KiB" },
	{ 16384, "16 KiB" }, { 65536, "64 KiB" }, { INT32_MAX, "more" },
};

static const char *const requests[STATS_CMDS] = {
	[SEND_MSG] = "SEND",        [SNDREC_MSG] = "SNDREC",
	[REPLY_MSG] = "REPLY",      [RELAY_MSG] = "RELAY",
	[NTFY_MSG] = "NTFY",        [CANCEL_MSG] = "CANCEL",
	[EXIT_MSG] = "EXIT",        [COPYIN_DATA] = "COPYIN_DATA",
	[COPYOUT_RQST] = "COPYOUT", [COPYLCL_RQST] = "COPYLCL",
	[COPYRMT_RQST] = "COPYRMT", [COPYIN_RQST] = "COPYIN",
	[COPYGRT_RQST] = "COPYGRT", [WHO_RQST] = "WHO",
	[MIGR_MSG] = "MIGR",        [BKUP_MSG] = "BKUP",
};

static void add_count(struct stats_count *to, int32_t len)
{
	to->cmds++;
	to->bytes += (uint64_t)len;
}

static int size_class(int32_t len)
{
	int i = 0;

	while (len > sizes[i].up_to)
		i++;
	return i;
}

/* Commands of the peer: any number may be any. */
static void count_one(struct stats_flow *flow, const cmd_t *cmd)
{
	int32_t len = cmd->c_len > 0 ? cmd->c_len : 0;
	int nr = cmd->c_cmd & ~CMD_ACK;
	int ack = cmd->c_cmd & CMD_ACK ? STATS_CMDS : 0;

	if (nr >= 0 && nr < STATS_CMDS)
		add_count(&flow->cmd[nr + ack], len);
	add_count(&flow->size[size_class(len)], len);
	if (cmd->c_vmid >= 0 && cmd->c_vmid < M3IPC_MAX_VMS)
		add_count(&flow->vm[cmd->c_vmid], len);
	if (cmd->c_snode >= 0 && cmd->c_snode < M3IPC_MAX_NODES)
		add_count(&flow->node[cmd->c_snode], len);
}

void stats_count(struct stats_flow *flow, const cmd_t *cmds, int n)
{
	flow->frames++;
	while (n--)
		count_one(flow, cmds++);
}

static void log_count(const char *who, const char *way, const char *what,
		      const struct stats_count *c)
{
	if (c->cmds)
		log_line(SD_INFO,
			 "%s: %s %s: %" PRIu64 " commands, %" PRIu64 " bytes",
			 who, way, what, c->cmds, c->bytes);
}

static void log_numbered(const char *who, const char *way, const char *what,
			 const struct stats_count *counts, int n)
{
	char name[32];
	int i;

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s %d", what, i);
		log_count(who, way, name, &counts[i]);
	}
}

static void log_flow(const struct stats_flow *flow, const char *who,
		     const char *way)
{
	char name[32];
	int i;

	log_line(SD_INFO, "%s: %s %" PRIu64 " frames", who, way, flow->frames);
	for (i = 0; i < 2 * STATS_CMDS; i++) {
		const char *request = requests[i % STATS_CMDS];

		snprintf(name, sizeof(name), "%s%s", request ? request : "?",
			 i < STATS_CMDS ? "" : "_ACK");
		log_count(who, way, name, &flow->cmd[i]);
	}
	for (i = 0; i < STATS_SIZES; i++) {
		snprintf(name, sizeof(name), "payload %s", sizes[i].name);
		log_count(who, way, name, &flow->size[i]);
	}
	log_numbered(who, way, "VM", flow->vm, M3IPC_MAX_VMS);
	log_numbered(who, way, "node", flow->node, M3IPC_MAX_NODES);
}

static void log_trouble(const char *who, const char *what, uint64_t count)
{
	if (count)
		log_line(SD_INFO, "%s: %s: %" PRIu64, who, what, count);
}

void stats_log(const struct stats *stats, const char *who)
{
	char name[64];
	int i;

	log_flow(&stats->sent, who, "sent");
	log_flow(&stats->received, who, "received");
	for (i = 0; i < WIRE_ERRORS; i++) {
		snprintf(name, sizeof(name), "frames refused, %s",
			 wire_error_name((enum wire_error)i));
		log_trouble(who, name, stats->refused[i]);
	}
	log_trouble(who, "frames of other epochs",
		    stats->dropped[SESSION_STALE]);
	log_trouble(who, "frames received again",
		    stats->dropped[SESSION_AGAIN]);
	log_trouble(who, "frames received too early",
		    stats->dropped[SESSION_EARLY]);
	log_trouble(who, "commands of other nodes", stats->foreign);
	log_trouble(who, "commands that the driver refused", stats->bad);
	log_trouble(who, "connections without the key", stats->unkeyed);
	log_trouble(who, "connections made anew", stats->renewed);
}
