// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "plain.h"

static int zeros_read(void *of, const struct iovec *iov, size_t nr,
		      int64_t position)
{
	(void)of;
	(void)position;
	for (size_t i = 0; i < nr; i++)
		memset(iov[i].iov_base, 0, iov[i].iov_len);
	return 0;
}

static int plain_write(void *of, const struct iovec *iov, size_t nr,
		       int64_t position)
{
	(void)of;
	(void)iov;
	(void)nr;
	(void)position;
	return 0;
}

static const struct blockdev_ops plain_ops = {
	.read = zeros_read,
	.write = plain_write,
};

const struct blockdev plain_null = {
	.ops = &plain_ops,
	.for_all = true,
	.endless = true,
};

const struct blockdev plain_zero = {
	.ops = &plain_ops,
	.bytes = INT64_MAX,
	.for_all = true,
	.endless = true,
};

const struct blockdev plain_refused = { .ops = NULL };
