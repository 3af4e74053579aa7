// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/drvs: what it shows, however it is read, and that a file held open
 * keeps nothing from ending.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"

#define TALKERS 50
#define TALK_MS 3000

static char text[1 << 20];

/* The whole of a file in pieces of that size; its length, or -errno */
static ssize_t slurp(const char *path, char *to, size_t max, size_t piece)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n, len = 0;

	if (file < 0)
		return -errno;
	while ((n = read(file, to + len,
			 piece < max - 1 - (size_t)len ?
				 piece :
				 max - 1 - (size_t)len)) > 0)
		len += n;
	close(file);
	to[len] = '\0';
	return n < 0 ? -errno : len;
}

static char *get(const char *path)
{
	ssize_t len = slurp(path, text, sizeof(text), 4096);

	ck_assert_msg(len > 0, "%s: %zd", path, len);
	return text;
}

/* The line of that number; the header is line 0. */
static const char *line_of(char *of, int number)
{
	char *line = of;

	while (number-- && line) {
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	if (line)
		line[strcspn(line, "\n")] = '\0';
	return line;
}

/* What is there */

START_TEST(layout)
{
	struct stat st;
	char link[64] = "";
	const char *names[] = { "info", "nodes", "stage/info", "stage/procs",
				"stage/stats" };
	char path[64];
	unsigned int i;

	ck_assert_int_gt(readlink("/proc/drvs", link, sizeof(link) - 1), 0);
	ck_assert_ptr_nonnull(strstr(link, "net/drvs"));
	ck_assert_int_eq(dir_count("/proc/drvs/"), 4);
	ck_assert_int_eq(dir_count("/proc/drvs/stage"), 3);
	for (i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), "/proc/drvs/%s", names[i]);
		ck_assert(!stat(path, &st));
		ck_assert_uint_eq(st.st_mode, S_IFREG | 0444);
		ck_assert_int_lt(file_put(path, "0"), 0);
		get(path);
	}
}
END_TEST

START_TEST(node_files)
{
	char *info = get("/proc/drvs/info");
	char name[M3IPC_NAME_LEN], expected[128];
	node_usr_t n;

	ck_assert_ptr_eq(strstr(info, "nodeid      0\n"), info);
	ck_assert_ptr_nonnull(strstr(info, "\nnr_vms      32\n"));
	ck_assert_ptr_nonnull(strstr(info, "\nnr_nodes    32\n"));
	ck_assert_ptr_nonnull(strstr(info, "\nnr_procs    189\n"));
	ck_assert_ptr_nonnull(strstr(info, "\nnr_tasks    67\n"));
	ck_assert_ptr_nonnull(strstr(info, "\nnr_sysprocs 96\n"));
	ASSERT_RC(mnx_getnodeinfo(0, &n), OK);
	memcpy(name, n.n_name, sizeof(name));
	snprintf(expected, sizeof(expected),
		 "Node Flags Proxies -VMs- Name\n%4d %5x %7d %5s %s\n", 0,
		 NODE_ATTACHED, NO_PROXIES, "1", name);
	ck_assert_str_eq(get("/proc/drvs/nodes"), expected);
}
END_TEST

START_TEST(vm_info)
{
	char *info = get("/proc/drvs/stage/info");

	ck_assert_ptr_nonnull(strstr(info, "vmid        0\n"));
	ck_assert_ptr_nonnull(strstr(info, "\nname        stage\n"));
	ck_assert_ptr_nonnull(strstr(info, "\nnr_procs    189\n"));
	ck_assert_ptr_nonnull(strstr(info, "\nnr_nodes    32\n"));
	ck_assert_ptr_nonnull(strstr(info, "\nnodes       0x1\n"));
}
END_TEST

/* A row says what getprocinfo says. */
static void check_rows(int row, int p_nr)
{
	int vm, nr, ep, lpid, node, getf, sndt, wmig, prxy;
	unsigned int flag, misc;
	unsigned long lsnt, rsnt, lcpy, rcpy;
	char name[64];
	const char *line;
	proc_usr_t p;

	ASSERT_RC(mnx_getprocinfo(VMID, p_nr, &p), OK);
	line = line_of(get("/proc/drvs/stage/procs"), row);
	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(sscanf(line, "%d %d %d %d %d %x %x %d %d %d %d %63s",
				&vm, &nr, &ep, &lpid, &node, &flag, &misc,
				&getf, &sndt, &wmig, &prxy, name),
			 12);
	ck_assert_int_eq(vm, p.p_vmid);
	ck_assert_int_eq(nr, p.p_nr);
	ck_assert_int_eq(nr, p_nr);
	ck_assert_int_eq(ep, p.p_endpoint);
	ck_assert_int_eq(lpid, p.p_lpid);
	ck_assert_int_eq(node, p.p_nodeid);
	ck_assert_uint_eq(flag, p.p_rts_flags);
	ck_assert_uint_eq(misc, p.p_misc_flags);
	ck_assert_int_eq(getf, p.p_getfrom);
	ck_assert_int_eq(sndt, p.p_sendto);
	ck_assert_int_eq(wmig, p.p_waitmigr);
	ck_assert_int_eq(prxy, p.p_proxy);
	ck_assert_str_eq(name, p.p_name);

	line = line_of(get("/proc/drvs/stage/stats"), row);
	ck_assert_int_eq(sscanf(line, "%d %d %d %d %d %lu %lu %lu %lu", &vm,
				&nr, &ep, &lpid, &node, &lsnt, &rsnt, &lcpy,
				&rcpy),
			 9);
	ck_assert_int_eq(nr, p_nr);
	ck_assert_int_eq(ep, p.p_endpoint);
	ck_assert_int_eq(lpid, p.p_lpid);
	ck_assert_uint_eq(lsnt, p.p_lclsent);
	ck_assert_uint_eq(rsnt | lcpy | rcpy, 0);
}

static void check_header(const char *file, const char *columns)
{
	char path[64], words[256] = "", *save = NULL, *word;
	char line[256];

	snprintf(path, sizeof(path), "/proc/drvs/stage/%s", file);
	snprintf(line, sizeof(line), "%s", line_of(get(path), 0));
	for (word = strtok_r(line, " ", &save); word;
	     word = strtok_r(NULL, " ", &save)) {
		strcat(words, word);
		strcat(words, " ");
	}
	ck_assert_str_eq(words, columns);
}

START_TEST(tables)
{
	struct actor *low = actor_new(PROCESS, -5), *high;
	struct actor *sender = actor_new(PROCESS, MY_NR);
	struct actor *thread = actor_new(THREAD, MY_NR + 1);

	high = actor_new(PROCESS, NR_PROCS - 1);
	START(high, .op = OP_RECEIVE, .peer = low->ep, .ms = -1);
	actor_await(high, RECEIVING);
	START(sender, .op = OP_SENDREC, .peer = low->ep, .ms = -1);
	actor_await(sender, SENDING | RECEIVING);
	check_header("procs",
		     "VM p_nr endp lpid node flag misc getf sndt wmig prxy "
		     "name ");
	check_header("stats", "VM p_nr endp lpid node lsnt rsnt lcpy rcpy ");
	check_rows(1, -5);
	check_rows(2, MY_NR);
	check_rows(3, MY_NR + 1);
	check_rows(4, MY_NR + 1 + LEADER_OFFSET);
	check_rows(5, NR_PROCS - 1);
	ck_assert_str_eq(line_of(get("/proc/drvs/stage/procs"), 6), "");
	ASSERT_RC(CALL_RC(low, .op = OP_RECEIVE, .peer = ANY, .ms = 0), OK);
	ASSERT_RC(CALL_RC(low, .op = OP_SEND, .peer = high->ep, .ms = 0), OK);
	ASSERT_RC(actor_end(high).rc, OK);
	check_rows(1, -5);
	check_rows(2, MY_NR);
	check_rows(5, NR_PROCS - 1);
	actor_kill(thread);
	check_rows(3, NR_PROCS - 1);
}
END_TEST

/* What a process calls itself makes no row of its own. */
static const struct {
	const char *name;
	const char *shown;
} names[] = {
	{ "two words", "two words" },
	{ "a\n 0    7 1 1", "a\\n 0    7 1 1" },
	{ "\033[1m\t\\n\"", "\\e[1m\\t\\\\n\"" },
	{ "na\303\257ve", "na\\xc3\\xafve" },
	{ "\377\377\377\377\377\377\377\377\377\377\377\377\377\377\177",
	  "\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff"
	  "\\xff\\xff\\x7f" },
};

#define NR_NAMES (sizeof(names) / sizeof(names[0]))

START_TEST(any_name)
{
	static char header[256];
	const char *line;

	ck_assert_int_gt(raw_bind(raw_open(), MY_NR), 0);
	ck_assert(!prctl(PR_SET_NAME, names[_i].name));
	snprintf(header, sizeof(header), "%s",
		 line_of(get("/proc/drvs/stage/procs"), 0));
	line = line_of(get("/proc/drvs/stage/procs"), 1);
	ck_assert_str_eq(line + strlen(header) - strlen("name"),
			 names[_i].shown);
	ck_assert_str_eq(line_of(get("/proc/drvs/stage/procs"), 2), "");
}
END_TEST

/* Ways of reading */

static void fill(int n)
{
	int i;

	for (i = 0; i < n; i++)
		actor_new(PROCESS, MY_NR + i);
}

START_TEST(pieces)
{
	static char whole[1 << 16], other[1 << 16];
	static const size_t sizes[] = { 1, 7, 64, 4095, 65000 };
	int file = open("/proc/drvs/stage/procs", O_RDONLY);
	void *volatile unmapped = (void *)8;
	ssize_t len;
	off_t at;
	unsigned int i;

	fill(60);
	len = slurp("/proc/drvs/stage/procs", whole, sizeof(whole), 4096);
	ck_assert_int_gt(len, 60 * 80);
	for (i = 0; i < 5; i++) {
		ck_assert_int_eq(slurp("/proc/drvs/stage/procs", other,
				       sizeof(other), sizes[i]),
				 len);
		ck_assert_str_eq(other, whole);
	}
	for (at = len - 1; at >= 0; at -= 97) {
		ck_assert_int_eq(pread(file, other, 1, at), 1);
		ck_assert_int_eq(other[0], whole[at]);
		ck_assert_int_eq(lseek(file, at, SEEK_SET), at);
		ck_assert_int_eq(read(file, other, 50),
				 len - at < 50 ? len - at : 50);
		ck_assert_mem_eq(other, whole + at,
				 (size_t)(len - at < 50 ? len - at : 50));
	}
	ck_assert_int_eq(pread(file, other, 100, len), 0);
	ck_assert_int_eq(pread(file, other, 100, 1L << 40), 0);
	ck_assert_int_lt(pread(file, other, 100, -1), 0);
	ck_assert_int_lt(pread(file, unmapped, 100, 0), 0);
	ck_assert_int_lt(lseek(file, -1, SEEK_SET), 0);
	close(file);
}
END_TEST

/* Held open */

START_TEST(open_across_the_end)
{
	const char *names[] = { "info", "procs", "stats" };
	int files[6], cwd = open(".", O_RDONLY), i;
	char path[64], byte[64];
	VM_usr_t vm = VM_USR_INIT(VMID, "stage");

	fill(5);
	ck_assert(!chdir("/proc/drvs/stage"));
	for (i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "/proc/drvs/stage/%s",
			 names[i % 3]);
		files[i] = open(path, O_RDONLY);
		/* One of each kind stands in the middle of a line. */
		if (i >= 3)
			ck_assert_int_eq(read(files[i], byte, 10), 10);
	}
	ASSERT_RC(mnx_vm_end(VMID), OK);
	for (i = 0; i < 6; i++)
		ck_assert_int_le(read(files[i], byte, sizeof(byte)), 0);
	ck_assert(open("procs", O_RDONLY) < 0);
	/* Its successor is another VM. */
	ASSERT_RC(mnx_vm_init(&vm), OK);
	for (i = 0; i < 6; i++) {
		ck_assert_int_le(pread(files[i], byte, sizeof(byte), 0), 0);
		close(files[i]);
	}
	ck_assert(!fchdir(cwd));
	ck_assert_str_eq(line_of(get("/proc/drvs/stage/procs"), 1), "");
}
END_TEST

START_TEST(open_across_the_end_of_the_node)
{
	int info, procs, nodes;
	char byte[64];

	stage_new_node();
	info = open("/proc/drvs/info", O_RDONLY);
	nodes = open("/proc/drvs/nodes", O_RDONLY);
	procs = open("/proc/drvs/stage/procs", O_RDONLY);
	ASSERT_RC(mnx_drvs_end(), OK);
	ck_assert_int_gt(read(info, byte, 15), 0);
	ck_assert_mem_eq(byte, "nodeid      -1\n", 15);
	ck_assert_int_eq(read(nodes, byte, sizeof(byte)), 30);
	ck_assert_int_le(read(procs, byte, sizeof(byte)), 0);
	ck_assert_int_eq(dir_count("/proc/drvs/"), 3);
	close(info);
	close(nodes);
	close(procs);
}
END_TEST

/* The namespace of an open file may go; files are no reason for it to stay. */
static void open_there(void *arg)
{
	stage_new_node();
	*(atomic_int *)arg = 1;
	for (;;)
		pause();
}

START_TEST(open_across_the_end_of_the_namespace)
{
	atomic_int *ready = shared_new(sizeof(*ready));
	pid_t pid = child_start(open_there, ready);
	char path[64], byte[64];
	int file;

	snprintf(path, sizeof(path), "/proc/%d/net/drvs/stage/procs", pid);
	AWAIT(*ready);
	file = open(path, O_RDONLY);
	ck_assert_int_gt(pread(file, byte, sizeof(byte), 0), 0);
	child_kill(pid);
	AWAIT(pread(file, byte, sizeof(byte), 0) <= 0);
	close(file);
}
END_TEST

/* Other namespaces */

static void read_elsewhere(void *arg)
{
	(void)arg;
	ck_assert(!unshare(CLONE_NEWNET));
	ck_assert_ptr_nonnull(strstr(get("/proc/drvs/info"), "nodeid      -1"));
	ck_assert_int_eq(dir_count("/proc/drvs/"), 3);
	ck_assert_int_eq(access("/proc/drvs/stage", F_OK), -1);
}

START_TEST(other_network_namespace)
{
	child_run(read_elsewhere, NULL);
}
END_TEST

static void read_as_first(void *arg)
{
	const char *line = line_of(get("/proc/drvs/stage/procs"), 1);
	int lpid;

	(void)arg;
	ck_assert_int_eq(sscanf(line, "%*d %*d %*d %d", &lpid), 1);
	ck_assert_int_eq(lpid, PROC_NO_PID);
	ck_assert_int_eq(raw_bind(raw_open(), 1), 1);
	line = line_of(get("/proc/drvs/stage/procs"), 1);
	ck_assert_int_eq(sscanf(line, "%*d %*d %*d %d", &lpid), 1);
	ck_assert_int_eq(lpid, 1);
}

/* /proc is that of the outer namespace; numbers are the reader's. */
START_TEST(other_pid_namespace)
{
	struct actor *a = actor_new(PROCESS, 5);

	ck_assert(!unshare(CLONE_NEWPID));
	child_run(read_as_first, a);
}
END_TEST

/* While much is going on */

static void talk(void *arg)
{
	int nr = *(int *)arg, ep;
	unsigned int seed = (unsigned int)nr;
	proc_usr_t p;
	message m;

	for (;;) {
		ep = mnx_bind(VMID, MY_NR + nr);
		if (mnx_bind_failed(ep))
			continue;
		random_delay(&seed, RACE_DELAY);
		if (!mnx_getprocinfo(VMID, MY_NR + (nr ^ 1), &p) &&
		    p.p_endpoint != NONE)
			nr % 2 ? mnx_receive_T(p.p_endpoint, &m, 3) :
				 mnx_sendrec_T(p.p_endpoint, &m, 3);
		mnx_unbind(VMID, SELF);
	}
}

static void check_table(const char *path)
{
	char *line, *save = NULL;
	int vm, nr, last = -1000;

	ck_assert_int_gt(slurp(path, text, sizeof(text), 4096), 0);
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (!strncmp(line, "VM", 2))
			continue;
		ck_assert_int_eq(sscanf(line, "%d %d", &vm, &nr), 2);
		ck_assert_int_eq(vm, VMID);
		ck_assert_int_gt(nr, last);
		last = nr;
	}
}

START_TEST(busy)
{
	int numbers[TALKERS], i;
	pid_t pids[TALKERS];
	unsigned int seed = 1;
	long end;

	for (i = 0; i < TALKERS; i++) {
		numbers[i] = i;
		pids[i] = child_start(talk, &numbers[i]);
	}
	for (end = now_ms() + TALK_MS; now_ms() < end;) {
		check_table("/proc/drvs/stage/procs");
		check_table("/proc/drvs/stage/stats");
		get("/proc/drvs/nodes");
		random_delay(&seed, RACE_DELAY);
	}
	for (i = 0; i < TALKERS; i++)
		child_kill(pids[i]);
	ck_assert_str_eq(line_of(get("/proc/drvs/stage/procs"), 1), "");
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ layout, 1 },
		{ node_files, 1 },
		{ vm_info, 1 },
		{ tables, 1 },
		{ any_name, NR_NAMES },
		{ pieces, 1 },
		{ open_across_the_end, 1 },
		{ open_across_the_end_of_the_node, 1 },
		{ open_across_the_end_of_the_namespace, 1 },
		{ other_network_namespace, 1 },
		{ other_pid_namespace, 1 },
		{ busy, 1 },
	};

	stage_init();
	return RUN_TESTS("/proc/drvs", 60, stage_up, stage_down, tests);
}
