/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of others that is not there, see faultin.c.
 */
#ifndef _M3IPC_FAULTIN_H
#define _M3IPC_FAULTIN_H

#include <linux/types.h>

struct mm_struct;
struct vm_area_struct;

/* What a copy, all of it, has left for others to provide its memory: in ns */
struct m3_patience {
	s64 left;
};

void m3_patience_init(struct m3_patience *patience);

/*
 * Without patience they do not sleep, but are EAGAIN if they had to.  EFAULT is
 * what can not be, and what has not come in time.
 */
int m3_fault_lock(struct mm_struct *mm, struct m3_patience *patience);
int m3_fault_in(struct mm_struct *mm, unsigned long addr, bool write,
		struct m3_patience *patience);

bool m3_fault_is_endless(const struct vm_area_struct *vma);

#endif /* _M3IPC_FAULTIN_H */
