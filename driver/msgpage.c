// SPDX-License-Identifier: GPL-2.0-only
/*
 * Message pages.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include "bind.h"
#include "msgpage.h"
#include "node.h"
#include "proc.h"

static struct m3ipc_page *no_page;

static struct m3ipc_page *page_alloc(void)
{
	return (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
}

static void page_free(struct m3ipc_page *page)
{
	free_page((unsigned long)page);
}

int m3_msgpage_new(struct m3_proc *p)
{
	p->page = page_alloc();
	return p->page ? 0 : -ENOMEM;
}

/* Nobody refers to p any more. */
void m3_msgpage_free(struct m3_proc *p)
{
	if (p->page != no_page)
		page_free(p->page);
	page_free(p->old_page);
}

/*
 * In the thread that has just exec'ed, which is the only one of its process,
 * with preemption disabled.  An old page of an exec before is still there only
 * if no new one was made.
 */
void m3_msgpage_exec(struct m3_proc *p)
{
	struct m3ipc_page *old = xchg(&p->page, no_page);

	if (old != no_page)
		p->old_page = old;
}

static bool is_in_use(const struct m3_proc *p, const struct m3ipc_page *page)
{
	return READ_ONCE(p->caller) && p->call >= page->call &&
	       p->call < page->call + M3IPC_NR_CALLS;
}

/* Free the page from before an exec, unless a call has its slot there. */
void m3_msgpage_settle(struct m3_proc *p)
{
	struct m3ipc_page *old;

	lockdep_assert_held(&p->vm->lock);
	old = READ_ONCE(p->old_page);
	if (old && !is_in_use(p, old)) {
		p->old_page = NULL;
		page_free(old);
	}
}

/*
 * A page for the new program.  With PREEMPT_RT work is still to come after the
 * exec, that may end the binding.
 */
static int page_renew(struct m3_proc *p)
{
	struct m3ipc_page *page;
	int rc = 0;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		flush_work(&p->reap_work);
	page = page_alloc();
	if (!page)
		return -ENOMEM;
	page->id.serial = p->serial;
	page->id.vmid = p->vm->usr.vm_vmid;
	page->id.endpoint = p->endpoint;
	spin_lock(&p->vm->lock);
	if (!p->bound)
		rc = m3_node_unbound(p->vm->node);
	else if (p->page == no_page)
		swap(p->page, page);
	spin_unlock(&p->vm->lock);
	if (page != no_page)
		page_free(page);
	return rc;
}

/* For the caller of p: the mapping holds the page, not the binding. */
int m3_msgpage_map(struct m3_proc *p, struct vm_area_struct *vma)
{
	int rc = READ_ONCE(p->page) == no_page ? page_renew(p) : 0;

	if (rc)
		return rc;
	return vm_insert_page(vma, vma->vm_start, virt_to_page(p->page));
}

int m3_msgpages_init(void)
{
	no_page = page_alloc();
	return no_page ? 0 : -ENOMEM;
}

void m3_msgpages_exit(void)
{
	page_free(no_page);
}
