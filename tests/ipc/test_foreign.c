// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A user's own node, in a user namespace of his: its servers get the memory of
 * processes of that namespace, and not that of a process that has come into
 * the network namespace from outside, even if that waits for their answer.
 *
 * The device is open to everybody meanwhile, as if all were in its group.
 */
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "raw.h"

#define DEVICE "/dev/m3ipc"
#define ALICE  1001
#define SERVER 5
#define CLIENT 100
#define SECRET "the root's own"

static struct shared {
	atomic_int ready;
	atomic_int done;
	int read, written;
	char seen[sizeof(SECRET)];
} * shared;

static char secret[sizeof(SECRET)] = SECRET;

static int copy(int fd, int src, const void *from, int dst, void *to)
{
	struct m3ipc_vcopy req = {
		.src = src,
		.dst = dst,
		.saddr = (uintptr_t)from,
		.daddr = (uintptr_t)to,
		.bytes = sizeof(SECRET),
	};

	return raw_ioctl(fd, M3IPC_IOC_VCOPY, &req);
}

/* Of Alice's node: reads and writes what its client names. */
static void serve(void *unused)
{
	static char mine[sizeof(SECRET)] = "changed by her";
	drvs_usr_t drvs = { .d_nodeid = 1 };
	VM_usr_t vm = VM_USR_INIT(VMID, "alices");
	struct m3ipc_page *page;
	message *m;
	int fd, from;

	(void)unused;
	ck_assert(!setgroups(0, NULL));
	ck_assert(!setresgid(ALICE, ALICE, ALICE));
	ck_assert(!setresuid(ALICE, ALICE, ALICE));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 1); /* its maps are hers to write */
	ck_assert(!unshare(CLONE_NEWUSER | CLONE_NEWNET));
	ASSERT_RC(file_put("/proc/self/setgroups", "deny"), OK);
	ASSERT_RC(file_put("/proc/self/uid_map", "0 1001 1"), OK);
	ASSERT_RC(file_put("/proc/self/gid_map", "0 1001 1"), OK);
	fd = raw_open();
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_DRVS_INIT, &drvs), OK);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_VM_INIT, &vm), OK);
	ASSERT_RC(raw_bind(fd, SERVER), SERVER);
	page = raw_map(fd);
	shared->ready = 1;
	ASSERT_RC(raw_prim(fd, page, 0, M3IPC_IOC_RCVRQST, ANY, -1), OK);
	m = &page->call[0].msg;
	from = m->m_source;
	shared->read = copy(fd, from, m->m2_p1, SELF, shared->seen);
	shared->written = copy(fd, SELF, mine, from, m->m2_p1);
	ASSERT_RC(raw_prim(fd, page, 0, M3IPC_IOC_REPLY, from, 0), OK);
	shared->done = 1;
	pause();
}

/*
 * Makes a request; 0 if its memory is as before after the answer.  After an
 * exec there is no test whose assertions could fail.
 */
static int be_client(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	struct m3ipc_page *page;

	if (fd < 0 || raw_bind(fd, CLIENT) <= 0)
		return 2;
	page = mmap(NULL, M3IPC_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		    fd, 0);
	if (page == MAP_FAILED)
		return 4;
	page->call[0].msg.m2_p1 = secret;
	if (raw_prim(fd, page, 0, M3IPC_IOC_SENDREC, SERVER, -1))
		return 3;
	return strcmp(secret, SECRET) ? 1 : 0;
}

struct entry {
	pid_t server;
	bool user;  /* also its user namespace, by way of an exec */
	bool below; /* and one of that */
};

static int open_namespace(pid_t pid, const char *kind)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kind);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	return fd;
}

static void come_in(void *arg)
{
	const struct entry *e = arg;
	int user = open_namespace(e->server, "user");
	int net = open_namespace(e->server, "net"), status;
	pid_t pid;

	if (!e->user) {
		ck_assert(!setns(net, CLONE_NEWNET));
		ck_assert_int_eq(be_client(), 0);
		return;
	}
	pid = fork();
	if (!pid) {
		ck_assert(!setns(user, CLONE_NEWUSER));
		ck_assert(!setns(net, CLONE_NEWNET));
		/* Only who is somebody there can make another one. */
		ck_assert(!setresgid(0, 0, 0) && !setresuid(0, 0, 0));
		if (e->below)
			ck_assert(!unshare(CLONE_NEWUSER));
		execl("/proc/self/exe", "test_foreign", "client", NULL);
		_exit(99);
	}
	status = child_status(pid);
	ck_assert_int_eq(status, 1 << 8); /* it has been written to */
}

START_TEST(clients)
{
	struct entry e = { .user = _i > 0, .below = _i == 2 };
	int rc = e.user ? OK : EMOLCALLDENIED;

	e.server = child_start(serve, NULL);
	AWAIT(shared->ready);
	child_run(come_in, &e);
	AWAIT(shared->done);
	ASSERT_RC(shared->read, rc);
	ASSERT_RC(shared->written, rc);
	ck_assert_str_eq(shared->seen, e.user ? SECRET : "");
	child_kill(e.server);
}
END_TEST

static void set_up(void)
{
	stage_up();
	shared = shared_new(sizeof(*shared));
}

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ clients, 3 },
	};
	struct stat st;
	int failed;

	(void)argv;
	if (argc > 1)
		return be_client();
	stage_init();
	if (stat(DEVICE, &st) || chmod(DEVICE, 0666)) {
		perror(DEVICE);
		return EXIT_FAILURE;
	}
	failed = RUN_TESTS("memory of foreigners", 60, set_up, stage_down,
			   tests);
	chmod(DEVICE, st.st_mode & 07777);
	return failed;
}
