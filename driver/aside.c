// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies that the threads of proxies have put aside.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "aside.h"

/* Apart from that of processes that end, who do not wait for others' memory */
static struct workqueue_struct *aside_wq;

/* With the bytes that the caller, a proxy, has at payload */
struct m3_aside *m3_aside_new(unsigned long addr, unsigned long payload,
			      size_t len)
{
	struct m3_aside *f =
		kvmalloc(struct_size(f, bytes, len), GFP_KERNEL_ACCOUNT);

	if (!f)
		return ERR_PTR(-ENOMEM);
	f->addr = addr;
	f->len = len;
	if (!copy_from_user(f->bytes, (void __user *)payload, len))
		return f;
	kvfree(f);
	return ERR_PTR(-EFAULT);
}

void m3_aside_free(struct m3_aside *f)
{
	kvfree(f);
}

bool m3_aside_queue(struct work_struct *work)
{
	return queue_work(aside_wq, work);
}

int m3_aside_init(void)
{
	aside_wq = alloc_workqueue("m3ipc_aside", WQ_UNBOUND, 0);
	return aside_wq ? 0 : -ENOMEM;
}

/* All nodes are down: nothing more is put aside. */
void m3_aside_exit(void)
{
	destroy_workqueue(aside_wq);
}
