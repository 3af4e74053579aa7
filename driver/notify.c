// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notifications.
 */
#include <linux/bitmap.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "bind.h"
#include "migrate.h"
#include "node.h"
#include "notify.h"
#include "remote.h"
#include "replica.h"
#include "wait.h"

struct m3_ntfy_src {
	u64 first;		/* ns, realtime */
	u32 count;		/* how many have been merged; 0: none pending */
	s32 value;
};

struct m3_ntfy {
	unsigned int nr;	/* sources */
	unsigned long *pending;	/* bit: p_nr + vm_nr_tasks */
	unsigned long *urgent;	/* of those, see m3_ntfy_hurry() */
	unsigned long *moved;	/* of those, were pending here before it left */
	struct m3_ntfy_src src[];
};

/* A table for so many sources in *spare, unless there is one; or ENOMEM */
int m3_ntfy_alloc(unsigned int sources, struct m3_ntfy **spare)
{
	struct m3_ntfy *n = *spare;
	size_t size;

	if (n && n->nr == sources)
		return 0;
	m3_ntfy_free(n);
	size = struct_size(n, src, sources);
	n = kvzalloc(size + 3 * BITS_TO_LONGS(sources) * sizeof(long),
		     GFP_KERNEL_ACCOUNT);
	*spare = n;
	if (!n)
		return -ENOMEM;
	n->nr = sources;
	n->pending = (void *)n + size;
	n->urgent = n->pending + BITS_TO_LONGS(sources);
	n->moved = n->urgent + BITS_TO_LONGS(sources);
	return 0;
}

void m3_ntfy_free(struct m3_ntfy *ntfy)
{
	kvfree(ntfy);
}

/* Gives the caller a table, for a destination that has none. */
int m3_ntfy_provide(const struct m3_node *node)
{
	struct m3_proc *p = m3_caller_get(node);
	struct m3_ntfy *n = NULL;
	int rc;

	if (IS_ERR(p))
		return PTR_ERR(p);
	rc = m3_ntfy_alloc(p->vm->usr.vm_nr_sysprocs, &n);
	if (!rc) {
		spin_lock(&p->vm->lock);
		swap(p->spare, n);
		spin_unlock(&p->vm->lock);
		m3_ntfy_free(n);
	}
	m3_proc_put(p);
	return rc;
}

/* Any pending?  Without the lock the answer may be old. */
bool m3_ntfy_pending(const struct m3_proc *p)
{
	const struct m3_ntfy *n = READ_ONCE(p->ntfy);

	return n && !bitmap_empty(n->pending, n->nr);
}

static inline void make_message(message *msg, int src_nr, u64 first, u32 count,
				s32 value)
{
	u32 nsec;

	msg->m_source = src_nr;
	msg->m_type = NOTIFY_FROM(src_nr);
	msg->m9_i1 = value;
	msg->m_u.m_m9.m9pad = 0;
	msg->m9_l1 = count;
	msg->m9_t1.tv_sec = div_u64_rem(first, NSEC_PER_SEC, &nsec);
	msg->m9_t1.tv_nsec = nsec;
	memset(msg->m_raw + sizeof(mess_9), 0,
	       sizeof(msg->m_raw) - sizeof(mess_9));
}

/* The lowest one, or nr: as find_first_bit(), whose call costs more. */
static inline unsigned int first_pending(const struct m3_ntfy *n)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(n->nr); i++)
		if (n->pending[i])
			return i * BITS_PER_LONG + __ffs(n->pending[i]);
	return n->nr;
}

/* Take the pending notification of src, of the lowest number for ANY. */
bool m3_ntfy_take(struct m3_proc *p, int src, message *msg)
{
	struct m3_ntfy *n = p->ntfy;
	struct m3_ntfy_src *from;
	unsigned int bit;
	int tasks;

	lockdep_assert_held(&p->vm->lock);
	if (!n)
		return false;
	tasks = p->vm->usr.vm_nr_tasks;
	if (src == ANY) {
		bit = first_pending(n);
		if (bit >= n->nr)
			return false;
	} else {
		bit = src + tasks;
		if (bit >= n->nr)
			return false;
		bit = array_index_nospec(bit, n->nr);
		if (!test_bit(bit, n->pending))
			return false;
	}
	__clear_bit(bit, n->pending);
	from = &n->src[bit];
	make_message(msg, (int)bit - tasks, from->first, from->count,
		     from->value);
	*from = (struct m3_ntfy_src) { };
	return true;
}

static bool ntfy_admits(const struct m3_proc *dst, int src_nr)
{
	return dst->state == M3_RCVRQST ||
	       (dst->state == M3_RECEIVING &&
		(dst->getfrom == ANY || dst->getfrom == src_nr));
}

/*
 * A process that waits for the answer to a request does not take a
 * notification for it, even one of the same peer: it stays pending.  first is
 * when the first of count was sent, 0: now.
 */
static inline int post_some(struct m3_proc *dst, int src_nr, u64 first,
			    u32 count, int value, struct m3_ntfy **spare)
{
	unsigned int bit = src_nr + dst->vm->usr.vm_nr_tasks;
	struct m3_ntfy_src *src;

	lockdep_assert_held(&dst->vm->lock);
	if (ntfy_admits(dst, src_nr)) {
		make_message(&dst->call->msg, src_nr,
			     first ?: ktime_get_real_ns(), count, value);
		m3_complete(dst, 0);
		return 0;
	}
	if (!dst->ntfy) {
		if (!*spare || (*spare)->nr != dst->vm->usr.vm_nr_sysprocs)
			return M3_NEEDS_TABLE;
		WRITE_ONCE(dst->ntfy, *spare);
		*spare = NULL;
	}
	bit = array_index_nospec(bit, dst->ntfy->nr);
	src = &dst->ntfy->src[bit];
	if (!src->count)
		src->first = first ?: ktime_get_real_ns();
	if (check_add_overflow(src->count, count, &src->count))
		src->count = U32_MAX;
	src->value |= value;
	__set_bit(bit, dst->ntfy->pending);
	if (dst->rmt)
		return m3_remote_notify(dst);
	m3_ipc_poll_wake(dst);
	return 0;
}

static int post(struct m3_proc *dst, int src_nr, int value,
		struct m3_ntfy **spare)
{
	return post_some(dst, src_nr, 0, 1, value, spare);
}

/* What another node has merged into one message */
int m3_ntfy_arrive(struct m3_proc *dst, int src_nr, const message *msg,
		   struct m3_ntfy **spare)
{
	u64 first = msg->m9_t1.tv_sec * (u64)NSEC_PER_SEC +
		    msg->m9_t1.tv_nsec;

	return post_some(dst, src_nr, first,
			 clamp_t(s64, msg->m9_l1, 1, U32_MAX), msg->m9_i1,
			 spare);
}

/*
 * src is about to send to p, which is of another node.  What it has notified p
 * of leaves before; false if nothing is pending.
 */
bool m3_ntfy_hurry(struct m3_proc *p, int src)
{
	unsigned int bit = src + p->vm->usr.vm_nr_tasks;
	struct m3_ntfy *n = p->ntfy;

	lockdep_assert_held(&p->vm->lock);
	if (likely(!n) || bit >= n->nr || !test_bit(bit, n->pending))
		return false;
	__set_bit(bit, n->urgent);
	return true;
}

/*
 * Take the next one to leave for p's node; urgent: so is the one after it;
 * moved: it was pending here when p's process left.
 */
bool m3_ntfy_take_next(struct m3_proc *p, message *msg, bool *urgent,
		       bool *moved)
{
	struct m3_ntfy *n = p->ntfy;
	unsigned int bit = find_first_bit(n->urgent, n->nr);
	bool any;

	if (bit < n->nr)
		__clear_bit(bit, n->urgent);
	else
		bit = first_pending(n);
	any = bit < n->nr &&
	      m3_ntfy_take(p, (int)bit - p->vm->usr.vm_nr_tasks, msg);
	*moved = any && __test_and_clear_bit(bit, n->moved);
	*urgent = !bitmap_empty(n->urgent, n->nr);
	return any;
}

/* Nobody will ever take what is pending at p. */
void m3_ntfy_drop(struct m3_proc *p)
{
	struct m3_ntfy *n = p->ntfy;
	unsigned int bit;

	if (!n)
		return;
	for_each_set_bit(bit, n->pending, n->nr)
		n->src[bit] = (struct m3_ntfy_src) { };
	bitmap_zero(n->pending, n->nr);
	bitmap_zero(n->urgent, n->nr);
	bitmap_zero(n->moved, n->nr);
}

/* Is there still something that was pending here when p's process left? */
bool m3_ntfy_moves(const struct m3_proc *p)
{
	const struct m3_ntfy *n = p->ntfy;

	lockdep_assert_held(&p->vm->lock);
	return n && !bitmap_empty(n->moved, n->nr);
}

/*
 * What is pending at from is pending at to, which has just replaced it, and has
 * a table.  If to is of another node it leaves before all else.
 */
void m3_ntfy_move(struct m3_proc *from, struct m3_proc *to)
{
	struct m3_ntfy *n = from->ntfy;
	unsigned int bit;

	lockdep_assert_held(&to->vm->lock);
	if (!n || WARN_ON_ONCE(!to->ntfy || to->ntfy->nr != n->nr))
		return;
	for_each_set_bit(bit, n->pending, n->nr)
		to->ntfy->src[bit] = n->src[bit];
	bitmap_copy(to->ntfy->pending, n->pending, n->nr);
	if (to->rmt) {
		bitmap_copy(to->ntfy->urgent, n->pending, n->nr);
		bitmap_copy(to->ntfy->moved, n->pending, n->nr);
	}
	m3_ntfy_drop(from);
}

static bool is_source(const struct m3_vm *vm, int nr)
{
	return nr >= -vm->usr.vm_nr_tasks && m3_vm_is_system(vm, nr);
}

static noinline int send_abroad(struct m3_proc *p, struct m3_proc *dst,
				int src_nr, int value)
{
	if (m3_migr_hasty(p, dst->rmt->nodeid))
		return M3_NEEDS_HOME;
	if (m3_replica_is_here(p->vm, src_nr))
		return EMOLREPLPROC;
	return post(dst, src_nr, value, &p->spare);
}

/*
 * A system slot notifies in its own name.  In that of others tasks may, and
 * whoever administers the node.
 */
int m3_ntfy_send(struct m3_proc *p, const struct m3ipc_call *call, int endpoint)
{
	int src_nr = READ_ONCE(call->src_nr);
	int value = READ_ONCE(call->value);
	struct m3_proc *dst;

	if (!m3_proc_is_system(p))
		return EMOLPRIVILEGES;
	if (likely(src_nr == SELF))
		src_nr = p->p_nr;
	else if (!is_source(p->vm, src_nr))
		return EMOLRANGE;
	else if (src_nr != p->p_nr && p->p_nr >= 0 &&
		 !m3_node_admin(p->vm->node))
		return EMOLPRIVILEGES;
	dst = m3_ipc_dst(p, endpoint);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	if (unlikely(dst->rmt))
		return send_abroad(p, dst, src_nr, value);
	return post(dst, src_nr, value, &p->spare);
}

static void warn(struct m3_proc *p, int endpoint, int value)
{
	struct m3_ntfy *none = NULL;
	struct m3_proc *dst;

	if (endpoint == NONE)
		return;
	dst = m3_proc_at(p->vm, endpoint);
	if (dst && dst != p)
		post(dst, SYSTASK(p->vm->node->drvs.d_nodeid), value, &none);
}

/*
 * Tell those who want to know, in SYSTASK's name, of the end or of a fork of p.
 * They have system slots, and so a table since they were bound.
 */
void m3_ntfy_warn(struct m3_proc *p, int value)
{
	lockdep_assert_held(&p->vm->lock);
	warn(p, p->priv.s_warn, value);
	if (value == M3IPC_WARN_EXIT && p->vm->usr.vm_warnmsg)
		warn(p, p->vm->usr.vm_warn2proc, p->vm->usr.vm_warnmsg);
}

/* The log has an event of p. */
void m3_ntfy_events(struct m3_proc *p)
{
	lockdep_assert_held(&p->vm->lock);
	warn(p, p->vm->usr.vm_warn2proc, M3IPC_WARN_EVENTS);
}

/* A notification of HARDWARE, by a caller that needs no endpoint */
int m3_ntfy_hardware(struct m3_node *node, void *arg)
{
	const struct m3ipc_hdw_notify *req = arg;
	struct m3_ntfy *spare = NULL;
	struct m3_proc *dst;
	struct m3_vm *vm;
	int rc;

	if (req->reserved)
		return -EINVAL;
	if (!m3_node_admin(node))
		return EMOLPERM;
	vm = m3_vm_get(node, req->vmid);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	do {
		spin_lock(&vm->lock);
		dst = m3_proc_at(vm, req->dst);
		if (dst)
			rc = post(dst, HARDWARE, 0, &spare);
		else
			rc = m3_vm_slot(vm, _ENDPOINT_P(req->dst)) ?
			     EMOLDSTDIED : EMOLENDPOINT;
		spin_unlock(&vm->lock);
	} while (rc == M3_NEEDS_TABLE &&
		 !(rc = m3_ntfy_alloc(vm->usr.vm_nr_sysprocs, &spare)));
	m3_ntfy_free(spare);
	m3_vm_put(vm);
	return rc;
}
