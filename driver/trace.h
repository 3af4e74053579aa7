/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Static trace points m3ipc:*.
 *
 *	m3ipc_call	a primitive begins: who, which, with whom
 *	m3ipc_block	it has to wait: in which state, for whom
 *	m3ipc_message	a message passes from one to the other
 *	m3ipc_wake	a wait ends: with what result
 *	m3ipc_end	the primitive ends: with what result
 *	m3ipc_bind, m3ipc_unbind, m3ipc_vcopy
 *
 * A call that a signal handler interrupts and that is restarted has one begin
 * and one end; one that is refused before it begins has neither.  All but
 * m3ipc_vcopy, and m3ipc_end after a wait, happen under vm->lock.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM m3ipc

#if !defined(_M3IPC_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _M3IPC_TRACE_H

#include <linux/tracepoint.h>
#include "proc.h"

#define m3_show_call(nr)						\
	__print_symbolic(nr,						\
			 { _IOC_NR(M3IPC_IOC_SEND), "send" },		\
			 { _IOC_NR(M3IPC_IOC_RECEIVE), "receive" },	\
			 { _IOC_NR(M3IPC_IOC_SENDREC), "sendrec" },	\
			 { _IOC_NR(M3IPC_IOC_RCVRQST), "rcvrqst" },	\
			 { _IOC_NR(M3IPC_IOC_REPLY), "reply" },		\
			 { _IOC_NR(M3IPC_IOC_REPLY_RCVRQST),		\
			   "reply_rcvrqst" },				\
			 { _IOC_NR(M3IPC_IOC_RELAY), "relay" },		\
			 { _IOC_NR(M3IPC_IOC_NOTIFY), "notify" })

TRACE_DEFINE_ENUM(M3_RUNNING);
TRACE_DEFINE_ENUM(M3_SENDING);
TRACE_DEFINE_ENUM(M3_REQUESTING);
TRACE_DEFINE_ENUM(M3_AWAITING);
TRACE_DEFINE_ENUM(M3_RECEIVING);
TRACE_DEFINE_ENUM(M3_RCVRQST);
TRACE_DEFINE_ENUM(M3_TRYING);
TRACE_DEFINE_ENUM(M3_MOVING);

#define m3_show_state(state)						\
	__print_symbolic(state,						\
			 { M3_RUNNING, "running" },			\
			 { M3_SENDING, "sending" },			\
			 { M3_REQUESTING, "requesting" },		\
			 { M3_AWAITING, "awaiting" },			\
			 { M3_RECEIVING, "receiving" },			\
			 { M3_RCVRQST, "rcvrqst" },			\
			 { M3_TRYING, "trying" },			\
			 { M3_MOVING, "moving" })

TRACE_EVENT(m3ipc_call,
	TP_PROTO(const struct m3_proc *p, unsigned int nr, int peer),
	TP_ARGS(p, nr, peer),
	TP_STRUCT__entry(
		__field(int, vmid)
		__field(int, ep)
		__field(unsigned int, nr)
		__field(int, peer)
	),
	TP_fast_assign(
		__entry->vmid = p->vm->usr.vm_vmid;
		__entry->ep = p->endpoint;
		__entry->nr = nr;
		__entry->peer = peer;
	),
	TP_printk("vm=%d ep=%d call=%s peer=%d", __entry->vmid, __entry->ep,
		  m3_show_call(__entry->nr), __entry->peer)
);

TRACE_EVENT(m3ipc_block,
	TP_PROTO(const struct m3_proc *p),
	TP_ARGS(p),
	TP_STRUCT__entry(
		__field(int, vmid)
		__field(int, ep)
		__field(int, state)
		__field(int, peer)
	),
	TP_fast_assign(
		__entry->vmid = p->vm->usr.vm_vmid;
		__entry->ep = p->endpoint;
		__entry->state = p->state;
		__entry->peer = p->peer ? p->peer->endpoint : ANY;
	),
	TP_printk("vm=%d ep=%d state=%s peer=%d", __entry->vmid, __entry->ep,
		  m3_show_state(__entry->state), __entry->peer)
);

TRACE_EVENT(m3ipc_message,
	TP_PROTO(const struct m3_proc *src, const struct m3_proc *dst,
		 int type),
	TP_ARGS(src, dst, type),
	TP_STRUCT__entry(
		__field(int, vmid)
		__field(int, src)
		__field(int, dst)
		__field(int, type)
	),
	TP_fast_assign(
		__entry->vmid = src->vm->usr.vm_vmid;
		__entry->src = src->endpoint;
		__entry->dst = dst->endpoint;
		__entry->type = type;
	),
	TP_printk("vm=%d src=%d dst=%d type=%d", __entry->vmid, __entry->src,
		  __entry->dst, __entry->type)
);

DECLARE_EVENT_CLASS(m3ipc_result,
	TP_PROTO(const struct m3_proc *p, int rc),
	TP_ARGS(p, rc),
	TP_STRUCT__entry(
		__field(int, vmid)
		__field(int, ep)
		__field(int, rc)
	),
	TP_fast_assign(
		__entry->vmid = p->vm->usr.vm_vmid;
		__entry->ep = p->endpoint;
		__entry->rc = rc;
	),
	TP_printk("vm=%d ep=%d rc=%d", __entry->vmid, __entry->ep,
		  __entry->rc)
);

DEFINE_EVENT(m3ipc_result, m3ipc_wake,
	TP_PROTO(const struct m3_proc *p, int rc),
	TP_ARGS(p, rc)
);

DEFINE_EVENT(m3ipc_result, m3ipc_unbind,
	TP_PROTO(const struct m3_proc *p, int rc),
	TP_ARGS(p, rc)
);

TRACE_EVENT(m3ipc_end,
	TP_PROTO(const struct m3_proc *p, unsigned int nr, int rc),
	TP_ARGS(p, nr, rc),
	TP_STRUCT__entry(
		__field(int, vmid)
		__field(int, ep)
		__field(unsigned int, nr)
		__field(int, rc)
	),
	TP_fast_assign(
		__entry->vmid = p->vm->usr.vm_vmid;
		__entry->ep = p->endpoint;
		__entry->nr = nr;
		__entry->rc = rc;
	),
	TP_printk("vm=%d ep=%d call=%s rc=%d", __entry->vmid, __entry->ep,
		  m3_show_call(__entry->nr), __entry->rc)
);

TRACE_EVENT(m3ipc_bind,
	TP_PROTO(const struct m3_proc *p),
	TP_ARGS(p),
	TP_STRUCT__entry(
		__field(int, vmid)
		__field(int, ep)
		__field(int, pid)
	),
	TP_fast_assign(
		__entry->vmid = p->vm->usr.vm_vmid;
		__entry->ep = p->endpoint;
		__entry->pid = pid_nr(p->pid);
	),
	TP_printk("vm=%d ep=%d pid=%d", __entry->vmid, __entry->ep,
		  __entry->pid)
);

TRACE_EVENT(m3ipc_vcopy,
	TP_PROTO(const struct m3_proc *p, int src, int dst, size_t bytes,
		 int rc),
	TP_ARGS(p, src, dst, bytes, rc),
	TP_STRUCT__entry(
		__field(int, vmid)
		__field(int, ep)
		__field(int, src)
		__field(int, dst)
		__field(size_t, bytes)
		__field(int, rc)
	),
	TP_fast_assign(
		__entry->vmid = p->vm->usr.vm_vmid;
		__entry->ep = p->endpoint;
		__entry->src = src;
		__entry->dst = dst;
		__entry->bytes = bytes;
		__entry->rc = rc;
	),
	TP_printk("vm=%d ep=%d src=%d dst=%d bytes=%zu rc=%d", __entry->vmid,
		  __entry->ep, __entry->src, __entry->dst, __entry->bytes,
		  __entry->rc)
);

#endif /* _M3IPC_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
