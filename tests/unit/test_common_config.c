// SPDX-License-Identifier: GPL-2.0-or-later
/* daemons/common: what a configuration may say, and what is said of errors */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config.h"
#include "common/util.h"
#include "suite.h"

#define FILE_NAME "m3ipc.conf"
#define KEY_A     "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define KEY_B     "Yne@#w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"

/* What most cases begin with, a line each */
#define ONE "local = n0 node n0 { id = 0 }\n"
#define TWO                                      \
	"local = n0 proxy { insecure = true } "  \
	"node n0 { id = 0 address = 10.0.0.1 } " \
	"node n1 { id = 1 address = 10.0.0.2 }\n"
#define NAME_RULE                                                \
	"must be up to 15 letters, digits, '_', '-' and '.', a " \
	"letter or digit first, and no number\n"

/* The name of the host, in place of the real one */
static const char *host = "localhost";

int __wrap_gethostname(char *name, size_t size);
int __wrap_gethostname(char *name, size_t size)
{
	ck_assert_uint_gt(size, strlen(host));
	strcpy(name, host);
	return 0;
}

static void write_text(const char *name, const char *text, size_t length)
{
	FILE *f = fopen(name, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(text, 1, length, f), length);
	fclose(f);
}

static void write_file(const char *name, const char *text)
{
	write_text(name, text, strlen(text));
}

/* Each test has a folder of its own. */
static char folder[] = "/tmp/m3ipc-unit-XXXXXX";

static void enter_folder(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	unsetenv("M3IPC_NODE");
}

static void leave_folder(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(system(command), 0);
}

/* Reads the file; what is said of it has to be this. */
static struct config *read_file(const char *name, const char *errors)
{
	char *said = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&said, &size);
	struct config *config = config_read(name, f);

	fclose(f);
	ck_assert_str_eq(said, errors);
	ck_assert(!config == !!*errors);
	free(said);
	return config;
}

static struct config *read_text(const char *text)
{
	write_file(FILE_NAME, text);
	return read_file(FILE_NAME, "");
}

static const struct {
	const char *text;
	const char *errors;
} error_cases[] = {
	/* The file and its syntax */
	{ "", FILE_NAME ": no node: there must be one at least\n" },
	{ ONE "/* never\n\n", "m3ipc.conf:2: a comment does not end\n" },
	{ ONE "cluster = \"\n\n", "m3ipc.conf:2: a string does not end\n" },
	{ ONE "cluster = '\n\n", "m3ipc.conf:2: a string does not end\n" },
	{ ONE "cluster = \"\\\n", "m3ipc.conf:2: a string does not end\n" },
	{ ONE "include(\"a\"\n\n",
	  "m3ipc.conf:3: a parenthesis is not closed\n" },
	{ ONE "include(a b)\n", "m3ipc.conf:2: syntax error in parentheses\n" },
	{ ONE "include(,)\n", "m3ipc.conf:2: syntax error in parentheses\n" },
	{ ONE "include(a {})\n",
	  "m3ipc.conf:2: syntax error in parentheses\n" },
	{ ONE "vm V {\n\nid = 0", "m3ipc.conf:2: a brace is not closed\n" },
	{ ONE "}\n", "m3ipc.conf:2: unexpected closing brace\n" },
	{ ONE "cluster \"x\"\n",
	  "m3ipc.conf:2: missing equal sign after option 'cluster'\n" },
	{ ONE "cluster = \"0123456789012345678901234567890123456789"
	      "012345678901234567890123\"\n",
	  "m3ipc.conf:2: cluster = "
	  "\"0123456789012345678901234567890123456789"
	  "012345678901234567890123\": must be at most 63 characters\n" },
	{ ONE "cluster = { x }\n", "m3ipc.conf:2: unexpected token '{'\n" },
	{ ONE "vm { id = 0 }\n",
	  "m3ipc.conf:2: missing title for section 'vm'\n" },
	{ ONE "drvs X { }\n",
	  "m3ipc.conf:2: missing opening brace for section 'drvs'\n" },
	{ ONE "vm V { nodes = { n0 n0 } }\n",
	  "m3ipc.conf:2: vm \"V\": unexpected token 'n0'\n" },
	{ ONE "cluster += x\n",
	  "m3ipc.conf:2: attempt to append to non-list option 'cluster'\n" },
	{ ONE "cluster = \"\\9\"\n",
	  "m3ipc.conf:2: bad escape sequence '\\9'\n" },
	{ ONE "\"\" = 5\n", "m3ipc.conf:3: an option has no name\n" },
	{ ONE "vm V { id = 0 \"\" = 5\n}\n",
	  "m3ipc.conf:3: vm \"V\": an option has no name\n" },

	/* Lines after comments and in strings, where libconfuse miscounts */
	{ "# one\n// two\n/* three\n * four */ " ONE
	  "cluster = \"/* # ' // \\\" \\\n\" vm V { id = 99 }\n",
	  "m3ipc.conf:6: vm \"V\": id = 99: must be 0..31: less than nr_vms of "
	  "drvs\n" },
	{ ONE "cluster = a//b vm V { id = 99 } // '\n",
	  "m3ipc.conf:2: vm \"V\": id = 99: must be 0..31: less than nr_vms of "
	  "drvs\n" },
	{ ONE "cluster = \"${NONE\\\"\" vm V { id = 99 } #}\n",
	  "m3ipc.conf:2: a string does not end\n" },

	/* Options that are not there, and some that are there twice */
	{ ONE "colour = red\ncluster = x drvs { size = 3 }\n",
	  "m3ipc.conf:2: no such option 'colour': must be one of cluster, "
	  "local, "
	  "drvs, proxy, node, vm\n"
	  "m3ipc.conf:3: drvs: no such option 'size': must be one of "
	  "nr_vms, nr_nodes, nr_procs, nr_tasks, nr_sysprocs, "
	  "max_copybuf, max_copylen\n" },
	{ ONE "fs { }\n",
	  "m3ipc.conf:2: no such option 'fs': must be one of cluster, local, "
	  "drvs, "
	  "proxy, node, vm\n"
	  "m3ipc.conf:2: missing equal sign after option 'fs'\n" },
	{ ONE "cluster = a\ncluster = b\n",
	  "m3ipc.conf:3: cluster is given twice, first at " FILE_NAME ":2\n" },
	{ ONE "vm V { id = 0 nodes = n0\nnodes = n0 }\n",
	  "m3ipc.conf:3: vm \"V\": nodes is given twice, first at " FILE_NAME
	  ":2\n" },
	{ ONE "proxy { }\nproxy { }\n",
	  "m3ipc.conf:3: proxy: is given twice, first at " FILE_NAME ":2\n" },
	{ "drvs { }\n" ONE "\"drvs|nr_vms\" = 4\n",
	  "m3ipc.conf:3: no such option by a path: must be one of cluster, "
	  "local, "
	  "drvs, proxy, node, vm\n" },
	{ "drvs { }\n" ONE "\"drvs|\" = 4\n",
	  "m3ipc.conf:3: no such option by a path: must be one of cluster, "
	  "local, "
	  "drvs, proxy, node, vm\n" },
	{ ONE "vm V { id = 0 }\n\"vm='V'|pm\" { node = n0 }\n",
	  "m3ipc.conf:3: no such section by a path: must be one of cluster, "
	  "local, "
	  "drvs, proxy, node, vm\n" },

	/* Types */
	{ ONE "drvs {\nnr_vms = many\nnr_nodes = -1\nnr_procs = 1K\n}\n",
	  "m3ipc.conf:3: drvs: nr_vms = many: must be 1..256\n"
	  "m3ipc.conf:4: drvs: nr_nodes = -1: must be 1..64\n"
	  "m3ipc.conf:5: drvs: nr_procs = 1K: must be 1..8192\n" },
	{ ONE "drvs { nr_vms = 257 nr_nodes = 65 nr_tasks = 68 }\n",
	  "m3ipc.conf:2: drvs: nr_vms = 257: must be 1..256\n"
	  "m3ipc.conf:2: drvs: nr_nodes = 65: must be 1..64\n"
	  "m3ipc.conf:2: drvs: nr_tasks = 68: must be 2..67\n" },
	{ ONE "drvs { nr_vms = 99999999999999999999 nr_nodes = 0x }\n",
	  "m3ipc.conf:2: drvs: nr_vms = 99999999999999999999: must be 1..256\n"
	  "m3ipc.conf:2: drvs: nr_nodes = 0x: must be 1..64\n" },
	{ ONE "drvs { max_copybuf = 4095 max_copylen = 2G }\n",
	  "m3ipc.conf:2: drvs: max_copybuf = 4095: must be 4096..1048576 "
	  "bytes, such "
	  "as 64K\n"
	  "m3ipc.conf:2: drvs: max_copylen = 2G: must be "
	  "1..1073741824 bytes, such as 64K\n" },
	{ ONE "drvs { max_copybuf = 64KB max_copylen = 9999999999999G }\n",
	  "m3ipc.conf:2: drvs: max_copybuf = 64KB: must be 4096..1048576 "
	  "bytes, such "
	  "as 64K\n"
	  "m3ipc.conf:2: drvs: max_copylen = 9999999999999G: must be "
	  "1..1073741824 bytes, such as 64K\n" },
	{ ONE "proxy { insecure = maybe }\n",
	  "m3ipc.conf:2: proxy: insecure = maybe: must be true or false\n" },
	{ ONE "proxy { port = 0 secret_key = node.key high_water = 0 }\n",
	  "m3ipc.conf:2: proxy: port = 0: must be 1..65535\n"
	  "m3ipc.conf:2: proxy: secret_key = \"node.key\": must be a path from "
	  "/\n"
	  "m3ipc.conf:2: proxy: high_water = 0: must be "
	  "1..1000000\n" },
	{ ONE "proxy { link_timeout = 99 heartbeat = 9 batch = 1025 }\n",
	  "m3ipc.conf:2: proxy: link_timeout = 99: must be 100..3600000\n"
	  "m3ipc.conf:2: proxy: heartbeat = 9: must be 10..3600000\n"
	  "m3ipc.conf:2: proxy: batch = 1025: must be 1..1024\n" },
	{ ONE "cluster = \"\"\n",
	  "m3ipc.conf:2: cluster = \"\": must be not empty\n" },
	{ ONE "vm V { id = 0 membership = both }\n",
	  "m3ipc.conf:2: vm \"V\": membership = \"both\": must be \"single\" "
	  "or \"corosync\" or \"none\"\n" },
	{ ONE "vm V { id = 0 memory_max = 1K cpu_max = 0 }\n",
	  "m3ipc.conf:2: vm \"V\": memory_max = 1K: must be "
	  "1048576..1125899906842624 bytes, such as 64K\n"
	  "m3ipc.conf:2: vm \"V\": cpu_max = 0: must be 1..102400\n" },
	{ ONE "vm V { id = 0 linger = 1 redo = 0 }\n",
	  "m3ipc.conf:2: vm \"V\": linger = 1: must be true or false\n"
	  "m3ipc.conf:2: vm \"V\": redo = 0: must be true or false\n" },
	{ ONE "vm V { id = 0 cpumask = \"0-1024\" }\n",
	  "m3ipc.conf:2: vm \"V\": cpumask = \"0-1024\": must be CPUs below "
	  "1024, "
	  "such as 0-3,8\n" },
	{ ONE "vm V { id = 0 cpumask = \"3-1\" }\n",
	  "m3ipc.conf:2: vm \"V\": cpumask = \"3-1\": must be CPUs below "
	  "1024, such "
	  "as 0-3,8\n" },
	{ ONE "vm V { id = 0 cpumask = \"1,\" }\n",
	  "m3ipc.conf:2: vm \"V\": cpumask = \"1,\": must be CPUs below "
	  "1024, such as "
	  "0-3,8\n" },

	/* Names */
	{ "local = n0 node n0 { id = 0 } vm 12 { id = 0 }\n",
	  "m3ipc.conf:1: vm \"12\": the name " NAME_RULE },
	{ ONE "vm abcdefghijklmnop { id = 0 }\n",
	  "m3ipc.conf:2: vm \"abcdefghijklmnop\": the name " NAME_RULE },
	{ ONE "vm \"a b\" { id = 0 } vm .a { id = 1 } vm '' { id = 2 }\n",
	  "m3ipc.conf:2: vm \"a b\": the name " NAME_RULE
	  "m3ipc.conf:2: vm \".a\": the name " NAME_RULE
	  "m3ipc.conf:2: vm \"\": the name " NAME_RULE },
	{ ONE "vm info { id = 0 }\n",
	  "m3ipc.conf:2: vm \"info\": the name must not be info, nodes or "
	  "proxies\n" },
	{ ONE "vm V { id = 0 }\nvm V { id = 1 }\n",
	  "m3ipc.conf:3: vm \"V\": is given twice, first at " FILE_NAME
	  ":2\n" },
	{ ONE "node n0 { id = 1 address = a }\nproxy { insecure = yes }\n",
	  "m3ipc.conf:1: node \"n0\": address is missing: there are other "
	  "nodes\n"
	  "m3ipc.conf:2: node \"n0\": is given twice, first at "
	  "" FILE_NAME ":1\n" },

	/* Ids */
	{ "node n0 { }\nlocal = n0\n",
	  "m3ipc.conf:1: node \"n0\": id is missing\n" },
	{ "local = n0\n\nnode n0 {\nid = 64\n}\n",
	  "m3ipc.conf:4: node \"n0\": id = 64: must be 0..31: less than "
	  "nr_nodes of "
	  "drvs\n" },
	{ "local = n0 node n0 { id = -1 }\n",
	  "m3ipc.conf:1: node \"n0\": id = -1: must be 0..31: less than "
	  "nr_nodes of "
	  "drvs\n" },
	{ "local = n0 node n0 { id = zero }\n",
	  "m3ipc.conf:1: node \"n0\": id = zero: must be a whole number\n" },
	{ TWO "drvs { nr_nodes = 1 }\n",
	  "m3ipc.conf:1: node \"n1\": id = 1: must be 0..0: less than "
	  "nr_nodes of "
	  "drvs\n" },
	{ TWO "node n2 { id = 0x1 address = 10.0.0.3 }\n",
	  "m3ipc.conf:2: node \"n2\": id = 1: is that of node \"n1\"\n" },
	{ TWO "drvs { nr_tasks = 2 nr_sysprocs = 3 }\n",
	  "m3ipc.conf:1: node \"n1\": id = 1: must be 0..0: nr_tasks of drvs "
	  "has no "
	  "slot for its SYSTASK\n" },
	{ ONE "vm A { id = 0 } vm B { id = 0 }\n",
	  "m3ipc.conf:2: vm \"B\": id = 0: is that of vm \"A\"\n" },
	{ ONE "drvs { nr_vms = 4 } vm A { id = 4 } vm B { }\n",
	  "m3ipc.conf:2: vm \"B\": id is missing\n"
	  "m3ipc.conf:2: vm \"A\": id = 4: must be 0..3: less than nr_vms of "
	  "drvs\n" },

	/* Nodes, and what they need to know each other */
	{ "local = n0 node n0 { id = 0 } node n1 { id = 1 }\n",
	  "m3ipc.conf:1: node \"n0\": address is missing: there are other "
	  "nodes\n"
	  "m3ipc.conf:1: node \"n0\": public_key is missing: m3ipc keygen "
	  "makes "
	  "keys, proxy { insecure = true } does without\n"
	  "m3ipc.conf:1: node \"n1\": address is missing: there are other "
	  "nodes\n"
	  "m3ipc.conf:1: node \"n1\": public_key is missing: "
	  "m3ipc keygen makes keys, proxy { "
	  "insecure = true } does without\n" },
	{ "local = n0 node n0 { id = 0 address = 1.2.3 }\n",
	  "m3ipc.conf:1: node \"n0\": address = \"1.2.3\": must be an IP "
	  "address or a "
	  "host name\n" },
	{ "local = n0 node n0 { id = 0 address = -a }\n",
	  "m3ipc.conf:1: node \"n0\": address = \"-a\": must be an IP "
	  "address or a "
	  "host name\n" },
	{ "local = n0 node n0 { id = 0 public_key = short }\n",
	  "m3ipc.conf:1: node \"n0\": public_key = \"short\": must be 40 "
	  "characters "
	  "of Z85\n" },
	{ "local = n0 node n0 { id = 0 port = 65536 }\n",
	  "m3ipc.conf:1: node \"n0\": port = 65536: must be 1..65535\n" },
	{ "local = n0 proxy { port = 65535 } node n0 { id = 1 }\n",
	  "m3ipc.conf:1: node \"n0\": port = 65536: must be 1..65535: it is "
	  "that of "
	  "proxy and the id, if it is not given\n" },
	{ TWO "node n2 { id = 2 address = 10.0.0.2 port = 3001 }\n",
	  "m3ipc.conf:2: node \"n2\": address = \"10.0.0.2\": node \"n1\" "
	  "has it, "
	  "with the same port 3001\n" },
	{ "local = n0 node n0 { id = 0 address = a public_key = '" KEY_A
	  "' }\nnode n1 { id = 1 address = b public_key = '" KEY_A "' }\n",
	  "m3ipc.conf:2: node \"n1\": public_key = \"" KEY_A
	  "\": node \"n0\" has it\n" },

	/* Which node this one is */
	{ "local = n2\nnode n0 { id = 0 }\n",
	  "m3ipc.conf:1: local = \"n2\": no such node: must be one of "
	  "\"n0\"\n" },
	{ "node n0 { id = 0 }\n",
	  FILE_NAME ": no node \"localhost\", which is the name of this host: "
		    "\"local\" or M3IPC_NODE must name one\n" },

	/* Sizes of the node */
	{ ONE "drvs { nr_procs = 8126 }\n",
	  "m3ipc.conf:2: drvs: nr_procs = 8126: must be 1..8125: a VM has at "
	  "most "
	  "8192 slots, nr_tasks of them tasks\n" },
	{ ONE "drvs { nr_sysprocs = 67 }\n",
	  "m3ipc.conf:2: drvs: nr_sysprocs = 67: must be 68..256: more than "
	  "nr_tasks, "
	  "and not more than all slots\n" },
	{ ONE "drvs { nr_procs = 20 }\n",
	  "m3ipc.conf:2: drvs: nr_sysprocs = 96: must be 68..87: more than "
	  "nr_tasks, "
	  "and not more than all slots\n" },
	{ ONE "proxy { link_timeout = 1001 heartbeat = 501 }\n",
	  "m3ipc.conf:2: proxy: heartbeat = 501: must be 1..500: half of "
	  "link_timeout at most, as one may be late\n" },
	{ ONE "proxy { maxbytes = 32K }\n",
	  "m3ipc.conf:2: proxy: maxbytes = 32768: must be at least 65536: "
	  "max_copybuf "
	  "of drvs has to fit\n" },

	/* Sizes of VMs */
	{ ONE "drvs { nr_nodes = 8 } vm V { id = 0 nr_procs = 190 "
	      "nr_nodes = 9 }\n",
	  "m3ipc.conf:2: vm \"V\": nr_procs = 190: must be 1..189: not more "
	  "than drvs "
	  "has\n"
	  "m3ipc.conf:2: vm \"V\": nr_nodes = 9: must be 1..8: not more "
	  "than drvs has\n" },
	{ ONE "drvs { nr_tasks = 9 nr_sysprocs = 40 } vm V { id = 0 "
	      "nr_tasks = 10 nr_sysprocs = 41 }\n",
	  "m3ipc.conf:2: vm \"V\": nr_tasks = 10: must be 2..9: not more "
	  "than drvs "
	  "has\n"
	  "m3ipc.conf:2: vm \"V\": nr_sysprocs = 41: must be 3..40: not "
	  "more than drvs has\n" },
	{ ONE "vm V { id = 0 nr_procs = 20 }\n",
	  "m3ipc.conf:2: vm \"V\": nr_sysprocs = 96: must be 68..87: more than "
	  "nr_tasks, and not more than all slots\n" },
	{ TWO "vm V { id = 0 membership = corosync nr_nodes = 1 }\n",
	  "m3ipc.conf:2: vm \"V\": nr_nodes = 1: must be at least 2: that "
	  "many are in "
	  "its list of nodes\n" },
	{ TWO "vm V { id = 0 membership = corosync nr_tasks = 2 }\n",
	  "m3ipc.conf:2: vm \"V\": nr_tasks = 2: must be at least 3: SYSTASK "
	  "of node "
	  "\"n1\" has slot -3\n" },
	{ TWO "vm V { id = 0 membership = corosync nr_sysprocs = 77 }\n",
	  "m3ipc.conf:2: vm \"V\": nr_sysprocs = 77: must be at least 78: "
	  "INIT of "
	  "node \"n1\" has slot 10, behind nr_tasks = 67\n" },
	{ TWO "vm V { id = 0 }\n",
	  "m3ipc.conf:2: vm \"V\": membership = \"single\": must be "
	  "\"corosync\", or \"none\", for more than one node\n" },
	{ TWO "vm V { id = 0 membership = none nr_nodes = 1 }\n",
	  "m3ipc.conf:2: vm \"V\": nr_nodes = 1: must be at least 2: that "
	  "many are in its list of nodes\n" },

	/* Nodes and servers of VMs */
	{ TWO "vm V { id = 0 nodes = { n0, n7 } }\n",
	  "m3ipc.conf:2: vm \"V\": nodes = \"n7\": no such node: must be one "
	  "of "
	  "\"n0\", \"n1\"\n" },
	{ TWO "vm V { id = 0 nodes = { n0, n0 } }\n",
	  "m3ipc.conf:2: vm \"V\": nodes = \"n0\": is given twice\n" },
	{ TWO "vm V { id = 0 nodes = { n0, 7 } }\n",
	  "m3ipc.conf:2: vm \"V\": nodes = \"7\": " NAME_RULE },
	{ ONE "vm V { id = 0 memory { } }\n",
	  "m3ipc.conf:2: vm \"V\": memory: node is missing\n" },
	{ TWO "vm V { id = 0 nodes = n0\npm { node = n1 }\n"
	      "fs { node = n7 } }\n",
	  "m3ipc.conf:3: vm \"V\": pm: node = \"n1\": must be one of the "
	  "nodes of the "
	  "VM\n"
	  "m3ipc.conf:4: vm \"V\": fs: node = \"n7\": no such node: must "
	  "be one of \"n0\", \"n1\"\n" },
	{ ONE "vm V { id = 0 pm { node = n0 }\npm { node = n0 } }\n",
	  "m3ipc.conf:3: vm \"V\": pm: node = \"n0\": the pm at " FILE_NAME
	  ":2 is there\n" },
	{ TWO "vm V { id = 0 membership = corosync\n"
	      "pm { node = n0 backup = n0 }\n"
	      "fs { node = n0 backup = { n1, n1 } }\n"
	      "fs { node = n1 backup = n7 } }\n",
	  "m3ipc.conf:3: vm \"V\": pm: backup = \"n0\": must be other nodes "
	  "than "
	  "\"node\"\n"
	  "m3ipc.conf:4: vm \"V\": fs: backup = \"n1\": is given "
	  "twice\n"
	  "m3ipc.conf:5: vm \"V\": fs: backup = \"n7\": no such node: must "
	  "be one of \"n0\", \"n1\"\n" },
	{ ONE "vm V { id = 0 init { node = n0 run = \"/a b\"\n"
	      "respawn = { \"/b\", \"c /d\" } } }\n",
	  "m3ipc.conf:3: vm \"V\": init: respawn = \"c /d\": must be the path "
	  "of a program, and its arguments\n" },
	{ ONE "vm V { id = 0 init { node = n0 run = { a, \"\" } } }\n",
	  "m3ipc.conf:2: vm \"V\": init: run = \"\": must be not empty\n" },

	/* Disks */
	{ ONE "vm V { id = 0 memory { node = n0\ndisk a { }\n"
	      "disk b { image = /i size = 1M } } }\n",
	  "m3ipc.conf:3: vm \"V\": memory: disk \"a\": must have one of "
	  "image and "
	  "size, and not both\n"
	  "m3ipc.conf:4: vm \"V\": memory: disk \"b\": must have one of "
	  "image and size, and not both\n" },
	{ ONE "vm V { id = 0 memory { node = n0\n"
	      "disk a { size = 1M mode = copy }\n"
	      "disk b { image = i }\ndisk c { size = 1 }\n"
	      "disk d { image = /i mode = rw } } }\n",
	  "m3ipc.conf:4: vm \"V\": memory: disk \"b\": image = \"i\": must "
	  "be a path "
	  "from /\n"
	  "m3ipc.conf:5: vm \"V\": memory: disk \"c\": size = 1: "
	  "must be 512..1099511627776 bytes, such as "
	  "64K\n"
	  "m3ipc.conf:6: vm \"V\": memory: disk \"d\": mode = \"rw\": must "
	  "be \"read-only\" or \"copy\" or \"sync\"\n"
	  "m3ipc.conf:3: vm \"V\": memory: disk \"a\": mode is for disks "
	  "with an image\n" },
	{ TWO "vm V { id = 0 membership = corosync\n"
	      "memory { node = n0 disk a { size = 1M } }\n"
	      "memory { node = n1 disk a { size = 1M } } }\n",
	  "m3ipc.conf:4: vm \"V\": memory: disk \"a\": another disk of the "
	  "VM has "
	  "this name\n" },
	{ TWO "vm V { id = 0 membership = corosync\n"
	      "memory { node = n0\n"
	      "disk a { image = /i mode = copy replicas = { n0, n1 } }\n"
	      "disk b { image = /j mode = sync replicas = n1 }\n"
	      "disk c { image = /k mode = sync replicas = { n0, n0 } }\n"
	      "disk d { image = /l mode = sync replicas = { n0, n7 } } } }\n",
	  "m3ipc.conf:4: vm \"V\": memory: disk \"a\": replicas are for "
	  "disks with mode = \"sync\"\n"
	  "m3ipc.conf:5: vm \"V\": memory: disk \"b\": replicas = \"n1\": must "
	  "name the node of the memory, too\n"
	  "m3ipc.conf:5: vm \"V\": memory: disk \"b\": replicas must be those "
	  "of disk \"a\"\n"
	  "m3ipc.conf:6: vm \"V\": memory: disk \"c\": replicas = \"n0\": is "
	  "given twice\n"
	  "m3ipc.conf:7: vm \"V\": memory: disk \"d\": replicas = \"n7\": no "
	  "such node: must be one of \"n0\", \"n1\"\n" },
	{ TWO "vm V { id = 0 membership = corosync\n"
	      "memory { node = n0\n"
	      "disk a { image = /i mode = sync replicas = { n0, n1 } } }\n"
	      "memory { node = n1 } }\n",
	  "m3ipc.conf:4: vm \"V\": memory: disk \"a\": replicas need "
	  "membership = \"corosync\", and one memory in the VM\n" },
	{ ONE "vm V { id = 0 fs { node = n0 root = ram0 } }\n",
	  "m3ipc.conf:2: vm \"V\": fs: root = \"ram0\": must be a disk of "
	  "the VM or "
	  "the path of an image\n" },

	/* Includes */
	{ ONE "include(\"none.conf\")\n",
	  "m3ipc.conf:2: include \"none.conf\": No such file or directory\n" },
	{ ONE "include(\"/none/none.conf\")\n",
	  "m3ipc.conf:2: include \"/none/none.conf\": No such file or "
	  "directory\n" },
	{ ONE "include(\"~\")\n",
	  "m3ipc.conf:2: include \"~\": No such file or directory\n" },
	{ ONE "include()\ninclude(\"\")\ninclude(a, b)\n",
	  "m3ipc.conf:2: include: must have one name of a file\n"
	  "m3ipc.conf:3: include: must have one name of a file\n"
	  "m3ipc.conf:4: include: must have one name of a file\n" },
	{ ONE "drvs { include(\"x\") }\n",
	  "m3ipc.conf:2: drvs: include: must not be in a section\n" },
};

START_TEST(errors)
{
	write_file(FILE_NAME, error_cases[_i].text);
	config_free(read_file(FILE_NAME, error_cases[_i].errors));
}
END_TEST

START_TEST(no_file)
{
	read_file("none", "none: No such file or directory\n");
	read_file("/", "/: not a regular file\n");
	read_file("/dev/null", "/dev/null: not a regular file\n");
}
END_TEST

START_TEST(no_text)
{
	static char large[(1 << 20) + 1];

	write_text(FILE_NAME, "a\0b", 3);
	read_file(FILE_NAME, FILE_NAME ": not a text, it has a NUL\n");
	write_text(FILE_NAME, "\xff\xfel\0", 4);
	read_file(FILE_NAME, FILE_NAME ": in UTF-16, it must be in UTF-8\n");
	memset(large, '\n', sizeof(large));
	write_text(FILE_NAME, large, sizeof(large));
	read_file(FILE_NAME, FILE_NAME ": larger than 1 MiB\n");
}
END_TEST

/* A byte order mark counts for nothing, neither in lines nor as a letter. */
START_TEST(byte_order_mark)
{
	struct config *config = read_text("\xef\xbb\xbf" ONE);

	ck_assert_str_eq(config->local, "n0");
	config_free(config);
	write_file("more.conf", "\xef\xbb\xbf# more\ncluster = more\n");
	config = read_text("\xef\xbb\xbf// first\n" ONE
			   "include(\"more.conf\")\n");
	ck_assert_str_eq(config->cluster, "more");
	config_free(config);
	write_file(FILE_NAME, "\xef\xbb\xbf\n" ONE "cluster = \"\n");
	read_file(FILE_NAME, FILE_NAME ":3: a string does not end\n");
	write_file(FILE_NAME, "\xef\xbb\xbf");
	read_file(FILE_NAME,
		  FILE_NAME ": no node: there must be one at least\n");
}
END_TEST

START_TEST(defaults)
{
	struct config *config = read_text(ONE);

	ck_assert_str_eq(config->cluster, "m3ipc");
	ck_assert_str_eq(config->local, "n0");
	ck_assert_int_eq(config->drvs.d_nodeid, 0);
	ck_assert_int_eq(config->drvs.d_nr_vms, NR_VMS);
	ck_assert_int_eq(config->drvs.d_nr_nodes, NR_NODES);
	ck_assert_int_eq(config->drvs.d_nr_procs, NR_PROCS);
	ck_assert_int_eq(config->drvs.d_nr_tasks, NR_TASKS);
	ck_assert_int_eq(config->drvs.d_nr_sysprocs, NR_SYS_PROCS);
	ck_assert_int_eq(config->drvs.d_max_copybuf, M3IPC_MAX_COPYBUF);
	ck_assert_int_eq(config->drvs.d_max_copylen, M3IPC_MAX_COPYLEN);
	ck_assert_int_eq(config->proxy.port, 3000);
	ck_assert_str_eq(config->proxy.secret_key, CONFIG_SECRET_KEY);
	ck_assert_int_eq(config->proxy.link_timeout, 5000);
	ck_assert_int_eq(config->proxy.heartbeat, 1000);
	ck_assert(!config->proxy.insecure);
	ck_assert_int_eq(config->proxy.maxbytes, M3IPC_MAX_COPYBUF);
	ck_assert_uint_eq(config->nr_nodes, 1);
	ck_assert_int_eq(config->nodes[0].port, 3000);
	ck_assert_ptr_null(config->nodes[0].address);
	ck_assert_ptr_null(config->nodes[0].public_key);
	ck_assert_uint_eq(config->nr_vms, 0);
	ck_assert_ptr_null(config_next_peer(config, NULL));
	config_free(config);
}
END_TEST

START_TEST(vm_defaults)
{
	struct config *config = read_text(ONE "vm V { id = 3 }");
	const struct config_vm *vm = config->vms;
	const VM_usr_t *usr = &vm->usr;

	ck_assert_str_eq(vm->name, "V");
	ck_assert_str_eq(usr->vm_name, "V");
	ck_assert_int_eq(usr->vm_vmid, 3);
	ck_assert_int_eq(usr->vm_flags, 0);
	ck_assert_int_eq(usr->vm_nr_procs, NR_PROCS);
	ck_assert_int_eq(usr->vm_nr_tasks, NR_TASKS);
	ck_assert_int_eq(usr->vm_nr_sysprocs, NR_SYS_PROCS);
	ck_assert_int_eq(usr->vm_nr_nodes, NR_NODES);
	ck_assert_uint_eq(usr->vm_nodes, 1);
	ck_assert_uint_eq(usr->vm_cpumask[0], 0);
	ck_assert_int_eq(usr->vm_warn2proc, SYSTASK(0));
	ck_assert_str_eq(vm->nodes[0], "n0");
	ck_assert_ptr_null(vm->nodes[1]);
	ck_assert(vm->linger && !vm->redo);
	ck_assert(!vm->memory_max && !vm->cpu_max);
	ck_assert_int_eq(vm->membership, CONFIG_SINGLE);
	config_free(config);
}
END_TEST

/* That of the specification, and all that it leaves out */
static const char full[] =
	"cluster = \"demo\"\n"
	"drvs { nr_nodes = 0x10  max_copybuf = 128K }\n"
	"node \"node0\" { id = 0  address = \"10.0.0.1\"\n"
	"	public_key = \"" KEY_A "\" }\n"
	"node \"node1\" { id = 1  address = \"fe80::1\"\n"
	"	public_key = \"" KEY_B "\"  port = 4000 }\n"
	"node \"node5\" { id = 5  address = \"a.example\"\n"
	"	public_key = '" KEY_B "' }\n"
	"proxy { port = 3100  secret_key = \"/k\"  link_timeout = 900\n"
	"	insecure = false  high_water = 10  batch = 5 }\n"
	"vm \"VM0\" {\n"
	"	id = 0\n"
	"	nodes = { \"node0\", \"node1\" }\n"
	"	membership = \"corosync\"\n"
	"	memory { node = \"node1\"\n"
	"	disk \"ram0\" { image = \"/root.img\" mode = \"sync\"\n"
	"		replicas = { \"node1\", \"node0\" } }\n"
	"		disk \"ram1\" { image = \"/root.img\" }\n"
	"		disk \"ram2\" { size = 5G } }\n"
	"	fs { node = \"node1\"  root = \"ram0\" }\n"
	"	fs { node = \"node0\"  root = \"/root.img\"  cache = 2M }\n"
	"	pm { node = \"node0\"  backup = { \"node1\" } }\n"
	"	is { node = \"node0\" }\n"
	"	is { node = \"node1\" }\n"
	"	init { node = \"node0\"  run = { \"/bin/worker\", '/b c' } }\n"
	"	init { node = \"node1\"  respawn = \"/bin/r\" }\n"
	"	init { node = \"node1\"  user = \"root\" }\n"
	"}\n"
	"vm \"VM1\" { id = 1 nodes = node5 linger = off redo = on\n"
	"	memory_max = 2G cpu_max = 150\n"
	"	nr_procs = 100 nr_tasks = 20 nr_sysprocs = 60 nr_nodes = 4\n"
	"	cpumask = \"0-2,64\" }\n";

static struct config *read_full(void)
{
	char text[sizeof(full)];
	char *key;

	/* Two nodes have one key, as the macro is the same. */
	strcpy(text, full);
	key = strstr(text, "'" KEY_B);
	ck_assert_ptr_nonnull(key);
	key[1] = '0';
	setenv("M3IPC_NODE", "node1", 1);
	return read_text(text);
}

START_TEST(nodes)
{
	struct config *config = read_full();
	const struct config_node *node = config_find_node(config, "node5");

	ck_assert_str_eq(config->cluster, "demo");
	ck_assert_int_eq(config->drvs.d_nr_nodes, 16);
	ck_assert_int_eq(config->drvs.d_nodeid, 1);
	ck_assert_int_eq(config->proxy.heartbeat, 180);
	ck_assert_int_eq(config->proxy.maxbytes, 128 << 10);
	ck_assert_int_eq(node->port, 3105);
	ck_assert_str_eq(node->address, "a.example");
	ck_assert_ptr_null(config_find_node(config, "node2"));
	node = config_local(config);
	ck_assert_str_eq(node->name, "node1");
	ck_assert_int_eq(node->port, 4000);
	ck_assert_str_eq(node->public_key, KEY_B);
	config_free(config);
}
END_TEST

/* The peers of each node are the others, in their order. */
START_TEST(peers)
{
	static const char *const others[][2] = { { "node1", "node5" },
						 { "node0", "node5" },
						 { "node0", "node1" } };
	struct config *config = read_full();
	const struct config_node *peer = NULL;

	free(config->local);
	config->local = strdup(config->nodes[_i].name);
	for (int i = 0; i < 2; i++) {
		peer = config_next_peer(config, peer);
		ck_assert_str_eq(peer->name, others[_i][i]);
	}
	ck_assert_ptr_null(config_next_peer(config, peer));
	config_free(config);
}
END_TEST

START_TEST(vms)
{
	struct config *config = read_full();
	const struct config_vm *vm = config->vms;

	ck_assert_uint_eq(config->nr_vms, 2);
	ck_assert_uint_eq(vm[0].usr.vm_nodes, 3);
	ck_assert_int_eq(vm[0].membership, CONFIG_COROSYNC);
	ck_assert_uint_eq(vm[1].usr.vm_nodes, 1 << 5);
	ck_assert_int_eq(vm[1].usr.vm_flags, VM_FLAG_NOLINGER | VM_FLAG_REDO);
	ck_assert_int_eq(vm[1].usr.vm_nr_procs, 100);
	ck_assert_int_eq(vm[1].usr.vm_nr_tasks, 20);
	ck_assert_int_eq(vm[1].usr.vm_nr_sysprocs, 60);
	ck_assert_int_eq(vm[1].usr.vm_nr_nodes, 4);
	ck_assert_uint_eq(vm[1].usr.vm_cpumask[0], 7);
	ck_assert_uint_eq(vm[1].usr.vm_cpumask[1], 1);
	ck_assert(!vm[1].linger && vm[1].redo);
	ck_assert_int_eq(vm[1].memory_max, 2LL << 30);
	ck_assert_int_eq(vm[1].cpu_max, 150);
	config_free(config);
}
END_TEST

START_TEST(servers)
{
	struct config *config = read_full();
	const struct config_vm *vm = config->vms;
	const struct config_disk *disk = vm->memories[0].disks;

	ck_assert_uint_eq(vm->nr_memories, 1);
	ck_assert_uint_eq(vm->memories[0].nr_disks, 3);
	ck_assert_str_eq(disk[0].image, "/root.img");
	ck_assert_int_eq(disk[0].mode, CONFIG_DISK_SYNC);
	ck_assert_str_eq(disk[0].replicas[1], "node0");
	ck_assert_ptr_null(disk[1].replicas);
	ck_assert_ptr_eq(config_memory_at(vm, "node0"), vm->memories);
	ck_assert_ptr_eq(config_memory_at(vm, "node1"), vm->memories);
	ck_assert_ptr_null(config_memory_at(vm, "node5"));
	ck_assert_int_eq(disk[1].mode, CONFIG_DISK_COPY);
	ck_assert_int_eq(disk[2].mode, CONFIG_DISK_EMPTY);
	ck_assert_int_eq(disk[2].size, INT64_C(5) << 30);
	ck_assert_uint_eq(vm->nr_fss, 2);
	ck_assert_str_eq(vm->fss[0].root, "ram0");
	ck_assert_int_eq(vm->fss[0].cache, 16 << 20);
	ck_assert_int_eq(vm->fss[1].cache, 2 << 20);
	ck_assert_ptr_null(vm->fss[1].backup);
	ck_assert_uint_eq(vm->nr_pms, 1);
	ck_assert_str_eq(vm->pms[0].backup[0], "node1");
	ck_assert_uint_eq(vm->nr_iss, 2);
	ck_assert_str_eq(vm->iss[1].node, "node1");
	ck_assert_uint_eq(vm->nr_inits, 3);
	ck_assert_str_eq(vm->inits[0].run[1], "/b c");
	ck_assert_str_eq(vm->inits[0].user, "nobody");
	ck_assert_str_eq(vm->inits[2].user, "root");
	ck_assert_ptr_null(vm->inits[0].run[2]);
	ck_assert_str_eq(vm->inits[1].respawn[0], "/bin/r");
	config_free(config);
}
END_TEST

/* In each row the first that is given counts. */
static const struct {
	const char *local, *variable, *host;
	const char *node; /* or NULL: none */
} local_cases[] = {
	{ "local = a", "b", "c", "a" },
	{ "", "b", "c", "b" },
	{ "", "", "c", "c" },
	{ "", NULL, "c", "c" },
	{ "", NULL, "c.example.org", "c" },
	{ "", NULL, "d.example", "d.example" },
	{ "", NULL, "d", NULL },
	{ "", NULL, "", NULL },
	{ "", "x", "c", NULL },
	{ "local = x", "b", "c", NULL },
};

START_TEST(local)
{
	FILE *nowhere = fopen("/dev/null", "we");
	struct config *config;
	char text[256];

	host = local_cases[_i].host;
	if (local_cases[_i].variable)
		setenv("M3IPC_NODE", local_cases[_i].variable, 1);
	snprintf(text, sizeof(text),
		 "%s proxy { insecure = true } node a { id = 0 address = a }"
		 "node b { id = 1 address = b } node c { id = 2 address = c }"
		 "node d.example { id = 3 address = d }",
		 local_cases[_i].local);
	write_file(FILE_NAME, text);
	config = config_read(FILE_NAME, nowhere);
	ck_assert(!config == !local_cases[_i].node);
	if (config)
		ck_assert_str_eq(config_local(config)->name,
				 local_cases[_i].node);
	config_free(config);
	fclose(nowhere);
}
END_TEST

START_TEST(variable_without_node)
{
	setenv("M3IPC_NODE", "x", 1);
	write_file(FILE_NAME, "node a { id = 0 }");
	read_file(FILE_NAME,
		  FILE_NAME ": no node \"x\", which M3IPC_NODE says that this "
			    "one is\n");
}
END_TEST

/* Errors of included files, absolute names in front of which come from us */
static void expect_in_folder(const char *format)
{
	char errors[512];

	snprintf(errors, sizeof(errors), format, folder, folder);
	read_file(FILE_NAME, errors);
}

START_TEST(includes)
{
	struct config *config;

	write_file("node.conf", "local = n0 include(\"vm.conf\")");
	write_file("vm.conf", "vm V { id = 0 } include(\"" FILE_NAME "\")");
	/* What is included may come later, again, or not at all. */
	config = read_text("include('node.conf')\nnode n0 { id = 0 }\n"
			   "include(\"./vm.conf\") include(\"none*.conf\")");
	ck_assert_str_eq(config->local, "n0");
	ck_assert_uint_eq(config->nr_vms, 1);
	config_free(config);
}
END_TEST

START_TEST(patterns)
{
	char text[128], name[32];
	struct config *config;

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "%02d.conf", i);
		snprintf(text, sizeof(text), "vm V%d { id = %d }", i, i);
		write_file(name, text);
	}
	snprintf(text, sizeof(text), ONE "include(\"%s/[0-9]*.conf\")", folder);
	config = read_text(text);
	ck_assert_uint_eq(config->nr_vms, 20);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(config->vms[i].usr.vm_vmid, i);
	config_free(config);
}
END_TEST

START_TEST(errors_of_included)
{
	write_file(FILE_NAME, ONE "include(b)\ninclude(c)\nvm V { id = 77 }");
	write_file("b", "\n\nvm W { ids = 0 id = 99 }");
	write_file("c", "\n# x");
	expect_in_folder(
		"%s/b:3: vm \"W\": no such option 'ids': must be one "
		"of id, nodes, nr_procs, nr_tasks, nr_sysprocs, "
		"nr_nodes, cpumask, linger, memory_max, cpu_max, membership, redo, memory, "
		"fs, pm, init, is\n"
		"m3ipc.conf:4: vm \"V\": id = 77: must be 0..31: less "
		"than nr_vms of drvs\n"
		"%s/b:3: vm \"W\": id = 99: must be 0..31: less than "
		"nr_vms of drvs\n");
}
END_TEST

/* One that is broken does not keep others from being read. */
START_TEST(broken_included)
{
	write_file(FILE_NAME, "include(b)\ninclude(c)\nvm V { id = x }");
	write_file("b", "\nvm \"");
	write_file("c", "\nvm {");
	expect_in_folder("%s/b:2: a string does not end\n"
			 "%s/c:2: a brace is not closed\n"
			 "m3ipc.conf:3: vm \"V\": id = x: must be a whole "
			 "number\n");
}
END_TEST

static Suite *config_suite(void)
{
	Suite *suite = suite_create("configuration");
	TCase *tc = tcase_create("config");

	tcase_add_checked_fixture(tc, enter_folder, leave_folder);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, errors, 0, ARRAY_SIZE(error_cases));
	tcase_add_test(tc, no_file);
	tcase_add_test(tc, no_text);
	tcase_add_test(tc, byte_order_mark);
	tcase_add_test(tc, defaults);
	tcase_add_test(tc, vm_defaults);
	tcase_add_test(tc, nodes);
	tcase_add_loop_test(tc, peers, 0, 3);
	tcase_add_test(tc, vms);
	tcase_add_test(tc, servers);
	tcase_add_loop_test(tc, local, 0, ARRAY_SIZE(local_cases));
	tcase_add_test(tc, variable_without_node);
	tcase_add_test(tc, includes);
	tcase_add_test(tc, patterns);
	tcase_add_test(tc, errors_of_included);
	tcase_add_test(tc, broken_included);
	suite_add_tcase(suite, tc);
	return suite;
}

int main(void)
{
	return suite_run_all(config_suite());
}
