/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whose message page a call uses.
 *
 * The driver decides at each call which endpoint is calling; the library keeps
 * up.  There is a context for the process's endpoint and one in each thread
 * for that thread's own.  mi_self.ctx is the one that the thread used last.  It
 * may be out of date, since others can bind and unbind us: the driver notices
 * (see "The message page" in m3ipc.h), and mi_attach() finds the right one.
 *
 * A context keeps its page at the same address for ever.  When its endpoint is
 * bound anew, the new page is moved over the old one in a single step, so that
 * no other thread, and no call that a signal handler interrupted, finds the
 * address unmapped.  page->id.serial tells the pages apart.
 *
 * A thread that had an endpoint of its own and lost it enters the driver once
 * with a slot of its old page, while the driver looks at the process's page.
 * There it must not find a call of another thread: so process and threads use
 * different slots of their pages, from opposite ends.
 *
 * What guards what: a context's page is changed under the lock in ctx.c; slots
 * of a page belong to the thread whose number is in owner[].
 */
#ifndef _MI_CTX_H
#define _MI_CTX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <molipc/molipc.h>

#pragma GCC visibility push(hidden)

/* As many are used of a page. */
#define MI_NR_SLOTS (M3IPC_NR_CALLS / 2)

struct mi_ctx {
	struct m3ipc_page *page;
	int first; /* the slot that is claimed first: 0 or the last one */
	_Atomic uint32_t owner[M3IPC_NR_CALLS]; /* thread id, 0: free */
};

struct mi_thread {
	struct mi_ctx *ctx; /* NULL: unknown; else it has a page */
	uint32_t tid;       /* set when ctx is */
	struct mi_ctx own;
	uintptr_t frame[M3IPC_NR_CALLS]; /* on the stack, of who has a slot */
};

extern _Thread_local struct mi_thread mi_self
	__attribute__((tls_model("initial-exec")));

/* The descriptor of the device; -1 as long as it is not open */
extern _Atomic int mi_fd;

/* The descriptor, which it opens if need be, or an EMOL code. */
int mi_open(void);

/*
 * Has an ioctl() on `fd' ended with `rc' because the descriptor is not the
 * device's any more: closed behind the library's back, and its number perhaps
 * used again by another file?  Then the library forgets it, and whoever asks
 * makes his call again with what mi_open() returns.
 */
bool mi_fd_is_lost(int fd, int rc);

#define MI_UNCHANGED 0
#define MI_CHANGED   1

/*
 * Makes mi_self.ctx the context of the endpoint that the caller has now, with
 * that endpoint's page in it.  Returns whether this was so already, or an
 * EMOL code; EMOLNOTBIND if there is no endpoint.
 */
int mi_attach(void);

#pragma GCC visibility pop

#endif /* _MI_CTX_H */
