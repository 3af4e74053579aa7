// SPDX-License-Identifier: LGPL-2.1-or-later
#define _GNU_SOURCE
#include <signal.h>

#include "call.h"
#include "device.h"

static bool on_other_stack(void)
{
	stack_t stack;

	return !sigaltstack(NULL, &stack) && stack.ss_flags & SS_ONSTACK;
}

/*
 * Has the call of ours that claimed the slot ended by longjmp(), in a handler
 * that interrupted it?  So it has if our stack is now where its frame was.
 */
static bool is_left_behind(const struct mi_ctx *ctx, int slot, uintptr_t frame)
{
	return ctx->owner[slot] == mi_self.tid && mi_self.frame[slot] &&
	       mi_self.frame[slot] <= frame && !on_other_stack();
}

/* The number of a slot, or EMOLBUSY. */
static int claim_any(struct mi_ctx *ctx, uintptr_t frame)
{
	int step = ctx->first ? -1 : 1;
	int slot = ctx->first;
	int i;

	for (i = 0; i < MI_NR_SLOTS; i++, slot += step) {
		if (mi_claim(ctx, slot, frame))
			return slot;
		if (is_left_behind(ctx, slot, frame)) {
			mi_self.frame[slot] = frame;
			return slot;
		}
	}
	return EMOLBUSY;
}

/* The page is not the caller's, or was not when the driver looked. */
static int attach_again(int unchanged)
{
	int rc = mi_attach();

	if (rc == MI_UNCHANGED)
		return unchanged;
	return rc == MI_CHANGED ? MI_AGAIN : rc;
}

/*
 * How a call ended that was made with `fd' and answered with `rc': 0 if it did
 * succeed after all, MI_AGAIN if it has to be made again.
 */
static int judge(const struct m3ipc_call *call, int slot, int fd, int rc)
{
	int32_t op = (int32_t)call->op;
	bool lost;

	/* It was unbound, in whatever way, while a handler ran. */
	if (op < 0 && call->op != M3IPC_OP_TAKEN && call->op != M3IPC_OP_DONE)
		return op;
	lost = mi_fd_is_lost(fd, rc);
	if (rc != EMOLINTR && rc != EMOLSTALE && !lost)
		return call->op == M3IPC_OP_DONE ? OK : rc;
	switch (call->op) {
	case M3IPC_OP_DONE:
		return OK;
	case M3IPC_OP_TAKEN:
		/*
		 * It waited, and is not to be made a second time, even if a
		 * handler bound us anew meanwhile or closed the device.
		 */
		return mi_device(M3IPC_IOC_CANCEL, (void *)(intptr_t)slot);
	default:
		return attach_again(rc == EMOLINTR ? rc : MI_AGAIN);
	}
}

int mi_call_failed(struct mi_ctx *ctx, int slot, unsigned long request,
		   const struct mi_args *args, int fd, int rc)
{
	uintptr_t frame = mi_self.frame[slot];

	rc = judge(&ctx->page->call[slot], slot, fd, rc);
	if (rc != MI_AGAIN)
		return mi_leave(ctx, slot, args, rc);
	mi_release(ctx, slot);
	return mi_call_slowly(request, args, frame);
}

int mi_call_slowly(unsigned long request, const struct mi_args *args,
		   uintptr_t frame)
{
	struct mi_ctx *ctx;
	int fd, rc, slot;

	do {
		while (!(ctx = mi_self.ctx)) {
			rc = mi_attach();
			if (rc < 0)
				return rc;
		}
		slot = claim_any(ctx, frame);
		if (slot < 0)
			return slot;
		fd = mi_current_fd();
		rc = mi_enter(ctx, slot, request, args, fd);
		if (rc)
			rc = judge(&ctx->page->call[slot], slot, fd, rc);
		if (rc != MI_AGAIN)
			return mi_leave(ctx, slot, args, rc);
		mi_release(ctx, slot);
	} while (1);
}
