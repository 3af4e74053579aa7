// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cluster.h"
#include "raw.h"

/* From node "from" to node "to" */
struct wire {
	int from;
	int to;
	int ends[2]; /* of a pipe */
	pid_t sender;
	pid_t receiver;
};

/* Shared with the process of the wires */
struct shared {
	atomic_bool held;
	atomic_int ready;
};

static int nr_nodes;
static int fds[MAX_NODES];
static int spaces[MAX_NODES];
static struct shared *shared;
static pid_t wires_pid;

int cluster_fd(int nodeid)
{
	return fds[nodeid];
}

static void must(int nodeid, unsigned long request, const void *arg)
{
	ASSERT_RC(raw_ioctl(fds[nodeid], request, arg), OK);
}

/* Wires; in a process of their own */

static void transfer(int fd, void *data, size_t size, bool out)
{
	char *p = data;
	ssize_t n;

	for (; size; size -= (size_t)n, p += n) {
		n = out ? write(fd, p, size) : read(fd, p, size);
		if (n <= 0)
			_exit(0);
	}
}

static void pass_gate(void)
{
	while (shared->held)
		breathe();
}

static void *send_commands(void *arg)
{
	struct wire *w = arg;
	struct m3ipc_batch batch;
	char *payload = malloc(M3IPC_MAX_COPYBUF);
	cmd_t cmd;
	int rc;

	w->sender = gettid();
	shared->ready++;
	for (;;) {
		batch = (struct m3ipc_batch){
			.cmds = (uintptr_t)&cmd,
			.payload = (uintptr_t)payload,
			.timeout = TIMEOUT_FOREVER,
			.nr = 1,
		};
		rc = raw_ioctl(fds[w->from], M3IPC_IOC_GET2RMT, &batch);
		if (rc == EMOLBADPROXY) { /* not yet */
			breathe();
			continue;
		}
		if (rc)
			break;
		pass_gate();
		transfer(w->ends[1], &cmd, sizeof(cmd), true);
		transfer(w->ends[1], payload, (size_t)cmd.c_len, true);
	}
	free(payload);
	return NULL;
}

/* What was on the way when a link broke is lost with it. */
static void *receive_commands(void *arg)
{
	struct wire *w = arg;
	char *payload = malloc(M3IPC_MAX_COPYBUF);
	cmd_t cmd;
	int rc;

	w->receiver = gettid();
	shared->ready++;
	for (;;) {
		struct m3ipc_batch batch = {
			.cmds = (uintptr_t)&cmd,
			.payload = (uintptr_t)payload,
			.nr = 1,
		};

		transfer(w->ends[0], &cmd, sizeof(cmd), false);
		transfer(w->ends[0], payload, (size_t)cmd.c_len, false);
		pass_gate();
		do
			rc = raw_ioctl(fds[w->to], M3IPC_IOC_PUT2LCL, &batch);
		while (rc == EMOLNOMEM);
		if (rc == EMOLDRVSINIT)
			break;
		if (rc && rc != EMOLNOTCONN && rc != EMOLBADPROXY)
			fprintf(stderr,
				"wire %d-%d: command %#x, %d to %d: %s\n",
				w->from, w->to, (unsigned int)cmd.c_cmd,
				cmd.c_src, cmd.c_dst, mnx_strerror(rc));
	}
	free(payload);
	return NULL;
}

static void run_wires(void)
{
	static struct wire wires[MAX_NODES][MAX_NODES];
	pthread_t thread;
	int a, b;

	for (a = 0; a < nr_nodes; a++)
		for (b = 0; b < nr_nodes; b++) {
			wires[a][b] = (struct wire){ .from = a, .to = b };
			if (a == b || pipe(wires[a][b].ends))
				continue;
			pthread_create(&thread, NULL, send_commands,
				       &wires[a][b]);
			pthread_create(&thread, NULL, receive_commands,
				       &wires[a][b]);
		}
	while (shared->ready < 2 * nr_nodes * (nr_nodes - 1))
		breathe();
	for (a = 0; a < nr_nodes; a++)
		for (b = 0; b < nr_nodes; b++) {
			struct m3ipc_proxies_bind bind = {
				.pxid = b,
				.spid = wires[a][b].sender,
				.rpid = wires[b][a].receiver,
				.name = "wire",
			};

			if (a != b &&
			    raw_ioctl(fds[a], M3IPC_IOC_PROXIES_BIND, &bind))
				_exit(1);
		}
	shared->ready = -1;
	for (;;)
		pause();
}

static void start_wires(void)
{
	int a, b;

	shared = shared_new(sizeof(*shared));
	wires_pid = fork();
	ck_assert(wires_pid >= 0);
	if (!wires_pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run_wires();
	}
	AWAIT(shared->ready == -1);
	for (a = 0; a < nr_nodes; a++)
		for (b = 0; b < nr_nodes; b++) {
			struct m3ipc_node node = { .nodeid = b, .pxid = b };

			if (a == b)
				continue;
			snprintf(node.name, sizeof(node.name), "node%d", b);
			must(a, M3IPC_IOC_NODE_UP, &node);
			if (a < b)
				cluster_mend(a, b);
		}
}

/* Nodes */

static int open_namespace(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	ck_assert(fd >= 0);
	return fd;
}

static void new_node(int nodeid)
{
	drvs_usr_t drvs = { .d_nodeid = nodeid };
	int rc;

	if (nodeid)
		ck_assert(!unshare(CLONE_NEWNET));
	fds[nodeid] = raw_open();
	spaces[nodeid] = open_namespace();
	rc = raw_ioctl(fds[nodeid], M3IPC_IOC_DRVS_INIT, &drvs);
	ASSERT_RC(rc, nodeid || !rc ? OK : EMOLDRVSBUSY);
}

void cluster_up(int nodes)
{
	cluster_up_with(nodes, 0);
}

void cluster_up_with(int nodes, int vm_flags)
{
	VM_usr_t vm = VM_USR_INIT(VMID, "stage");
	int i;

	mnx_vm_end(VMID);
	nr_nodes = nodes;
	vm.vm_flags = vm_flags;
	vm.vm_nodes = (1u << nodes) - 1;
	for (i = 0; i < nodes; i++) {
		new_node(i);
		must(i, M3IPC_IOC_VM_INIT, &vm);
	}
	ck_assert(!setns(spaces[0], CLONE_NEWNET));
	start_wires();
}

void cluster_kill_wires(void)
{
	kill(wires_pid, SIGKILL);
	waitpid(wires_pid, NULL, 0);
	wires_pid = 0;
}

void cluster_down(void)
{
	int i;

	stage_down();
	if (wires_pid)
		cluster_kill_wires();
	munmap(shared, sizeof(*shared));
	for (i = nr_nodes - 1; i >= 0; i--) {
		if (i)
			must(i, M3IPC_IOC_DRVS_END, NULL);
		close(fds[i]);
		close(spaces[i]);
	}
}

/* Actors elsewhere */

void cluster_enter(int nodeid, const struct actor *a)
{
	struct m3ipc_rmtbind bind = {
		.vmid = VMID,
		.endpoint = a->ep,
		.nodeid = a->nodeid,
		.name = "actor",
	};

	must(nodeid, M3IPC_IOC_RMTBIND, &bind);
}

struct actor *actor_at(int nodeid, enum kind kind, int p_nr)
{
	struct actor *a;
	int i;

	ck_assert(!setns(spaces[nodeid], CLONE_NEWNET));
	a = actor_new_at(nodeid, fds[nodeid], kind, p_nr);
	ck_assert(!setns(spaces[0], CLONE_NEWNET));
	for (i = 0; i < nr_nodes && p_nr < FIRST_USER_NR; i++)
		if (i != nodeid)
			cluster_enter(i, a);
	return a;
}

struct actor *spare_at(int nodeid)
{
	struct actor *a;

	ck_assert(!setns(spaces[nodeid], CLONE_NEWNET));
	a = actor_unbound_at(nodeid, fds[nodeid]);
	ck_assert(!setns(spaces[0], CLONE_NEWNET));
	return a;
}

void cluster_hold(void)
{
	shared->held = true;
}

void cluster_go_on(void)
{
	shared->held = false;
}

static void connect_node(int at, int to, bool up)
{
	struct m3ipc_pxid arg = { .pxid = to };

	arg.status = up ? CONNECT_SPROXY : DISCONNECT_SPROXY;
	must(at, M3IPC_IOC_PROXY_CONN, &arg);
	arg.status = up ? CONNECT_RPROXY : DISCONNECT_RPROXY;
	must(at, M3IPC_IOC_PROXY_CONN, &arg);
}

void cluster_cut(int a, int b)
{
	connect_node(a, b, false);
	connect_node(b, a, false);
}

/* What the first sends before the second is connected would be lost. */
void cluster_mend(int a, int b)
{
	bool held = atomic_exchange(&shared->held, true);

	connect_node(a, b, true);
	connect_node(b, a, true);
	shared->held = held;
}
