// SPDX-License-Identifier: LGPL-2.1-or-later
/* Copies between the memory of two processes. */
#include <stdlib.h>

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

static uint64_t put_segments(struct m3ipc_iovec *to, const struct iovec *from,
			     int nr)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < nr; i++) {
		to[i].base = (uintptr_t)from[i].iov_base;
		to[i].len = from[i].iov_len;
		sum += from[i].iov_len;
	}
	return sum;
}

static int is_count(int nr)
{
	return nr > 0 && nr <= M3IPC_MAX_SEGMENTS;
}

int mnx_vcopyv(int src, const struct iovec *siov, int nr_src, int dst,
	       const struct iovec *diov, int nr_dst)
{
	struct m3ipc_iovec *segments;
	struct m3ipc_vcopy arg = {
		.src = src,
		.dst = dst,
		.nr_src = (uint32_t)nr_src,
		.nr_dst = (uint32_t)nr_dst,
	};
	int rc;

	if (!is_count(nr_src) || !is_count(nr_dst))
		return EMOLRANGE;
	if (!siov || !diov)
		return EMOLFAULT;
	segments = calloc((size_t)(nr_src + nr_dst), sizeof(*segments));
	if (!segments)
		return EMOLNOMEM;
	arg.saddr = (uintptr_t)segments;
	arg.daddr = (uintptr_t)(segments + nr_src);
	arg.bytes = (int64_t)put_segments(segments, siov, nr_src);
	put_segments(segments + nr_src, diov, nr_dst);
	rc = mi_device(M3IPC_IOC_VCOPY, &arg);
	free(segments);
	return rc;
}
