// SPDX-License-Identifier: GPL-2.0-or-later
/* tools/corosync_text: what Corosync is told, byte by byte, and what it has */
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "common/util.h"
#include "suite.h"
#include "../../tools/corosync_text.h"

static struct config_node nodes[] = {
	{ .name = "node0", .id = 0, .address = "10.0.0.1" },
	{ .name = "b", .id = 2, .address = "fd00::2" },
	{ .name = "node1", .id = 1, .address = "two.example" },
};

static struct config config = {
	.cluster = "lab",
	.local = "b",
	.drvs = { .d_nodeid = 2 },
	.nodes = nodes,
	.nr_nodes = ARRAY_SIZE(nodes),
};

/* Of all that the archive has besides, only this is needed. */
const struct config_node *config_local(const struct config *of)
{
	return &of->nodes[1];
}

#define OURS                                                                 \
	"# Written by m3ipc from m3ipc.conf, and again when that changes.\n" \
	"# Without this line it is yours, and m3ipc leaves it alone.\n"

#define TEXT(cipher, hash)                                              \
	OURS "totem {\n"                                                \
	     "\tversion: 2\n"                                           \
	     "\tcluster_name: lab\n"                                    \
	     "\ttransport: knet\n"                                      \
	     "\tcrypto_cipher: " cipher "\n"                            \
	     "\tcrypto_hash: " hash "\n"                                \
	     "\t# Milliseconds; a dead node is missed after 2.2 times " \
	     "this,\n"                                                  \
	     "\t# and 650 more for each node beyond two.\n"             \
	     "\ttoken: 1000\n"                                          \
	     "}\n"                                                      \
	     "nodelist {\n"                                             \
	     "\tnode {\n"                                               \
	     "\t\tring0_addr: 10.0.0.1\n"                               \
	     "\t\tname: node0\n"                                        \
	     "\t\tnodeid: 1\n"                                          \
	     "\t}\n"                                                    \
	     "\tnode {\n"                                               \
	     "\t\tring0_addr: fd00::2\n"                                \
	     "\t\tname: b\n"                                            \
	     "\t\tnodeid: 3\n"                                          \
	     "\t}\n"                                                    \
	     "\tnode {\n"                                               \
	     "\t\tring0_addr: two.example\n"                            \
	     "\t\tname: node1\n"                                        \
	     "\t\tnodeid: 2\n"                                          \
	     "\t}\n"                                                    \
	     "}\n"                                                      \
	     "quorum {\n"                                               \
	     "}\n"                                                      \
	     "logging {\n"                                              \
	     "\tto_stderr: no\n"                                        \
	     "\tto_syslog: yes\n"                                       \
	     "}\n"

START_TEST(text_is_that)
{
	char *text;

	config.proxy.insecure = false;
	text = corosync_text(&config);
	ck_assert_str_eq(text, TEXT("aes256", "sha256"));
	free(text);
	config.proxy.insecure = true;
	text = corosync_text(&config);
	ck_assert_str_eq(text, TEXT("none", "none"));
	free(text);
}
END_TEST

START_TEST(names_of_clusters)
{
	ck_assert(corosync_takes("lab-1.b:\"'"));
	ck_assert(!corosync_takes("lab 1"));
	ck_assert(!corosync_takes("lab\n"));
	ck_assert(!corosync_takes("lab{"));
	ck_assert(!corosync_takes("}"));
	ck_assert(!corosync_takes("\303\244"));
}
END_TEST

/* Of Debian's example, what counts, and what is in the way */
static const char debian[] = "# Please read the manual page\n"
			     "totem {\n"
			     "\tversion: 2\n"
			     "\t# The cluster_name: is also written\n"
			     "\tcluster_name: debian\n"
			     "\tcrypto_cipher: none\n"
			     "}\n"
			     "nodelist {\n"
			     "\tnode {\n"
			     "\t\tname: node1\n"
			     "\t\tnodeid: 1\n"
			     "\t\tring0_addr: 127.0.0.1  \r\n"
			     "\t\t#ring1_addr: 192.168.1.1\n"
			     "\t}\n"
			     "}";

static const struct {
	const char *text;
	enum corosync_file is;
} files[] = {
	{ TEXT("aes256", "sha256"), COROSYNC_CURRENT },
	{ TEXT("none", "none"), COROSYNC_OLD },
	{ OURS, COROSYNC_OLD },
	{ debian, COROSYNC_DEBIAN },
	{ "", COROSYNC_FOREIGN },
	{ "\n" OURS, COROSYNC_FOREIGN },
	{ "totem {\n\tcluster_name: debian\n}\n", COROSYNC_FOREIGN },
	{ "cluster_name: debian\nring0_addr: 10.0.0.1\n", COROSYNC_FOREIGN },
	{ "cluster_name: debian\nring0_addr: 127.0.0.1\n"
	  "ring0_addr: 127.0.0.1\n",
	  COROSYNC_FOREIGN },
	{ "cluster_name: lab\nring0_addr: 127.0.0.1\n", COROSYNC_FOREIGN },
	{ "a\n:\n : :\n#\n\t\n", COROSYNC_FOREIGN },
};

START_TEST(whose_file_it_is)
{
	ck_assert_int_eq(corosync_classify(files[_i].text,
					   TEXT("aes256", "sha256")),
			 files[_i].is);
}
END_TEST

struct value {
	const char *key;
	const char *is;
};

/* A daemon as it should be, but for one value */
static const struct value right[] = {
	{ "totem.cluster_name", "lab" },
	{ "totem.crypto_hash", "sha512" },
	{ "nodelist.local_node_pos", "3" },
	{ "nodelist.node.0.nodeid", "7" },
	{ "nodelist.node.0.ring0_addr", "10.0.0.7" },
	{ "nodelist.node.1.nodeid", "2" },
	{ "nodelist.node.1.ring0_addr", "two.example" },
	{ "nodelist.node.3.nodeid", "3" },
	{ "nodelist.node.3.ring0_addr", "fd00:1::2" },
	{ "nodelist.node.3.ring1_addr", "fd00::2" },
	{ "nodelist.node.4.nodeid", "1" },
	{ "nodelist.node.4.ring0_addr", "10.0.0.1" },
};

static char *get(void *arg, const char *key)
{
	const struct value *other = arg;

	if (!strcmp(other->key, key))
		return other->is ? memory_strdup(other->is) : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(right); i++)
		if (!strcmp(right[i].key, key))
			return memory_strdup(right[i].is);
	return NULL;
}

static const struct {
	struct value value;
	const char *text;
} wrong[] = {
	{ { "", NULL }, NULL },
	{ { "totem.cluster_name", "debian" },
	  "its cluster_name is \"debian\", and cluster in m3ipc.conf is "
	  "\"lab\"" },
	{ { "totem.cluster_name", NULL },
	  "its cluster_name is \"\", and cluster in m3ipc.conf is \"lab\"" },
	{ { "nodelist.node.1.nodeid", "9" },
	  "it has no node with nodeid 2, for node1" },
	{ { "nodelist.node.4.ring0_addr", "10.0.0.9" },
	  "its nodeid 1 has the address 10.0.0.9, and node0 in m3ipc.conf "
	  "10.0.0.1" },
	{ { "nodelist.node.3.ring1_addr", NULL },
	  "its nodeid 3 has the address fd00:1::2, and b in m3ipc.conf "
	  "fd00::2" },
	{ { "nodelist.local_node_pos", "4" },
	  "it does not take this node for nodeid 3, for b" },
	{ { "nodelist.local_node_pos", NULL },
	  "it does not take this node for nodeid 3, for b" },
	{ { "totem.crypto_hash", "none" },
	  "its crypto_hash is none, and insecure in m3ipc.conf is false" },
	{ { "totem.crypto_hash", NULL },
	  "its crypto_hash is none, and insecure in m3ipc.conf is false" },
};

START_TEST(what_differs_first)
{
	char *text;

	config.proxy.insecure = false;
	text = corosync_difference(&config, get, (void *)&wrong[_i].value);
	if (wrong[_i].text)
		ck_assert_str_eq(text, wrong[_i].text);
	else
		ck_assert_ptr_null(text);
	free(text);
}
END_TEST

START_TEST(insecure_is_allowed)
{
	const struct value none = { "totem.crypto_hash", NULL };

	config.proxy.insecure = true;
	ck_assert_ptr_null(corosync_difference(&config, get, (void *)&none));
}
END_TEST

static void corosync_suite(TCase *tc)
{
	tcase_add_test(tc, text_is_that);
	tcase_add_test(tc, names_of_clusters);
	tcase_add_loop_test(tc, whose_file_it_is, 0, ARRAY_SIZE(files));
	tcase_add_loop_test(tc, what_differs_first, 0, ARRAY_SIZE(wrong));
	tcase_add_test(tc, insecure_is_allowed);
}

int main(void)
{
	return suite_run("tools/corosync_text", corosync_suite);
}
