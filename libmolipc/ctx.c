// SPDX-License-Identifier: LGPL-2.1-or-later
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctx.h"
#include "ioctl.h"

#define DEVICE "/dev/m3ipc"

/*
 * The library's descriptor has a number from here on, if there may be such: a
 * program that closes all and opens its own again has the lowest ones then, and
 * not this.
 */
#define MIN_FD 200

/* Another binding came in between: look again. */
#define AGAIN 2

_Atomic int mi_fd = -1;
static _Atomic dev_t device; /* its number, once it has been open */
_Thread_local struct mi_thread mi_self = {
	.own.first = M3IPC_NR_CALLS - 1,
};

static struct mi_ctx process;

/* Exists for its destructor. */
static pthread_key_t exit_key;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static sigset_t fork_mask; /* mutex: of the thread that forks */

/*
 * With all signals blocked, so that no handler of the thread that holds the
 * mutex can want it.
 */
static void lock(sigset_t *mask)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, mask);
	pthread_mutex_lock(&mutex);
}

static void unlock(const sigset_t *mask)
{
	pthread_mutex_unlock(&mutex);
	pthread_sigmask(SIG_SETMASK, mask, NULL);
}

static int check_version(int fd)
{
	uint32_t version = 0;
	int rc = mi_ioctl(fd, M3IPC_IOC_GETVERSION, (unsigned long)&version);

	if (rc)
		return rc;
	return version == M3IPC_IOC_VERSION ? OK : EMOLNOSYS;
}

/* The same file with a high number; or as it was, if that is not to be had. */
static int move_up(int fd)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, MIN_FD);

	if (high < 0)
		return fd;
	close(fd);
	return high;
}

/* A descriptor of the device, whose number is noted, or an EMOL code. */
static int open_device(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	struct stat st;
	int rc;

	if (fd < 0)
		return -errno;
	rc = fstat(fd, &st) ? -errno : check_version(fd);
	if (rc) {
		close(fd);
		return rc;
	}
	device = st.st_rdev;
	return move_up(fd);
}

/* No lock: of several threads that open the device one wins. */
int mi_open(void)
{
	int none = -1;
	int fd = mi_fd;
	int saved = errno;

	if (fd >= 0)
		return fd;
	fd = open_device();
	if (fd >= 0 && !atomic_compare_exchange_strong(&mi_fd, &none, fd)) {
		close(fd);
		fd = none;
	}
	errno = saved;
	return fd;
}

static bool is_device(int fd)
{
	int saved = errno;
	struct stat st;
	bool is = !fstat(fd, &st) && S_ISCHR(st.st_mode) &&
		  st.st_rdev == device;

	errno = saved;
	return is;
}

/*
 * Files of others refuse our requests with ENOTTY, or as it suits them.  What
 * the driver says itself, and what a program may ask for in a loop, costs no
 * look at the file.
 */
static bool may_be_of_another(int rc)
{
	switch (rc) {
	case OK:
	case EMOLINTR:
	case EMOLAGAIN:
	case EMOLTIMEDOUT:
	case EMOLSTALE:
		return false;
	}
	return rc < 0 && rc > EMOLERRCODE;
}

/* Nobody closes it: it is the file of another. */
bool mi_fd_is_lost(int fd, int rc)
{
	if (rc != -EBADF && (!may_be_of_another(rc) || is_device(fd)))
		return false;
	atomic_compare_exchange_strong(&mi_fd, &fd, -1);
	return true;
}

/*
 * What calls in flight need of the old page.  A message that has been received
 * may not have been taken out yet.  A call that waited when a handler bound us
 * anew must not start afresh when it is restarted.
 */
static void carry_over(struct m3ipc_page *to, const struct m3ipc_page *from)
{
	uint32_t op;
	int i;

	for (i = 0; i < M3IPC_NR_CALLS; i++) {
		to->call[i].msg = from->call[i].msg;
		to->call[i].reply_rc = from->call[i].reply_rc;
		op = from->call[i].op;
		if (op > INT32_MAX)
			to->call[i].op = op;
	}
}

static int map_page(struct mi_ctx *ctx, int fd, uint64_t serial)
{
	struct m3ipc_page *page;

	page = mmap(NULL, M3IPC_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		    fd, 0);
	if (page == MAP_FAILED)
		return -errno;
	if (page->id.serial != serial) {
		munmap(page, M3IPC_PAGE_SIZE);
		return AGAIN;
	}
	if (!ctx->page) {
		ctx->page = page;
		return OK;
	}
	carry_over(page, ctx->page);
	if (mremap(page, M3IPC_PAGE_SIZE, M3IPC_PAGE_SIZE,
		   MREMAP_MAYMOVE | MREMAP_FIXED, ctx->page) == MAP_FAILED) {
		int rc = -errno;

		munmap(page, M3IPC_PAGE_SIZE);
		return rc;
	}
	return OK;
}

static int attach_locked(void)
{
	struct m3ipc_self id;
	struct mi_ctx *ctx;
	int fd, rc;

	fd = mi_open();
	if (fd < 0)
		return fd;
	rc = mi_ioctl(fd, M3IPC_IOC_SELF, (unsigned long)&id);
	if (rc)
		return mi_fd_is_lost(fd, rc) ? AGAIN : rc;

	/* The main thread's endpoint is the process's. */
	mi_self.tid = gettid();
	ctx = id.own && gettid() != getpid() ? &mi_self.own : &process;
	if (ctx->page && ctx->page->id.serial == id.serial) {
		if (ctx == mi_self.ctx)
			return MI_UNCHANGED;
	} else {
		rc = map_page(ctx, fd, id.serial);
		if (rc)
			return rc;
	}
	mi_self.ctx = ctx;
	pthread_setspecific(exit_key, &mi_self);
	return MI_CHANGED;
}

int mi_attach(void)
{
	int saved = errno;
	sigset_t mask;
	int rc;

	lock(&mask);
	do
		rc = attach_locked();
	while (rc == AGAIN);
	unlock(&mask);
	errno = saved;
	return rc;
}

static void thread_exit(void *unused)
{
	sigset_t mask;
	uint32_t tid;
	int i;

	(void)unused;
	lock(&mask);
	mi_self.ctx = NULL;
	if (mi_self.own.page)
		munmap(mi_self.own.page, M3IPC_PAGE_SIZE);
	mi_self.own.page = NULL;

	/* Slots of calls that it left by way of pthread_exit() */
	for (i = 0; i < M3IPC_NR_CALLS; i++) {
		mi_self.own.owner[i] = 0;
		mi_self.frame[i] = 0;
		tid = mi_self.tid;
		atomic_compare_exchange_strong(&process.owner[i], &tid, 0);
	}
	unlock(&mask);
}

/*
 * The pages are not mapped in a child.  Something has to be there: if a handler
 * forks, the child returns from it into the call that it interrupted.
 */
static void replace_page(struct mi_ctx *ctx)
{
	memset(ctx->owner, 0, sizeof(ctx->owner));
	memset(mi_self.frame, 0, sizeof(mi_self.frame));
	if (ctx->page &&
	    mmap(ctx->page, M3IPC_PAGE_SIZE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		 0) == MAP_FAILED)
		ctx->page = NULL;
}

/* No handler runs in the child before the pages are there. */
static void fork_prepare(void)
{
	sigset_t mask;

	lock(&mask);
	fork_mask = mask;
}

static void fork_parent(void)
{
	sigset_t mask = fork_mask;

	unlock(&mask);
}

/* The child has one thread, and no endpoint. */
static void fork_child(void)
{
	mi_self.ctx = NULL;
	replace_page(&mi_self.own);
	replace_page(&process);
	fork_parent();
}

/* Before the constructors of programs that the library is linked into. */
__attribute__((constructor(101))) static void init(void)
{
	pthread_key_create(&exit_key, thread_exit);
	pthread_atfork(fork_prepare, fork_parent, fork_child);
}

int mnx_fd(void)
{
	return mi_open();
}

/* Attaches even if there is a context, which may be that of an old binding. */
message *mnx_msgbuf(void)
{
	struct mi_ctx *ctx;

	while (mi_attach() >= 0) {
		ctx = mi_self.ctx;
		if (ctx)
			return &ctx->page->call[ctx->first].msg;
	}
	return NULL;
}
