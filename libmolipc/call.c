// SPDX-License-Identifier: LGPL-2.1-or-later
#include "call.h"

/* The number of the slot, or EMOLBUSY. */
static int claim_any(struct mi_ctx *ctx)
{
	int slot;

	for (slot = 0; slot < M3IPC_NR_CALLS; slot++)
		if (mi_claim(ctx, slot))
			return slot;
	/*
	 * Handlers that ended with longjmp() leave the slot of the call that
	 * they interrupted claimed.  The innermost of ours is surely such a
	 * one, or abandoned already.
	 */
	while (slot--)
		if (ctx->owner[slot] == mi_self.tid)
			return slot;
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
 * How a call ended that the driver answered with `rc': 0 if it did succeed
 * after all, MI_AGAIN if it has to be made again.
 */
static int judge(const struct m3ipc_call *call, int slot, int rc)
{
	switch (rc) {
	case EMOLINTR:
		/*
		 * A call that did not wait cannot be interrupted: the driver
		 * found another endpoint's page, and in this slot a call that
		 * must not be cancelled.
		 */
		if (call->op != M3IPC_OP_TAKEN && call->op != M3IPC_OP_DONE)
			return attach_again(EMOLINTR);
		rc = mi_ioctl(mi_fd, M3IPC_IOC_CANCEL, slot);
		return rc == EMOLSTALE ? EMOLINTR : rc;
	case EMOLSTALE:
		/* While it waited a handler bound us anew, for instance. */
		if (call->op == M3IPC_OP_DONE)
			return OK;
		if (call->op == M3IPC_OP_TAKEN)
			return EMOLNOTBIND;
		return attach_again(MI_AGAIN);
	case -EBADF:
		return attach_again(MI_AGAIN);
	default:
		return rc;
	}
}

int mi_call_failed(struct mi_ctx *ctx, int slot, unsigned long request,
		   const struct mi_args *args, int rc)
{
	rc = judge(&ctx->page->call[slot], slot, rc);
	if (rc != MI_AGAIN)
		return mi_leave(ctx, slot, args, rc);
	mi_release(ctx, slot);
	return mi_call_slowly(request, args);
}

int mi_call_slowly(unsigned long request, const struct mi_args *args)
{
	struct mi_ctx *ctx;
	int rc, slot;

	do {
		while (!(ctx = mi_self.ctx)) {
			rc = mi_attach();
			if (rc < 0)
				return rc;
		}
		slot = claim_any(ctx);
		if (slot < 0)
			return slot;
		rc = mi_enter(ctx, slot, request, args);
		if (rc)
			rc = judge(&ctx->page->call[slot], slot, rc);
		if (rc != MI_AGAIN)
			return mi_leave(ctx, slot, args, rc);
		mi_release(ctx, slot);
	} while (1);
}
