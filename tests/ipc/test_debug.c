// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Debug levels, which turn trace events on, and dumps to the kernel log.
 *
 * Each test has a namespace of its own, whose node is down when it begins.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"

#define EVENTS  "/sys/kernel/tracing/events/m3ipc/"
#define DBG_ALL 31

static const struct {
	uint64_t level;
	const char *name;
} events[] = {
	{ DBG_GENERIC, "m3ipc_call" },    { DBG_GENERIC, "m3ipc_end" },
	{ DBG_INTERNAL, "m3ipc_block" },  { DBG_INTERNAL, "m3ipc_wake" },
	{ DBG_MESSAGE, "m3ipc_message" }, { DBG_VCOPY, "m3ipc_vcopy" },
	{ DBG_PROC, "m3ipc_bind" },       { DBG_PROC, "m3ipc_unbind" },
};

#define NR_EVENTS (sizeof(events) / sizeof(events[0]))

static int fd;

static void set_up(void)
{
	ck_assert(!unshare(CLONE_NEWNET));
	fd = raw_open();
}

static void tear_down(void)
{
	raw_ioctl(fd, M3IPC_IOC_DRVS_END, NULL);
	close(fd);
}

static int init_node(int file, uint64_t level)
{
	drvs_usr_t drvs = { .d_dbglvl = level };

	return raw_ioctl(file, M3IPC_IOC_DRVS_INIT, &drvs);
}

static bool is_on(const char *event)
{
	char path[128];
	int state;
	FILE *file;

	snprintf(path, sizeof(path), EVENTS "%s/enable", event);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	state = getc(file);
	fclose(file);
	return state == '1';
}

/* Are the events of this level on, and no others? */
static void check_events(uint64_t level)
{
	for (size_t i = 0; i < NR_EVENTS; i++)
		ck_assert_msg(is_on(events[i].name) ==
				      !!(events[i].level & level),
			      "%s at level %#lx", events[i].name,
			      (unsigned long)level);
}

START_TEST(levels)
{
	uint64_t level = _i < 5 ? 1ULL << _i : _i == 5 ? DBG_ALL : 0;
	drvs_usr_t drvs;

	check_events(0);
	ASSERT_RC(init_node(fd, level), OK);
	check_events(level);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETDRVSINFO, &drvs), OK);
	ck_assert_uint_eq(drvs.d_dbglvl, level);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_DRVS_END, NULL), OK);
	check_events(0);
}
END_TEST

/* An event is on as long as a node asks for it. */
START_TEST(two_nodes)
{
	int other = fd;

	ASSERT_RC(init_node(fd, DBG_GENERIC | DBG_PROC), OK);
	ck_assert(!unshare(CLONE_NEWNET));
	fd = raw_open();
	ASSERT_RC(init_node(fd, DBG_GENERIC | DBG_MESSAGE), OK);
	check_events(DBG_GENERIC | DBG_MESSAGE | DBG_PROC);
	ASSERT_RC(raw_ioctl(other, M3IPC_IOC_DRVS_END, NULL), OK);
	check_events(DBG_GENERIC | DBG_MESSAGE);
	close(other);
}
END_TEST

START_TEST(unknown_bits)
{
	for (int bit = 5; bit < 64; bit++)
		ASSERT_RC(init_node(fd, DBG_PROC | 1ULL << bit), EMOLINVAL);
	check_events(0);
}
END_TEST

/* Who administers a user namespace has a node, but not the machine's log. */
START_TEST(rights)
{
	struct m3ipc_vmid vmid = { .vmid = 0 };
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		VM_usr_t vm = VM_USR_INIT(0, "own");

		if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
			_exit(1);
		fd = raw_open();
		if (init_node(fd, DBG_PROC) != EMOLPERM ||
		    init_node(fd, 0) != OK ||
		    raw_ioctl(fd, M3IPC_IOC_VM_INIT, &vm) != OK)
			_exit(2);
		if (raw_ioctl(fd, M3IPC_IOC_VM_DUMP, NULL) != EMOLPERM ||
		    raw_ioctl(fd, M3IPC_IOC_PROC_DUMP, &vmid) != EMOLPERM)
			_exit(3);
		_exit(0);
	}
	ck_assert(waitpid(pid, &status, 0) == pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* Dumps */

static char record[1024];

/* Is there a record that has this in it?  Reads on up to there. */
static bool log_has(int log, const char *text)
{
	ssize_t len;

	while ((len = read(log, record, sizeof(record) - 1)) > 0) {
		record[len] = '\0';
		if (strstr(record, text))
			return true;
	}
	return false;
}

START_TEST(dumps)
{
	VM_usr_t one = VM_USR_INIT(1, "one"), two = VM_USR_INIT(2, "two");
	struct m3ipc_vmid vmid = { .vmid = 2 };
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char row[32];

	ck_assert_int_ge(log, 0);
	ck_assert(lseek(log, 0, SEEK_END) >= 0);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_VM_DUMP, NULL), EMOLDRVSINIT);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_PROC_DUMP, &vmid), EMOLDRVSINIT);
	ASSERT_RC(init_node(fd, 0), OK);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_PROC_DUMP, &vmid), EMOLVMNOTRUN);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_VM_INIT, &one), OK);
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_VM_INIT, &two), OK);
	ck_assert_int_eq(raw_bind_in(fd, 2, 5), 5);
	ck_assert(!prctl(PR_SET_NAME, "x\nm3ipc: y\\"));

	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_VM_DUMP, NULL), OK);
	ck_assert(log_has(log, "m3ipc: VM 1 one: nodes 0x1, 0 of 256 slots"));
	ck_assert(log_has(log, "m3ipc: VM 2 two: nodes 0x1, 1 of 256 slots"));
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_PROC_DUMP, &vmid), OK);
	ck_assert(log_has(log, "m3ipc: VM p_nr  endp     lpid"));
	snprintf(row, sizeof(row), "m3ipc:  2    5     5 %8d", getpid());
	ck_assert(log_has(log, row));
	/* "x\nm3ipc: y\\", whose backslashes are \x5c in this file */
	ck_assert_ptr_nonnull(strstr(record, " x\\x5cnm3ipc: y\\x5c\\x5c\n"));
	ck_assert(!log_has(log, "m3ipc:"));

	vmid.reserved = 1;
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_PROC_DUMP, &vmid), EMOLINVAL);
	close(log);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ levels, 7 }, { two_nodes, 1 }, { unknown_bits, 1 },
		{ rights, 1 }, { dumps, 1 },
	};

	return RUN_TESTS("debugging", 60, set_up, tear_down, tests);
}
