// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying between address spaces: the bytes move once.
 *
 * One side is normally the caller's own memory, which the processor reaches by
 * itself.  The other is reached through the kernel's mapping of all memory:
 *
 *	present		under the lock of its page table, as long as neither
 *			side would fault; the lock keeps the page mapped, and
 *			not shared with the child of a fork, for much less than
 *			a pin costs
 *	else		pinned, a batch of pages at a time, which makes them
 *			present; what that has to wait for is in faultin.c
 *
 * What is present is found by walking the page table, as kernels up to 6.4 let
 * modules do; with later ones nothing is, and every page is pinned.  If both
 * sides are others', both are pinned.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/uaccess.h>
#include "compat.h"
#include "faultin.h"
#include "pages.h"

/* Bytes copied at once with the lock of a page table held */
#define LOCKED_BYTES	((size_t)SZ_64K)

struct pinned {
	struct page *pages[M3_PAGES_BATCH];
	int nr;
	bool write;
};

/*
 * Those of FUSE have to be mapped.  They are not written to if that writes to
 * the file: to mark them dirty would wait for who has locked them.
 */
static int pin_mapped(const struct vm_area_struct *vma, unsigned long addr,
		      unsigned long nr, bool write, struct page **pages,
		      int *locked)
{
	unsigned int flags = FOLL_NOWAIT | (write ? FOLL_WRITE : 0);

	if (m3_fault_is_endless(vma)) {
		if (write && vma->vm_flags & VM_SHARED)
			return -EFAULT;
		flags |= FOLL_NOFAULT;
	}
	nr = min(nr, (vma->vm_end - addr) >> PAGE_SHIFT);
	return m3_pin_pages(vma->vm_mm, addr, nr, flags, pages, locked);
}

/*
 * Pin up to nr pages from addr on, of one mapping, as far as they are there or
 * the kernel makes them at once: how many, or an error.
 */
static int pin_some(struct mm_struct *mm, unsigned long addr, int nr,
		    bool write, struct m3_patience *patience,
		    struct page **pages)
{
	int rc = m3_fault_lock(mm, patience), locked = 1;
	struct vm_area_struct *vma;

	if (rc)
		return rc;
	vma = vma_lookup(mm, addr);
	rc = vma ? pin_mapped(vma, addr, nr, write, pages, &locked) : -EFAULT;
	if (locked)
		mmap_read_unlock(mm);
	return rc;
}

/* Pin the M3_PAGES_BATCH pages, or fewer, of [addr, addr + len). */
static int pin(struct pinned *pin, struct mm_struct *mm, unsigned long addr,
	       size_t len, bool write, struct m3_patience *patience)
{
	int nr = DIV_ROUND_UP(offset_in_page(addr) + len, PAGE_SIZE), n;

	addr &= PAGE_MASK;
	pin->write = write;
	pin->nr = 0;
	do {
		n = pin_some(mm, addr + pin->nr * PAGE_SIZE, nr - pin->nr,
			     write, patience, &pin->pages[pin->nr]);
		pin->nr += max(n, 0);
		if (pin->nr == nr)
			return 0;
		if (!n)
			n = m3_fault_in(mm, addr + pin->nr * PAGE_SIZE, write,
					patience);
	} while (n >= 0);
	if (pin->nr)
		unpin_user_pages(pin->pages, pin->nr);
	return n == -EINTR || n == -EAGAIN ? n : -EFAULT;
}

static void unpin(struct pinned *pin)
{
	unpin_user_pages_dirty_lock(pin->pages, pin->nr, pin->write);
}

/* Copy between pinned pages, from offset, and the caller's own memory. */
static int copy_own(const struct pinned *pin, size_t offset,
		    unsigned long own, size_t len)
{
	unsigned long left = 0;
	struct page *const *page = pin->pages;
	void *at;
	size_t n;

	for (; len && !left; len -= n, own += n, offset = 0, page++) {
		n = min_t(size_t, len, PAGE_SIZE - offset);
		at = kmap_local_page(*page);
		if (pin->write)
			left = copy_from_user(at + offset, (void __user *)own,
					      n);
		else
			left = copy_to_user((void __user *)own, at + offset, n);
		kunmap_local(at);
	}
	return left ? -EFAULT : 0;
}

static void copy_pinned(const struct pinned *dst, size_t doff,
			const struct pinned *src, size_t soff, size_t len)
{
	size_t n;

	for (; len; len -= n, soff += n, doff += n) {
		n = min3(len, PAGE_SIZE - offset_in_page(soff),
			 PAGE_SIZE - offset_in_page(doff));
		memcpy_page(dst->pages[doff / PAGE_SIZE], offset_in_page(doff),
			    src->pages[soff / PAGE_SIZE], offset_in_page(soff),
			    n);
	}
}

int m3_pages_between(struct mm_struct *dst_mm, unsigned long daddr,
		     struct mm_struct *src_mm, unsigned long saddr, size_t len,
		     struct m3_patience *patience)
{
	struct pinned dst, src;
	int rc;

	rc = pin(&src, src_mm, saddr, len, false, patience);
	if (rc)
		return rc;
	rc = pin(&dst, dst_mm, daddr, len, true, patience);
	if (!rc) {
		copy_pinned(&dst, offset_in_page(daddr), &src,
			    offset_in_page(saddr), len);
		unpin(&dst);
	}
	unpin(&src);
	return rc;
}

/* Copy between a page and the caller's memory if that takes no fault. */
static bool copy_raw(struct page *page, size_t offset, unsigned long own,
		     size_t len, bool write)
{
	void *at = kmap_local_page(page);
	unsigned long left;

	if (write)
		left = raw_copy_from_user(at + offset, (void __user *)own, len);
	else
		left = raw_copy_to_user((void __user *)own, at + offset, len);
	kunmap_local(at);
	return !left;
}

/*
 * Anonymous or shared memory.  Other pages may need a word from their file
 * system, or not be in the kernel's mapping at all.
 */
static bool is_plain(struct page *page)
{
	return folio_test_swapbacked(page_folio(page));
}

/* From the first of the pages at addr, which follow each other */
static size_t copy_huge(pmd_t pmd, unsigned long addr, unsigned long own,
			size_t len, bool write)
{
	struct page *page = pmd_page(pmd) +
			    ((addr & ~PMD_MASK) >> PAGE_SHIFT);
	size_t done = 0, offset = offset_in_page(addr), n;

	if (!pmd_access_permitted(pmd, write) ||
	    (write && !pmd_dirty(pmd)) || !is_plain(page))
		return 0;
	for (; done < len; page++, done += n, offset = 0) {
		n = min_t(size_t, len - done, PAGE_SIZE - offset);
		if (!copy_raw(page, offset, own + done, n, write))
			break;
	}
	return done;
}

/* Memory that is there, is plain memory, and may be read, or written */
static struct page *plain_page(pte_t pte, bool write)
{
	struct page *page;

	if (!pte_access_permitted(pte, write) || pte_special(pte) ||
	    m3_pte_is_devmap(pte) || (write && !pte_dirty(pte)))
		return NULL;
	page = pte_page(pte);
	return is_plain(page) ? page : NULL;
}

static size_t copy_small(const pte_t *pte, unsigned long addr,
			 unsigned long own, size_t len, bool write)
{
	size_t done = 0, offset = offset_in_page(addr), n;
	struct page *page;

	for (; done < len; pte++, done += n, offset = 0) {
		page = plain_page(*pte, write);
		n = min_t(size_t, len - done, PAGE_SIZE - offset);
		if (!page || !copy_raw(page, offset, own + done, n, write))
			break;
	}
	return done;
}

/* As far as one page table goes, and not too far with its lock held */
static size_t copy_table(struct mm_struct *mm, unsigned long addr,
			 unsigned long own, size_t len, bool write)
{
	pmd_t *pmd = m3_find_pmd(mm, addr), entry;
	size_t done = 0;
	spinlock_t *lock;	/* of the page table */
	pte_t *pte;

	len = min3(len, pmd_addr_end(addr, ULONG_MAX) - addr, LOCKED_BYTES);
	if (!pmd)
		return 0;
	entry = READ_ONCE(*pmd);
	if (!pmd_present(entry) || m3_pmd_is_devmap(entry))
		return 0;
	/* One of hugetlb may go with its lock, and looks like others. */
	if (pmd_trans_huge(entry) && PageHuge(pmd_page(entry)))
		return 0;
	if (!pmd_trans_huge(entry)) {
		pte = pte_offset_map_lock(mm, pmd, addr, &lock);
		done = copy_small(pte, addr, own, len, write);
		pte_unmap_unlock(pte, lock);
		return done;
	}
	lock = pmd_lock(mm, pmd);
	if (pmd_trans_huge(*pmd))	/* not split meanwhile */
		done = copy_huge(*pmd, addr, own, len, write);
	spin_unlock(lock);
	return done;
}

/*
 * What can be copied without a fault on either side: returns how much.  The
 * lock of the page table keeps the page where it is, mapped and not shared with
 * a child of a fork, which is cheaper than to pin it.  mmap_lock is held, and
 * the tables stay: there is a mapping, or nobody who could remove it.
 */
static size_t copy_tables(struct mm_struct *mm, unsigned long addr,
			  unsigned long own, size_t len, bool write)
{
	size_t done = 0, n;

	pagefault_disable();
	do {
		n = copy_table(mm, addr + done, own + done, len - done, write);
		done += n;
	} while (n && done < len);
	pagefault_enable();
	return done;
}

/* The same for any address. */
static size_t copy_present(struct mm_struct *mm, unsigned long addr,
			   unsigned long own, size_t len, bool write)
{
	struct vm_area_struct *vma = vma_lookup(mm, addr);

	if (!vma || vma->vm_flags & (VM_IO | VM_PFNMAP | VM_HUGETLB) ||
	    !(vma->vm_flags & (write ? VM_WRITE : VM_READ)))
		return 0;
	return copy_tables(mm, addr, own,
			   min_t(size_t, len, vma->vm_end - addr), write);
}

/*
 * Does a table stay there for RCU readers at least?  Those of hugetlb may be
 * shared with other address spaces, and leave this one without its mmap_lock.
 */
static inline bool tables_linger(void)
{
	return IS_ENABLED(CONFIG_MMU_GATHER_RCU_TABLE_FREE) ||
	       !IS_ENABLED(CONFIG_ARCH_WANT_HUGE_PMD_SHARE);
}

/*
 * If mm has but one user, which waits, nobody can unmap anything.  The page
 * table then says all there is to know, and the mapping is not looked up, which
 * would cost as much as all the rest.
 */
bool m3_pages_at_once(struct mm_struct *mm, unsigned long addr,
		      unsigned long own, size_t len, bool write)
{
	size_t done;

	if (!mmap_read_trylock(mm))
		return false;
	if (tables_linger() && atomic_read(&mm->mm_users) == 1)
		done = copy_tables(mm, addr, own, len, write);
	else
		done = copy_present(mm, addr, own, len, write);
	mmap_read_unlock(mm);
	return done == len;
}

int m3_pages_own(struct mm_struct *mm, unsigned long addr, unsigned long own,
		 size_t len, bool write, struct m3_patience *patience)
{
	struct pinned other;
	size_t done = 0;
	int rc;

	if (mmap_read_trylock(mm)) {
		done = copy_present(mm, addr, own, len, write);
		mmap_read_unlock(mm);
	}
	addr += done;
	own += done;
	len -= done;
	if (!len)
		return 0;
	rc = pin(&other, mm, addr, len, write, patience);
	if (rc)
		return rc;
	rc = copy_own(&other, offset_in_page(addr), own, len);
	unpin(&other);
	return rc;
}

int m3_pages_provide(struct mm_struct *mm, unsigned long addr, size_t len,
		     bool write, struct m3_patience *patience)
{
	struct pinned other;
	size_t n;
	int rc;

	for (; len; addr += n, len -= n) {
		n = m3_pages_batch(addr, len);
		rc = pin(&other, mm, addr, n, write, patience);
		if (rc)
			return rc;
		unpin_user_pages(other.pages, other.nr);
	}
	return 0;
}

/* All that is to be written to is there: else EAGAIN. */
int m3_pages_put(struct mm_struct *mm, unsigned long addr, const u8 *bytes,
		 size_t len)
{
	struct pinned other;
	size_t offset, n;
	int rc, i;

	while (len) {
		rc = pin(&other, mm, addr, m3_pages_batch(addr, len), true,
			 NULL);
		if (rc)
			return rc;
		for (i = 0; i < other.nr; i++) {
			offset = offset_in_page(addr);
			n = min_t(size_t, len, PAGE_SIZE - offset);
			memcpy_to_page(other.pages[i], offset, bytes, n);
			addr += n;
			bytes += n;
			len -= n;
		}
		unpin(&other);
	}
	return 0;
}
