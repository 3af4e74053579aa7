// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of others that is not there.  Who has to provide it decides how long a
 * copy waits:
 *
 *	the kernel	from a disk: as long as that takes, or until the caller
 *			is killed
 *	userfaultfd	that is a process of any user: as long as the patience
 *			of the copy lasts
 *	FUSE		likewise; but once the read of a page is under way
 *			nothing ends the wait for it, so none is begun
 *	mmap_lock	whoever has it may be in such a wait, and so may be who
 *			is next to write: no longer than for userfaultfd
 *
 * The fault itself tells the handler of a userfaultfd: it has to be one that
 * sleeps, since others leave no word.  It sleeps once, until the handler, or
 * anybody, wakes it up; so a timer that does that limits it.  Between two
 * faults mmap_lock is dropped, and the memory may be another's by then: nothing
 * but a look at the mapping, with the lock held, says whose it is.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/timer.h>
#include <linux/userfaultfd_k.h>
#include "compat.h"
#include "faultin.h"

static unsigned int patience_ms = 200;
module_param(patience_ms, uint, 0644);
MODULE_PARM_DESC(patience_ms,
		 "ms that a copy waits for memory that processes provide");

void m3_patience_init(struct m3_patience *patience)
{
	patience->left = (s64)READ_ONCE(patience_ms) * NSEC_PER_MSEC;
}

static void patience_spend(struct m3_patience *patience, ktime_t start)
{
	patience->left -= ktime_to_ns(ktime_sub(ktime_get(), start));
}

/* mmap_lock, for reading */
int m3_fault_lock(struct mm_struct *mm, struct m3_patience *patience)
{
	ktime_t start;

	while (unlikely(!mmap_read_trylock(mm))) {
		if (!patience)
			return -EAGAIN;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (patience->left <= 0)
			return -EFAULT;
		start = ktime_get();
		usleep_range(20, 100);
		patience_spend(patience, start);
	}
	return 0;
}

/* Does a fault wait for a process, whatever it is told? */
bool m3_fault_is_endless(const struct vm_area_struct *vma)
{
	return vma->vm_file &&
	       file_inode(vma->vm_file)->i_sb->s_magic == FUSE_SUPER_MAGIC;
}

struct fault_limit {
	struct timer_list timer;
	struct task_struct *task;
};

/* Again and again: the fault may not sleep yet. */
static void fault_limit_reached(struct timer_list *timer)
{
	struct fault_limit *limit = container_of(timer, struct fault_limit,
						 timer);

	wake_up_process(limit->task);
	mod_timer(timer, jiffies + 1);
}

static vm_fault_t fault_limited(struct vm_area_struct *vma, unsigned long addr,
				unsigned int flags,
				struct m3_patience *patience)
{
	struct fault_limit limit = { .task = current };
	ktime_t start = ktime_get();
	vm_fault_t fault;

	timer_setup_on_stack(&limit.timer, fault_limit_reached, 0);
	mod_timer(&limit.timer,
		  jiffies + nsecs_to_jiffies(patience->left) + 1);
	fault = handle_mm_fault(vma, addr, flags, NULL);
	m3_timer_end_on_stack(&limit.timer);
	patience_spend(patience, start);
	return fault;
}

/* May the page at addr be asked for, and be waited for? */
static int fault_check(const struct vm_area_struct *vma, bool write,
		       const struct m3_patience *patience)
{
	if (!vma || vma->vm_flags & (VM_IO | VM_PFNMAP) ||
	    !(vma->vm_flags & (write ? VM_WRITE : VM_READ)) ||
	    m3_fault_is_endless(vma))
		return -EFAULT;
	if (userfaultfd_armed((struct vm_area_struct *)vma) &&
	    patience->left <= 0)
		return -EFAULT;
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/* Have the page at addr be provided.  0: it may be there now. */
int m3_fault_in(struct mm_struct *mm, unsigned long addr, bool write,
		struct m3_patience *patience)
{
	unsigned int flags = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE |
			     FAULT_FLAG_REMOTE |
			     (write ? FAULT_FLAG_WRITE : 0);
	struct vm_area_struct *vma;
	vm_fault_t fault;
	int rc;

	if (!patience)
		return -EAGAIN;
	rc = m3_fault_lock(mm, patience);
	if (rc)
		return rc;
	vma = vma_lookup(mm, addr);
	rc = fault_check(vma, write, patience);
	if (rc) {
		mmap_read_unlock(mm);
		return rc;
	}
	if (userfaultfd_armed(vma))
		fault = fault_limited(vma, addr, flags, patience);
	else
		fault = handle_mm_fault(vma, addr, flags, NULL);
	/* With these it has been dropped. */
	if (!(fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
		mmap_read_unlock(mm);
	return fault & VM_FAULT_ERROR ? -EFAULT : 0;
}
