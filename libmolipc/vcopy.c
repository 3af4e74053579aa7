// SPDX-License-Identifier: LGPL-2.1-or-later
/* Copies between the memory of two processes. */
#include "device.h"

int mnx_vcopy(int src, const void *saddr, int dst, void *daddr, long bytes)
{
	struct m3ipc_vcopy arg = {
		.src = src,
		.dst = dst,
		.saddr = (uintptr_t)saddr,
		.daddr = (uintptr_t)daddr,
		.bytes = bytes,
	};

	return mi_device(M3IPC_IOC_VCOPY, &arg);
}

static int is_count(int nr)
{
	return nr > 0 && nr <= M3IPC_MAX_SEGMENTS;
}

/* Segments as the driver wants them, and how long they are together */
struct side {
	uint64_t addr;
	uint64_t bytes;
#if UINTPTR_MAX == UINT32_MAX
	struct m3ipc_iovec segments[M3IPC_MAX_SEGMENTS];
#endif
};

static void fill_side(struct side *side, const struct iovec *iov, int nr)
{
	int i;

	side->bytes = 0;
	for (i = 0; i < nr; i++)
		side->bytes += iov[i].iov_len;
#if UINTPTR_MAX == UINT32_MAX
	for (i = 0; i < nr; i++) {
		side->segments[i].base = (uintptr_t)iov[i].iov_base;
		side->segments[i].len = iov[i].iov_len;
	}
	side->addr = (uintptr_t)side->segments;
#else
	_Static_assert(sizeof(*iov) == sizeof(struct m3ipc_iovec),
		       "segments are the same in user space");
	side->addr = (uintptr_t)iov;
#endif
}

int mnx_vcopyv(int src, const struct iovec *siov, int nr_src, int dst,
	       const struct iovec *diov, int nr_dst)
{
	struct side from, to;
	struct m3ipc_vcopy arg = {
		.src = src,
		.dst = dst,
		.nr_src = (uint32_t)nr_src,
		.nr_dst = (uint32_t)nr_dst,
	};

	if (!is_count(nr_src) || !is_count(nr_dst))
		return EMOLRANGE;
	if (!siov || !diov)
		return EMOLFAULT;
	fill_side(&from, siov, nr_src);
	fill_side(&to, diov, nr_dst);
	if (from.bytes != to.bytes)
		return EMOLINVAL;
	arg.saddr = from.addr;
	arg.daddr = to.addr;
	arg.bytes = (int64_t)from.bytes;
	return mi_device(M3IPC_IOC_VCOPY, &arg);
}
