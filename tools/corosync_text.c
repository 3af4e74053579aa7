// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "common/util.h"
#include "corosync_text.h"

/* The first line of ours; what else it says may change. */
#define MARK "# Written by m3ipc"

/* Corosync has no node 0. */
#define NODEID(node) ((node)->id + 1)

/* Of a nodelist and of a node in it */
#define MOST_NODES 128
#define MOST_LINKS 8

/*
 * How long, in ms, the token may be on its way before it is thought lost.
 * Corosync adds 650 for each node beyond two, and a node that is dead is out of
 * the group after 2.2 times the sum: of three nodes after 3.6 s, so before the
 * proxies' link_timeout of 5 s has ended the calls to it.  Less would take a
 * node that is only busy for dead, which costs much more than to wait.
 */
#define TOKEN 1000

bool corosync_takes(const char *cluster)
{
	for (; *cluster; cluster++)
		if (*cluster <= ' ' || *cluster > '~' || strchr("{}", *cluster))
			return false;
	return true;
}

static void print_totem(FILE *f, const struct config *config)
{
	bool insecure = config->proxy.insecure;

	fprintf(f,
		"totem {\n"
		"\tversion: 2\n"
		"\tcluster_name: %s\n"
		"\ttransport: knet\n"
		"\tcrypto_cipher: %s\n"
		"\tcrypto_hash: %s\n"
		"\t# Milliseconds; a dead node is missed after 2.2 times this,\n"
		"\t# and 650 more for each node beyond two.\n"
		"\ttoken: %d\n"
		"}\n",
		config->cluster, insecure ? "none" : "aes256",
		insecure ? "none" : "sha256", TOKEN);
}

static void print_nodes(FILE *f, const struct config *config)
{
	fputs("nodelist {\n", f);
	for (size_t i = 0; i < config->nr_nodes; i++) {
		const struct config_node *node = &config->nodes[i];

		fprintf(f,
			"\tnode {\n"
			"\t\tring0_addr: %s\n"
			"\t\tname: %s\n"
			"\t\tnodeid: %d\n"
			"\t}\n",
			node->address ? node->address : "127.0.0.1", node->name,
			NODEID(node));
	}
	fputs("}\n", f);
}

/* A brace ends its line, and its fellow is alone: else it is not understood. */
char *corosync_text(const struct config *config)
{
	char *text = NULL;
	size_t size;
	FILE *f = memory_checked(open_memstream(&text, &size));

	fputs(MARK " from m3ipc.conf, and again when that changes.\n"
		   "# Without this line it is yours, and m3ipc leaves it "
		   "alone.\n",
	      f);
	print_totem(f, config);
	print_nodes(f, config);
	fputs("quorum {\n"
	      "}\n"
	      "logging {\n"
	      "\tto_stderr: no\n"
	      "\tto_syslog: yes\n"
	      "}\n",
	      f);
	fclose(f);
	return memory_checked(text);
}

/* Files of others */

/* Cuts the next line off, without comments and blanks around it. */
static char *next_line(char **rest)
{
	char *line = strsep(rest, "\n"), *end;

	if (!line)
		return NULL;
	line += strspn(line, " \t");
	line[strcspn(line, "#")] = '\0';
	for (end = line + strlen(line); end > line && strchr(" \t\r", end[-1]);)
		*--end = '\0';
	return line;
}

/* The value in a line if its key ends so, or NULL */
static const char *line_value(const char *line, const char *key)
{
	const char *colon = strchr(line, ':');
	size_t length = strlen(key);

	if (!colon || (size_t)(colon - line) < length ||
	    strncmp(colon - length, key, length))
		return NULL;
	return colon + 1 + strspn(colon + 1, " \t");
}

/* A cluster "debian", of one node that nobody can reach */
static bool is_debian(const char *text)
{
	char *copy = memory_strdup(text), *rest = copy, *line;
	bool named = false, alone = false, others = false;
	const char *value;

	while ((line = next_line(&rest))) {
		if ((value = line_value(line, "cluster_name")))
			named = !strcmp(value, "debian");
		if ((value = line_value(line, "_addr"))) {
			others = others || alone || strcmp(value, "127.0.0.1");
			alone = true;
		}
	}
	free(copy);
	return named && alone && !others;
}

enum corosync_file corosync_classify(const char *text, const char *wanted)
{
	if (!strcmp(text, wanted))
		return COROSYNC_CURRENT;
	if (!strncmp(text, MARK, strlen(MARK)))
		return COROSYNC_OLD;
	return is_debian(text) ? COROSYNC_DEBIAN : COROSYNC_FOREIGN;
}

/* The daemon that runs */

struct daemon {
	corosync_get get;
	void *arg;
};

static char *sentence(const char *format, ...) PRINTF_LIKE(1, 2);

static char *sentence(const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return memory_strdup(text);
}

/* Is that the value of a key?  Without it, the value is "none". */
static bool daemon_has(const struct daemon *d, const char *key,
		       const char *wanted)
{
	char *value = d->get(d->arg, key);
	bool has = !strcmp(value ? value : "none", wanted);

	free(value);
	return has;
}

static char *differs_in_name(const struct daemon *d, const char *cluster)
{
	char *value, *text;

	if (daemon_has(d, "totem.cluster_name", cluster))
		return NULL;
	value = d->get(d->arg, "totem.cluster_name");
	text = sentence("its cluster_name is \"%s\", and cluster in m3ipc.conf "
			"is \"%s\"",
			value ? value : "", cluster);
	free(value);
	return text;
}

/* Where in its list a node is, or -1 */
static int place_of(const struct daemon *d, const struct config_node *node)
{
	char key[64], wanted[16];

	snprintf(wanted, sizeof(wanted), "%d", NODEID(node));
	for (int i = 0; i < MOST_NODES; i++) {
		snprintf(key, sizeof(key), "nodelist.node.%d.nodeid", i);
		if (daemon_has(d, key, wanted))
			return i;
	}
	return -1;
}

static char *differs_in_node(const struct daemon *d,
			     const struct config_node *node)
{
	int place = place_of(d, node);
	char key[64], *value, *text;

	if (place < 0)
		return sentence("it has no node with nodeid %d, for %s",
				NODEID(node), node->name);
	for (int i = 0; node->address && i < MOST_LINKS; i++) {
		snprintf(key, sizeof(key), "nodelist.node.%d.ring%d_addr",
			 place, i);
		if (daemon_has(d, key, node->address))
			return NULL;
	}
	snprintf(key, sizeof(key), "nodelist.node.%d.ring0_addr", place);
	value = d->get(d->arg, key);
	text = sentence("its nodeid %d has the address %s, and %s in "
			"m3ipc.conf %s",
			NODEID(node), value ? value : "none", node->name,
			node->address ? node->address : "none");
	free(value);
	return text;
}

static char *differs_in_local(const struct daemon *d,
			      const struct config_node *local)
{
	char wanted[16];

	snprintf(wanted, sizeof(wanted), "%d", place_of(d, local));
	if (daemon_has(d, "nodelist.local_node_pos", wanted))
		return NULL;
	return sentence("it does not take this node for nodeid %d, for %s",
			NODEID(local), local->name);
}

/* Whoever can send to it would be of the group. */
static char *differs_in_keys(const struct daemon *d)
{
	if (!daemon_has(d, "totem.crypto_hash", "none") ||
	    daemon_has(d, "totem.secauth", "on"))
		return NULL;
	return sentence("its crypto_hash is none, and insecure in m3ipc.conf "
			"is false");
}

char *corosync_difference(const struct config *config, corosync_get get,
			  void *arg)
{
	const struct daemon daemon = { .get = get, .arg = arg };
	char *text = differs_in_name(&daemon, config->cluster);

	for (size_t i = 0; !text && i < config->nr_nodes; i++)
		text = differs_in_node(&daemon, &config->nodes[i]);
	if (!text)
		text = differs_in_local(&daemon, config_local(config));
	if (!text && !config->proxy.insecure)
		text = differs_in_keys(&daemon);
	return text;
}
