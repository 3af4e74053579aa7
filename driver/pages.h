/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copying between address spaces, see pages.c.  Addresses are checked to be
 * those of user memory; no more than M3_PAGES_BATCH pages of another address
 * space are named.  The callers hold a reference to it, and no lock.  For pages
 * that are not there see faultin.h.
 *
 * But m3_pages_at_once(), for bytes within a page of a task that is in a wait
 * and stays there until it returns, does not sleep.  It returns false if it had
 * to: then it may have copied a part.
 */
#ifndef _M3IPC_PAGES_H
#define _M3IPC_PAGES_H

#include <linux/minmax.h>
#include <linux/mm.h>

struct m3_patience;
struct mm_struct;

/* Pages pinned at once: on the stack, and few enough to be in the cache */
#define M3_PAGES_BATCH	32

/* Of [addr, addr + len): as much as a batch may be */
static inline size_t m3_pages_batch(unsigned long addr, size_t len)
{
	return min(len, M3_PAGES_BATCH * PAGE_SIZE - offset_in_page(addr));
}

bool m3_pages_at_once(struct mm_struct *mm, unsigned long addr,
		      unsigned long own, size_t len, bool write);
int m3_pages_own(struct mm_struct *mm, unsigned long addr, unsigned long own,
		 size_t len, bool write, struct m3_patience *patience);
int m3_pages_between(struct mm_struct *dst_mm, unsigned long daddr,
		     struct mm_struct *src_mm, unsigned long saddr, size_t len,
		     struct m3_patience *patience);

/* Of any number of pages: have them be there, and write bytes of the kernel. */
int m3_pages_provide(struct mm_struct *mm, unsigned long addr, size_t len,
		     bool write, struct m3_patience *patience);
int m3_pages_put(struct mm_struct *mm, unsigned long addr, const u8 *bytes,
		 size_t len);

#endif /* _M3IPC_PAGES_H */
