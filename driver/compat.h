/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that this driver builds for.
 */
#ifndef _M3IPC_COMPAT_H
#define _M3IPC_COMPAT_H

#include <linux/mm.h>
#include <linux/version.h>

static inline void m3_vma_flags(struct vm_area_struct *vma, unsigned long set,
				unsigned long clear)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

/* The entry of a page table that maps addr, and its lock held, or an error */
static inline int m3_follow_pte(struct mm_struct *mm, unsigned long addr,
				pte_t **ptep, spinlock_t **ptlp)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
	return -EINVAL;
#else
	return follow_pte(mm, addr, ptep, ptlp);
#endif
}

/* For sparse, which sees spin_unlock() release only where locks do not sleep */
#ifdef CONFIG_PREEMPT_RT
#define m3_acquired(lock)	do { } while (0)
#else
#define m3_acquired(lock)	__acquire(lock)
#endif

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

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define no_llseek	NULL
#endif

#endif /* _M3IPC_COMPAT_H */
