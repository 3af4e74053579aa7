// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log of binds, unbinds and deaths.
 */
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include "bind.h"
#include "event.h"
#include "lease.h"
#include "node.h"
#include "notify.h"
#include "priv.h"
#include "proc.h"

/* As many that each process of the VM may go and be replaced, twice */
#define EVENTS_A_SLOT	4

/* So many are taken out with the lock held, and are on the stack then. */
#define EVENTS_AT_ONCE	16

struct event {
	m3ipc_event_t usr;	/* but e_lpid */
	struct pid *pid;
};

struct m3_events {
	u64 begun;		/* the number before that of the first */
	u64 last;		/* of the newest; begun: none yet */
	unsigned int size;
	struct event ring[];
};

static struct m3_events *events_alloc(const struct m3_vm *vm)
{
	unsigned int size = vm->nr_slots * EVENTS_A_SLOT;
	struct m3_events *log;

	log = kvzalloc(struct_size(log, ring, size), GFP_KERNEL_ACCOUNT);
	if (!log)
		return NULL;
	log->size = size;
	log->begun = ktime_get_real_ns();
	log->last = log->begun;
	return log;
}

void m3_events_free(struct m3_events *log)
{
	unsigned int i;

	if (!log)
		return;
	for (i = 0; i < log->size; i++)
		put_pid(log->ring[i].pid);
	kvfree(log);
}

static struct event *event_at(struct m3_events *log, u64 seq)
{
	u32 place;

	div_u64_rem(seq, log->size, &place);
	return &log->ring[place];
}

/* What has ended the binding of p, and why it has if p lives on */
static int event_end(const struct m3_proc *p, int *why)
{
	if (m3_is_dying(p))
		return M3IPC_EVENT_DIED;
	if (READ_ONCE(p->raised))
		*why = M3IPC_WHY_EXEC;
	else if (p->vm->lease.state == M3_LEASE_OVER &&
		 !m3_proc_is_system(p))
		*why = M3IPC_WHY_LEASE;
	return M3IPC_EVENT_UNBIND;
}

static void event_store(struct m3_events *log, struct m3_proc *p, int type,
			int why)
{
	struct event *e = event_at(log, ++log->last);

	put_pid(e->pid);
	e->pid = get_pid(p->pid);
	e->usr = (m3ipc_event_t) {
		.e_seq = log->last,
		.e_time = ktime_get_real_ns(),
		.e_incarnation = p->incarnation,
		.e_type = type,
		.e_p_nr = p->p_nr,
		.e_endpoint = p->endpoint,
		.e_why = why,
		.e_status = type == M3IPC_EVENT_DIED ?
			    READ_ONCE(p->exit_status) : 0,
	};
}

/* p is bound from now on. */
void m3_event_bound(struct m3_proc *p)
{
	lockdep_assert_held(&p->vm->lock);
	if (!p->vm->events)
		return;
	event_store(p->vm->events, p, M3IPC_EVENT_BIND, 0);
	m3_ntfy_events(p);
}

/* p is not bound any more.  Nobody can ask a VM that has ended. */
void m3_event_unbound(struct m3_proc *p)
{
	int type, why = 0;

	lockdep_assert_held(&p->vm->lock);
	if (!p->vm->events || p->vm->ended)
		return;
	type = event_end(p, &why);
	event_store(p->vm->events, p, type, why);
	m3_ntfy_events(p);
}

/* The VM has a log when this returns, or there is no memory. */
static int events_provide(struct m3_vm *vm)
{
	struct m3_events *log;

	/* It stays as long as the VM. */
	if (READ_ONCE(vm->events))
		return 0;
	log = events_alloc(vm);
	if (!log)
		return -ENOMEM;
	spin_lock(&vm->lock);
	if (!vm->events) {
		WRITE_ONCE(vm->events, log);
		log = NULL;
	}
	spin_unlock(&vm->lock);
	m3_events_free(log);
	return 0;
}

/* Is what follows that number in the log, or still to come? */
static bool events_follow(const struct m3_events *log, u64 seq)
{
	u64 oldest = log->begun;

	if (log->last - log->begun > log->size)
		oldest = log->last - log->size;
	return seq >= oldest && seq <= log->last;
}

/*
 * The next ones after seq, which it counts up, as the caller sees them.  They
 * may have been overwritten since the last look.  Who has seen none has missed
 * none as long as there is none.
 */
static int events_take(struct m3_vm *vm, u64 *seq, m3ipc_event_t *to, int max)
{
	struct m3_events *log = vm->events;
	int n = 0;

	spin_lock(&vm->lock);
	if (!*seq && log->last == log->begun)
		*seq = log->begun;
	if (!events_follow(log, *seq)) {
		*seq = log->last;
		n = EMOLOVERRUN;
	} else {
		for (; n < max && *seq < log->last; n++) {
			struct event *e = event_at(log, ++*seq);

			to[n] = e->usr;
			to[n].e_lpid = pid_vnr(e->pid) ?: PROC_NO_PID;
		}
	}
	spin_unlock(&vm->lock);
	return n;
}

static int events_read(struct m3_vm *vm, struct m3ipc_getevents *req, u32 max)
{
	m3ipc_event_t __user *to = u64_to_user_ptr(req->events);
	m3ipc_event_t some[EVENTS_AT_ONCE];
	u64 seq = req->seq;
	int n;

	do {
		n = events_take(vm, &seq, some,
				min_t(u32, max - req->nr, EVENTS_AT_ONCE));
		if (n < 0 && req->nr)	/* this time the others count */
			break;
		if (n > 0 && copy_to_user(to + req->nr, some, n * sizeof(*to)))
			return -EFAULT;
		req->seq = seq;
		if (n < 0)
			return n;
		req->nr += n;
	} while (n);
	return 0;
}

/* How many there were goes back even after an error, and what to go on with. */
int m3_events_get(struct m3_node *node, void *arg)
{
	struct m3ipc_getevents *req = arg;
	struct m3_vm *vm = m3_vm_get(node, req->vmid);
	u32 max = req->nr;
	int rc;

	req->nr = 0;
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	rc = m3_priv_admin(node, vm) ? events_provide(vm) : EMOLPERM;
	if (!rc)
		rc = events_read(vm, req, max);
	m3_vm_put(vm);
	return rc;
}
