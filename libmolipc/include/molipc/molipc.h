/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libmolipc: message passing between the processes of a VM.
 *
 * A process binds to a slot of a VM and gets an endpoint; with it, it sends to
 * and receives from other endpoints of that VM.  Constants, types and the
 * numbers of all errors are in <molipc/m3ipc.h>.  The manual is molipc(3).
 *
 * RETURN VALUES
 *	Calls return OK, a value that their entry names, or a negative EMOL
 *	code.  errno means nothing and is left alone.  Calls that return an
 *	endpoint (mnx_bind() and those after it, up to mnx_getep()) have a
 *	difficulty: endpoints of tasks are small negative numbers, and so are
 *	generic errors.  They report a generic error as -1000 - errno, so that
 *	all their errors are below EMOLERRCODE: mnx_bind_failed() tells errors
 *	from endpoints, MNX_ERR() makes an EMOL code of such an error.
 *
 * WHO IS CALLING
 *	The calling thread's endpoint if it has one of its own, else that of
 *	its process.  The threads that share an endpoint make one call at a
 *	time: while one is blocked the others get EMOLBUSY.
 *
 * TIME
 *	Calls that can block have a twin named _T whose last argument is the
 *	time to wait in milliseconds: TIMEOUT_NOWAIT (0) does not wait and is
 *	EMOLAGAIN where it would have to, TIMEOUT_FOREVER (-1) waits as the
 *	call without _T does, other negative numbers are EMOLINVAL.  When the
 *	time has passed the call ends with EMOLTIMEDOUT and has left no trace.
 *
 * SIGNALS
 *	All calls may be made from signal handlers.  A call that blocks goes on
 *	after a handler that was installed with SA_RESTART, and ends with
 *	EMOLINTR after any other; it also ends with EMOLINTR if the handler
 *	made a primitive call (mnx_send() and those after it) itself.  A
 *	handler may leave a call by siglongjmp(): that abandons the call.
 *
 * FORK
 *	A child made by fork() is not bound.  One made by vfork(), _Fork() or
 *	clone() does not use the library before it has called exec.
 *
 * ERRORS OF ALL CALLS
 *	Entries below do not repeat these.
 *	EMOLNOENT	there is no /dev/m3ipc: the driver is not loaded
 *	EMOLNODEV	the device is there, the driver is not
 *	-EACCES		no permission to open the device
 *	EMOLNOSYS	the driver has another version than this library
 *	EMOLNOMEM	no memory
 *	EMOLDRVSINIT	this node is not initialised, or it ended meanwhile
 *			(not from mnx_drvs_init() and mnx_getdrvsinfo())
 */
#ifndef _MOLIPC_MOLIPC_H
#define _MOLIPC_MOLIPC_H

#include <molipc/m3ipc.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Errors */

/*
 * The name of an error and a sentence about it, "EMOLDSTDIED: the destination
 * died".  Takes EMOL codes and what endpoint-returning calls return.  The text
 * is constant.
 */
const char *mnx_strerror(int code);

/* 1 if rc, from a call that returns an endpoint, is an error; 0 otherwise. */
int mnx_bind_failed(int rc);

static inline int mi_plain_error(int rc)
{
	return rc <= -1000 ? rc + 1000 : rc;
}

/* The EMOL code of an error of a call that returns an endpoint. */
#define MNX_ERR(rc) mi_plain_error(rc)

/*
 * Nodes and VMs
 *
 * What changes a node or a VM is for those with CAP_SYS_ADMIN in the user
 * namespace that owns the network namespace: others get EMOLPERM.  Anybody may
 * look.  Nothing here blocks.  A NULL pointer is EMOLFAULT, except as said.
 */

/*
 * Makes this network namespace node `nodeid' (0 .. d_nr_nodes - 1).  `params'
 * gives its sizes; a member that is 0, and all of them if it is NULL, has its
 * default.  d_dbglvl (DBG_*) says which trace events are on as long as the node
 * is up; that needs CAP_SYS_ADMIN over the machine.  d_nodeid, d_version and
 * d_subver are ignored.
 *
 *	EMOLINVAL	d_dbglvl has unknown bits
 *	EMOLDRVSBUSY	the node is initialised already
 *	EMOLBADNODEID	nodeid is out of range
 *	EMOLRANGE	a size is out of range, or they contradict each other
 */
int mnx_drvs_init(int nodeid, const drvs_usr_t *params);

/*
 * Ends the node with all its VMs: every process is unbound and gets SIGPIPE, if
 * the caller may send it signals, and calls that are blocked end with
 * EMOLDRVSINIT.
 */
int mnx_drvs_end(void);

/* The sizes of this node; d_nodeid is LOCALNODE if it is not initialised. */
int mnx_getdrvsinfo(drvs_usr_t *info);

/*
 * Starts VM vm->vm_vmid.  A vm_nr_* of 0 is the node's, a vm_cpumask of zeros
 * means all CPUs, vm_nodes gains this node by itself, vm_warn2proc is a system
 * slot that is notified of the ends of processes, with the value vm_warnmsg if
 * that is not 0, or NONE (0 is PM).  VM_USR_INIT() makes a VM_usr_t with
 * defaults.
 *
 *	EMOLBADVMID	vm_vmid is out of range
 *	EMOLVMRUN	the VM is running
 *	EMOLEXIST	another VM has this name, or a file of /proc/drvs has
 *	EMOLNAMESIZE	the name has no NUL in its 16 bytes
 *	EMOLRANGE	a size is larger than the node's, or they contradict
 *			each other; vm_warn2proc is no system slot; vm_cpumask
 *			has none of the CPUs that are online
 *	EMOLBADNODEID	vm_nodes has a node that is out of range
 *	EMOLINVAL	vm_flags has another bit than VM_FLAG_NOLINGER and
 *			VM_FLAG_REDO; the name is empty, does not begin with a
 *			letter or digit, or has other characters than these and
 *			"_-."
 */
int mnx_vm_init(const VM_usr_t *vm);

/*
 * An initialiser: VM_usr_t vm = VM_USR_INIT(0, "cluster");
 * `name' is a string literal of up to 15 characters.
 */
#define VM_USR_INIT(vmid, name)                                \
	{                                                      \
		(vmid), 0, 0, 0, 0, 0, 0, { 0 }, NONE, 0, name \
	}

/*
 * Ends a VM: its processes are unbound and get SIGPIPE, if the caller may send
 * them signals, and calls that are blocked end with EMOLVMNOTRUN.
 *
 *	EMOLBADVMID, EMOLVMNOTRUN
 */
int mnx_vm_end(int vmid);

/*
 * A VM as it runs: sizes, nodes, CPUs, name.
 *
 *	EMOLBADVMID, EMOLVMNOTRUN
 */
int mnx_getvminfo(int vmid, VM_usr_t *info);

/*
 * The descriptor of slot `p_nr'.  A slot that is free is no error: p_rts_flags
 * is SLOT_FREE then.
 *
 *	EMOLBADVMID, EMOLVMNOTRUN
 *	EMOLRANGE	p_nr is outside the VM
 */
int mnx_getprocinfo(int vmid, int p_nr, proc_usr_t *info);

/*
 * A node of the cluster, as this node sees it; n_flags is NODE_FREE for those
 * that it does not know.
 *
 *	EMOLBADNODEID	nodeid is out of range
 */
int mnx_getnodeinfo(int nodeid, node_usr_t *info);

/*
 * Write to the kernel log a line for each VM of this node, and what
 * /proc/drvs/NAME/procs shows of a VM.  For those with CAP_SYS_ADMIN over the
 * machine, whose log it is.
 *
 *	EMOLPERM	no rights
 *	EMOLBADVMID, EMOLVMNOTRUN
 */
int mnx_vm_dump(void);
int mnx_proc_dump(int vmid);

/*
 * Binding
 *
 * Slots: -nr_tasks <= p_nr < nr_procs of the VM.  Those below
 * nr_sysprocs - nr_tasks are system slots and need the rights that changing
 * the VM needs.  User slots are for everybody.  If the VM has a vm_cpumask, the
 * thread that is bound, or the main thread of the process, keeps of its CPU
 * affinity what is in that mask, also after it is unbound.  These calls return
 * the new endpoint, or an error in the form that "Return values" above
 * describes.
 *
 *	EMOLBADVMID	vmid is out of range
 *	EMOLVMNOTRUN	the VM is not running
 *	EMOLRANGE	p_nr is outside the VM
 *	EMOLPERM	a system slot, and no rights
 *	EMOLSLOTUSED	another process has the slot
 *	EMOLBADOWNER	the slot is another node's, mnx_setowners(), or
 *			nobody's, mnx_lease()
 *	EMOLOVERRUN	the slot has no endpoint that was not used in the last
 *			ten minutes
 *	EMOLBUSY	the process, or thread, is bound already; anywhere
 *	EMOLINVAL	it may use none of the VM's CPUs
 */

/* Binds the calling process, whichever of its threads calls. */
int mnx_bind(int vmid, int p_nr);

/*
 * Binds the calling thread alone; from the main thread it is mnx_bind().
 *
 *	EMOLGRPLEADER	its process is not bound in this VM
 */
int mnx_tbind(int vmid, int p_nr);

/*
 * Binds another process of this machine, or a thread of one.  `pid' is as the
 * caller's pid namespace numbers it.  A process of another user needs the
 * rights too, and CAP_KILL in the user namespace that it is in: EMOLPERM.
 *
 *	EMOLBADPID	no such process, or it ended meanwhile
 *	EMOLGRPLEADER	as for mnx_tbind(), if pid is a thread
 */
int mnx_lclbind(int vmid, int pid, int p_nr);

/*
 * Waits until somebody binds the caller, and returns the endpoint; at once, if
 * the caller, or its process, is bound.
 *
 *	EMOLNOTBIND	it stood by (mnx_bkupbind()), and does so no more
 *	EMOLINTR	a signal handler ran, see "Signals"
 *	EMOLAGAIN, EMOLTIMEDOUT, EMOLINVAL	of _T, see "Time"
 */
int mnx_wait4bind(void);
int mnx_wait4bind_T(long ms);

/*
 * Waits until `endpoint' is bound in the caller's VM, here or as one of another
 * node, and returns it; at once if it is.  The number of a user slot stands for
 * whoever is bound to the slot.  For callers without an endpoint, or with one
 * elsewhere, mnx_vm_wait4bindep_T() takes the VM too, M3IPC_OWN_VM being the
 * caller's.  p_rts_flags of a caller that has an endpoint in the VM is WAITBIND
 * meanwhile.
 *
 *	EMOLNOTBIND	the caller is not bound and names no VM; or it was
 *			unbound meanwhile
 *	EMOLVMNOTRUN	also: the VM ended meanwhile
 *	EMOLENDPOINT	neither an endpoint nor a slot of the VM
 *	EMOLDSTDIED	this node has given that endpoint to a process that is
 *			gone, or the slot has a later one: it does not come back
 *	EMOLBUSY	another thread waits so, with the same endpoint
 *	EMOLINTR	a signal handler ran, see "Signals"; or mnx_wakeup()
 *	EMOLAGAIN, EMOLTIMEDOUT, EMOLINVAL	of _T, see "Time"
 */
int mnx_wait4bindep(int endpoint);
int mnx_wait4bindep_T(int endpoint, long ms);
int mnx_vm_wait4bindep_T(int vmid, int endpoint, long ms);

/*
 * The endpoint, in the caller's VM, of the process or thread `pid': that of
 * its process for a thread that has none.
 *
 *	EMOLNOTBIND	the caller is not bound, or that process not in its VM
 *	EMOLBADPID	no such process, or one that the caller may not see
 */
int mnx_getep(int pid);

/*
 * Ends a binding, and with a process's those of its threads; returns OK, and
 * the slot is free then.  `endpoint' may be SELF.  What the process waits for
 * ends with EMOLNOTBIND, and those who wait for it with EMOLSRCDIED or
 * EMOLDSTDIED.  A process, or the thread, that is unbound by another process,
 * which may send it signals, gets SIGPIPE.  The call does not block yet:
 * nothing keeps an endpoint in use.
 *
 * Errors are plain EMOL codes.
 *	EMOLBADVMID, EMOLVMNOTRUN
 *	EMOLNOTBIND	endpoint is not bound (or is, to somebody newer)
 *	EMOLPERM	it belongs to another user or is a system slot's, and
 *			no rights
 *	EMOLINVAL	of _T, see "Time"
 */
int mnx_unbind(int vmid, int endpoint);
int mnx_unbind_T(int vmid, int endpoint, long ms);

/*
 * Waits until `endpoint' is not bound any more, on this node's word, and
 * returns OK; at once if it is not.  All else, but for EMOLDSTDIED, is as for
 * mnx_wait4bindep(): the number of a user slot waits until nobody is in the
 * slot, p_rts_flags is WAITUNBIND.  Errors are plain EMOL codes.
 */
int mnx_wait4unbind(int endpoint);
int mnx_wait4unbind_T(int endpoint, long ms);
int mnx_vm_wait4unbind_T(int vmid, int endpoint, long ms);

/*
 * Primitives
 *
 * A message moves when the sender and the receiver are both there; nothing is
 * queued but blocked senders, in order of arrival.  m->m_source is set by the
 * driver.  Buffers are written on success only.  All primitives:
 *
 *	EMOLNOTBIND	the caller is not bound, or was unbound meanwhile
 *	EMOLVMNOTRUN	the VM ended while the call was blocked
 *	EMOLFAULT	m is NULL
 *	EMOLBUSY	other threads are in calls of this endpoint
 *
 * those that name a peer:
 *
 *	EMOLENDPOINT	it is not an endpoint that this call can take: a number
 *			outside the VM, oneself, SELF or NONE, or ANY as a
 *			destination
 *	EMOLNOPROXY	it is on another node, to which nothing leads
 *	EMOLNOTCONN	it is, and the proxies are not connected, or were lost
 *			while the call was blocked
 *	EMOLNOVMNODE	it is, and that node left the VM meanwhile, or its VM
 *			does not span this node
 *	EMOLREPLPROC	it is, and the caller is a replica (mnx_replbind())
 *			that does not answer it
 *
 * those that can block:
 *
 *	EMOLINTR	a signal handler ran, see "Signals"
 *	EMOLAGAIN, EMOLTIMEDOUT, EMOLINVAL	of _T, see "Time"
 *
 * A peer on another node is like any other; but that node says how the call
 * ends.  A send whose time has passed, or that a signal ends, waits for its
 * word whether the message was received; one with TIMEOUT_NOWAIT, for its word
 * whether the receiver waited.  If none comes within the link timeout of the
 * proxies the call ends with EMOLNOTCONN.
 * An answer, and a relay, does not wait: it is on its way when the call
 * returns.  p_rts_flags has RMTOPER while a call waits; descriptors of
 * processes of other nodes have REMOTE.
 */

/*
 * Sends `m' to `dst'; blocks until dst has received it.
 *
 *	EMOLDSTDIED	dst is free, stale, or died before it received
 *	EMOLLOCKED	dst waits, perhaps through others, for the caller to
 *			receive or to answer: they would wait for ever; or the
 *			caller would be the first of a chain of more than
 *			M3IPC_MAX_CHAIN processes that wait for each other
 */
int mnx_send(int dst, const message *m);
int mnx_send_T(int dst, const message *m, long ms);

/*
 * Receives from `src', which may be ANY; blocks until there is a message.
 * Takes first a pending notification, then the sender that waits longest.
 * Nobody need be bound to HARDWARE for it to be waited for.
 *
 *	EMOLSRCDIED	src is free, stale, or died
 */
int mnx_receive(int src, message *m);
int mnx_receive_T(int src, message *m, long ms);

/*
 * Sends `m' to `dst' and receives dst's answer into it, in one call: nobody
 * else's message comes between, notifications neither.  Blocks until the
 * answer is there: so TIMEOUT_NOWAIT is EMOLAGAIN always.  If the call ends
 * otherwise after dst had taken the request, an answer that dst sends later is
 * refused: to dst with EMOLNOTREADY if it is on this node, or knows of it.
 *
 *	EMOLDSTDIED	dst is free, stale, or died before it received
 *	EMOLSRCDIED	dst died before it answered
 *	EMOLLOCKED	as of mnx_send(), also for one of another node to whom
 *			the request was relayed there
 *	EMOLCALLDENIED	also: it was relayed, on another node, to one to whom
 *			the caller may not send, or who may not answer
 */
int mnx_sendrec(int dst, message *m);
int mnx_sendrec_T(int dst, message *m, long ms);

/*
 * For servers: takes a pending notification or the mnx_sendrec() that waits
 * longest; leaves those waiting that only send.  Blocks until there is one.
 */
int mnx_rcvrqst(message *m);
int mnx_rcvrqst_T(message *m, long ms);

/*
 * Answers `dst', whose request the caller took, or which is receiving from the
 * caller and nobody else; one of another node must have made a request.  Does
 * not block, wherever dst is.  If dst is on another node and has given up, of
 * which this node does not know yet, the answer is refused there, and the call
 * is OK.
 *
 *	EMOLDSTDIED	dst is free, stale, or died
 *	EMOLNOTREADY	dst does not wait for the caller (any more)
 */
int mnx_reply(int dst, const message *m);

/* mnx_reply(), whatever `ms' is: for programs that expect each call's twin. */
int mnx_reply_T(int dst, const message *m, long ms);

/*
 * mnx_reply(dst, m), then mnx_rcvrqst(m), in one call.  `dst' may be NONE:
 * nobody is answered.  If the answer fails the wait goes on all the same,
 * except for EMOLENDPOINT, which ends the call.  How the answer went is put
 * into *reply_rc, which may be NULL: OK or an error of mnx_reply(); also when
 * the call itself fails.  After EMOLINTR, EMOLTIMEDOUT or EMOLAGAIN the answer
 * has been given: go on with NONE.
 */
int mnx_reply_rcvrqst(int dst, message *m, int *reply_rc);
int mnx_reply_rcvrqst_T(int dst, message *m, int *reply_rc, long ms);

/*
 * Hands a request to `dst': m->m_source names the client, as received by the
 * caller.  dst receives `m' from the client, which then waits for dst's
 * answer.  Does not block.  If the client and dst both are on other nodes, the
 * client's node passes the request on; if it cannot, the client's call ends
 * with the error.
 *
 *	EMOLENDPOINT	also: dst is the client; m_source is no endpoint
 *	EMOLDSTDIED	dst is free, stale, or died
 *	EMOLSRCDIED	the client is
 *	EMOLNOTREADY	the client does not wait for the caller's answer
 *	EMOLLOCKED	as of mnx_send(), for the client
 */
int mnx_relay(int dst, const message *m);

/*
 * Notifies `dst'; never blocks.  dst receives a message with m_type
 * NOTIFY_FROM(p_nr), m9_t1 the realtime clock, m9_l1 the number of
 * notifications merged into it and m9_i1 their values, OR-ed.
 *
 *	EMOLDSTDIED	dst is free, stale, or died
 *	EMOLPRIVILEGES	the caller has a user slot
 */
int mnx_notify(int dst);

/*
 * The same in the name of system slot `src_nr', which may be SELF, and with
 * the value `value'.  In another's name it is for tasks, and for servers with
 * CAP_SYS_ADMIN.
 *
 *	EMOLRANGE	src_nr is not a system slot of the VM
 *	EMOLPRIVILEGES	the caller has a user slot, or may not do this in
 *			another's name
 */
int mnx_src_notify(int src_nr, int dst);
int mnx_ntfy_value(int src_nr, int dst, int value);

/*
 * Notifies `dst' of VM `vmid' in the name of HARDWARE.  The caller need not be
 * bound, but have CAP_SYS_ADMIN, as for changing a VM.  Never blocks.
 *
 *	EMOLPERM	no rights
 *	EMOLBADVMID, EMOLVMNOTRUN
 *	EMOLENDPOINT	dst is a number outside the VM
 *	EMOLDSTDIED	dst is free or stale
 */
int mnx_hdw_notify(int vmid, int dst);

/*
 * Copies
 *
 * Copies `bytes' from the memory of `src' to that of `dst'; either may be SELF,
 * neither need be the caller.  A party that is not the caller must be blocked:
 * receiving, or sending to the caller.  It stays so until the copy ends.  For
 * callers in system slots, with parties that are blocked on the caller;
 * SYSTASK, and who has CAP_SYS_PTRACE over the parties, may copy between any
 * two.  That alone counts for a party whose user namespace is not that of the
 * node or below it: it has come in from outside.
 * After an error part of it may have been copied.  Memory of a party that other
 * programs provide (userfaultfd) has 200 ms to appear, in all of the copy, else
 * this is EMOLFAULT.  Files of FUSE are read as far as the party has touched
 * its mapping of them, and written to only where that is private.
 *
 * With a party on another node the bytes go in frames of d_max_copybuf, and
 * capabilities do not count.
 *
 *	EMOLBADMSG	frames were lost
 *	EMOLNOPROXY, EMOLNOTCONN, EMOLNOVMNODE	as of the primitives
 *	EMOLNOTBIND	the caller is not bound, or was unbound meanwhile
 *	EMOLRANGE	bytes is negative, or larger than d_max_copylen
 *	EMOLENDPOINT	src and dst are the same, or one is none
 *	EMOLSRCDIED	src is free, stale, or died meanwhile
 *	EMOLDSTDIED	dst is free, stale, or died meanwhile
 *	EMOLPROCSTS	a party is not blocked: it runs, is in a signal handler,
 *			or is stopped
 *	EMOLCALLDENIED	no rights
 *	EMOLTRAPDENIED	the caller's privileges forbid copies
 *	EMOLBUSY	a party takes part in another copy, or another thread
 *			is blocked in a call of the caller's endpoint
 *	EMOLFAULT	memory is not there, or is read-only
 *	EMOLINTR	the caller is being killed
 */
int mnx_vcopy(int src, const void *saddr, int dst, void *daddr, long bytes);

/*
 * The same for scattered memory: nr_src and nr_dst segments (1 .. 1024), of the
 * same length together.  With a party on another node each piece that is
 * contiguous on both sides is a copy of its own.
 *
 *	EMOLRANGE	a number of segments is out of range, too
 *	EMOLINVAL	the lengths differ
 */
int mnx_vcopyv(int src, const struct iovec *siov, int nr_src, int dst,
	       const struct iovec *diov, int nr_dst);

/*
 * Privileges
 *
 * What the process behind an endpoint may do: s_trap_mask which primitives
 * (TRAP_*), s_ipc_to and s_ipc_from whom it may send to and receive from (bit
 * p_nr + NR_TASKS of system slots, IPC_USERS_BIT for all others), s_call_mask
 * which requests SYSTASK grants it, s_warn which system slot is notified of its
 * end and forks, in SYSTASK's name with the value M3IPC_WARN_*.  A bind starts
 * with all of them, and NONE.  Everybody may look; to set them needs
 * CAP_SYS_ADMIN, as changing a VM does, or the slot of SYSTASK.
 *
 * Primitives that the masks forbid are EMOLTRAPDENIED, and EMOLCALLDENIED with
 * a peer that they forbid.  These calls:
 *
 *	EMOLBADVMID, EMOLVMNOTRUN
 *	EMOLNOTBIND	endpoint is not bound
 *	EMOLPERM	no rights
 *	EMOLRANGE	s_level or s_warn is out of range
 *	EMOLINVAL	unknown bits in s_trap_mask
 */
int mnx_setpriv(int vmid, int endpoint, const priv_usr_t *priv);
int mnx_getpriv(int vmid, int endpoint, priv_usr_t *priv);

/*
 * Ends the call in which the process or thread in slot `p_nr' is blocked, a
 * primitive or mnx_wait4bindep() and mnx_wait4unbind(), with EMOLINTR: as a
 * signal would, but none of its handlers run, and the call is not restarted.
 * If another node has to say first how the call ends (see "Primitives") it is
 * asked for that.  Needs the rights that mnx_setpriv() needs.
 *
 *	EMOLBADVMID, EMOLVMNOTRUN
 *	EMOLRANGE	p_nr is outside the VM
 *	EMOLNOTBIND	nobody is bound there
 *	EMOLRMTPROC	it is on another node
 *	EMOLPROCSTS	it is not blocked
 *	EMOLPERM	no rights
 */
int mnx_wakeup(int vmid, int p_nr);

/*
 * Whose the user slots are
 *
 * The slots whose bits are set (bit p_nr % 64 of slots[p_nr / 64], of
 * M3IPC_SLOT_WORDS words) belong to `nodeid' from now on, or, if that is NONE,
 * to no node, as all do at first, or, if it is M3IPC_NOBODY, to nobody, and
 * every bind there is EMOLBADOWNER; the others remain whose they are.  A node
 * alone binds in its slots: for others that is EMOLBADOWNER, here and when
 * something comes from a process of theirs that is not entered here.  In slots
 * of none each node may have processes that come so in three quarters of the
 * user slots of the VM; more are EMOLOVERRUN.  Who is bound remains so.  Needs
 * the rights that mnx_setpriv() needs.
 *
 *	EMOLBADVMID, EMOLVMNOTRUN
 *	EMOLPERM	no rights
 *	EMOLRANGE	not all of these are user slots of the VM
 *	EMOLBADNODEID	nodeid is out of range
 *	EMOLNOVMNODE	the VM does not span that node
 */
int mnx_setowners(int vmid, int nodeid, const uint64_t *slots);

/*
 * The lease of this node's user slots, which its SYSTASK takes for VM `vmid'.
 * It lasts as long as that is bound, and `ms' (1 .. M3IPC_MAX_LEASE) more.  If
 * no SYSTASK has taken it again by then, every process of this node in a user
 * slot is unbound and gets SIGPIPE, if who took the lease could send it that,
 * and the slots are nobody's: binds in them are EMOLBADOWNER, from the moment
 * when the time has passed, until mnx_setowners() says whose they are.  `ms' 0
 * gives the lease up.  Once one is over this waits until all have been unbound.
 * Needs the rights that mnx_setpriv() needs.
 *
 *	EMOLBADVMID, EMOLVMNOTRUN
 *	EMOLPERM	no rights
 *	EMOLRANGE	ms is out of range
 *	EMOLNOTBIND	no SYSTASK of this node is bound there, and ms is not 0
 */
int mnx_lease(int vmid, long ms);

/*
 * Migration
 *
 * An endpoint moves to another node and stays what it is to everybody: whoever
 * sends to it, waits for its answer or copies with it waits meanwhile, and goes
 * on then.  To move the process itself, its memory and its state, is for
 * others.  Each of these is called at every node of the VM, by who has the
 * rights that mnx_setpriv() needs, in this order: start at all nodes, then
 * commit, or rollback, at all.
 *
 * mnx_migr_start(): from now on messages, notifications and copies for
 * `endpoint' wait, and so do its own calls: one that is blocked stays so,
 * whatever comes; a process that runs waits when it calls next.  Those of the
 * threads of its process too.
 *
 * mnx_migr_commit(): `endpoint' is on node `nodeid' now, with all that waited,
 * those whose requests it had taken included.  On that node `pid' is the
 * process or thread that has it from now on, with one call for each thread;
 * elsewhere it is PROC_NO_PID.  Calls of the process that had it end with
 * EMOLMIGRATE, later ones with EMOLNOTBIND.
 *
 * mnx_migr_rollback(): all go on as if nothing had happened.
 *
 * A time that a caller gave passes meanwhile, and ends its call as ever; one
 * that may not wait gets EMOLAGAIN.  A process that dies while it migrates is
 * dead.  The new process may answer those who wait for the endpoint at once;
 * what is for a node that has not said yet that it has committed waits for
 * that, as long as a link lasts without a word.  Nothing changes if one of
 * these is refused.
 *
 *	EMOLBADVMID, EMOLVMNOTRUN
 *	EMOLPERM	no rights; or none to bind `pid', as in mnx_lclbind()
 *	EMOLENDPOINT	there can be no such endpoint, or it is a SYSTASK's
 *	EMOLNOTBIND	it is not bound, here or remotely
 *	EMOLGRPLEADER	it is that of a thread of this node; or, on commit, the
 *			process of the thread `pid' is not bound in the VM
 * start:
 *	EMOLMIGRATE	it migrates, or other nodes have not told all since it
 *			did
 *	EMOLONCOPY	it takes part in a copy
 *	EMOLBUSY	it is in an operation with another node that cannot be
 *			interrupted: a send; or is a replica (mnx_replbind())
 * commit and rollback:
 *	EMOLPROCSTS	it has not started
 *	EMOLMIGRATE	its end is under way
 * commit:
 *	EMOLINVAL	`pid' is missing, or not for this node
 *	EMOLBADNODEID	nodeid is out of range
 *	EMOLNOVMNODE	the VM does not span that node
 *	EMOLLCLPROC, EMOLRMTPROC	it is on that node
 *	EMOLBADPID	no such process
 *	EMOLBUSY	the process is bound
 */
int mnx_migr_start(int vmid, int endpoint);
int mnx_migr_commit(int pid, int vmid, int endpoint, int nodeid);
int mnx_migr_rollback(int vmid, int endpoint);

/*
 * Process or thread `pid' of this node stands by for `endpoint', which is on
 * node `nodeid': it has no endpoint, and waits with mnx_wait4bind() until a
 * migration to this node commits with it.  That ends with EMOLNOTBIND if the
 * endpoint is gone before.  Returns `endpoint'.
 *
 * Who may: as with mnx_migr_start(), and with mnx_lclbind().  Never blocks.
 *
 *	EMOLBADVMID, EMOLVMNOTRUN
 *	EMOLPERM	no rights
 *	EMOLENDPOINT	there can be no such endpoint, or it is a SYSTASK's
 *	EMOLBADNODEID	no such node, or this one, or the endpoint is not there
 *	EMOLNOVMNODE	the VM does not span that node
 *	EMOLLCLPROC	the endpoint is on this node
 *	EMOLSLOTUSED	another is in its slot, or there is a backup here
 *	EMOLBADPID	no such process
 *	EMOLBUSY	the process is bound, or stands by; the endpoint is a
 *			replica
 *	EMOLGRPLEADER	the process of a thread is neither
 *	EMOLMIGRATE	the process of a thread migrates
 */
int mnx_bkupbind(int vmid, int pid, int endpoint, int nodeid);

/*
 * Process or thread `pid' of this node is bound to system slot `p_nr', of which
 * other nodes may have replicas, too: each node's processes find their own, or
 * else that of the lowest node.  A replica answers who asks it; what else it
 * sends to other nodes, or notifies of, ends with EMOLREPLPROC.  Returns
 * `p_nr'.
 *
 * Who may: as with mnx_bkupbind().  Never blocks.
 *
 *	EMOLBADVMID, EMOLVMNOTRUN
 *	EMOLPERM	no rights
 *	EMOLRANGE	the VM has no such slot
 *	EMOLENDPOINT	it is that of a user, or of a task
 *	EMOLSLOTUSED	a process of this node is there, or one of another
 *			that is no replica or has a backup here; or its node
 *			has not told of it yet
 *	EMOLBADPID	no such process
 *	EMOLBUSY	the process is bound, or stands by
 *	EMOLGRPLEADER	the process of a thread is not bound
 *	EMOLMIGRATE	the process of a thread migrates
 */
int mnx_replbind(int vmid, int pid, int p_nr);

/*
 * Events
 *
 * What happens to the processes and threads of this node in a VM: they are
 * bound (M3IPC_EVENT_BIND) or unbound and live on (M3IPC_EVENT_UNBIND), or die
 * (M3IPC_EVENT_DIED).  The first call begins the VM's log, which keeps four
 * events for each slot; from then on vm_warn2proc is notified of each event, in
 * SYSTASK's name with the value M3IPC_WARN_EVENTS.
 *
 * Copies into `events' up to `n' of those that come after number *seq, the last
 * one that the caller has seen, or 0; returns how many, sets *seq to the number
 * of the last of them.  Never blocks: 0 if there are none.  After EMOLOVERRUN
 * *seq is the number of the newest event: read the table, with
 * mnx_getprocinfo(), and go on from there.  mnx_getevents(3) says how to keep
 * an exact account.  Needs the rights that mnx_setpriv() needs.
 *
 *	EMOLBADVMID, EMOLVMNOTRUN
 *	EMOLPERM	no rights
 *	EMOLOVERRUN	events after *seq are not there any more, or have been
 *			before the first call
 *	EMOLRANGE	n is negative
 */
int mnx_getevents(int vmid, uint64_t *seq, m3ipc_event_t *events, int n);

/*
 * Other nodes
 *
 * A node is reached through a pair of proxies: two threads that take commands
 * out of the driver and put in those that come from the other node.  Registered
 * is not connected: commands flow when both are.  A VM spans the nodes that its
 * vm_nodes names.  All of this is for those with CAP_SYS_ADMIN, as changing a
 * VM is: EMOLPERM.
 */

/*
 * Enters a process of another node: `endpoint' of the VM, which lives on
 * `nodeid'.  Returns the endpoint, or an error like mnx_bind().  Processes in
 * user slots are entered by themselves when something comes from them; those in
 * system slots have to be entered.
 *
 *	EMOLBADVMID, EMOLVMNOTRUN
 *	EMOLENDPOINT	no endpoint of the VM
 *	EMOLBADNODEID	nodeid is out of range, or this node
 *	EMOLNOVMNODE	the VM does not span that node
 *	EMOLSLOTUSED	the slot is taken
 *	EMOLNAMESIZE	name is longer than 15 characters
 */
int mnx_rmtbind(int vmid, const char *name, int endpoint, int nodeid);

/*
 * The same for who knows which process of a system slot that is: incarnation
 * is p_incarnation of mnx_getprocinfo() there (0: not known).  It replaces one
 * that is known to have been before.  Of one that is not known this node asks
 * the other: what it hears of the end of an earlier process of the slot is not
 * taken for that of a later one, however late it comes.
 */
int mnx_rmtbind_as(int vmid, const char *name, int endpoint, int nodeid,
		   uint64_t incarnation);

/*
 * The VM spans node `nodeid' too, or no longer: then its remote processes are
 * unbound, and what waits for them ends with EMOLNOVMNODE.
 *
 *	EMOLBADVMID, EMOLVMNOTRUN
 *	EMOLBADNODEID	nodeid is out of range, or this node
 *	EMOLVMNODE	it does already
 *	EMOLRANGE	the VM spans vm_nr_nodes already, or has no slot for the
 *			SYSTASK of that node
 *	EMOLNOVMNODE	it does not
 */
int mnx_add_node(int vmid, int nodeid);
int mnx_del_node(int vmid, int nodeid);

/*
 * Node `nodeid' is reached through the pair `pxid', or no longer.  A pair may
 * serve several nodes.
 *
 *	EMOLBADNODEID	nodeid is out of range, or this node
 *	EMOLNODEBUSY	it is up
 *	EMOLNODEFREE	it is not
 *	EMOLBADPROXY	pxid is out of range
 *	EMOLNOPROXY	no such pair
 *	EMOLNAMESIZE	name is longer than 15 characters
 */
int mnx_node_up(const char *name, int nodeid, int pxid);
int mnx_node_down(int nodeid);

/*
 * Registers the threads `spid' and `rpid', by their thread ids, as sender and
 * receiver; ends that.  `maxbytes' is how much payload one call of them holds,
 * from d_max_copybuf to 16 MiB; 0 is d_max_copybuf.  When one of the threads
 * dies the pair is unbound, and the other gets SIGPIPE, if who registered it
 * may send it signals.
 *
 *	EMOLBADPROXY	pxid is out of range (0 .. d_nr_nodes - 1)
 *	EMOLPROXYRUN	the pair is bound
 *	EMOLPROXYFREE	it is not
 *	EMOLBADPID	no such thread
 *	EMOLPERM	one is of another user, and no CAP_KILL over it
 *	EMOLBUSY	a thread is a proxy already, or both are the same
 *	EMOLRANGE	maxbytes is out of range
 *	EMOLNAMESIZE	name is longer than 15 characters
 */
int mnx_proxies_bind(const char *name, int pxid, int spid, int rpid,
		     int maxbytes);
int mnx_proxies_unbind(int pxid);

/*
 * Says whether the sender, or the receiver, of a pair has its connection:
 * CONNECT_SPROXY and so on.  When one of them loses it all calls that wait for
 * something of the nodes behind the pair end with EMOLNOTCONN.
 *
 *	EMOLBADPROXY	pxid is out of range
 *	EMOLPROXYFREE	the pair is not bound
 *	EMOLINVAL	status is none of these
 */
int mnx_proxy_conn(int pxid, int status);

/*
 * Sets for how long, in ms, a node behind the pair that is connected may say
 * nothing before a call that only waits for its word, because its own time has
 * passed or a signal has come, ends with EMOLNOTCONN; 5000 for a new pair.
 * Proxies give the time after which they call their link broken.
 *
 *	EMOLBADPROXY	pxid is out of range
 *	EMOLPROXYFREE	the pair is not bound
 *	EMOLRANGE	not 1 to an hour
 */
int mnx_proxy_timeout(int pxid, int ms);

/*
 * A pair, and its threads as mnx_getprocinfo() shows processes; a pointer may
 * be NULL.  Everybody may look.
 *
 *	EMOLBADPROXY	pxid is out of range
 *	EMOLPROXYFREE	the pair is not bound
 */
int mnx_getproxyinfo(int pxid, proc_usr_t *sproc, proc_usr_t *rproc);
int mnx_getproxies(int pxid, proxies_usr_t *info);

/*
 * For the sender thread of a pair: the next command for the other nodes, with
 * c_len bytes of payload.  Blocks until there is one and the pair is connected.
 * The batch takes what there is, up to `max' commands whose payload fits into
 * `bytes', and returns how many: at least one.  The payload of each begins at
 * the next multiple of M3IPC_PAYLOAD_ALIGN.
 *
 *	EMOLBADPROXY	the caller is not the sender of a pair
 *	EMOLPROXYFREE	the pair was unbound meanwhile
 *	EMOLFAULT	memory is not there: the pair is disconnected, since a
 *			command is lost
 *	EMOLRANGE	max is out of range (1 .. M3IPC_MAX_BATCH), or bytes is
 *			less than d_max_copybuf
 *	EMOLINTR	a signal handler ran, see "Signals"
 *	EMOLAGAIN, EMOLTIMEDOUT, EMOLINVAL	of _T and batch, see "Time"
 */
int mnx_get2rmt(cmd_t *cmd, proxy_payload_t *payload);
int mnx_get2rmt_T(cmd_t *cmd, proxy_payload_t *payload, long ms);
int mnx_get2rmt_batch(cmd_t *cmds, int max, proxy_payload_t *payload,
		      long bytes, long ms);

/*
 * For the receiver thread of a pair: puts in a command that came from another
 * node.  Every field is checked; a bad command changes nothing, but that a
 * frame out of order ends its copy, and what comes too late (the answer to a
 * call that has ended) is dropped.  The batch
 * stops at the first bad one and stores into *done how many have been put in
 * before it; it may be NULL.  Does not block: the bytes of a copy that has to
 * wait for the memory of its destination are kept.
 *
 *	EMOLBADPROXY	the caller is not the receiver of a pair
 *	EMOLNOTCONN	the pair is not connected
 *	EMOLFAULT	memory is not there
 *	EMOLBADMSG	unknown command or flags, wrong length, an endpoint that
 *			cannot be or is not that node's, a frame out of order
 *	EMOLNOMEM	nothing was done; put it in again
 *	EMOLBADNODEID	it is not from a node behind the pair, or not for this
 *	EMOLBADVMID, EMOLVMNOTRUN, EMOLNOVMNODE
 *	EMOLRANGE	n is out of range (1 .. M3IPC_MAX_BATCH)
 */
int mnx_put2lcl(const cmd_t *cmd, const proxy_payload_t *payload);
int mnx_put2lcl_batch(const cmd_t *cmds, int n, const proxy_payload_t *payload,
		      int *done);

/*
 * Extras
 */

/*
 * The library's descriptor of the device, for poll() and epoll, or an EMOL
 * code: POLLIN when mnx_receive(ANY) of the thread that polls would not wait,
 * POLLHUP when it is not bound (any more).  After a new binding it has to be
 * added to an epoll set anew.  It is of the network namespace in which the
 * first call was made.  Do not close it.
 */
int mnx_fd(void);

/*
 * The caller's message buffer: given to a primitive as `m', nothing is copied
 * between the program and its message page.  It stays the same as long as the
 * thread uses the same endpoint; every call of this endpoint that is given
 * another buffer overwrites it.  NULL if the caller is not bound.
 */
message *mnx_msgbuf(void);

#ifdef __cplusplus
}
#endif

#endif /* _MOLIPC_MOLIPC_H */
