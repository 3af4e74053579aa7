/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that this driver builds for.
 */
#ifndef _M3IPC_COMPAT_H
#define _M3IPC_COMPAT_H

#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/sched/rt.h>
#include <linux/timer.h>
#include <linux/version.h>
/* Of a 7.x between; nested, as the sparse of Debian 12 does not know it. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#if __has_include("linux/sched/exec_state.h")
#include <linux/sched/exec_state.h>
#define M3_HAS_EXEC_STATE
#endif
#endif

static inline void m3_vma_flags(struct vm_area_struct *vma, unsigned long set,
				unsigned long clear)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

/*
 * The entry of the middle directory for addr, in an address space whose
 * mmap_lock is held, or NULL: there is none, or modules cannot lock it.
 */
static inline pmd_t *m3_find_pmd(struct mm_struct *mm, unsigned long addr)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	return NULL;
#else
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud, entry;

	if (!pgd_present(*pgd))
		return NULL;
	p4d = p4d_offset(pgd, addr);
	if (!p4d_present(*p4d))
		return NULL;
	pud = pud_offset(p4d, addr);
	/* With hugetlb it may go without mmap_lock. */
	entry = READ_ONCE(*pud);
	if (!pud_present(entry) || pud_leaf(entry))
		return NULL;
	return pmd_offset_lockless(pud, entry, addr);
#endif
}

/* Pin pages of another address space, whose mmap_lock is held. */
static inline long m3_pin_pages(struct mm_struct *mm, unsigned long start,
				unsigned long nr, unsigned int flags,
				struct page **pages, int *locked)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	return pin_user_pages_remote(mm, start, nr, flags, pages, locked);
#else
	return pin_user_pages_remote(mm, start, nr, flags, pages, NULL, locked);
#endif
}

/* A timer of timer_setup_on_stack() goes, and so may have its stack. */
static inline void m3_timer_end_on_stack(struct timer_list *timer)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
	timer_delete_sync(timer);
#else
	del_timer_sync(timer);
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	timer_destroy_on_stack(timer);
#else
	destroy_timer_on_stack(timer);
#endif
}

static inline void
m3_hrtimer_setup(struct hrtimer *timer,
		 enum hrtimer_restart (*expires)(struct hrtimer *timer),
		 clockid_t clock, enum hrtimer_mode mode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, expires, clock, mode);
#else
	hrtimer_init(timer, clock, mode);
	timer->function = expires;
#endif
}

/* Is there memory of a device behind it, whose pages may go? */
static inline bool m3_pte_is_devmap(pte_t pte)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
	return false;	/* such pages are counted as others are */
#else
	return pte_devmap(pte);
#endif
}

static inline bool m3_pmd_is_devmap(pmd_t pmd)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
	return false;
#else
	return pmd_devmap(pmd);
#endif
}

/* By priority or by policy, the deadline too */
static inline bool m3_task_is_realtime(struct task_struct *task)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return rt_or_dl_task_policy(task);
#else
	return task_is_realtime(task);
#endif
}

/*
 * The user namespace whose capabilities count over the memory of a task, which
 * is kept in a call of ours, and so from exec.
 */
static inline struct user_namespace *m3_task_mm_ns(struct task_struct *task)
{
#ifdef M3_HAS_EXEC_STATE
	return rcu_dereference_protected(task->exec_state, true)->user_ns;
#else
	return task->mm->user_ns;
#endif
}

/* Later kernels have no poll_does_not_wait(). */
static inline bool m3_poll_does_not_wait(const poll_table *wait)
{
	return !wait || !wait->_qproc;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define no_llseek	NULL
#endif

/* For files that are read as a sequence: by their read_iter() */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define m3_splice_read	copy_splice_read
#else
#define m3_splice_read	generic_file_splice_read
#endif

#endif /* _M3IPC_COMPAT_H */
