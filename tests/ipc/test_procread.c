// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads of /proc/drvs that never end, by a user who may not even open the
 * device: into memory that his own file system should fill.  Nobody else waits
 * for them.
 */
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "raw.h"
#include "silent.h"

#define NOBODY  1003
#define SOON_MS 2000

/* Shared with the attacker */
struct attack {
	char path[64];     /* what he reads */
	atomic_bool ready; /* there is a namespace of his */
	pid_t holder;      /* which is all that is in it */
	atomic_bool stuck; /* he waits for his file system */
	atomic_bool ended; /* no more */
};

static struct attack *attack;

static void set_up(void)
{
	stage_up();
	/* As udev would leave it */
	ck_assert(!chmod("/dev/fuse", 0666));
	attack = shared_new(sizeof(*attack));
}

static void become_nobody(void)
{
	ck_assert(!setgroups(0, NULL));
	ck_assert(!setresgid(NOBODY, NOBODY, NOBODY));
	ck_assert(!setresuid(NOBODY, NOBODY, NOBODY));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	ck_assert(open("/dev/m3ipc", O_RDWR) < 0);
}

static void hold_a_namespace(void *arg)
{
	(void)arg;
	ck_assert(!unshare(CLONE_NEWNET));
	attack->ready = true;
	for (;;)
		pause();
}

/* How, and where to, he reads */
struct reading {
	int file, way;
	struct silent silent;
};

static void read_for_ever(void *arg)
{
	const struct reading *r = arg;
	struct iovec iov = { r->silent.memory, SILENT_SIZE };

	if (r->way)
		preadv(r->file, &iov, 1, 0);
	else
		read(r->file, iov.iov_base, iov.iov_len);
	attack->ended = true;
}

/*
 * Another process reads: one that is killed goes only when its file system
 * does, which ends with this one.
 */
static void read_in_child(void *arg)
{
	struct reading r = { .way = *(int *)arg };

	become_nobody();
	silent_enter(0);
	r.silent = silent_new();
	if (!attack->path[0]) {
		attack->holder = child_start(hold_a_namespace, NULL);
		AWAIT(attack->ready);
		snprintf(attack->path, sizeof(attack->path),
			 "/proc/%d/net/drvs/info", attack->holder);
	}
	r.file = open(attack->path, O_RDONLY);
	ck_assert_int_ge(r.file, 0);
	child_start(read_for_ever, &r);
	AWAIT(*r.silent.asked);
	attack->stuck = true;
	for (;;)
		pause();
}

/* He reads that, or the file of a namespace that has no other purpose. */
static pid_t start_attack(const char *path, int way)
{
	pid_t pid;

	snprintf(attack->path, sizeof(attack->path), "%s", path);
	pid = child_start(read_in_child, &way);
	AWAIT(attack->stuck);
	return pid;
}

static void end_attack(pid_t pid)
{
	ck_assert(!attack->ended);
	child_kill(pid);
}

/* What is to be done soon */

struct job {
	int (*fn)(void);
	atomic_int rc;
	atomic_bool done;
};

static void do_job(void *arg)
{
	struct job *job = arg;

	job->rc = job->fn();
	job->done = true;
}

/* In another process, so that this one can fail if it is not done. */
static void soon(int (*fn)(void))
{
	struct job *job = shared_new(sizeof(*job));
	long start = now_ms(), ms;
	pid_t pid;

	job->fn = fn;
	pid = child_start(do_job, job);
	AWAIT(job->done);
	ms = now_ms() - start;
	ck_assert_msg(ms < SOON_MS * slowness(), "%ld ms", ms);
	ASSERT_RC(job->rc, OK);
	child_end(pid);
}

static int end_vm(void)
{
	return mnx_vm_end(VMID);
}

static int start_vm(void)
{
	VM_usr_t vm = VM_USR_INIT(VMID, "stage");

	return mnx_vm_init(&vm);
}

static int end_node(void)
{
	return mnx_drvs_end();
}

/* A namespace with a node comes, and goes. */
static int pass_through(void)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd;
	struct m3ipc_vmid vmid = { .vmid = VMID };
	drvs_usr_t drvs = { .d_nodeid = 1 };

	ck_assert(!unshare(CLONE_NEWNET));
	fd = raw_open();
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_DRVS_INIT, &drvs), OK);
	ck_assert(!setns(home, CLONE_NEWNET));
	AWAIT(raw_ioctl(fd, M3IPC_IOC_VM_END, &vmid) == EMOLDRVSINIT);
	return OK;
}

static const char *const vm_files[] = {
	"/proc/drvs/stage/info",
	"/proc/drvs/stage/procs",
	"/proc/drvs/stage/stats",
};

START_TEST(vm_ends)
{
	pid_t pid = start_attack(vm_files[_i / 2], _i % 2);

	soon(end_vm);
	soon(start_vm);
	end_attack(pid);
}
END_TEST

START_TEST(node_ends)
{
	pid_t pid;

	stage_new_node();
	pid = start_attack("/proc/drvs/stage/procs", _i);
	soon(end_node);
	end_attack(pid);
}
END_TEST

START_TEST(namespace_ends)
{
	pid_t pid = start_attack("", _i);

	ck_assert(!kill(attack->holder, SIGKILL));
	soon(pass_through);
	soon(pass_through);
	end_attack(pid);
}
END_TEST

/* Unloading waits for no file: it is refused while one is open. */

static int module_users(void)
{
	FILE *file = fopen("/sys/module/m3ipc/refcnt", "r");
	int n = -1;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%d", &n), 1);
	fclose(file);
	return n;
}

static const char *const files[] = {
	"/proc/drvs/info",         "/proc/drvs/nodes",
	"/proc/drvs/proxies/info", "/proc/drvs/proxies/procs",
	"/proc/drvs/stage/info",   "/proc/drvs/stage/procs",
	"/proc/drvs/stage/stats",
};

static bool is_a_user(const char *path)
{
	int before = module_users(), during;
	int file = open(path, O_RDONLY);

	ck_assert_int_ge(file, 0);
	during = module_users();
	close(file);
	return during == before + 1 && module_users() == before;
}

/* What ended before may end its use in between. */
START_TEST(holds_the_module)
{
	AWAIT(is_a_user(files[_i]));
}
END_TEST

/* What does not come by read() comes all the same. */
START_TEST(sent)
{
	int file = open(files[_i], O_RDONLY), ends[2];
	char expected[4096] = "", got[4096] = "";
	ssize_t n = pread(file, expected, sizeof(expected), 0);

	ck_assert_int_gt(n, 0);
	ck_assert(!pipe(ends));
	ck_assert_int_eq(sendfile(ends[1], file, NULL, sizeof(got)), n);
	ck_assert_int_eq(read(ends[0], got, sizeof(got)), n);
	ck_assert_mem_eq(got, expected, (size_t)n);
	close(file);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ vm_ends, 2 * NR_OF(vm_files) },
		{ node_ends, 2 },
		{ namespace_ends, 2 },
		{ holds_the_module, NR_OF(files) },
		{ sent, NR_OF(files) },
	};

	stage_init();
	return RUN_TESTS("reads of /proc/drvs that do not end", 60, set_up,
			 stage_down, tests);
}
