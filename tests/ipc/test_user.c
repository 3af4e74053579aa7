// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who may do what: users, capabilities, user namespaces.
 *
 * The device is open to everybody meanwhile, as if all were in its group.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "users.h"

#define ALICE_NR 112
#define BOB_NR   113

static int fd;

static void set_up(void)
{
	stage_up();
	fd = raw_open();
}

/* Loses one capability, or all that are not needed to go on. */
static void drop_capability(int capability)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2];

	ck_assert(!syscall(SYS_capget, &header, data));
	data[capability / 32].effective &= ~(1u << capability % 32);
	ck_assert(!syscall(SYS_capset, &header, data));
}

/* The device */

START_TEST(mode)
{
	ck_assert_int_eq(device_mode(), 0660);
}
END_TEST

static void try_open(void *arg)
{
	(void)arg;
	become_user(ALICE);
	ck_assert(open(DEVICE, O_RDWR) < 0 && errno == EACCES);
	ck_assert(open(DEVICE, O_RDONLY) < 0 && errno == EACCES);
}

START_TEST(closed_to_users)
{
	chmod(DEVICE, 0660);
	child_run(try_open, NULL);
	chmod(DEVICE, 0666);
}
END_TEST

/* An ordinary user */

static void check_no_admin(int file)
{
	drvs_usr_t drvs = { .d_nodeid = 0 };
	VM_usr_t vm = VM_USR_INIT(VMID + 1, "mine");
	struct m3ipc_vmid vmid = { .vmid = VMID };
	struct m3ipc_hdw_notify hdw = { .vmid = VMID, .dst = 3 };
	int p_nr;

	ASSERT_RC(raw_ioctl(file, M3IPC_IOC_DRVS_INIT, &drvs), EMOLPERM);
	ASSERT_RC(raw_ioctl(file, M3IPC_IOC_DRVS_END, NULL), EMOLPERM);
	ASSERT_RC(raw_ioctl(file, M3IPC_IOC_VM_INIT, &vm), EMOLPERM);
	ASSERT_RC(raw_ioctl(file, M3IPC_IOC_VM_END, &vmid), EMOLPERM);
	ASSERT_RC(raw_ioctl(file, M3IPC_IOC_HDW_NOTIFY, &hdw), EMOLPERM);
	for (p_nr = -NR_TASKS; p_nr < FIRST_USER_NR; p_nr++)
		ASSERT_RC(raw_bind(file, p_nr), EMOLPERM);
	ASSERT_RC(raw_self(file), EMOLNOTBIND);
}

static void check_info(int file)
{
	drvs_usr_t drvs = { .d_nodeid = 0 };
	VM_usr_t vm = { .vm_vmid = VMID };
	proc_usr_t proc = { .p_vmid = VMID, .p_nr = 3 };
	node_usr_t node = { .n_nodeid = 0 };

	ASSERT_RC(raw_ioctl(file, M3IPC_IOC_GETDRVSINFO, &drvs), OK);
	ASSERT_RC(raw_ioctl(file, M3IPC_IOC_GETVMINFO, &vm), OK);
	ASSERT_RC(raw_ioctl(file, M3IPC_IOC_GETPROCINFO, &proc), OK);
	ASSERT_RC(raw_ioctl(file, M3IPC_IOC_GETNODEINFO, &node), OK);
}

static void be_alice(void *arg)
{
	message m = { .m_type = 1 };
	int ep, server = *(int *)arg;

	become_user(ALICE);
	/* Neither a descriptor of root's nor one of her own gives rights. */
	check_no_admin(fd);
	check_no_admin(raw_open());
	check_info(fd);
	ep = mnx_bind(VMID, ALICE_NR);
	ck_assert_msg(!mnx_bind_failed(ep), "%s", mnx_strerror(ep));
	ASSERT_RC(mnx_send_T(server, &m, PATIENCE), OK);
	ASSERT_RC(mnx_notify(server), EMOLPRIVILEGES);
	ASSERT_RC(mnx_src_notify(3, server), EMOLPRIVILEGES);
	ASSERT_RC(mnx_unbind(VMID, server), EMOLPERM);
	ASSERT_RC(mnx_unbind(VMID, SELF), OK);
}

START_TEST(user)
{
	struct actor *server = actor_new(PROCESS, 3);

	START(server, .op = OP_RECEIVE, .peer = ANY, .ms = PATIENCE);
	child_run(be_alice, &server->ep);
	ASSERT_RC(actor_end(server).rc, OK);
	ck_assert(slot_is(3, 0));
}
END_TEST

static void be_root_without(void *arg)
{
	(void)arg;
	drop_capability(CAP_SYS_ADMIN);
	check_no_admin(fd);
	check_info(fd);
	ck_assert_int_gt(raw_bind(fd, ALICE_NR), 0);
}

static void be_user_with(void *arg)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = 1u << CAP_SYS_ADMIN,
		  .permitted = 1u << CAP_SYS_ADMIN }
	};
	VM_usr_t vm = VM_USR_INIT(VMID + 1, "mine");

	(void)arg;
	ck_assert(!prctl(PR_SET_KEEPCAPS, 1));
	become_user(ALICE);
	ck_assert(!syscall(SYS_capset, &header, data));
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_VM_INIT, &vm), OK);
	ASSERT_RC(raw_bind_in(fd, VMID + 1, 3), 3);
	ASSERT_RC(mnx_vm_end(VMID + 1), OK);
}

START_TEST(capability_not_user)
{
	child_run(be_root_without, NULL);
	child_run(be_user_with, NULL);
}
END_TEST

/* Having been given a system slot is enough for it, not for others' names. */
static void be_server(void *arg)
{
	int dst = *(int *)arg;

	become_user(ALICE);
	AWAIT(raw_self(fd) == 7);
	ASSERT_RC(mnx_notify(dst), OK);
	ASSERT_RC(mnx_ntfy_value(7, dst, 1), OK);
	ASSERT_RC(mnx_src_notify(8, dst), EMOLPRIVILEGES);
	ASSERT_RC(mnx_src_notify(HARDWARE, dst), EMOLPRIVILEGES);
	ASSERT_RC(mnx_unbind(VMID, SELF), OK);
	ASSERT_RC(raw_bind(fd, 7), EMOLPERM);
}

START_TEST(user_as_server)
{
	struct actor *dst = actor_new(PROCESS, 120);
	pid_t pid = child_start(be_server, &dst->ep);

	ASSERT_RC(mnx_lclbind(VMID, pid, 7), 7);
	child_end(pid);
}
END_TEST

/* Binding and unbinding others */

static void bind_others(void *arg)
{
	pid_t *pids = arg;

	become_user(ALICE);
	/* pids[0] is hers; of the others something is not. */
	ASSERT_RC(raw_lclbind(fd, VMID, 3, pids[0]), EMOLPERM);
	ck_assert_int_gt(raw_lclbind(fd, VMID, ALICE_NR, pids[0]), 0);
	for (pids++; *pids; pids++)
		ASSERT_RC(raw_lclbind(fd, VMID, BOB_NR, *pids), EMOLPERM);
	ASSERT_RC(raw_lclbind(fd, VMID, BOB_NR, 1), EMOLPERM);
}

START_TEST(bind_by_user)
{
	pid_t pids[] = { idler(ALICE, ALICE, ALICE),
			 idler(BOB, BOB, BOB),
			 idler(0, 0, 0),
			 idler(ALICE, BOB, ALICE),
			 idler(ALICE, ALICE, BOB),
			 idler(BOB, ALICE, ALICE),
			 idler(ALICE, ALICE, 0),
			 idler(0, ALICE, ALICE),
			 0 };
	int i;

	child_run(bind_others, pids);
	ck_assert(slot_is(ALICE_NR, 0));
	ck_assert(slot_is(BOB_NR, SLOT_FREE));
	for (i = 0; pids[i]; i++)
		child_kill(pids[i]);
	ck_assert(slot_is(ALICE_NR, SLOT_FREE));
}
END_TEST

/* It is the effective user who binds. */
static void bind_as_effective(void *arg)
{
	pid_t *pids = arg;

	become(BOB, ALICE, BOB);
	ASSERT_RC(raw_lclbind(fd, VMID, BOB_NR, pids[1]), EMOLPERM);
	ck_assert_int_gt(raw_lclbind(fd, VMID, ALICE_NR, pids[0]), 0);
}

START_TEST(bind_by_effective_user)
{
	pid_t pids[] = { idler(ALICE, ALICE, ALICE), idler(BOB, BOB, BOB) };

	child_run(bind_as_effective, pids);
	child_kill(pids[0]);
	child_kill(pids[1]);
}
END_TEST

static void unbind_others(void *arg)
{
	int *eps = arg;

	become_user(ALICE);
	ASSERT_RC(raw_unbind(fd, VMID, eps[1]), EMOLPERM);
	ASSERT_RC(raw_unbind(fd, VMID, eps[2]), EMOLPERM);
	ASSERT_RC(raw_unbind(fd, VMID, eps[0]), OK);
	ASSERT_RC(raw_unbind(fd, VMID, eps[0]), EMOLNOTBIND);
}

START_TEST(unbind_by_user)
{
	pid_t alice = idler(ALICE, ALICE, ALICE);
	pid_t alices_server = idler(ALICE, ALICE, ALICE);
	pid_t bob = idler(BOB, BOB, BOB);
	int eps[3], status;

	eps[0] = mnx_lclbind(VMID, alice, ALICE_NR);
	eps[1] = mnx_lclbind(VMID, bob, BOB_NR);
	eps[2] = mnx_lclbind(VMID, alices_server, 9);
	child_run(unbind_others, eps);
	status = child_status(alice);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGPIPE);
	ck_assert(slot_is(BOB_NR, 0));
	ck_assert(slot_is(9, 0));
	child_kill(bob);
	child_kill(alices_server);
}
END_TEST

/* Whom one sees: the endpoints of all, but more only of one's own */

static bool row_has(int p_nr, pid_t pid, const char *name)
{
	FILE *f = fopen("/proc/drvs/stage/procs", "r");
	int nr = -1000, lpid = 0;
	char line[256], command[64] = "";

	ck_assert_ptr_nonnull(f);
	while (nr != p_nr && fgets(line, sizeof(line), f))
		sscanf(line, "%*d %d %*d %d %*d %*x %*x %*d %*d %*d %*d %63s",
		       &nr, &lpid, command);
	fclose(f);
	return nr == p_nr && lpid == pid && !strcmp(command, name);
}

static void check_seen(int p_nr, pid_t pid, bool seen)
{
	const char *name = seen ? "test_user" : "-";
	proc_usr_t info;

	ASSERT_RC(mnx_getprocinfo(VMID, p_nr, &info), OK);
	ck_assert_int_eq(info.p_lpid, seen ? pid : PROC_NO_PID);
	ck_assert_str_eq(info.p_name, name);
	ck_assert_int_eq(!info.p_cpumask[0], !seen);
	ck_assert(row_has(p_nr, seen ? pid : PROC_NO_PID, name));
	if (raw_self(fd) > 0)
		ASSERT_RC(mnx_getep(pid), seen ? info.p_endpoint : EMOLBADPID);
}

static void look_as_alice(void *arg)
{
	pid_t *pids = arg;

	become_user(ALICE);
	check_seen(ALICE_NR, pids[0], true);
	check_seen(BOB_NR, pids[1], false);
	ck_assert_int_gt(raw_bind(fd, ALICE_NR + 2), 0);
	check_seen(ALICE_NR, pids[0], true);
	check_seen(BOB_NR, pids[1], false);
}

static void look_as_server(void *arg)
{
	pid_t *pids = arg;

	become_user(ALICE);
	AWAIT(raw_self(fd) == 7);
	ck_assert_int_eq(mnx_getep(pids[1]), slot_endpoint(BOB_NR));
}

START_TEST(others_are_hidden)
{
	pid_t pids[] = { idler(ALICE, ALICE, ALICE), idler(BOB, BOB, BOB) };
	pid_t server;

	ck_assert_int_gt(mnx_lclbind(VMID, pids[0], ALICE_NR), 0);
	ck_assert_int_gt(mnx_lclbind(VMID, pids[1], BOB_NR), 0);
	check_seen(ALICE_NR, pids[0], true);
	check_seen(BOB_NR, pids[1], true);
	child_run(look_as_alice, pids);
	server = child_start(look_as_server, pids);
	ASSERT_RC(mnx_lclbind(VMID, server, 7), 7);
	child_end(server);
	child_kill(pids[0]);
	child_kill(pids[1]);
}
END_TEST

static void look_at_pair(void *arg)
{
	proc_usr_t s, r;

	(void)arg;
	become_user(ALICE);
	ASSERT_RC(mnx_getproxyinfo(1, &s, &r), OK);
	ck_assert_int_eq(s.p_lpid, PROC_NO_PID);
	ck_assert_int_eq(r.p_lpid, PROC_NO_PID);
	ck_assert_str_eq(s.p_name, "-");
	ck_assert_str_eq(r.p_name, "-");
}

START_TEST(pairs_are_hidden)
{
	pid_t pids[] = { idler(0, 0, 0), idler(0, 0, 0) };

	ASSERT_RC(mnx_proxies_bind("pair", 1, pids[0], pids[1], 0), OK);
	child_run(look_at_pair, NULL);
	ASSERT_RC(mnx_proxies_unbind(1), OK);
	child_kill(pids[0]);
	child_kill(pids[1]);
}
END_TEST

/* User namespaces */

static void be_root_of_user_ns(void *arg)
{
	(void)arg;
	become_user(ALICE);
	ck_assert(!unshare(CLONE_NEWUSER));
	/* This network namespace is not of that user namespace. */
	check_no_admin(fd);
	check_no_admin(raw_open());
	ck_assert_int_gt(raw_bind(fd, ALICE_NR), 0);
}

START_TEST(user_namespace)
{
	child_run(be_root_of_user_ns, NULL);
}
END_TEST

static void be_root_of_node(void *arg)
{
	int file = alices_node();

	(void)arg;
	check_no_admin(fd);
	check_info(fd);
	ASSERT_RC(raw_bind(file, 5), 5);
	ASSERT_RC(raw_self(file), 5);
	ASSERT_RC(raw_self(fd), EMOLNOTBIND);
	ASSERT_RC(raw_unbind(file, VMID, SELF), OK);
	ck_assert_int_gt(raw_bind(file, ALICE_NR), 0);
	ASSERT_RC(raw_ioctl(file, M3IPC_IOC_DRVS_END, NULL), OK);
}

START_TEST(own_node)
{
	child_run(be_root_of_node, NULL);
	ck_assert(slot_is(5, SLOT_FREE));
}
END_TEST

/*
 * To administer a node is no right over the processes of others: who binds one
 * keeps it from its own VM, and who unbinds it sends it a signal.
 */
static void bind_foreigners(void *arg)
{
	pid_t *pids = arg;
	int file = alices_node();

	ck_assert_int_gt(raw_lclbind(file, VMID, ALICE_NR, pids[0]), 0);
	ASSERT_RC(raw_lclbind(file, VMID, BOB_NR, pids[1]), EMOLPERM);
	ASSERT_RC(raw_lclbind(file, VMID, BOB_NR, pids[2]), EMOLPERM);
}

START_TEST(own_node_others_processes)
{
	pid_t pids[] = { idler(ALICE, ALICE, ALICE), idler(BOB, BOB, BOB),
			 idler(0, 0, 0) };
	int i;

	child_run(bind_foreigners, pids);
	for (i = 0; i < 3; i++)
		child_kill(pids[i]);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ mode, 1 },
		{ closed_to_users, 1 },
		{ user, 1 },
		{ capability_not_user, 1 },
		{ user_as_server, 1 },
		{ bind_by_user, 1 },
		{ bind_by_effective_user, 1 },
		{ unbind_by_user, 1 },
		{ others_are_hidden, 1 },
		{ pairs_are_hidden, 1 },
		{ user_namespace, 1 },
		{ own_node, 1 },
		{ own_node_others_processes, 1 },
	};
	int failed;

	stage_init();
	device_open_to_all();
	failed = RUN_TESTS("users", 60, set_up, stage_down, tests);
	device_close();
	return failed;
}
