// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Several processes and threads call whatever comes to mind: mostly what is
 * valid, with something wrong about it every now and then.
 *
 * There is nothing to assert while it lasts but that the kernel lives.  After
 * it the node ends as any other, and works.  SEED in the environment repeats
 * the calls of a run (not their timing), FUZZ_SECONDS makes it longer.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"

#define SECONDS      12
#define NR_PROCESSES 6
#define NR_THREADS   2 /* of each process, besides its first */
#define NR_VMS_HERE  2
#define NR_SLOTS     12 /* that are fought for */

static unsigned int first_seed;
static atomic_int *succeeded; /* by primitive */

/* One for each thread; what it knows of the world */
struct fuzzer {
	unsigned int seed;
	int fd;
	struct m3ipc_page *page; /* of some binding, maybe an old one */
	int endpoints[4];        /* that it has heard of */
};

static unsigned int pick(struct fuzzer *f, unsigned int n)
{
	return (unsigned int)rand_r(&f->seed) % n;
}

static bool rarely(struct fuzzer *f)
{
	return !pick(f, 20);
}

static int any_int(struct fuzzer *f)
{
	static const int extremes[] = { 0,    -1,   1,         ANY,
					NONE, SELF, INT32_MIN, INT32_MAX };

	if (pick(f, 2))
		return extremes[pick(f, 8)];
	return (int)((unsigned int)rand_r(&f->seed) * 3u);
}

static int some_slot(struct fuzzer *f)
{
	/* Half of them system slots */
	int nr = (int)pick(f, NR_SLOTS);

	return rarely(f) ? any_int(f) : nr % 2 ? nr : 100 + nr;
}

static int some_vm(struct fuzzer *f)
{
	return rarely(f) ? any_int(f) : (int)pick(f, NR_VMS_HERE);
}

static int some_endpoint(struct fuzzer *f)
{
	switch (pick(f, 12)) {
	case 0:
		return ANY;
	case 1:
		return any_int(f);
	case 2:
		return _ENDPOINT((int)pick(f, 9), some_slot(f));
	default:
		return f->endpoints[pick(f, 4)];
	}
}

static int64_t some_time(struct fuzzer *f)
{
	return rarely(f) ? any_int(f) : (int64_t)pick(f, 4);
}

/* Finds somebody to talk to. */
static void look_around(struct fuzzer *f)
{
	proc_usr_t p = { .p_vmid = some_vm(f), .p_nr = some_slot(f) };

	if (!raw_ioctl(f->fd, M3IPC_IOC_GETPROCINFO, &p) &&
	    p.p_endpoint != NONE)
		f->endpoints[pick(f, 4)] = p.p_endpoint;
}

static void map(struct fuzzer *f)
{
	void *p = mmap(NULL, rarely(f) ? 8192 : 4096, PROT_READ | PROT_WRITE,
		       MAP_SHARED, f->fd, rarely(f) ? 4096 : 0);

	if (p == MAP_FAILED)
		return;
	if (f->page && pick(f, 2))
		munmap(f->page, 4096);
	f->page = p;
}

static void call(struct fuzzer *f)
{
	unsigned int prim = pick(f, NR_PRIMS);
	unsigned long request = raw_prims[prim];
	unsigned int i = pick(f, M3IPC_NR_CALLS);
	struct m3ipc_call *call = &f->page->call[i];
	uint32_t *words = (uint32_t *)call;
	int rc;

	call->peer = some_endpoint(f);
	call->timeout = some_time(f);
	if (call->timeout == -1 || call->timeout > 1000)
		call->timeout = 5;
	call->src_nr = pick(f, 2) ? SELF : some_slot(f);
	call->value = any_int(f);
	call->msg.m_source = some_endpoint(f);
	memset(call->reserved, 0, sizeof(call->reserved));
	call->op = _IOC_NR(request);
	if (rarely(f)) {
		words[pick(f, sizeof(*call) / 4)] = (uint32_t)any_int(f);
		call->timeout &= 15;
	}
	if (rarely(f))
		call->op = pick(f, 2) ? M3IPC_OP_TAKEN : M3IPC_OP_DONE;
	if (rarely(f))
		i = (unsigned int)any_int(f);
	rc = raw_ioctl(f->fd, request, (void *)(intptr_t)(int)i);
	if (!rc)
		succeeded[prim]++;
	else if (rc == -ESTALE && !rarely(f))
		map(f);
	else if (rc == EMOLNOTBIND || rc == EMOLDSTDIED || rc == EMOLENDPOINT)
		look_around(f);
	if (rarely(f))
		raw_ioctl(f->fd, M3IPC_IOC_CANCEL, (void *)(intptr_t)(int)i);
}

/* A process or thread near this one that is part of the test */
static pid_t some_process(struct fuzzer *f)
{
	pid_t pid = pick(f, 2) ? gettid() : getpid() + (int)pick(f, 9) - 4;

	return getpgid(pid) == getpgrp() ? pid : any_int(f) | INT32_MIN;
}

static void bind_or_not(struct fuzzer *f)
{
	struct m3ipc_bind bind = { .vmid = some_vm(f),
				   .p_nr = some_slot(f),
				   .who = pick(f, 3) };
	struct m3ipc_wait4bind wait = { .timeout = pick(f, 3) };

	if (bind.who == M3IPC_BIND_OTHER)
		bind.pid = some_process(f);
	if (rarely(f))
		bind.reserved = 1;
	raw_ioctl(f->fd, M3IPC_IOC_BIND, &bind);
	if (pick(f, 2))
		map(f);
	if (rarely(f))
		raw_ioctl(f->fd, M3IPC_IOC_WAIT4BIND, &wait);
}

static void unbind(struct fuzzer *f)
{
	raw_unbind(f->fd, some_vm(f), pick(f, 2) ? SELF : some_endpoint(f));
}

static void administer(struct fuzzer *f)
{
	VM_usr_t vm = VM_USR_INIT(some_vm(f), "fuzzed");
	struct m3ipc_vmid vmid = { .vmid = some_vm(f) };
	struct m3ipc_hdw_notify hdw = { .vmid = some_vm(f),
					.dst = some_endpoint(f) };
	drvs_usr_t drvs = { .d_nodeid = (int)pick(f, 3) };

	vm.vm_name[5] = (char)('0' + pick(f, 4));
	switch (pick(f, 30)) {
	case 0:
		if (rarely(f))
			raw_ioctl(f->fd, M3IPC_IOC_VM_END, &vmid);
		break;
	case 1:
		if (rarely(f) && rarely(f))
			raw_ioctl(f->fd, M3IPC_IOC_DRVS_END, NULL);
		break;
	case 2:
	case 3:
		raw_ioctl(f->fd, M3IPC_IOC_DRVS_INIT, &drvs);
		break;
	case 4:
	case 5:
	case 6:
	case 7:
		raw_ioctl(f->fd, M3IPC_IOC_VM_INIT, &vm);
		break;
	default:
		raw_ioctl(f->fd, M3IPC_IOC_HDW_NOTIFY, &hdw);
	}
}

/* Any ioctl with any bytes; but no wait without an end. */
static void shout(struct fuzzer *f)
{
	static const unsigned int sizes[] = { 0, 4, 8, 16, 24, 48, 96, 184 };
	uint32_t words[64];
	unsigned int i, nr = 10 + pick(f, 60);

	for (i = 0; i < 64; i++)
		words[i] = pick(f, 2) ? 0 : (uint32_t)any_int(f);
	if (nr == _IOC_NR(M3IPC_IOC_WAIT4BIND))
		words[0] = words[1] = 0;
	raw_ioctl(f->fd,
		  _IOC(pick(f, 4), M3IPC_IOC_MAGIC, nr, sizes[pick(f, 8)]),
		  rarely(f) ? (void *)(intptr_t)any_int(f) : words);
}

static void fork_one(struct fuzzer *f)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		raw_bind(f->fd, some_slot(f));
		f->page = NULL;
		map(f);
		if (f->page)
			call(f);
		if (pick(f, 2))
			_exit(0);
		raise(SIGKILL);
	}
	if (pid > 0 && pick(f, 3))
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void be_unkind_to_the_page(struct fuzzer *f)
{
	switch (pick(f, 4)) {
	case 0:
		munmap(f->page, 4096);
		f->page = NULL;
		break;
	case 1:
		mprotect(f->page, 4096, PROT_READ);
		mprotect(f->page, 4096, PROT_READ | PROT_WRITE);
		break;
	case 2:
		memset(f->page, (int)pick(f, 256), 4096);
		break;
	case 3:
		mlock(f->page, 4096);
		break;
	}
}

static void look_at_files(struct fuzzer *f)
{
	static const char *const names[] = { "info", "nodes", "fuzze0/procs",
					     "fuzze1/stats", "fuzze2/info" };
	struct pollfd pfd = { .fd = f->fd, .events = POLLIN };
	char path[64], buf[600];
	int file;

	snprintf(path, sizeof(path), "/proc/drvs/%s", names[pick(f, 5)]);
	file = open(path, O_RDONLY);
	if (file >= 0) {
		while (read(file, buf, 1 + pick(f, sizeof(buf))) > 0)
			;
		close(file);
	}
	poll(&pfd, 1, (int)pick(f, 3));
}

static void step(struct fuzzer *f)
{
	unsigned int what = pick(f, 100);

	if (what < 60) {
		if (f->page)
			call(f);
		else
			bind_or_not(f);
	} else if (what < 70) {
		look_around(f);
	} else if (what < 80) {
		bind_or_not(f);
	} else if (what < 84) {
		unbind(f);
	} else if (what < 90) {
		administer(f);
	} else if (what < 94) {
		shout(f);
	} else if (what < 96) {
		kill(getpid(), pick(f, 2) ? SIGUSR1 : SIGUSR2);
	} else if (what < 97) {
		fork_one(f);
	} else if (what < 98) {
		if (f->page)
			be_unkind_to_the_page(f);
	} else if (what < 99) {
		look_at_files(f);
	} else {
		close(f->fd);
		f->fd = open("/dev/m3ipc", O_RDWR | O_CLOEXEC);
	}
}

/* A handler that makes a call, at times */
static __thread struct fuzzer *own;

static void on_signal(int sig)
{
	if (sig == SIGUSR1 && own && own->fd >= 0)
		raw_ioctl(own->fd, raw_prims[pick(own, NR_PRIMS)],
			  (void *)(intptr_t)pick(own, 31));
}

/* The page may have gone under it. */
static __thread sigjmp_buf again;

static void on_fault(int sig)
{
	(void)sig;
	own->page = NULL;
	siglongjmp(again, 1);
}

static void *fuzz(void *arg)
{
	struct fuzzer f = { .seed = *(unsigned int *)arg };

	f.fd = open("/dev/m3ipc", O_RDWR | O_CLOEXEC);
	own = &f;
	sigsetjmp(again, 1);
	for (;;)
		step(&f);
	return NULL;
}

static void fuzz_process(void *arg)
{
	struct sigaction sa = { .sa_handler = on_signal };
	unsigned int seeds[NR_THREADS + 1];
	pthread_t thread;
	int i;

	sigaction(SIGUSR2, &sa, NULL);
	sa.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &sa, NULL);
	sa.sa_handler = on_fault;
	sa.sa_flags = SA_NODEFER;
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	for (i = 0; i <= NR_THREADS; i++)
		seeds[i] = *(unsigned int *)arg * 8191u + (unsigned int)i;
	for (i = 0; i < NR_THREADS; i++)
		pthread_create(&thread, NULL, fuzz, &seeds[i]);
	fuzz(&seeds[NR_THREADS]);
}

static long seconds(void)
{
	const char *text = getenv("FUZZ_SECONDS");

	return text ? atol(text) : SECONDS;
}

START_TEST(random_calls)
{
	pid_t pids[NR_PROCESSES];
	long end = now_ms() + seconds() * 1000;
	struct fuzzer f = { .seed = first_seed };
	unsigned int seed = first_seed;
	int i;

	setpgid(0, 0);
	succeeded = shared_new(NR_PRIMS * sizeof(*succeeded));
	stage_new_node();
	mnx_vm_end(VMID);
	for (i = 0; i < NR_PROCESSES; i++, seed++)
		pids[i] = child_start(fuzz_process, &seed);
	/* Now and then one of them is killed, and another comes. */
	while (now_ms() < end) {
		random_delay(&f.seed, 200000);
		i = (int)pick(&f, NR_PROCESSES);
		child_kill(pids[i]);
		pids[i] = child_start(fuzz_process, &seed);
		seed++;
	}
	for (i = 0; i < NR_PROCESSES; i++)
		child_kill(pids[i]);
	i = mnx_drvs_end();
	ck_assert(i == OK || i == EMOLDRVSINIT);
	/* It did not only knock at the door. */
	for (i = 0; i < NR_PRIMS; i++) {
		printf("ioctl %lu succeeded %d times\n", _IOC_NR(raw_prims[i]),
		       succeeded[i]);
		ck_assert_int_gt(succeeded[i], 0);
	}
}
END_TEST

START_TEST(works_afterwards)
{
	struct actor *server = actor_new(PROCESS, 1);
	struct actor *client = actor_new(PROCESS, MY_NR);

	START(client, .op = OP_SENDREC, .peer = server->ep, .ms = PATIENCE);
	ASSERT_RC(CALL_RC(server, .op = OP_RCVRQST, .ms = PATIENCE), OK);
	ASSERT_RC(CALL_RC(server, .op = OP_REPLY, .peer = client->ep), OK);
	ASSERT_RC(actor_end(client).rc, OK);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ random_calls, 1 },
		{ works_afterwards, 1 },
	};
	const char *seed = getenv("SEED");

	stage_init();
	first_seed = seed ? (unsigned int)strtoul(seed, NULL, 0) :
			    (unsigned int)(now_ms() * 1000 + getpid());
	printf("test_fuzz: SEED=%u\n", first_seed);
	return RUN_TESTS("fuzz", (double)seconds() + 60, stage_up, stage_down,
			 tests);
}
