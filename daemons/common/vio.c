// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "vio.h"

/* Pieces that one call is given; the system takes 1024. */
#define BATCH 256

/* What is left of the pieces after "skip" bytes: returns how many pieces */
static int batch_fill(struct iovec *batch, const struct iovec *iov, size_t nr,
		      size_t skip)
{
	int n = 0;

	for (size_t i = 0; i < nr && n < BATCH; i++) {
		if (skip >= iov[i].iov_len) {
			skip -= iov[i].iov_len;
			continue;
		}
		batch[n].iov_base = (char *)iov[i].iov_base + skip;
		batch[n++].iov_len = iov[i].iov_len - skip;
		skip = 0;
	}
	return n;
}

/* The pieces that are done are not looked at again. */
static void pieces_skip(const struct iovec **iov, size_t *nr, size_t *skip)
{
	while (*nr && *skip >= (*iov)->iov_len) {
		*skip -= (*iov)->iov_len;
		++*iov;
		--*nr;
	}
}

typedef ssize_t vio_call(int fd, const struct iovec *iov, int nr, off_t at);

static ssize_t vio_all(vio_call *call, int fd, const struct iovec *iov,
		       size_t nr, int64_t position)
{
	struct iovec batch[BATCH];
	size_t done = 0, skip = 0;
	ssize_t n;

	for (pieces_skip(&iov, &nr, &skip); nr; pieces_skip(&iov, &nr, &skip)) {
		n = call(fd, batch, batch_fill(batch, iov, nr, skip),
			 position + (off_t)done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		done += (size_t)n;
		skip += (size_t)n;
	}
	return (ssize_t)done;
}

ssize_t vio_read(int fd, const struct iovec *iov, size_t nr, int64_t position)
{
	return vio_all(preadv, fd, iov, nr, position);
}

int vio_write(int fd, const struct iovec *iov, size_t nr, int64_t position)
{
	const ssize_t n = vio_all(pwritev, fd, iov, nr, position);

	if (n < 0)
		return -1;
	if ((size_t)n == vio_bytes(iov, nr))
		return 0;
	errno = ENOSPC;
	return -1;
}

size_t vio_bytes(const struct iovec *iov, size_t nr)
{
	size_t bytes = 0;

	for (size_t i = 0; i < nr; i++)
		bytes += iov[i].iov_len;
	return bytes;
}
