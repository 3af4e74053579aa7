// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdbool.h>

#include "call.h"
#include "device.h"

/*
 * The number of a slot, or EMOLBUSY.
 *
 * Handlers that ended with longjmp() leave the slot of the call that they
 * interrupted claimed.  When all are ours, nearly all are such; the last one is
 * used once more, but not ours to release.
 */
static int claim_any(struct mi_ctx *ctx, bool *borrowed)
{
	int step = ctx->first ? -1 : 1;
	int slot = ctx->first;
	int ours = 0;
	int i;

	*borrowed = false;
	for (i = 0; i < MI_NR_SLOTS; i++, slot += step) {
		if (mi_claim(ctx, slot))
			return slot;
		ours += ctx->owner[slot] == mi_self.tid;
	}
	*borrowed = true;
	return ours == i ? slot - step : EMOLBUSY;
}

/* Whoever a borrowed slot belongs to finds its call abandoned. */
static void give_back(struct mi_ctx *ctx, int slot, bool borrowed)
{
	if (borrowed)
		ctx->page->call[slot].op = M3IPC_OP_TAKEN;
	else
		mi_release(ctx, slot);
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
 * How a call ended that the driver answered with `rc': 0 if it did succeed
 * after all, MI_AGAIN if it has to be made again.
 */
static int judge(const struct m3ipc_call *call, int slot, int rc)
{
	if (rc != EMOLINTR && rc != EMOLSTALE && rc != -EBADF)
		return rc;
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
		   const struct mi_args *args, int rc)
{
	rc = judge(&ctx->page->call[slot], slot, rc);
	if (rc != MI_AGAIN)
		mi_take_out(ctx, slot, args, rc);
	mi_release(ctx, slot);
	return rc == MI_AGAIN ? mi_call_slowly(request, args) : rc;
}

int mi_call_slowly(unsigned long request, const struct mi_args *args)
{
	struct mi_ctx *ctx;
	bool borrowed;
	int rc, slot;

	do {
		while (!(ctx = mi_self.ctx)) {
			rc = mi_attach();
			if (rc < 0)
				return rc;
		}
		slot = claim_any(ctx, &borrowed);
		if (slot < 0)
			return slot;
		rc = mi_enter(ctx, slot, request, args);
		if (rc)
			rc = judge(&ctx->page->call[slot], slot, rc);
		if (rc != MI_AGAIN)
			mi_take_out(ctx, slot, args, rc);
		give_back(ctx, slot, borrowed);
	} while (rc == MI_AGAIN);
	return rc;
}
