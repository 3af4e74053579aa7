/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that are suspended.  What the caller of a primitive asks for is in a
 * call of its message page, whose op says what has become of it:
 *
 *	the ioctl's number --it blocks--> TAKEN
 *	TAKEN --dropped--> DONE, or the error that it ended with
 *
 *	entered --no need to wait--> result
 *		--m3_block()--> blocked --m3_complete()--> result
 *	blocked --M3IPC_IOC_WAKEUP, by another--> its result: EINTR
 *	blocked --a signal--> suspended --restarted--> blocked, or its result
 *		--another call, M3IPC_IOC_CANCEL, unbound--> dropped
 *
 * A signal whose handler lets system calls restart, or that only stops the
 * process, does not end the wait: the call is suspended.  It stays where it is,
 * may even be completed, and is taken up when the kernel enters the ioctl
 * again.  If the handler makes a call of its own on the endpoint, the suspended
 * one is dropped, as it is when the process is unbound; its op remembers how it
 * ended, for when it is restarted.  If another node has to say that, the new
 * call waits for its word before.
 */
#ifndef _M3IPC_CALL_H
#define _M3IPC_CALL_H

struct m3_node;
struct m3_proc;
struct m3ipc_call;

int m3_call_await_word(const struct m3_node *node);
int m3_wakeup(struct m3_node *node, void *arg);

/* vm->lock is held: */
int m3_call_reenter(struct m3_proc *p, unsigned int nr,
		    struct m3ipc_call *call);
int m3_call_cancel(struct m3_proc *p, struct m3ipc_call *call);
void m3_call_drop(struct m3_proc *p);

int m3_call_result(const struct m3ipc_call *call);

#endif /* _M3IPC_CALL_H */
