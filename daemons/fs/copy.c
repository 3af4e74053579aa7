// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "copy.h"
#include "fs.h"

/* A client that takes part in another copy, or is stopped, is asked again. */
int copy_error(int rc)
{
	switch (rc) {
	case OK:
		return 0;
	case EMOLPROCSTS:
	case EMOLBUSY:
		return CALL_LATER;
	default:
		return -EFAULT;
	}
}

int copy_fetch(int client, uint64_t from, void *to, size_t bytes)
{
	return copy_error(mnx_vcopy(client, (const void *)(uintptr_t)from, SELF,
				    to, (long)bytes));
}

int copy_slice(const struct iovec *iov, int nr, size_t at, size_t bytes,
	       struct iovec *part)
{
	size_t len;
	int n = 0;

	for (; nr && at >= iov->iov_len; iov++, nr--)
		at -= iov->iov_len;
	for (; nr && bytes; iov++, nr--, at = 0) {
		len = iov->iov_len - at < bytes ? iov->iov_len - at : bytes;
		if (!len)
			continue;
		part[n].iov_base = (char *)iov->iov_base + at;
		part[n++].iov_len = len;
		bytes -= len;
	}
	return n;
}

/* How many of the core's segments have so many bytes; the last one is cut. */
static int segments_cut(const struct iovec *iov, int nr, size_t bytes,
			struct iovec *part)
{
	return copy_slice(iov, nr, 0, bytes, part);
}

static int copy_waits(struct call *c, int rc)
{
	return rc == CALL_LATER ? call_waits(c, CALL_CLIENT, 0) : rc;
}

static void stage_copy(struct call *c, const struct iovec *iov, int nr,
		       size_t at, bool out)
{
	for (int i = 0; i < nr; i++) {
		if (out)
			memcpy(c->stage + at, iov[i].iov_base, iov[i].iov_len);
		else
			memcpy(iov[i].iov_base, c->stage + at, iov[i].iov_len);
		at += iov[i].iov_len;
	}
}

int copy_out(struct call *c, const struct iovec *from, int nr, size_t at,
	     size_t bytes)
{
	static struct iovec own[FS_VECTOR_MAX], theirs[FS_VECTOR_MAX];
	const int nr_own = segments_cut(from, nr, bytes, own);
	int nr_theirs, rc;

	if (c->stage) {
		stage_copy(c, own, nr_own, at, true);
		return 0;
	}
	nr_theirs = copy_slice(c->vector, c->nr_vector, at, bytes, theirs);
	if (!nr_own || !nr_theirs)
		return 0;
	rc = mnx_vcopyv(SELF, own, nr_own, c->client, theirs, nr_theirs);
	return copy_waits(c, copy_error(rc));
}

int copy_in(struct call *c, const struct iovec *to, int nr, size_t at,
	    size_t bytes)
{
	static struct iovec own[FS_VECTOR_MAX], theirs[FS_VECTOR_MAX];
	const int nr_own = segments_cut(to, nr, bytes, own);
	int nr_theirs, rc;

	if (c->stage) {
		stage_copy(c, own, nr_own, at, false);
		return 0;
	}
	nr_theirs = copy_slice(c->vector, c->nr_vector, at, bytes, theirs);
	if (!nr_own || !nr_theirs)
		return 0;
	rc = mnx_vcopyv(c->client, theirs, nr_theirs, SELF, own, nr_own);
	return copy_waits(c, copy_error(rc));
}
