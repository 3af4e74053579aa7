// SPDX-License-Identifier: GPL-2.0-or-later
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"

#define MAX_BINDS 64

/* What has its place */
#define DEVICE "/dev/null"

struct fake fake;

struct bound {
	int pid; /* 0: free */
	int tid; /* 0: of the process */
	int memfd;
	struct m3ipc_page *page;
	int caller; /* the thread of a suspended call, or 0 */
	unsigned int nr;
	unsigned long slot;
};

static struct bound bounds[MAX_BINDS];
static uint64_t serial;

int __real_open(const char *path, int flags, ...);
int __real_ioctl(int fd, unsigned long request, ...);
void *__real_mmap(void *addr, size_t len, int prot, int flags, int fd,
		  off_t at);
int __wrap_open(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd,
		  off_t at);

static struct bound *find(int tid)
{
	int i;

	for (i = 0; i < MAX_BINDS; i++)
		if (bounds[i].pid == getpid() && bounds[i].tid == tid)
			return &bounds[i];
	return NULL;
}

static struct bound *find_caller(void)
{
	struct bound *b = find(gettid());

	return b ? b : find(0);
}

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.version = M3IPC_IOC_VERSION;
	fake.stranger = -ENOTTY;
}

int fake_bind(int tid)
{
	struct bound *b = bounds;

	fake_unbind(tid);
	while (b->pid)
		b++;
	b->pid = getpid();
	b->tid = tid;
	b->caller = 0;
	b->memfd = memfd_create("page", MFD_CLOEXEC);
	if (b->memfd < 0 || ftruncate(b->memfd, M3IPC_PAGE_SIZE))
		abort();
	b->page = __real_mmap(NULL, M3IPC_PAGE_SIZE, PROT_READ | PROT_WRITE,
			      MAP_SHARED, b->memfd, 0);
	b->page->id.serial = ++serial;
	b->page->id.endpoint = _ENDPOINT((int)serial, 50);
	return b->page->id.endpoint;
}

/* What is mapped of its page stays so, as dead memory. */
void fake_unbind(int tid)
{
	struct bound *b = find(tid);

	if (!b)
		return;
	munmap(b->page, M3IPC_PAGE_SIZE);
	close(b->memfd);
	b->pid = 0;
}

struct m3ipc_page *fake_page(int tid)
{
	return find(tid)->page;
}

int __wrap_open(const char *path, int flags, ...)
{
	if (strcmp(path, "/dev/m3ipc"))
		abort();
	fake.opens++;
	fake.open_flags = flags;
	if (fake.open_errno) {
		errno = fake.open_errno;
		return -1;
	}
	fake.fd = __real_open(DEVICE, flags);
	return fake.fd;
}

static bool is_device(int fd)
{
	struct stat st, device;

	return !fstat(fd, &st) && !stat(DEVICE, &device) &&
	       st.st_rdev == device.st_rdev;
}

/* 0, or how an ioctl ends that never comes to the driver. */
static int check_fd(int fd)
{
	if (is_device(fd))
		return 0;
	if (fcntl(fd, F_GETFD) < 0)
		return -EBADF;
	fake.strangers++;
	return fake.stranger;
}

void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t at)
{
	struct bound *b;
	void *page;

	if (fd < 0 || !is_device(fd))
		return __real_mmap(addr, len, prot, flags, fd, at);
	fake.mmaps++;
	b = find_caller();
	if (!b) {
		errno = -EMOLNOTBIND;
		return MAP_FAILED;
	}
	page = __real_mmap(addr, len, prot, flags, b->memfd, at);
	if (page != MAP_FAILED)
		madvise(page, len, MADV_DONTFORK);
	return page;
}

/* A suspended call that is not resumed is dropped. */
static int reenter(struct bound *b, unsigned int nr, unsigned long slot)
{
	if (!b->caller)
		return 0;
	if (b->caller != gettid())
		return EMOLBUSY;
	if (b->nr != nr || b->slot != slot ||
	    b->page->call[slot].op != M3IPC_OP_TAKEN) {
		b->caller = 0;
		return 0;
	}
	return 1;
}

static int check_op(unsigned int nr, const struct m3ipc_call *call)
{
	switch (call->op) {
	case M3IPC_OP_DONE:
		return 0;
	case M3IPC_OP_TAKEN:
		return EMOLINTR;
	}
	return call->op == nr ? 1 : EMOLSTALE;
}

static int cancel(struct bound *b, unsigned long slot)
{
	fake.nr_cancels++;
	if (b->caller == gettid() && b->slot == slot)
		b->caller = 0;
	return b->page->call[slot].op == M3IPC_OP_DONE ? 0 : EMOLINTR;
}

static int primitive_once(int fd, unsigned long request, unsigned long slot)
{
	unsigned int nr = _IOC_NR(request);
	struct bound *b = find_caller();
	struct m3ipc_call *call;
	int rc = check_fd(fd);

	if (rc)
		return rc;
	if (slot >= M3IPC_NR_CALLS)
		return EMOLINVAL;
	if (!b)
		return EMOLNOTBIND;
	fake.request = request;
	fake.arg = slot;
	if (request == M3IPC_IOC_CANCEL)
		return cancel(b, slot);
	call = &b->page->call[slot];
	rc = reenter(b, nr, slot);
	if (!rc) {
		rc = check_op(nr, call);
		if (rc == 1) {
			fake.nr_primitives++;
			fake.call = *call;
		}
	}
	if (rc <= 0)
		return rc;
	rc = fake.primitive ? fake.primitive(nr, call) : 0;
	if (rc > 0) {
		call->op = M3IPC_OP_TAKEN;
		b->caller = gettid();
		b->nr = nr;
		b->slot = slot;
		fake.signal();
		return rc;
	}
	b->caller = 0;
	return rc;
}

static int primitive(int fd, unsigned long request, unsigned long slot)
{
	struct bound *b;
	int rc;

	do
		rc = primitive_once(fd, request, slot);
	while (rc == FAKE_RESTART);
	if (rc != FAKE_INTERRUPT)
		return rc;
	b = find_caller();
	if (b)
		b->caller = 0;
	return EMOLINTR;
}

static int self(struct m3ipc_self *self)
{
	struct bound *b = find_caller();

	fake.nr_selfs++;
	if (!b)
		return EMOLNOTBIND;
	memset(self, 0, sizeof(*self));
	self->serial = b->page->id.serial;
	self->endpoint = b->page->id.endpoint;
	self->own = b->tid || gettid() == getpid();
	return 0;
}

static int other(int fd, unsigned long request, void *arg)
{
	size_t size = _IOC_SIZE(request);
	int rc = check_fd(fd);

	if (rc)
		return rc;
	if (request == M3IPC_IOC_GETVERSION) {
		memcpy(arg, &fake.version, sizeof(fake.version));
		return 0;
	}
	if (request == M3IPC_IOC_SELF)
		return self(arg);
	fake.request = request;
	if (_IOC_DIR(request) & _IOC_WRITE)
		memcpy(&fake.in, arg, size);
	if (fake.out && _IOC_DIR(request) & _IOC_READ)
		memcpy(arg, fake.out, size);
	return fake.error;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	unsigned long arg;
	va_list args;
	int rc;

	va_start(args, request);
	arg = va_arg(args, unsigned long);
	va_end(args);
	if (_IOC_NR(request) <= _IOC_NR(M3IPC_IOC_CANCEL))
		rc = primitive(fd, request, arg);
	else
		rc = other(fd, request, (void *)arg);
	if (rc < 0)
		errno = -rc;
	return rc < 0 ? -1 : 0;
}
