/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * m3ipc: the interface between /dev/m3ipc and user space.
 *
 * This page is the manual of the device; m3ipc(4) says the same with more
 * words.  Programs normally use libmolipc (<molipc/molipc.h>), which is built
 * from what is written here and nothing else.
 *
 * WHO IS CALLING
 *	A descriptor of /dev/m3ipc carries no identity, only the network
 *	namespace (the node) in which it was opened.  The caller of an ioctl is
 *	the endpoint bound to the calling thread or, if that has none, the one
 *	bound to its process.
 *
 * THE MESSAGE PAGE
 *	mmap(NULL, M3IPC_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
 *	by a bound thread maps the message page of its endpoint, a struct
 *	m3ipc_page.  It belongs to that binding until its process makes an exec,
 *	after which the new program maps one of its own: what is written into
 *	the old one, or into any after the binding ended, is seen by nobody.
 *	Forked children do not inherit it.
 *
 * PRIMITIVES
 *	The argument of the ioctls from M3IPC_IOC_SEND to M3IPC_IOC_CANCEL is
 *	not an address but the number of a call slot in the page.  The caller
 *	fills in the slot, last of all "op" with the number of the ioctl
 *	(_IOC_NR), and enters the driver.  The message is copied from slot to
 *	slot; the driver touches no other user memory.
 *
 *	When a call has to wait the driver sets op to M3IPC_OP_TAKEN, later
 *	perhaps to M3IPC_OP_DONE or, as a negative number, to the error that it
 *	ended with: so it knows a call that is restarted after a signal.  Any
 *	other op that is not the ioctl's means that the caller wrote to the page
 *	of an earlier binding: ESTALE, and nothing was done.  Map the page
 *	again, fill in the slot again, repeat the call.
 *
 *	Who was unbound while a signal handler ran finds the end of the call
 *	that it interrupted in op, whatever the restarted ioctl says.
 *
 *	One endpoint makes one call at a time.  Threads that share an endpoint
 *	keep off each other's slots (use different ones, or a lock); while one
 *	is blocked the others get EBUSY.  A signal handler uses a slot that the
 *	call it interrupted does not use.
 *
 * SIGNALS
 *	A blocked call that is interrupted by a handler with SA_RESTART, or by
 *	stop and continue, stays in its place in all queues and goes on
 *	afterwards.  If the handler itself makes a call, the interrupted one is
 *	abandoned and ends with EINTR.  Without SA_RESTART the call is abandoned
 *	at once and ends with EINTR.  After EINTR a caller makes sure with
 *	M3IPC_IOC_CANCEL on the same slot: in the rare case that the signal
 *	handlers changed while the signal was on its way, the call may still be
 *	pending, or even be done; CANCEL ends it and returns how it ended.
 *
 * RETURN VALUES
 *	ioctl() returns 0, or -1 and errno; the conditions of message passing
 *	have numbers above 300 (EMOLDSTDIED is -509, so errno 509).  Calls that
 *	make an endpoint known return it in their structure, since endpoints
 *	can be negative.  Unknown ioctls are ENOTTY; reserved members and
 *	unknown flags that are not zero are EINVAL.
 *
 * OTHER NODES
 *	A process of another node has a descriptor here (M3IPC_IOC_RMTBIND, or
 *	made when it first sends something), and is named by its endpoint like
 *	any other.  What is for it leaves the driver as commands (cmd_t) that
 *	the sender thread of a pair of proxies takes out with M3IPC_IOC_GET2RMT;
 *	what comes from it the receiver thread puts in with M3IPC_IOC_PUT2LCL.
 *	Commands of one pair stay in order and arrive once: that is for the
 *	proxies to see to.  If they cannot they disconnect, and every call that
 *	waits for something of a node behind them ends with ENOTCONN.
 *
 *	A request has in c_snd_seq the number of the operation that its sender
 *	is in; what answers or acknowledges it repeats that in c_ack_seq.
 *	Nothing comes back for an answer: the node of its client refuses one
 *	that comes too late, and counts it in n_refused.
 *
 * MIGRATION
 *	A process may move to another node and keep its endpoint.  Whoever
 *	administers the VM says so on each of its nodes: M3IPC_IOC_MIGR_START,
 *	from which on all that is for the endpoint waits, and so do its own
 *	calls; then M3IPC_IOC_MIGR_COMMIT, after which the endpoint is on the
 *	other node and all that waited goes on there, or M3IPC_IOC_MIGR_ROLLBACK
 *	after which nothing has happened.  An operation that the old node has
 *	comes back with EMOLMIGRATE in c_rcode, and is made again; of a request
 *	that its process had taken (CMD_TAKEN) only the wait for the answer is.
 *
 * CHANGES
 *	4	M3IPC_IOC_MIGR_START, _COMMIT and _ROLLBACK; MIGR_MSG, NTFY_ACK,
 *		CMD_TAKEN, CMD_MOVED
 *		M3IPC_IOC_BKUPBIND: who stands by for an endpoint; BKUP_MSG;
 *		p_nodemap and MIS_BACKUP are in use
 *		M3IPC_IOC_REPLBIND: a system slot that is local on several
 *		nodes; CMD_REPLICA; MIS_REPLICA and EMOLREPLPROC are in use
 *	3	M3IPC_IOC_GETEVENTS: binds, unbinds and deaths, in their order
 *		M3IPC_IOC_WAIT4EP: until an endpoint is bound, or gone
 *		M3IPC_IOC_WAKEUP: ends the call of another
 *		M3IPC_IOC_LEASE: user slots are not used without SYSTASK
 *	2	An answer to another node never waits: REPLY_MSG and RELAY_MSG
 *		have no acknowledgements; n_refused
 *		COPYGRT_RQST comes before the data of a third node
 *		M3IPC_IOC_PROXY_TIMEOUT: a silent node holds nobody for longer
 *		Incarnations of bindings: WHO_RQST, WHO_ACK, in rmtbind
 *		M3IPC_IOC_SETOWNERS: which node a slot of users belongs to
 *		p_uid, p_gid in proc_usr_t
 *	1	the first version
 */
#ifndef _M3IPC_UAPI_H
#define _M3IPC_UAPI_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/errno.h>
#include <linux/ioctl.h>
#else
#include <stdint.h>
#include <errno.h>
#include <sys/ioctl.h>
#endif

#ifdef __cplusplus
#define M3IPC_ASSERT(cond, text)	static_assert(cond, text)
#else
#define M3IPC_ASSERT(cond, text)	_Static_assert(cond, text)
#endif

/* Constants */

#define OK			0

#define TIMEOUT_NOWAIT		0	/* do not wait: EMOLAGAIN instead */
#define TIMEOUT_FOREVER		(-1)

#define ANY			0x7ace	/* any source */
#define NONE			0x6ace	/* no endpoint */
#define SELF			0x8ace	/* the caller's own endpoint */

/*
 * Sizes of a node and of its VMs: the defaults, and the hard limits of what
 * mnx_drvs_init() accepts.  NR_TASKS is a constant, since it is part of the
 * encoding of endpoints; a VM may have fewer tasks.
 */
#define NR_TASKS		67
#define NR_NODES		32
#define NR_VMS			32
#define NR_SYS_PROCS		96
#define NR_PROCS		189
#define FIRST_USER_NR		(NR_SYS_PROCS - NR_TASKS)

#define M3IPC_MAX_NODES		64
#define M3IPC_MAX_VMS		256
#define M3IPC_MAX_SLOTS		8192	/* tasks and processes of a VM */
#define M3IPC_MAX_CHAIN		64	/* processes that wait for each other */
#define M3IPC_MAX_COPYBUF	65536	/* default, and at most 1 MiB */
#define M3IPC_MAX_COPYLEN	(16 << 20) /* default, and at most 1 GiB */
#define M3IPC_SLOT_WORDS	(M3IPC_MAX_SLOTS / 64) /* of a set of slots */
#define M3IPC_NAME_LEN		16	/* of all names, with the final NUL */
#define M3IPC_CPU_WORDS		16	/* of a CPU mask, 64 CPUs each */

#define LOCALNODE		(-1)
#define PROC_NO_PID		(-1)
#define PROC_NO_ID		0xffffffffu	/* p_uid, p_gid */
#define NO_PROXIES		(-1)

/* Numbers of system slots */
#define HARDWARE		(-1)
#define SYSTEM			(-2)
#define SYSTASK(nodeid)		(SYSTEM - (nodeid))
#define CLOCK			(-66)
#define IDLE			(-67)

#define PM_PROC_NR		0
#define FS_PROC_NR		1
#define RS_PROC_NR		2
#define MEM_PROC_NR		3
#define LOG_PROC_NR		4
#define TTY_PROC_NR		5
#define DS_PROC_NR		6
#define IS_PROC_NR		7
#define RINIT_PROC_NR		8
#define INIT_PROC_NR		9

#define USER_PRIV		0
#define SERVER_PRIV		1
#define TASK_PRIV		2
#define SYSTEM_PRIV		3
#define KERNEL_PRIV		4
#define PROXY_PRIV		5

/*
 * Endpoints: a slot number and its generation.  The endpoint of a system slot
 * is its number; a user slot takes another generation at each bind, on node 0
 * from 1.  Tasks have negative numbers, hence NR_TASKS in the inverse.
 */
#define _ENDPOINT_GENERATION_SIZE	(NR_TASKS + SELF + 1)
#define _ENDPOINT_MAX_GENERATION	\
	(0x7fffffff / _ENDPOINT_GENERATION_SIZE - 1)
#define _ENDPOINT(g, p)		((g) * _ENDPOINT_GENERATION_SIZE + (p))
/* Of any number, also of one that is no endpoint */
#define _ENDPOINT_SUM(e)	((int32_t)((uint32_t)(e) + NR_TASKS))
#define _ENDPOINT_G(e)		(_ENDPOINT_SUM(e) / _ENDPOINT_GENERATION_SIZE)
#define _ENDPOINT_P(e)		\
	(_ENDPOINT_SUM(e) % _ENDPOINT_GENERATION_SIZE - NR_TASKS)

/* Message types of notifications */
#define NOTIFY_MESSAGE		0x1000
#define NOTIFY_FROM(p_nr)	(NOTIFY_MESSAGE | ((p_nr) + NR_TASKS))

/* p_rts_flags: why a process does not run; 0 when it does */
#define SLOT_FREE		(1 << 0)
#define SENDING			(1 << 2)
#define RECEIVING		(1 << 3)
#define ONCOPY			(1 << 10)
#define MIGRATING		(1 << 11)
#define REMOTE			(1 << 12)
#define RMTOPER			(1 << 13)
#define WAITMIGR		(1 << 15)
#define WAITUNBIND		(1 << 17)
#define WAITBIND		(1 << 18)

/* p_misc_flags */
#define MIS_PROXY		(1 << 0)
#define MIS_CONNECTED		(1 << 1)
#define MIS_BACKUP		(1 << 2)
#define MIS_GRPLEADER		(1 << 3)
#define MIS_THREAD		(1 << 4)
#define MIS_REPLICA		(1 << 5)
#define MIS_NEEDMIGR		(1 << 6)

/* n_flags */
#define NODE_FREE		0
#define NODE_ATTACHED		(1 << 1)
#define NODE_SCONNECTED		(1 << 2)
#define NODE_RCONNECTED		(1 << 3)

/* Types */

/* Pointers and times have the same size for 32-bit and 64-bit programs. */
#define M3IPC_POINTER(name)	union { void *name; uint64_t name##_u64; }

struct m3ipc_time {
	int64_t tv_sec;
	int64_t tv_nsec;
};

typedef struct {
	int32_t m1i1, m1i2, m1i3, m1pad;
	M3IPC_POINTER(m1p1);
	M3IPC_POINTER(m1p2);
	M3IPC_POINTER(m1p3);
} mess_1;

typedef struct {
	int32_t m2i1, m2i2, m2i3, m2pad;
	int64_t m2l1, m2l2;
	M3IPC_POINTER(m2p1);
} mess_2;

typedef struct {
	int32_t m3i1, m3i2;
	M3IPC_POINTER(m3p1);
	char m3ca1[40];
} mess_3;

typedef struct {
	int64_t m4l1, m4l2, m4l3, m4l4, m4l5;
} mess_4;

typedef struct {
	int16_t m5c1, m5c2;
	int32_t m5i1, m5i2, m5pad;
	int64_t m5l1, m5l2, m5l3;
} mess_5;

typedef struct {
	char m6ca1[56];
} mess_6;

typedef struct {
	int32_t m7i1, m7i2, m7i3, m7i4;
	M3IPC_POINTER(m7p1);
	M3IPC_POINTER(m7p2);
} mess_7;

typedef struct {
	int32_t m8i1, m8i2;
	M3IPC_POINTER(m8p1);
	M3IPC_POINTER(m8p2);
	M3IPC_POINTER(m8p3);
	M3IPC_POINTER(m8p4);
} mess_8;

/* Notifications use this layout; m9t1 is the realtime clock. */
typedef struct {
	int32_t m9i1, m9pad;
	int64_t m9l1;
	struct m3ipc_time m9t1;
} mess_9;

typedef struct {
	int32_t mAdst, mAnr;
	int32_t mAia[12];
} mess_A;

/* m_source is set by the driver; what the sender put there is ignored. */
typedef struct {
	int32_t m_source;
	int32_t m_type;
	union {
		mess_1 m_m1;
		mess_2 m_m2;
		mess_3 m_m3;
		mess_4 m_m4;
		mess_5 m_m5;
		mess_6 m_m6;
		mess_7 m_m7;
		mess_8 m_m8;
		mess_9 m_m9;
		mess_A m_mA;
		uint8_t m_bytes[56];
	} m_u;
} __attribute__((aligned(64))) message;

M3IPC_ASSERT(sizeof(message) == 64, "a message is 64 bytes");

#define m1_i1	m_u.m_m1.m1i1
#define m1_i2	m_u.m_m1.m1i2
#define m1_i3	m_u.m_m1.m1i3
#define m1_p1	m_u.m_m1.m1p1
#define m1_p2	m_u.m_m1.m1p2
#define m1_p3	m_u.m_m1.m1p3
#define m2_i1	m_u.m_m2.m2i1
#define m2_i2	m_u.m_m2.m2i2
#define m2_i3	m_u.m_m2.m2i3
#define m2_l1	m_u.m_m2.m2l1
#define m2_l2	m_u.m_m2.m2l2
#define m2_p1	m_u.m_m2.m2p1
#define m3_i1	m_u.m_m3.m3i1
#define m3_i2	m_u.m_m3.m3i2
#define m3_p1	m_u.m_m3.m3p1
#define m3_ca1	m_u.m_m3.m3ca1
#define m4_l1	m_u.m_m4.m4l1
#define m4_l2	m_u.m_m4.m4l2
#define m4_l3	m_u.m_m4.m4l3
#define m4_l4	m_u.m_m4.m4l4
#define m4_l5	m_u.m_m4.m4l5
#define m5_c1	m_u.m_m5.m5c1
#define m5_c2	m_u.m_m5.m5c2
#define m5_i1	m_u.m_m5.m5i1
#define m5_i2	m_u.m_m5.m5i2
#define m5_l1	m_u.m_m5.m5l1
#define m5_l2	m_u.m_m5.m5l2
#define m5_l3	m_u.m_m5.m5l3
#define m6_ca1	m_u.m_m6.m6ca1
#define m7_i1	m_u.m_m7.m7i1
#define m7_i2	m_u.m_m7.m7i2
#define m7_i3	m_u.m_m7.m7i3
#define m7_i4	m_u.m_m7.m7i4
#define m7_p1	m_u.m_m7.m7p1
#define m7_p2	m_u.m_m7.m7p2
#define m8_i1	m_u.m_m8.m8i1
#define m8_i2	m_u.m_m8.m8i2
#define m8_p1	m_u.m_m8.m8p1
#define m8_p2	m_u.m_m8.m8p2
#define m8_p3	m_u.m_m8.m8p3
#define m8_p4	m_u.m_m8.m8p4
#define m9_i1	m_u.m_m9.m9i1
#define m9_l1	m_u.m_m9.m9l1
#define m9_t1	m_u.m_m9.m9t1
#define mA_dst	m_u.m_mA.mAdst
#define mA_nr	m_u.m_mA.mAnr
#define mA_ia	m_u.m_mA.mAia
#define m_raw	m_u.m_bytes

/*
 * d_dbglvl: trace events that are on while the node is up, for those with
 * CAP_SYS_ADMIN over the machine
 */
#define DBG_GENERIC		(1 << 0) /* calls begin and end */
#define DBG_INTERNAL		(1 << 1) /* waits begin and end */
#define DBG_MESSAGE		(1 << 2) /* messages pass */
#define DBG_VCOPY		(1 << 3) /* copies */
#define DBG_PROC		(1 << 4) /* binds and unbinds */

/* A node: the sizes of what runs on it */
typedef struct {
	int32_t d_nodeid;	/* LOCALNODE: not initialised */
	int32_t d_nr_vms;
	int32_t d_nr_nodes;
	int32_t d_nr_procs;
	int32_t d_nr_tasks;
	int32_t d_nr_sysprocs;
	int32_t d_max_copybuf;	/* bytes in a frame of a remote copy */
	int32_t d_max_copylen;	/* bytes in a copy */
	uint64_t d_dbglvl;	/* DBG_* */
	int32_t d_version;
	int32_t d_subver;
} drvs_usr_t;

/* vm_flags: callers sleep at once instead of staying awake for a moment. */
#define VM_FLAG_NOLINGER	(1 << 0)
/*
 * What a node has not acknowledged or answered when it cannot be reached any
 * more is sent again to a backup that takes its place, if there is one.
 */
#define VM_FLAG_REDO		(1 << 1)

/* A VM.  At mnx_vm_init() a vm_nr_* of 0 means that of the node. */
typedef struct {
	int32_t vm_vmid;
	int32_t vm_flags;	/* VM_FLAG_* */
	int32_t vm_nr_procs;
	int32_t vm_nr_tasks;
	int32_t vm_nr_sysprocs;
	int32_t vm_nr_nodes;
	uint64_t vm_nodes;	/* bit n: node n; this node always is one */
	uint64_t vm_cpumask[M3IPC_CPU_WORDS]; /* all zero: every CPU */
	int32_t vm_warn2proc;	/* system slot to tell of ends; NONE: nobody */
	int32_t vm_warnmsg;	/* the value of that notification; 0: none */
	char vm_name[M3IPC_NAME_LEN];
} VM_usr_t;

/* A process slot */
typedef struct {
	int32_t p_nr;
	int32_t p_endpoint;
	int32_t p_vmid;
	uint32_t p_rts_flags;
	uint32_t p_misc_flags;
	int32_t p_lpid;		/* in the pid namespace of the reader */
	int32_t p_nodeid;
	int32_t p_getfrom;	/* ANY, an endpoint, or NONE */
	int32_t p_sendto;	/* an endpoint or NONE */
	int32_t p_waitmigr;
	int32_t p_proxy;
	uint32_t p_reserved;
	uint32_t p_uid;		/* effective, in the reader's user namespace */
	uint32_t p_gid;
	uint64_t p_incarnation;	/* of the binding, rising; 0: not known */
	uint64_t p_nodemap;
	uint64_t p_lclsent;	/* messages sent to processes of this node */
	uint64_t p_rmtsent;
	uint64_t p_lclcopy;	/* bytes copied */
	uint64_t p_rmtcopy;
	uint64_t p_cpumask[M3IPC_CPU_WORDS];
	char p_name[M3IPC_NAME_LEN];
} proc_usr_t;

/* Primitives in s_trap_mask */
#define TRAP_SEND		0
#define TRAP_RECEIVE		1
#define TRAP_SENDREC		2
#define TRAP_NOTIFY		3
#define TRAP_RCVRQST		4
#define TRAP_REPLY		5
#define TRAP_RELAY		6
#define TRAP_VCOPY		7

/* In s_ipc_to and s_ipc_from: bit p_nr + NR_TASKS of system slots, and this */
#define IPC_USERS_BIT		255

/* The privileges of a process */
typedef struct {
	int32_t s_id;
	int32_t s_warn;		/* system slot to tell of end, forks; NONE */
	int32_t s_level;	/* USER_PRIV .. PROXY_PRIV */
	uint32_t s_trap_mask;	/* bit TRAP_*: may call it */
	uint64_t s_ipc_from[4];	/* may receive from */
	uint64_t s_ipc_to[4];	/* may send to */
	uint64_t s_call_mask;	/* requests that SYSTASK grants */
} priv_usr_t;

/* Values of the notifications that s_warn asks for, in SYSTASK's name */
#define M3IPC_WARN_EXIT		1
#define M3IPC_WARN_FORK		2

/* The same of the one that vm_warn2proc gets with each event of the log */
#define M3IPC_WARN_EVENTS	4

/* What has happened to a process, or thread, of this node */
#define M3IPC_EVENT_BIND	1
#define M3IPC_EVENT_UNBIND	2	/* it lives on without its endpoint */
#define M3IPC_EVENT_DIED	3

/* Why it was unbound, if by no call */
#define M3IPC_WHY_EXEC		1	/* its program has other rights now */
#define M3IPC_WHY_LEASE		2	/* the time without SYSTASK is over */

/* An event of a VM's log */
typedef struct {
	uint64_t e_seq;		/* its number; that of the next is one more */
	uint64_t e_time;	/* ns, realtime */
	uint64_t e_incarnation;	/* p_incarnation of the binding */
	int32_t e_type;		/* M3IPC_EVENT_* */
	int32_t e_p_nr;
	int32_t e_endpoint;
	int32_t e_lpid;		/* in the pid namespace of the reader */
	int32_t e_why;		/* of UNBIND: 0, or M3IPC_WHY_* */
	int32_t e_status;	/* of DIED: as wait() has it */
} m3ipc_event_t;

/* A node of the cluster, as this node sees it */
typedef struct {
	int32_t n_nodeid;
	int32_t n_flags;
	int32_t n_proxies;
	uint32_t n_reserved;
	uint64_t n_vms[4];	/* bit v: VM v spans it */
	uint64_t n_pxsent;
	uint64_t n_pxrcvd;
	uint64_t n_stimestamp;	/* ns, realtime */
	uint64_t n_rtimestamp;
	uint64_t n_refused;	/* answers from there that came too late */
	char n_name[M3IPC_NAME_LEN];
} node_usr_t;

/* A pair of proxies */
typedef struct {
	int32_t px_id;
	int32_t px_flags;	/* NODE_SCONNECTED, NODE_RCONNECTED */
	int32_t px_maxbytes;	/* of payload in one M3IPC_IOC_GET2RMT */
	int32_t px_maxbatch;	/* commands in one */
	char px_name[M3IPC_NAME_LEN];
} proxies_usr_t;

/* A remote copy, or the part of it that is in a frame and what follows */
typedef struct {
	int32_t v_src;
	int32_t v_dst;
	int32_t v_rqtr;
	uint32_t v_reserved;
	uint64_t v_saddr;
	uint64_t v_daddr;
	uint64_t v_bytes;	/* from v_saddr and v_daddr to the end */
} vcopy_t;

/*
 * Commands.  The left ones are requests of a process of c_snode, and name in
 * c_dst the process that is asked for; the right ones are how they end.
 */
#define CMD_ACK			0x1000
#define SEND_MSG		1
#define SEND_ACK		(CMD_ACK | SEND_MSG)
#define SNDREC_MSG		2	/* ends with an answer, or */
#define SNDREC_ACK		(CMD_ACK | SNDREC_MSG)	/* an error */
#define REPLY_MSG		3	/* the answer; ends with nothing, as */
#define RELAY_MSG		4	/* m_source: whom to ask instead; */
#define NTFY_MSG		5	/* and the next two */
#define CANCEL_MSG		6	/* of the request c_ack_seq */
#define EXIT_MSG		7	/* c_src is gone, and those before it */
#define COPYIN_DATA		8	/* for c_dst's memory */
#define COPYIN_ACK		(CMD_ACK | COPYIN_DATA)
#define COPYOUT_RQST		9	/* wants c_dst's memory */
#define COPYOUT_DATA		(CMD_ACK | COPYOUT_RQST)
#define COPYLCL_RQST		10	/* between two of one node */
#define COPYLCL_ACK		(CMD_ACK | COPYLCL_RQST)
#define COPYRMT_RQST		11	/* between two of two nodes */
#define COPYRMT_ACK		(CMD_ACK | COPYRMT_RQST)
#define COPYIN_RQST		12	/* the data of a COPYRMT_RQST */
#define COPYGRT_RQST		13	/* c_dst's memory is for such data */
#define COPYGRT_ACK		(CMD_ACK | COPYGRT_RQST)
#define WHO_RQST		14	/* who has the system slot c_dst? */
#define WHO_ACK			(CMD_ACK | WHO_RQST)
#define NTFY_ACK		(CMD_ACK | NTFY_MSG) /* it was sent too late */
#define MIGR_MSG		15	/* all is told of where c_src was */
#define BKUP_MSG		16	/* backups and replicas of c_src */

/* c_flags */
#define CMD_NOWAIT		(1 << 0) /* EAGAIN if it would have to wait */
#define CMD_FIRST		(1 << 1) /* frame of a copy */
#define CMD_TAKEN		(1 << 2) /* the former process has it */
#define CMD_MOVED		(1 << 3) /* was pending where c_dst was */
#define CMD_STANDS		(1 << 4) /* there is one there */
#define CMD_REPLICA		(1 << 5) /* a replica, or was */
#define CMD_RECALL		(1 << 6) /* c_src moves, with its process */
/*
 * Of COPYRMT_RQST: the node of v_dst; of COPYGRT_RQST: that of v_src; of
 * MIGR_MSG: the one where c_src is now
 */
#define CMD_NODE_SHIFT		8

/* In memory as on the wire, where all is little-endian */
typedef struct {
	int32_t c_cmd;
	int32_t c_vmid;
	int32_t c_src;		/* endpoints */
	int32_t c_dst;
	int32_t c_snode;
	int32_t c_dnode;
	int32_t c_rcode;	/* of acknowledgements */
	int32_t c_len;		/* bytes of payload that follow */
	uint64_t c_flags;
	uint64_t c_snd_seq;
	uint64_t c_ack_seq;
	uint64_t c_timestamp;	/* ns, realtime: when it left the driver */
	union {
		vcopy_t cu_vcopy;
		message cu_msg;
	} c_u;
} cmd_t;

/* A buffer of px_maxbytes */
typedef unsigned char proxy_payload_t;

#define CONNECT_SPROXY		1
#define CONNECT_RPROXY		2
#define DISCONNECT_SPROXY	3
#define DISCONNECT_RPROXY	4

M3IPC_ASSERT(sizeof(proxies_usr_t) == 32, "proxies_usr_t has no holes");
M3IPC_ASSERT(sizeof(vcopy_t) == 40, "vcopy_t has no holes");
M3IPC_ASSERT(sizeof(cmd_t) == 128, "two cache lines a command");
M3IPC_ASSERT(sizeof(drvs_usr_t) == 48, "drvs_usr_t has no holes");
M3IPC_ASSERT(sizeof(VM_usr_t) == 184, "VM_usr_t has no holes");
M3IPC_ASSERT(sizeof(proc_usr_t) == 248, "proc_usr_t has no holes");
M3IPC_ASSERT(sizeof(priv_usr_t) == 88, "priv_usr_t has no holes");
M3IPC_ASSERT(sizeof(node_usr_t) == 104, "node_usr_t has no holes");
M3IPC_ASSERT(sizeof(m3ipc_event_t) == 48, "m3ipc_event_t has no holes");

/* The message page */

/* op of a slot whose call waits; whose message has passed */
#define M3IPC_OP_TAKEN		0xffffffffu
#define M3IPC_OP_DONE		0xfffffffeu
/* of a request that has been taken: its process waits elsewhere */
#define M3IPC_OP_AWAIT		0xfffffffdu

/* What a primitive reads and writes, besides the message */
struct m3ipc_call {
	message msg;		/* in and out */
	uint32_t op;		/* in: _IOC_NR of the ioctl; out: see above */
	int32_t peer;		/* in: destination or source */
	int64_t timeout;	/* in: ms, TIMEOUT_NOWAIT or TIMEOUT_FOREVER */
	int32_t src_nr;		/* in: in whose name to notify, or SELF */
	int32_t value;		/* in: of the notification */
	int32_t reply_rc;	/* out: of REPLY_RCVRQST, how the reply ended */
	uint32_t reserved[7];	/* 0 */
};

M3IPC_ASSERT(sizeof(struct m3ipc_call) == 128, "two cache lines a call");

#define M3IPC_PAGE_SIZE		4096
#define M3IPC_NR_CALLS		31

/* Written by the driver when the page is made; for the library's use only */
struct m3ipc_page_id {
	uint64_t serial;	/* of the binding, never used twice */
	int32_t vmid;
	int32_t endpoint;
	uint64_t reserved[14];
};

struct m3ipc_page {
	struct m3ipc_call call[M3IPC_NR_CALLS];
	struct m3ipc_page_id id;
};

M3IPC_ASSERT(sizeof(struct m3ipc_page) == M3IPC_PAGE_SIZE, "one page");

/* ioctls */

#define M3IPC_IOC_VERSION	4	/* of all that this file says */
#define M3IPC_IOC_MAGIC		0xb5

#define M3IPC_IO(nr)		_IO(M3IPC_IOC_MAGIC, nr)
#define M3IPC_IOW(nr, type)	_IOW(M3IPC_IOC_MAGIC, nr, type)
#define M3IPC_IOR(nr, type)	_IOR(M3IPC_IOC_MAGIC, nr, type)
#define M3IPC_IOWR(nr, type)	_IOWR(M3IPC_IOC_MAGIC, nr, type)

/*
 * Primitives; the argument is the number of a slot.
 *
 *	SEND		peer, timeout, msg
 *	RECEIVE		peer (may be ANY), timeout; msg out
 *	SENDREC		peer, timeout, msg in and out
 *	RCVRQST		timeout; msg out
 *	REPLY		peer, msg
 *	REPLY_RCVRQST	peer (NONE: nothing to reply), timeout, msg in and out;
 *			reply_rc out, also when the call itself fails
 *	RELAY		peer, msg; msg.m_source names the client
 *	NOTIFY		peer, src_nr, value
 *	CANCEL		ends the interrupted call of this slot; returns how it
 *			ended, EINTR if it had not.  Ignores the slot's members.
 */
#define M3IPC_IOC_SEND		M3IPC_IOWR(1, struct m3ipc_call)
#define M3IPC_IOC_RECEIVE	M3IPC_IOWR(2, struct m3ipc_call)
#define M3IPC_IOC_SENDREC	M3IPC_IOWR(3, struct m3ipc_call)
#define M3IPC_IOC_RCVRQST	M3IPC_IOWR(4, struct m3ipc_call)
#define M3IPC_IOC_REPLY		M3IPC_IOWR(5, struct m3ipc_call)
#define M3IPC_IOC_REPLY_RCVRQST	M3IPC_IOWR(6, struct m3ipc_call)
#define M3IPC_IOC_RELAY		M3IPC_IOWR(7, struct m3ipc_call)
#define M3IPC_IOC_NOTIFY	M3IPC_IOWR(8, struct m3ipc_call)
#define M3IPC_IOC_CANCEL	M3IPC_IOWR(9, struct m3ipc_call)

/* The caller's endpoint and the serial number of its binding */
struct m3ipc_self {
	uint64_t serial;
	int32_t vmid;
	int32_t endpoint;
	uint32_t own;		/* 1: this thread's; 0: its process's */
	uint32_t reserved;
};

struct m3ipc_hdw_notify {
	int32_t vmid;
	int32_t dst;
	uint64_t reserved;
};

/*
 * A copy between the memory of two processes.  saddr and daddr are addresses
 * there or, if nr_src or nr_dst is not 0, of an array of so many segments in
 * the caller's memory, whose lengths add up to bytes.
 */
struct m3ipc_iovec {
	uint64_t base;
	uint64_t len;
};

struct m3ipc_vcopy {
	int32_t src;		/* an endpoint or SELF */
	int32_t dst;
	uint64_t saddr;
	uint64_t daddr;
	int64_t bytes;
	uint32_t nr_src;	/* at most M3IPC_MAX_SEGMENTS */
	uint32_t nr_dst;
};

#define M3IPC_MAX_SEGMENTS	1024

#define M3IPC_IOC_SELF		M3IPC_IOR(16, struct m3ipc_self)
#define M3IPC_IOC_HDW_NOTIFY	M3IPC_IOW(17, struct m3ipc_hdw_notify)
#define M3IPC_IOC_VCOPY		M3IPC_IOW(18, struct m3ipc_vcopy)

/* Binding */
#define M3IPC_BIND_PROCESS	0	/* the calling process */
#define M3IPC_BIND_THREAD	1	/* the calling thread */
#define M3IPC_BIND_OTHER	2	/* the process or thread "pid" */

struct m3ipc_bind {
	int32_t vmid;
	int32_t p_nr;
	uint32_t who;		/* M3IPC_BIND_* */
	int32_t pid;		/* of M3IPC_BIND_OTHER, else 0 */
	int32_t endpoint;	/* out */
	uint32_t reserved;	/* 0 */
};

struct m3ipc_wait4bind {
	int64_t timeout;	/* ms; out: what is left of it */
	int32_t endpoint;	/* out */
	uint32_t reserved;	/* 0 */
};

struct m3ipc_unbind {
	int32_t vmid;
	int32_t endpoint;	/* or SELF */
	int64_t timeout;	/* ms */
};

struct m3ipc_getep {
	int32_t pid;
	int32_t endpoint;	/* out */
};

#define M3IPC_IOC_BIND		M3IPC_IOWR(32, struct m3ipc_bind)
#define M3IPC_IOC_WAIT4BIND	M3IPC_IOWR(33, struct m3ipc_wait4bind)
#define M3IPC_IOC_UNBIND	M3IPC_IOW(34, struct m3ipc_unbind)
#define M3IPC_IOC_GETEP		M3IPC_IOWR(35, struct m3ipc_getep)
/* p_vmid and p_nr say which slot */
#define M3IPC_IOC_GETPROCINFO	M3IPC_IOWR(36, proc_usr_t)

/* The privileges of a bound process */
struct m3ipc_priv {
	int32_t vmid;
	int32_t endpoint;
	priv_usr_t priv;
};

#define M3IPC_IOC_SETPRIV	M3IPC_IOW(37, struct m3ipc_priv)
#define M3IPC_IOC_GETPRIV	M3IPC_IOWR(38, struct m3ipc_priv)

/* Whose user slots of a VM are: bit p_nr % 64 of slots[p_nr / 64] */
struct m3ipc_owners {
	int32_t vmid;
	int32_t nodeid;		/* of these slots from now on, or as below */
	uint64_t slots[M3IPC_SLOT_WORDS];
};

/* NONE: whoever comes first may bind there; this: nobody may */
#define M3IPC_NOBODY		(-2)

#define M3IPC_IOC_SETOWNERS	M3IPC_IOW(39, struct m3ipc_owners)

/* Events of a VM that come after number seq; 0: after none that was seen */
struct m3ipc_getevents {
	int32_t vmid;
	uint32_t nr;		/* in: size of the array; out: how many */
	uint64_t seq;		/* in; out: of the last of them */
	uint64_t events;	/* an array of m3ipc_event_t */
};

#define M3IPC_IOC_GETEVENTS	M3IPC_IOWR(40, struct m3ipc_getevents)

/*
 * Until an endpoint is bound in the VM, here or as one of another node; or is
 * not.  The number of a user slot is for whoever has the slot.
 */
#define M3IPC_UNTIL_BOUND	0
#define M3IPC_UNTIL_GONE	1

#define M3IPC_OWN_VM		(-1)	/* that of the caller */

struct m3ipc_wait4ep {
	int64_t timeout;	/* ms; out: what is left of it */
	int32_t vmid;		/* or M3IPC_OWN_VM */
	int32_t endpoint;	/* or a slot; out: the endpoint, once bound */
	uint32_t until;		/* M3IPC_UNTIL_* */
	uint32_t reserved;	/* 0 */
};

/* The call of the process or thread in a slot ends with EINTR. */
struct m3ipc_wakeup {
	int32_t vmid;
	int32_t p_nr;
};

#define M3IPC_IOC_WAIT4EP	M3IPC_IOWR(41, struct m3ipc_wait4ep)
#define M3IPC_IOC_WAKEUP	M3IPC_IOW(42, struct m3ipc_wakeup)

/*
 * From the end of the SYSTASK of this node on its processes in user slots live
 * so long without one that takes the lease again.
 */
struct m3ipc_lease {
	int64_t ms;		/* 1 .. M3IPC_MAX_LEASE; 0: no lease */
	int32_t vmid;
	uint32_t reserved;	/* 0 */
};

#define M3IPC_MAX_LEASE		3600000

#define M3IPC_IOC_LEASE		M3IPC_IOW(43, struct m3ipc_lease)

/*
 * An endpoint moves, see above.  Of COMMIT: nodeid is where it is from now on,
 * pid its process or thread if that is this node, else PROC_NO_PID.  START,
 * ROLLBACK and RECALL: 0.
 *
 * RECALL is for one that moves with its process, from this node: what it waits
 * for in a call can begin anew where it will be.  -EBUSY: not yet, ask again.
 */
struct m3ipc_migr {
	int32_t vmid;
	int32_t endpoint;
	int32_t nodeid;
	int32_t pid;
};

#define M3IPC_IOC_MIGR_START	M3IPC_IOW(44, struct m3ipc_migr)
#define M3IPC_IOC_MIGR_COMMIT	M3IPC_IOW(45, struct m3ipc_migr)
#define M3IPC_IOC_MIGR_ROLLBACK	M3IPC_IOW(46, struct m3ipc_migr)
#define M3IPC_IOC_MIGR_RECALL	M3IPC_IOW(58, struct m3ipc_migr)

/*
 * The process or thread pid, of this node, stands by for an endpoint that is on
 * node nodeid.
 */
struct m3ipc_bkupbind {
	int32_t vmid;
	int32_t endpoint;
	int32_t nodeid;
	int32_t pid;
};

#define M3IPC_IOC_BKUPBIND	M3IPC_IOW(47, struct m3ipc_bkupbind)

/* The same, M3IPC_IOC_REPLBIND, is a replica: in a system slot, not a task's */
struct m3ipc_replbind {
	int32_t vmid;
	int32_t pid;
	int32_t p_nr;
	uint32_t reserved;	/* 0 */
};

/* Nodes and VMs */
struct m3ipc_vmid {
	int32_t vmid;
	uint32_t reserved;	/* 0 */
};

#define M3IPC_IOC_GETVERSION	M3IPC_IOR(48, uint32_t)
/* d_nodeid says which node this becomes; other members: 0 is the default */
#define M3IPC_IOC_DRVS_INIT	M3IPC_IOW(49, drvs_usr_t)
#define M3IPC_IOC_DRVS_END	M3IPC_IO(50)
#define M3IPC_IOC_GETDRVSINFO	M3IPC_IOR(51, drvs_usr_t)
#define M3IPC_IOC_VM_INIT	M3IPC_IOW(52, VM_usr_t)
#define M3IPC_IOC_VM_END	M3IPC_IOW(53, struct m3ipc_vmid)
/* vm_vmid, n_nodeid say which */
#define M3IPC_IOC_GETVMINFO	M3IPC_IOWR(54, VM_usr_t)
#define M3IPC_IOC_GETNODEINFO	M3IPC_IOWR(55, node_usr_t)
/* To the kernel log */
#define M3IPC_IOC_VM_DUMP	M3IPC_IO(56)
#define M3IPC_IOC_PROC_DUMP	M3IPC_IOW(57, struct m3ipc_vmid)

/* Other nodes */
struct m3ipc_rmtbind {
	int32_t vmid;
	int32_t endpoint;
	int32_t nodeid;
	uint32_t reserved;	/* 0 */
	char name[M3IPC_NAME_LEN];
	uint64_t incarnation;	/* p_incarnation there; 0: not known */
};

struct m3ipc_vmnode {
	int32_t vmid;
	int32_t nodeid;
};

/* Threads of the caller's pid namespace */
struct m3ipc_proxies_bind {
	int32_t pxid;		/* 0 .. d_nr_nodes - 1 */
	int32_t spid;
	int32_t rpid;
	int32_t maxbytes;	/* of payload: at least d_max_copybuf */
	char name[M3IPC_NAME_LEN];
};

struct m3ipc_pxid {
	int32_t pxid;
	int32_t status;		/* of M3IPC_IOC_PROXY_CONN; else 0 */
};

/*
 * How long a node behind the pair that is connected may say nothing before what
 * only waits for its word ends with ENOTCONN
 */
#define M3IPC_LINK_TIMEOUT	5000	/* ms: of a pair that was just bound */
#define M3IPC_MAX_LINK_TIMEOUT	3600000

struct m3ipc_proxy_timeout {
	int32_t pxid;
	int32_t timeout;	/* ms: 1 .. M3IPC_MAX_LINK_TIMEOUT */
};

struct m3ipc_proxyinfo {
	proxies_usr_t px;
	proc_usr_t sproc;
	proc_usr_t rproc;
};

struct m3ipc_node {
	int32_t nodeid;
	int32_t pxid;		/* of M3IPC_IOC_NODE_UP; else 0 */
	char name[M3IPC_NAME_LEN];
};

/*
 * Commands between the driver and the calling proxy: an array of cmd_t, and an
 * area with the payload of each, in their order, at the next multiple of 64.
 */
struct m3ipc_batch {
	uint64_t cmds;
	uint64_t payload;
	int64_t bytes;		/* size of the area; 0: px_maxbytes */
	int64_t timeout;	/* of M3IPC_IOC_GET2RMT, ms; else 0 */
	uint32_t nr;		/* in: size of the array; out: commands done */
	uint32_t reserved;	/* 0 */
};

#define M3IPC_MAX_BATCH		64
#define M3IPC_PAYLOAD_ALIGN	64

#define M3IPC_IOC_RMTBIND	M3IPC_IOW(64, struct m3ipc_rmtbind)
#define M3IPC_IOC_ADD_NODE	M3IPC_IOW(65, struct m3ipc_vmnode)
#define M3IPC_IOC_DEL_NODE	M3IPC_IOW(66, struct m3ipc_vmnode)
#define M3IPC_IOC_NODE_UP	M3IPC_IOW(67, struct m3ipc_node)
#define M3IPC_IOC_NODE_DOWN	M3IPC_IOW(68, struct m3ipc_node)
#define M3IPC_IOC_PROXIES_BIND	M3IPC_IOW(69, struct m3ipc_proxies_bind)
#define M3IPC_IOC_PROXIES_UNBIND M3IPC_IOW(70, struct m3ipc_pxid)
#define M3IPC_IOC_PROXY_CONN	M3IPC_IOW(71, struct m3ipc_pxid)
/* px.px_id says which */
#define M3IPC_IOC_GETPROXYINFO	M3IPC_IOWR(72, struct m3ipc_proxyinfo)
#define M3IPC_IOC_GET2RMT	M3IPC_IOWR(73, struct m3ipc_batch)
#define M3IPC_IOC_PUT2LCL	M3IPC_IOWR(74, struct m3ipc_batch)
#define M3IPC_IOC_PROXY_TIMEOUT	M3IPC_IOW(75, struct m3ipc_proxy_timeout)
#define M3IPC_IOC_REPLBIND	M3IPC_IOW(76, struct m3ipc_replbind)

/* Errors */

/* Generic conditions have Linux's numbers. */
#define EMOLPERM		(-EPERM)
#define EMOLNOENT		(-ENOENT)
#define EMOLINTR		(-EINTR)
#define EMOLAGAIN		(-EAGAIN)
#define EMOLNOMEM		(-ENOMEM)
#define EMOLFAULT		(-EFAULT)
#define EMOLBUSY		(-EBUSY)
#define EMOLEXIST		(-EEXIST)
#define EMOLNODEV		(-ENODEV)
#define EMOLINVAL		(-EINVAL)
#define EMOLNOTTY		(-ENOTTY)
#define EMOLRANGE		(-ERANGE)
#define EMOLNAMETOOLONG		(-ENAMETOOLONG)
#define EMOLNOSYS		(-ENOSYS)
#define EMOLNOTCONN		(-ENOTCONN)
#define EMOLTIMEDOUT		(-ETIMEDOUT)
#define EMOLBADMSG		(-EBADMSG)
#define EMOLSTALE		(-ESTALE)

/* Conditions of message passing; the driver returns those that it causes. */
#define EMOLERRCODE		(-300)
#define EMOLBADNODEID		(-301)	/* no such node number */
#define EMOLBADVMID		(-302)	/* no such VM number */
#define EMOLVMNOTRUN		(-303)	/* the VM is not running */
#define EMOLBADPROC		(-304)
#define EMOLBADPID		(-305)	/* no such process */
#define EMOLENDPOINT		(-306)	/* not an endpoint for this call */
#define EMOLNOPROXY		(-307)	/* no proxies serve the node */
#define EMOLRMTPROC		(-308)	/* it is on another node */
#define EMOLLCLPROC		(-309)	/* it is on this node */
#define EMOLNOTBIND		(-310)	/* not bound */
#define EMOLPROXYRUN		(-311)	/* the pair of proxies is bound */
#define EMOLNODEBUSY		(-315)	/* the node is up */
#define EMOLNONODE		(-316)
#define EMOLDRVSBUSY		(-317)	/* the node is initialised */
#define EMOLDRVSINIT		(-318)	/* the node is not initialised */
#define EMOLNOVMNODE		(-319)	/* the node is none of the VM's */
#define EMOLPROCRUN		(-320)
#define EMOLVMRUN		(-323)	/* the VM is running */
#define EMOLPROCSTS		(-324)	/* it is not in the state for that */
#define EMOLNODEFREE		(-325)	/* the node is not up */
#define EMOLVMNODE		(-326)	/* the node is one of the VM's */
#define EMOLBADPROXY		(-327)	/* no such pair, or not its thread */
#define EMOLONCOPY		(-328)	/* it takes part in a copy */
#define EMOLENQUEUED		(-329)
#define EMOLOVERRUN		(-330)	/* more than there may be, or is kept */
#define EMOLBADOWNER		(-331)	/* the slot is not this node's */
#define EMOLMIGRATE		(-332)	/* it moves, or has moved */
#define EMOLPROXYFREE		(-333)	/* the pair of proxies is not bound */
#define EMOLGRPLEADER		(-334)	/* its process is not bound there */
#define EMOLPRIVILEGES		(-335)	/* not for user slots */
#define EMOLBINDTYPE		(-336)
#define EMOLSLOTUSED		(-337)	/* another process has the slot */
#define EMOLNAMESIZE		(-343)	/* the name is too long */
#define EMOLREPLPROC		(-346)
#define EMOLPRIMARY		(-401)
#define EMOLNOREPLICA		(-402)
#define EMOLLOCKED		(-501)	/* all of a cycle would wait for ever */
#define EMOLBADCALL		(-502)
#define EMOLBADSRCDST		(-503)
#define EMOLCALLDENIED		(-504)	/* privileges forbid it */
#define EMOLDEADSRCDST		(-505)
#define EMOLNOTREADY		(-506)	/* it does not wait for the caller */
#define EMOLBADREQUEST		(-507)
#define EMOLSRCDIED		(-508)	/* the source is gone */
#define EMOLDSTDIED		(-509)	/* the destination is gone */
#define EMOLTRAPDENIED		(-510)	/* privileges forbid the call */
#define EMOLDONTREPLY		(-511)

#endif /* _M3IPC_UAPI_H */
