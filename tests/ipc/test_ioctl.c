// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The edge of the driver: numbers, pointers and values that no library of ours
 * would hand to it.  Each is refused with its error, and nothing is done.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "raw.h"

static int fd;

static void set_up(void)
{
	stage_up();
	fd = raw_open();
}

/* Numbers */

static const struct known {
	const char *name;
	unsigned long request;
} known[] = {
	{ "SELF", M3IPC_IOC_SELF },
	{ "HDW_NOTIFY", M3IPC_IOC_HDW_NOTIFY },
	{ "BIND", M3IPC_IOC_BIND },
	{ "WAIT4BIND", M3IPC_IOC_WAIT4BIND },
	{ "UNBIND", M3IPC_IOC_UNBIND },
	{ "GETEP", M3IPC_IOC_GETEP },
	{ "GETPROCINFO", M3IPC_IOC_GETPROCINFO },
	{ "GETVERSION", M3IPC_IOC_GETVERSION },
	{ "DRVS_INIT", M3IPC_IOC_DRVS_INIT },
	{ "GETDRVSINFO", M3IPC_IOC_GETDRVSINFO },
	{ "VM_INIT", M3IPC_IOC_VM_INIT },
	{ "VM_END", M3IPC_IOC_VM_END },
	{ "GETVMINFO", M3IPC_IOC_GETVMINFO },
	{ "GETNODEINFO", M3IPC_IOC_GETNODEINFO },
	{ "PROC_DUMP", M3IPC_IOC_PROC_DUMP },
	{ "VCOPY", M3IPC_IOC_VCOPY },
	{ "SETPRIV", M3IPC_IOC_SETPRIV },
	{ "GETPRIV", M3IPC_IOC_GETPRIV },
	{ "SETOWNERS", M3IPC_IOC_SETOWNERS },
	{ "GETEVENTS", M3IPC_IOC_GETEVENTS },
	{ "WAIT4EP", M3IPC_IOC_WAIT4EP },
	{ "WAKEUP", M3IPC_IOC_WAKEUP },
	{ "LEASE", M3IPC_IOC_LEASE },
	{ "RMTBIND", M3IPC_IOC_RMTBIND },
	{ "ADD_NODE", M3IPC_IOC_ADD_NODE },
	{ "DEL_NODE", M3IPC_IOC_DEL_NODE },
	{ "NODE_UP", M3IPC_IOC_NODE_UP },
	{ "NODE_DOWN", M3IPC_IOC_NODE_DOWN },
	{ "PROXIES_BIND", M3IPC_IOC_PROXIES_BIND },
	{ "PROXIES_UNBIND", M3IPC_IOC_PROXIES_UNBIND },
	{ "PROXY_CONN", M3IPC_IOC_PROXY_CONN },
	{ "GETPROXYINFO", M3IPC_IOC_GETPROXYINFO },
	{ "GET2RMT", M3IPC_IOC_GET2RMT },
	{ "PUT2LCL", M3IPC_IOC_PUT2LCL },
	{ "PROXY_TIMEOUT", M3IPC_IOC_PROXY_TIMEOUT },
	{ "MIGR_START", M3IPC_IOC_MIGR_START },
	{ "MIGR_COMMIT", M3IPC_IOC_MIGR_COMMIT },
	{ "MIGR_ROLLBACK", M3IPC_IOC_MIGR_ROLLBACK },
	{ "MIGR_RECALL", M3IPC_IOC_MIGR_RECALL },
	{ "BKUPBIND", M3IPC_IOC_BKUPBIND },
	{ "REPLBIND", M3IPC_IOC_REPLBIND },
	{ "SEND", M3IPC_IOC_SEND },
	{ "RECEIVE", M3IPC_IOC_RECEIVE },
	{ "SENDREC", M3IPC_IOC_SENDREC },
	{ "RCVRQST", M3IPC_IOC_RCVRQST },
	{ "REPLY", M3IPC_IOC_REPLY },
	{ "REPLY_RCVRQST", M3IPC_IOC_REPLY_RCVRQST },
	{ "RELAY", M3IPC_IOC_RELAY },
	{ "NOTIFY", M3IPC_IOC_NOTIFY },
	{ "CANCEL", M3IPC_IOC_CANCEL },
	{ "DRVS_END", M3IPC_IOC_DRVS_END },
	{ "VM_DUMP", M3IPC_IOC_VM_DUMP },
};

#define NR_STRUCTS 40 /* those before SEND have a structure */

static bool is_known(unsigned long request)
{
	int i;

	for (i = 0; i < NR_OF(known); i++)
		if (known[i].request == request)
			return true;
	return false;
}

static const unsigned int sizes[] = {
	0,  1,  4,   8,   16,  20,  24,   28,   40,
	48, 96, 128, 184, 232, 233, 1032, 4096, 16383,
};

static void check_unknown(unsigned long request, void *arg)
{
	int rc;

	if (is_known(request))
		return;
	rc = raw_ioctl(fd, request, arg);
	ck_assert_msg(rc == -ENOTTY, "ioctl %#lx: %d", request, rc);
}

START_TEST(unknown_numbers)
{
	static const int magics[] = { M3IPC_IOC_MAGIC, 0xb4, 0xb6, 0xff };
	static unsigned char arg[16384], same[16384];
	unsigned int dir, nr, s;
	int m;

	ck_assert_int_gt(raw_bind(fd, MY_NR), 0);
	memset(arg, 0xa5, sizeof(arg));
	memset(same, 0xa5, sizeof(same));
	for (m = 0; m < NR_OF(magics); m++)
		for (dir = 0; dir < 4; dir++)
			for (nr = 0; nr < 256; nr++)
				for (s = 0; s < NR_OF(sizes); s++)
					check_unknown(_IOC(dir, magics[m], nr,
							   sizes[s]),
						      arg);
	ck_assert_mem_eq(arg, same, sizeof(arg));
}
END_TEST

/* Whoever asks every device gets this answer, whatever the argument. */
START_TEST(unknown_numbers_come_before_pointers)
{
	unsigned int dir, nr;

	for (dir = 0; dir < 4; dir++)
		for (nr = 0; nr < 256; nr++)
			check_unknown(_IOC(dir, M3IPC_IOC_MAGIC, nr, 200),
				      NULL);
}
END_TEST

START_TEST(version)
{
	uint32_t v = 0;

	ck_assert_int_eq(raw_ioctl(fd, M3IPC_IOC_GETVERSION, &v), 0);
	ck_assert_uint_eq(v, M3IPC_IOC_VERSION);
}
END_TEST

/* Pointers */

/* What would succeed if only the pointer were good */
static void fill_valid(unsigned long request, void *arg)
{
	struct m3ipc_bind bind = { .vmid = VMID, .p_nr = MY_NR };
	struct m3ipc_getep getep = { .pid = getpid() };
	struct m3ipc_vmid vmid = { .vmid = VMID };
	VM_usr_t vm = VM_USR_INIT(VMID + 1, "second");

	memset(arg, 0, _IOC_SIZE(request));
	if (request == M3IPC_IOC_BIND)
		memcpy(arg, &bind, sizeof(bind));
	else if (request == M3IPC_IOC_GETEP)
		memcpy(arg, &getep, sizeof(getep));
	else if (request == M3IPC_IOC_VM_END)
		memcpy(arg, &vmid, sizeof(vmid));
	else if (request == M3IPC_IOC_VM_INIT)
		memcpy(arg, &vm, sizeof(vm));
}

static void check_fault(const struct known *k, void *arg, const char *what)
{
	int rc = raw_ioctl(fd, k->request, arg);
	VM_usr_t vm = { .vm_vmid = VMID + 1 };

	ck_assert_msg(rc == -EFAULT, "%s, %s: %d", k->name, what, rc);
	ASSERT_RC(raw_self(fd), EMOLNOTBIND);
	ck_assert(slot_is(MY_NR, SLOT_FREE));
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETVMINFO, &vm), EMOLVMNOTRUN);
	vm.vm_vmid = VMID;
	ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETVMINFO, &vm), OK);
}

START_TEST(bad_pointers)
{
	const struct known *k = &known[_i];
	size_t size = _IOC_SIZE(k->request);
	char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *end = map + 4096;
	size_t inside;

	munmap(end, 4096);
	check_fault(k, NULL, "NULL");
	check_fault(k, end, "unmapped");
	check_fault(k, (void *)0xffff888000100000, "the kernel's");
	check_fault(k, (void *)0x00800000deadbeef, "not canonical");
	check_fault(k, (void *)-8L, "at the end");
	for (inside = 1; inside < size; inside += 3) {
		memset(map, 0, 4096);
		fill_valid(k->request, map);
		memmove(end - inside, map, inside);
		check_fault(k, end - inside, "half of it mapped");
	}
	fill_valid(k->request, map);
	mprotect(map, 4096, PROT_NONE);
	check_fault(k, map, "inaccessible");
	mprotect(map, 4096, PROT_READ);
	if (_IOC_DIR(k->request) & _IOC_READ)
		check_fault(k, map, "read-only");
}
END_TEST

/* Members that are refused */

#define REFUSED(request, type, ...)                                           \
	do {                                                                  \
		type a_ = { __VA_ARGS__ };                                    \
		int rc_ = raw_ioctl(fd, request, &a_);                        \
		ck_assert_msg(rc_ == -EINVAL, "%s { %s }: %d (%s)", #request, \
			      #__VA_ARGS__, rc_, mnx_strerror(rc_));          \
	} while (0)

START_TEST(reserved_members)
{
	int bit;

	for (bit = 0; bit < 32; bit++) {
		uint32_t r = 1u << bit;

		REFUSED(M3IPC_IOC_BIND, struct m3ipc_bind, .p_nr = MY_NR,
			.reserved = r);
		if (bit > 0)
			REFUSED(M3IPC_IOC_BIND, struct m3ipc_bind,
				.p_nr = MY_NR, .who = 2 + r);
		REFUSED(M3IPC_IOC_BIND, struct m3ipc_bind, .p_nr = MY_NR,
			.pid = (int)r);
		REFUSED(M3IPC_IOC_BIND, struct m3ipc_bind, .p_nr = MY_NR,
			.who = M3IPC_BIND_THREAD, .pid = (int)r);
		REFUSED(M3IPC_IOC_WAIT4BIND, struct m3ipc_wait4bind,
			.reserved = r);
		REFUSED(M3IPC_IOC_WAIT4EP, struct m3ipc_wait4ep, .vmid = VMID,
			.endpoint = MY_NR, .reserved = r);
		REFUSED(M3IPC_IOC_LEASE, struct m3ipc_lease, .vmid = VMID,
			.reserved = r);
		REFUSED(M3IPC_IOC_REPLBIND, struct m3ipc_replbind, .vmid = VMID,
			.pid = getpid(), .p_nr = MY_SYS_NR, .reserved = r);
		if (bit > 0)
			REFUSED(M3IPC_IOC_WAIT4EP, struct m3ipc_wait4ep,
				.vmid = VMID, .endpoint = MY_NR, .until = r);
		REFUSED(M3IPC_IOC_VM_END, struct m3ipc_vmid, .vmid = VMID,
			.reserved = r);
		if (r != VM_FLAG_NOLINGER && r != VM_FLAG_REDO)
			REFUSED(M3IPC_IOC_VM_INIT, VM_usr_t,
				.vm_vmid = VMID + 1, .vm_warn2proc = NONE,
				.vm_name = "x", .vm_flags = (int)r);
		REFUSED(M3IPC_IOC_RMTBIND, struct m3ipc_rmtbind, .nodeid = 1,
			.endpoint = MY_SYS_NR, .reserved = r);
		REFUSED(M3IPC_IOC_NODE_DOWN, struct m3ipc_node, .nodeid = 1,
			.pxid = (int)r);
		REFUSED(M3IPC_IOC_PROXIES_UNBIND, struct m3ipc_pxid,
			.status = (int)r);
		REFUSED(M3IPC_IOC_GET2RMT, struct m3ipc_batch, .nr = 1,
			.reserved = r);
		REFUSED(M3IPC_IOC_PUT2LCL, struct m3ipc_batch, .nr = 1,
			.bytes = (int)r);
		REFUSED(M3IPC_IOC_HDW_NOTIFY, struct m3ipc_hdw_notify,
			.reserved = r);
		REFUSED(M3IPC_IOC_HDW_NOTIFY, struct m3ipc_hdw_notify,
			.reserved = (uint64_t)r << 32);
	}
	REFUSED(M3IPC_IOC_BIND, struct m3ipc_bind, .p_nr = MY_NR, .who = 3);
	REFUSED(M3IPC_IOC_UNBIND, struct m3ipc_unbind, .timeout = -2);
	REFUSED(M3IPC_IOC_UNBIND, struct m3ipc_unbind, .timeout = INT64_MIN);
	REFUSED(M3IPC_IOC_WAIT4BIND, struct m3ipc_wait4bind, .timeout = -2);
	REFUSED(M3IPC_IOC_WAIT4BIND, struct m3ipc_wait4bind,
		.timeout = INT64_MIN);
	REFUSED(M3IPC_IOC_WAIT4EP, struct m3ipc_wait4ep, .timeout = -2);
	REFUSED(M3IPC_IOC_PROXY_CONN, struct m3ipc_pxid, .status = 0);
	REFUSED(M3IPC_IOC_PROXY_CONN, struct m3ipc_pxid, .status = 5);
	REFUSED(M3IPC_IOC_GET2RMT, struct m3ipc_batch, .nr = 1, .timeout = -2);
	REFUSED(M3IPC_IOC_PUT2LCL, struct m3ipc_batch, .nr = 1, .timeout = 1);
	ASSERT_RC(raw_self(fd), EMOLNOTBIND);
	ck_assert(slot_is(MY_NR, SLOT_FREE));
}
END_TEST

START_TEST(impossible_numbers)
{
	static const int numbers[] = { INT_MIN, INT_MIN + 67, -1000,
				       8192,    INT_MAX - 67, INT_MAX };
	int i;

	for (i = 0; i < NR_OF(numbers); i++) {
		int n = numbers[i];
		struct m3ipc_bind bind = { .vmid = n, .p_nr = MY_NR };
		struct m3ipc_unbind unbind = { .vmid = n, .endpoint = SELF };
		struct m3ipc_hdw_notify hdw = { .vmid = n };
		struct m3ipc_vmid vmid = { .vmid = n };
		VM_usr_t vm = { .vm_vmid = n, .vm_name = "x" };
		proc_usr_t proc = { .p_vmid = n };
		node_usr_t node = { .n_nodeid = n };

		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_BIND, &bind), EMOLBADVMID);
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_UNBIND, &unbind),
			  EMOLBADVMID);
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_HDW_NOTIFY, &hdw),
			  EMOLBADVMID);
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_VM_END, &vmid), EMOLBADVMID);
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_VM_INIT, &vm), EMOLBADVMID);
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETVMINFO, &vm), EMOLBADVMID);
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETPROCINFO, &proc),
			  EMOLBADVMID);
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETNODEINFO, &node),
			  EMOLBADNODEID);
		proc = (proc_usr_t){ .p_vmid = VMID, .p_nr = n };
		ASSERT_RC(raw_ioctl(fd, M3IPC_IOC_GETPROCINFO, &proc),
			  EMOLRANGE);
		ASSERT_RC(raw_bind(fd, n), EMOLRANGE);
		ASSERT_RC(raw_unbind(fd, VMID, n), EMOLNOTBIND);
		ASSERT_RC(raw_lclbind(fd, VMID, MY_NR, n), EMOLBADPID);
	}
	ASSERT_RC(raw_lclbind(fd, VMID, MY_NR, 0), EMOLBADPID);
	ASSERT_RC(raw_lclbind(fd, VMID, MY_NR, -1), EMOLBADPID);
	ASSERT_RC(raw_lclbind(fd, VMID, MY_NR, 2 /* kthreadd */), EMOLBADPID);
}
END_TEST

/* Other things to do with a file */

#define FAILS(expression)                                         \
	do {                                                      \
		long rc_ = (expression);                          \
		ck_assert_msg(rc_ < 0, #expression ": %ld", rc_); \
		ck_assert_int_ne(errno, EFAULT);                  \
	} while (0)

START_TEST(file_operations)
{
	char buf[128] = "";
	int pipe_[2];
	int other = open("/dev/zero", O_RDWR | O_CLOEXEC);
	loff_t at = 0;

	ck_assert(!pipe(pipe_));
	ck_assert(write(pipe_[1], buf, 64) == 64);
	ck_assert_int_gt(raw_bind(fd, MY_NR), 0);
	FAILS(read(fd, buf, sizeof(buf)));
	FAILS(write(fd, buf, sizeof(buf)));
	FAILS(pread(fd, buf, sizeof(buf), 0));
	FAILS(pwrite(fd, buf, sizeof(buf), 0));
	FAILS(lseek(fd, 0, SEEK_SET));
	FAILS(lseek(fd, 1, SEEK_END));
	FAILS(fallocate(fd, 0, 0, 4096));
	FAILS(ftruncate(fd, 0));
	FAILS(fsync(fd));
	FAILS(splice(fd, NULL, pipe_[1], NULL, 64, SPLICE_F_NONBLOCK));
	FAILS(splice(pipe_[0], NULL, fd, NULL, 64, SPLICE_F_NONBLOCK));
	FAILS(splice(fd, &at, pipe_[1], NULL, 64, SPLICE_F_NONBLOCK));
	FAILS(sendfile(fd, other, NULL, 64));
	FAILS(sendfile(other, fd, NULL, 64));
	FAILS(copy_file_range(fd, NULL, other, NULL, 64, 0));
	FAILS(readahead(fd, 0, 4096));
	FAILS(ioctl(fd, FIONREAD, &pipe_));
	ck_assert_int_gt(raw_self(fd), 0);
	close(other);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ unknown_numbers, 1 },
		{ unknown_numbers_come_before_pointers, 1 },
		{ version, 1 },
		{ bad_pointers, NR_STRUCTS },
		{ reserved_members, 1 },
		{ impossible_numbers, 1 },
		{ file_operations, 1 },
	};

	stage_init();
	return RUN_TESTS("ioctls", 60, set_up, stage_down, tests);
}
