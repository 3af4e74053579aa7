// SPDX-License-Identifier: GPL-2.0-only
/*
 * Process descriptors: how they are made, freed and shown.
 */
#include <linux/cred.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "backup.h"
#include "bind.h"
#include "cpus.h"
#include "death.h"
#include "linger.h"
#include "link.h"
#include "msgpage.h"
#include "node.h"
#include "notify.h"
#include "priv.h"
#include "proc.h"
#include "remote.h"
#include "replica.h"
#include "rights.h"
#include "unbind.h"

static struct kmem_cache *proc_cache;
static struct workqueue_struct *proc_wq;

static void proc_free(struct work_struct *work)
{
	struct m3_proc *p = container_of(to_rcu_work(work), struct m3_proc,
					 free_work);

	WARN_ON_ONCE(p->bound || p->state != M3_RUNNING);
	m3_linger_end(p);
	m3_ntfy_free(p->ntfy);
	m3_ntfy_free(p->spare);
	m3_msgpage_free(p);
	put_pid(p->pid);
	kfree(p->rmt);
	m3_vm_put(p->vm);
	kmem_cache_free(proc_cache, p);
}

void m3_proc_hold(void *owner)
{
	struct m3_proc *p = owner;

	refcount_inc(&p->ref);
}

void m3_proc_release(void *owner)
{
	m3_proc_put(owner);
}

const struct m3_cmd_ops m3_proc_cmd_ops = {
	.hold = m3_proc_hold,
	.release = m3_proc_release,
};

/* What all descriptors have, not yet bound.  Holds the VM. */
struct m3_proc *m3_proc_alloc(struct m3_vm *vm, int p_nr)
{
	struct m3_proc *p;

	p = kmem_cache_zalloc(proc_cache, GFP_KERNEL);
	if (!p)
		return NULL;
	if (m3_vm_is_system(vm, p_nr) &&
	    m3_ntfy_alloc(vm->usr.vm_nr_sysprocs, &p->ntfy)) {
		kmem_cache_free(proc_cache, p);
		return NULL;
	}
	p->vm = vm;
	refcount_inc(&vm->ref);
	p->p_nr = p_nr;
	/* Unless it is known better, nobody has it end well. */
	p->exit_status = SIGKILL;
	m3_priv_init(p);
	m3_cmd_prepare(&p->cmd, &m3_proc_cmd_ops, p);
	INIT_LIST_HEAD(&p->link);
	INIT_LIST_HEAD(&p->sends);
	INIT_LIST_HEAD(&p->requests);
	INIT_LIST_HEAD(&p->awaiters);
	INIT_LIST_HEAD(&p->migrants);
	INIT_LIST_HEAD(&p->threads);
	INIT_LIST_HEAD(&p->standbys);
	INIT_LIST_HEAD(&p->thread_link);
	init_waitqueue_head(&p->pollers);
	refcount_set(&p->ref, 1);
	INIT_RCU_WORK(&p->free_work, proc_free);
	m3_unbind_prepare(p);
	m3_death_prepare(p);
	return p;
}

/* A descriptor for pid, which it holds. */
struct m3_proc *m3_proc_new(struct m3_vm *vm, int p_nr, struct pid *pid,
			    bool thread)
{
	struct m3_proc *p = m3_proc_alloc(vm, p_nr);

	if (!p)
		return NULL;
	if (m3_msgpage_new(p)) {
		m3_proc_put(p);
		return NULL;
	}
	p->pid = get_pid(pid);
	p->thread = thread;
	return p;
}

void m3_proc_put(struct m3_proc *p)
{
	if (refcount_dec_and_test(&p->ref))
		queue_rcu_work(proc_wq, &p->free_work);
}

bool m3_proc_queue(struct work_struct *work)
{
	return queue_work(proc_wq, work);
}

bool m3_proc_queue_delayed(struct delayed_work *work, unsigned long delay)
{
	return queue_delayed_work(proc_wq, work, delay);
}

/*
 * Tell a process that another one took its endpoint away, who may do that even
 * to one whom it may not send a signal.
 */
void m3_proc_sigpipe(struct m3_proc *p)
{
	struct task_struct *task = get_pid_task(p->pid, PIDTYPE_PID);

	if (!task)
		return;
	if (!same_thread_group(task, current) && m3_may_signal(task)) {
		if (p->thread)
			send_sig(SIGPIPE, task, 1);
		else
			kill_pid(p->pid, SIGPIPE, 1);
	}
	put_task_struct(task);
}

int m3_proc_nodeid(const struct m3_proc *p)
{
	return p->rmt ? p->rmt->nodeid : p->vm->node->drvs.d_nodeid;
}

static u32 rts_flags(enum m3_state state)
{
	switch (state) {
	case M3_RUNNING:
	case M3_MOVING:
		return 0;
	case M3_SENDING:
		return SENDING;
	case M3_TRYING:
		return SENDING;
	case M3_REQUESTING:
		return SENDING | RECEIVING;
	case M3_AWAITING:
	case M3_RECEIVING:
	case M3_RCVRQST:
		return RECEIVING;
	}
	return 0;
}

/*
 * May the caller know what is behind an endpoint of the VM?  Its system slots
 * are in the service of all.  RCU is held.
 */
bool m3_proc_may_see(const struct m3_vm *vm, struct task_struct *task)
{
	const struct m3_proc *self = m3_caller(vm->node);

	return (self && self->vm == vm && !self->standby &&
		m3_proc_is_system(self)) ||
	       m3_may_see(vm->node, task);
}

/* An id that the reader's user namespace does not have is the overflow id. */
static void ids_info(struct task_struct *task, proc_usr_t *info)
{
	const struct cred *cred = __task_cred(task);

	info->p_uid = from_kuid_munged(current_user_ns(), cred->euid);
	info->p_gid = from_kgid_munged(current_user_ns(), cred->egid);
}

static void info_task(const struct m3_proc *p, proc_usr_t *info)
{
	struct task_struct *task = pid_task(p->pid, p->thread ? PIDTYPE_PID :
								PIDTYPE_TGID);

	if (!task)
		return;
	if (!m3_proc_may_see(p->vm, task)) {
		strscpy_pad(info->p_name, M3_HIDDEN, sizeof(info->p_name));
		return;
	}
	info->p_lpid = pid_vnr(p->pid) ?: PROC_NO_PID;
	ids_info(task, info);
	m3_cpus_info(task, info->p_cpumask);
	strscpy_pad(info->p_name, task->comm, sizeof(info->p_name));
}

/* Does it migrate, or wait for one that does? */
static void info_migr(const struct m3_proc *p, const struct m3_proc *peer,
		      enum m3_state state, proc_usr_t *info)
{
	if (READ_ONCE(p->migr)) {
		if (p->rmt || READ_ONCE(p->state) == M3_MOVING ||
		    READ_ONCE(p->early))
			info->p_rts_flags |= MIGRATING;
		else
			info->p_misc_flags |= MIS_NEEDMIGR;
	}
	if ((state == M3_SENDING || state == M3_REQUESTING) && peer &&
	    READ_ONCE(peer->migr)) {
		info->p_rts_flags |= WAITMIGR;
		info->p_waitmigr = peer->endpoint;
	}
}

/* Who stands by for a descriptor */
static void info_backup(const struct m3_proc *r, proc_usr_t *info)
{
	const struct m3_proc *b = READ_ONCE(r->backup);

	if (!b)
		return;
	info->p_misc_flags |= MIS_BACKUP;
	info_task(b, info);
}

/*
 * What the process looks like now.  Only RCU is held: fields may be of
 * slightly different moments, but peer cannot be freed meanwhile.
 */
void m3_proc_info(const struct m3_proc *p, proc_usr_t *info)
{
	enum m3_state state = m3_proc_state(p);
	const struct m3_proc *peer = READ_ONCE(p->peer);
	int nodeid = m3_proc_nodeid(p);
	int peer_ep = peer ? peer->endpoint : ANY;

	memset(info, 0, sizeof(*info));
	info->p_nr = p->p_nr;
	info->p_endpoint = p->endpoint;
	info->p_vmid = p->vm->usr.vm_vmid;
	info->p_rts_flags = rts_flags(state);
	if (READ_ONCE(p->oncopy))
		info->p_rts_flags |= ONCOPY;
	if (READ_ONCE(p->abroad))
		info->p_rts_flags |= RMTOPER;
	info->p_rts_flags |= READ_ONCE(p->ep_wait.flag);
	if (p->rmt)
		info->p_rts_flags |= REMOTE;
	else
		info->p_misc_flags = p->thread ? MIS_THREAD : MIS_GRPLEADER;
	info->p_lpid = PROC_NO_PID;
	info->p_nodeid = nodeid;
	info->p_getfrom = NONE;
	info->p_sendto = NONE;
	info->p_waitmigr = NONE;
	info->p_proxy = NO_PROXIES;
	if (m3_replica_is(p))
		info->p_misc_flags |= MIS_REPLICA;
	info->p_nodemap = m3_backup_map(p) | m3_replica_map(p);
	info->p_lclsent = READ_ONCE(p->sent);
	info->p_lclcopy = READ_ONCE(p->copied);
	info->p_rmtsent = READ_ONCE(p->rmtsent);
	info->p_rmtcopy = READ_ONCE(p->rmtcopied);
	if (state == M3_SENDING || state == M3_REQUESTING ||
	    state == M3_TRYING)
		info->p_sendto = peer_ep;
	if (state == M3_REQUESTING || state == M3_AWAITING)
		info->p_getfrom = peer_ep;
	else if (state == M3_RECEIVING)
		info->p_getfrom = READ_ONCE(p->getfrom);
	else if (state == M3_RCVRQST)
		info->p_getfrom = ANY;
	info_migr(p, peer, state, info);
	info->p_incarnation = READ_ONCE(p->incarnation);
	info->p_uid = PROC_NO_ID;
	info->p_gid = PROC_NO_ID;
	if (p->rmt) {
		info->p_proxy = m3_link_pxid(p->vm->node, nodeid);
		strscpy_pad(info->p_name, p->rmt->name, sizeof(info->p_name));
		info_backup(p, info);
	} else {
		info_task(p, info);
	}
}

/* info->p_vmid and p_nr say which; a slot that is free is no error. */
int m3_proc_getinfo(struct m3_node *node, void *arg)
{
	proc_usr_t *info = arg;
	int p_nr = info->p_nr;
	struct m3_slot *slot;
	struct m3_proc *p;
	struct m3_vm *vm;
	int rc = 0;

	if (info->p_reserved)
		return -EINVAL;
	vm = m3_vm_get(node, info->p_vmid);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	slot = m3_vm_slot(vm, p_nr);
	if (!slot) {
		rc = EMOLRANGE;
		goto put_vm;
	}
	rcu_read_lock();
	p = rcu_dereference(slot->proc);
	if (p) {
		m3_proc_info(p, info);
	} else {
		memset(info, 0, sizeof(*info));
		info->p_nr = p_nr;
		info->p_endpoint = NONE;
		info->p_vmid = vm->usr.vm_vmid;
		info->p_rts_flags = SLOT_FREE;
		info->p_lpid = PROC_NO_PID;
		info->p_nodeid = -1;
		info->p_getfrom = NONE;
		info->p_sendto = NONE;
		info->p_waitmigr = NONE;
		info->p_proxy = NO_PROXIES;
		info->p_uid = PROC_NO_ID;
		info->p_gid = PROC_NO_ID;
	}
	rcu_read_unlock();
put_vm:
	m3_vm_put(vm);
	return rc;
}

int m3_procs_init(void)
{
	int rc = m3_msgpages_init();

	if (rc)
		return rc;
	proc_cache = KMEM_CACHE(m3_proc, SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT);
	if (!proc_cache)
		goto pages_exit;
	proc_wq = alloc_workqueue("m3ipc", 0, 0);
	if (!proc_wq)
		goto destroy_cache;
	return 0;

destroy_cache:
	kmem_cache_destroy(proc_cache);
pages_exit:
	m3_msgpages_exit();
	return -ENOMEM;
}

/* Nobody is bound any more; wait for those that are still being freed. */
void m3_procs_exit(void)
{
	flush_workqueue(proc_wq);
	rcu_barrier();
	destroy_workqueue(proc_wq);
	kmem_cache_destroy(proc_cache);
	m3_msgpages_exit();
}
