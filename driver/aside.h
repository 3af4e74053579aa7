/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the threads of proxies put aside: copies for whose memory somebody has
 * to wait, but not they, since all that their link carries would wait, too.
 *
 * A worker does the wait, and for no longer than the patience of the copy as
 * far as that is for other processes.  Bytes that have come from another node
 * meanwhile are kept, those of M3_ASIDE_FRAMES frames of a copy.
 */
#ifndef _M3IPC_ASIDE_H
#define _M3IPC_ASIDE_H

#include <linux/list.h>
#include <linux/workqueue.h>

#define M3_ASIDE_FRAMES 16

/* The bytes of a frame */
struct m3_aside {
	struct list_head link;
	unsigned long addr; /* where they belong in the party's memory */
	size_t len;
	u8 bytes[];
};

struct m3_aside *m3_aside_new(unsigned long addr, unsigned long payload,
			      size_t len);
void m3_aside_free(struct m3_aside *f);
bool m3_aside_queue(struct work_struct *work);
int m3_aside_init(void);
void m3_aside_exit(void);

#endif /* _M3IPC_ASIDE_H */
