/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The path of all primitives: claim a slot of the endpoint's page, fill it in,
 * enter the driver, take the message out, release the slot.
 *
 * Another slot than the first is needed by a signal handler that interrupted a
 * call, and by threads that share the endpoint.  The latter may all enter the
 * driver, which knows whether one of them is blocked.
 *
 * mi_call() is compiled into each primitive.  It is the path when nothing
 * unusual happens: the first slot is free, and the driver is content.  The
 * functions in call.c, which take over otherwise, can do without it.
 */
#ifndef _MI_CALL_H
#define _MI_CALL_H

#include <stdbool.h>
#include <string.h>

#include "ctx.h"
#include "ioctl.h"

/* What a primitive has to say besides its slot */
struct mi_args {
	const message *in; /* NULL if nothing goes in */
	long timeout;
	message *out;  /* NULL if nothing comes out */
	int *reply_rc; /* NULL, or where to put that of the slot */
	int peer;
	int src_nr;
	int value;
};

/* The call has to be made again. */
#define MI_AGAIN 1

/* reply_rc of a call that ended before the driver came to the reply */
#define MI_NO_REPLY 1

#pragma GCC visibility push(hidden)

/*
 * Makes a call from the start; returns how it ended.  `frame' is the stack
 * frame of the primitive.
 */
int mi_call_slowly(unsigned long request, const struct mi_args *args,
		   uintptr_t frame);

/* Goes on where mi_enter() with `fd' returned `rc', which is not 0. */
int mi_call_failed(struct mi_ctx *ctx, int slot, unsigned long request,
		   const struct mi_args *args, int fd, int rc);

#pragma GCC visibility pop

static inline bool mi_claim(struct mi_ctx *ctx, int slot, uintptr_t frame)
{
	uint32_t nobody = 0;

	if (!atomic_compare_exchange_strong_explicit(&ctx->owner[slot], &nobody,
						     mi_self.tid,
						     memory_order_acquire,
						     memory_order_relaxed))
		return false;
	mi_self.frame[slot] = frame;
	return true;
}

/* No old call stays behind for one who enters with the wrong page. */
static inline void mi_release(struct mi_ctx *ctx, int slot)
{
	ctx->page->call[slot].op = 0;
	mi_self.frame[slot] = 0;
	atomic_store_explicit(&ctx->owner[slot], 0, memory_order_release);
}

static inline int mi_current_fd(void)
{
	return atomic_load_explicit(&mi_fd, memory_order_relaxed);
}

static inline uint64_t mi_serial(const struct m3ipc_page *page)
{
	return *(const volatile uint64_t *)&page->id.serial;
}

/*
 * Fills in a slot and enters the driver: 0, an EMOL code, or MI_AGAIN if the
 * page was exchanged by another thread, or a handler, while the slot was being
 * filled in, so that half of it is in the new page.  op goes last: if the page
 * is exchanged later, the driver finds nothing in the new one.
 */
static inline int mi_enter(struct mi_ctx *ctx, int slot, unsigned long request,
			   const struct mi_args *args, int fd)
{
	struct m3ipc_page *page = ctx->page;
	struct m3ipc_call *call = &page->call[slot];
	uint64_t serial = mi_serial(page);

	if (args->in && args->in != &call->msg)
		memcpy(&call->msg, args->in, sizeof(message));
	call->peer = args->peer;
	call->timeout = args->timeout;
	if (request == M3IPC_IOC_NOTIFY) {
		call->src_nr = args->src_nr;
		call->value = args->value;
	}
	if (args->reply_rc)
		call->reply_rc = MI_NO_REPLY;
	atomic_signal_fence(memory_order_seq_cst);
	*(volatile uint32_t *)&call->op = _IOC_NR(request);
	if (mi_unlikely(mi_serial(page) != serial))
		return MI_AGAIN;

	return mi_ioctl(fd, request, slot);
}

/* Takes out what the driver left in the slot, and releases it. */
static inline int mi_leave(struct mi_ctx *ctx, int slot,
			   const struct mi_args *args, int rc)
{
	struct m3ipc_call *call = &ctx->page->call[slot];

	if (args->reply_rc)
		*args->reply_rc = call->reply_rc;
	if (!rc && args->out && args->out != &call->msg)
		memcpy(args->out, &call->msg, sizeof(message));
	mi_release(ctx, slot);
	return rc;
}

/*
 * `args' gets an address only where the call leaves the usual path, and so
 * stays in registers on it.
 */
static inline __attribute__((always_inline)) int
mi_call(unsigned long request, const struct mi_args args)
{
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	struct mi_ctx *ctx = mi_self.ctx;
	int fd, rc, slot;

	if (mi_unlikely(!ctx) ||
	    mi_unlikely(!mi_claim(ctx, slot = ctx->first, frame))) {
		const struct mi_args unusual = args;

		return mi_call_slowly(request, &unusual, frame);
	}
	fd = mi_current_fd();
	rc = mi_enter(ctx, slot, request, &args, fd);
	if (mi_unlikely(rc)) {
		const struct mi_args unusual = args;

		return mi_call_failed(ctx, slot, request, &unusual, fd, rc);
	}
	return mi_leave(ctx, slot, &args, OK);
}

#endif /* _MI_CALL_H */
