// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an exec leaves of a binding: the endpoint, unless the program has other
 * rights; and nothing of the page that others may have kept.
 *
 * This program is also what is exec'ed: as "test_exec fresh" it looks at the
 * page that it gets.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "users.h"

#define SLOT     9 /* of the page, that the library does not use first */
#define OLD_MARK 0x01d01d01
#define NEW_MARK 0x0e0e0e0e
#define ROUNDS   40

#define SET_ID "/tmp/m3ipc-test-set-id"

/* A page that somebody keeps */

struct kept {
	int shares; /* all the memory, or the one page */
	struct m3ipc_page *page;
	atomic_int is_kept, look, seen;
	atomic_int keeper;
};

static int keep(void *arg)
{
	struct kept *k = arg;
	struct m3ipc_call *call = &k->page->call[SLOT];

	call->msg.m_type = OLD_MARK;
	k->is_kept = 1;
	while (!k->look)
		breathe();
	k->seen = call->msg.m_type;
	_exit(0);
}

static void start_keeper(struct kept *k)
{
	static char stack[65536] __attribute__((aligned(16)));

	if (k->shares) {
		k->keeper = clone(keep, stack + sizeof(stack), CLONE_VM, k);
		ck_assert(k->keeper > 0);
		return;
	}
	ck_assert(!madvise(k->page, M3IPC_PAGE_SIZE, MADV_DOFORK));
	k->keeper = fork();
	if (!k->keeper)
		keep(k);
}

static void keep_and_exec(void *arg)
{
	struct kept *k = arg;
	int fd = raw_open();

	ck_assert_int_gt(raw_bind(fd, MY_NR), 0);
	k->page = raw_map(fd);
	start_keeper(k);
	AWAIT(k->is_kept);
	execl("/proc/self/exe", "test_exec", "fresh", NULL);
	_exit(9);
}

static struct m3ipc_page *map(int fd)
{
	return mmap(NULL, M3IPC_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		    fd, 0);
}

/*
 * The new program, without libcheck.  Its endpoint is the old one's, its page
 * is not.
 */
static int be_fresh(void)
{
	int fd = open(DEVICE, O_RDWR), i;
	struct m3ipc_page *page;
	struct m3ipc_self self;

	/* Without the page there is no call, whatever was in the old one. */
	for (i = 0; i < NR_PRIMS; i++)
		if (raw_ioctl(fd, raw_prims[i], (void *)SLOT) != EMOLSTALE)
			return 2;
	page = map(fd);
	if (page == MAP_FAILED || raw_ioctl(fd, M3IPC_IOC_SELF, &self) ||
	    page->id.serial != self.serial ||
	    page->id.endpoint != self.endpoint || page->id.vmid != VMID)
		return 3;
	if (page->call[SLOT].msg.m_type)
		return 4;
	page->call[SLOT].msg.m_type = NEW_MARK;
	if (raw_prim(fd, page, SLOT, M3IPC_IOC_RECEIVE, ANY, 0) != EMOLAGAIN)
		return 5;
	/* A second mapping, as of another thread, is the same page. */
	page = map(fd);
	return page->call[SLOT].msg.m_type == NEW_MARK ? 0 : 6;
}

START_TEST(page_is_fresh)
{
	struct kept *k = shared_new(sizeof(*k));
	pid_t pid;
	int status;

	k->shares = _i;
	pid = child_start(keep_and_exec, k);
	status = child_status(pid);
	k->look = 1;
	AWAIT(k->seen);
	ck_assert_msg(!status, "the new program says %d", WEXITSTATUS(status));
	ck_assert_int_eq(k->seen, OLD_MARK);
}
END_TEST

/* Programs with other rights */

static const struct {
	const char *mode;
	uid_t user; /* who starts it */
	bool keeps;
} programs[] = {
	{ "755", ALICE, true },   { "755", 0, true },       { "4755", 0, true },
	{ "4755", ALICE, false }, { "2755", ALICE, false },
};

static void make_program(const char *mode)
{
	char command[128];

	snprintf(command, sizeof(command), "cp /bin/sleep %s && chmod %s %s",
		 SET_ID, mode, SET_ID);
	ck_assert(!system(command));
}

struct starter {
	uid_t user;
	bool binds;
	pid_t pid;
	atomic_int ready, go;
};

static void start_program(void *arg)
{
	struct starter *s = arg;

	become_user(s->user);
	if (s->binds)
		ck_assert_int_gt(raw_bind(raw_open(), MY_NR), 0);
	s->ready = 1;
	while (!s->go)
		;
	execl(SET_ID, "sleeper", "1000", NULL);
	_exit(1);
}

static bool is_sleeper(pid_t pid)
{
	char path[32], name[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	f = fopen(path, "r");
	if (!f)
		return false;
	if (!fgets(name, sizeof(name), f))
		name[0] = 0;
	fclose(f);
	return !strncmp(name, "m3ipc-test-set", 14);
}

/* What the log has after that number: the only event */
static m3ipc_event_t only_event(uint64_t seq)
{
	m3ipc_event_t events[2];

	ASSERT_RC(mnx_getevents(VMID, &seq, events, 2), 1);
	return events[0];
}

START_TEST(other_rights)
{
	struct starter *s = shared_new(sizeof(*s));
	uint64_t seq = 0;
	pid_t pid;

	make_program(programs[_i].mode);
	s->user = programs[_i].user;
	s->binds = true;
	pid = child_start(start_program, s);
	AWAIT(s->ready);
	ck_assert(slot_is(MY_NR, 0));
	ASSERT_RC(mnx_getevents(VMID, &seq, NULL, 0), 0);
	s->go = 1;
	AWAIT(is_sleeper(pid));
	if (programs[_i].keeps) {
		ck_assert(slot_is(MY_NR, 0));
	} else {
		slot_await(MY_NR, SLOT_FREE);
		ck_assert_int_eq(only_event(seq).e_type, M3IPC_EVENT_UNBIND);
		ck_assert_int_eq(only_event(seq).e_why, M3IPC_WHY_EXEC);
	}
	ck_assert(is_running(pid));
	child_kill(pid);
	ck_assert(slot_is(MY_NR, SLOT_FREE));
	unlink(SET_ID);
}
END_TEST

/* Bound by another just when it gets them */

static void race_bind(void *arg)
{
	struct starter *s = arg;
	unsigned int seed = (unsigned int)s->pid;
	int fd = raw_open(), rc;

	become_user(ALICE);
	s->go = 1;
	random_delay(&seed, 4 * RACE_DELAY);
	rc = raw_lclbind(fd, VMID, MY_NR, s->pid);
	ck_assert_msg(rc > 0 || rc == EMOLPERM, "%s", mnx_strerror(rc));
}

START_TEST(bound_in_an_exec)
{
	struct starter *s = shared_new(sizeof(*s));
	pid_t pid;
	int i;

	make_program("4755");
	for (i = 0; i < ROUNDS; i++) {
		*s = (struct starter){ .user = ALICE };
		pid = child_start(start_program, s);
		AWAIT(s->ready);
		s->pid = pid;
		child_run(race_bind, s);
		AWAIT(is_sleeper(pid));
		slot_await(MY_NR, SLOT_FREE);
		child_kill(pid);
	}
	unlink(SET_ID);
}
END_TEST

int main(int argc, char **argv)
{
	const struct test tests[] = {
		{ page_is_fresh, 2 },
		{ other_rights, NR_OF(programs) },
		{ bound_in_an_exec, 1 },
	};
	int failed;

	if (argc > 1 && !strcmp(argv[1], "fresh"))
		return be_fresh();
	stage_init();
	device_open_to_all();
	failed = RUN_TESTS("exec", 60, stage_up, stage_down, tests);
	device_close();
	return failed;
}
