// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "gate.h"

/* In the actor: a descriptor, or an error */
static int run_gate(struct call *call)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)call->m.m1_p1, (size_t)call->m.m1_i1 },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	REQUIRE(fd >= 0);
	REQUIRE(!ioctl(fd, UFFDIO_API, &api));
	REQUIRE(!madvise(call->m.m1_p1, reg.range.len, MADV_DONTNEED));
	REQUIRE(!ioctl(fd, UFFDIO_REGISTER, &reg));
	return fd;
}

void set_patience(const char *ms)
{
	FILE *f = fopen("/sys/module/m3ipc/parameters/patience_ms", "w");

	/* A driver that waits for ever has no such thing. */
	if (!f)
		return;
	fputs(ms, f);
	ck_assert(!fclose(f));
}

struct gate gate_new(struct actor *a, char *page)
{
	set_patience(PATIENT);
	return gate_over(a, page, PAGE);
}

struct gate gate_over(struct actor *a, char *page, size_t size)
{
	struct gate gate = { .page = page };
	int fd = CALL_RC(a, .op = OP_RUN, .run = run_gate,
			 .m = { .m1_p1 = page, .m1_i1 = (int)size });
	int pidfd = (int)syscall(SYS_pidfd_open, a->pid, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_ge(pidfd, 0);
	gate.fd = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
	ck_assert_int_ge(gate.fd, 0);
	close(pidfd);
	return gate;
}

void gate_await(const struct gate *gate)
{
	struct pollfd pfd = { .fd = gate->fd, .events = POLLIN };
	struct uffd_msg msg;

	ck_assert_msg(poll(&pfd, 1, PATIENCE) == 1, "nobody at the gate");
	ck_assert_int_eq(read(gate->fd, &msg, sizeof(msg)), sizeof(msg));
}

void gate_pass(const struct gate *gate, char *page)
{
	struct uffdio_zeropage zero = {
		.range = { (uintptr_t)page, PAGE },
	};

	ioctl(gate->fd, UFFDIO_ZEROPAGE, &zero);
}

/* If the process is gone, and so are those who waited, nobody is in need. */
void gate_open(struct gate *gate)
{
	gate_pass(gate, gate->page);
	close(gate->fd);
}

void peek(pid_t pid, const void *from, void *to, size_t size)
{
	struct iovec local = { to, size }, remote = { (void *)from, size };

	ck_assert_int_eq(process_vm_readv(pid, &local, 1, &remote, 1, 0),
			 (ssize_t)size);
}

void poke(pid_t pid, void *to, const void *from, size_t size)
{
	struct iovec local = { (void *)from, size }, remote = { to, size };

	ck_assert_int_eq(process_vm_writev(pid, &local, 1, &remote, 1, 0),
			 (ssize_t)size);
}

int run_vcopy(struct call *call)
{
	const message *m = &call->m;

	return mnx_vcopy(m->m2_i1, (void *)(intptr_t)m->m2_l1, m->m2_i2,
			 m->m2_p1, m->m2_l2);
}

static int drop(uint64_t caps)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];
	int i;

	REQUIRE(!syscall(SYS_capget, &header, data));
	for (i = 0; i < 2; i++) {
		data[i].effective &= (uint32_t) ~(caps >> 32 * i);
		data[i].permitted &= (uint32_t) ~(caps >> 32 * i);
	}
	REQUIRE(!syscall(SYS_capset, &header, data));
	return OK;
}

int run_drop_ptrace(struct call *call)
{
	(void)call;
	return drop(1ULL << CAP_SYS_PTRACE);
}

int run_drop_all(struct call *call)
{
	(void)call;
	return drop(~0ULL);
}

/* The counter of that name in /proc/vmstat */
static long vmstat(const char *name)
{
	char line[128];
	long value = -1;
	size_t len = strlen(name);
	FILE *f = fopen("/proc/vmstat", "r");

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, len) && line[len] == ' ')
			value = atol(line + len);
	fclose(f);
	return value;
}

void copies_down(void)
{
	stage_down();
	AWAIT(vmstat("nr_foll_pin_acquired") == vmstat("nr_foll_pin_released"));
}
