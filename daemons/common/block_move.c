// SPDX-License-Identifier: GPL-2.0-or-later
#include <molipc/dev.h>
#include <molipc/molipc.h>

#include "block_move.h"

static int64_t copy_max; /* bytes of one copy of the node */

int move_init(void)
{
	drvs_usr_t drvs;
	int rc = mnx_getdrvsinfo(&drvs);

	copy_max = drvs.d_max_copylen;
	return rc;
}

/* Where in the client's pieces a transfer is */
struct place {
	const struct iovec *iov;
	size_t skip;
};

/* The next "bytes" of them; returns in how many pieces. */
static int pieces_take(struct iovec *part, struct place *at, size_t bytes)
{
	int n = 0;

	while (bytes) {
		size_t take = at->iov->iov_len - at->skip;

		if (take > bytes)
			take = bytes;
		if (take) {
			part[n].iov_base = (char *)at->iov->iov_base + at->skip;
			part[n++].iov_len = take;
		}
		at->skip += take;
		bytes -= take;
		if (at->skip == at->iov->iov_len) {
			at->iov++;
			at->skip = 0;
		}
	}
	return n;
}

enum direction {
	TO_CLIENT,
	FROM_CLIENT,
};

static int pieces_move(enum direction direction, int client,
		       const struct iovec *part, int nr, void *own,
		       size_t bytes)
{
	const struct iovec iov = { .iov_base = own, .iov_len = bytes };

	return direction == TO_CLIENT ?
		       mnx_vcopyv(SELF, &iov, 1, client, part, nr) :
		       mnx_vcopyv(client, part, nr, SELF, &iov, 1);
}

static int all_move(enum direction direction, int client,
		    const struct iovec *theirs, char *own, int64_t bytes)
{
	static struct iovec part[DEV_VECTOR_MAX];
	struct place at = { .iov = theirs };
	int rc = 0;

	while (!rc && bytes) {
		const int64_t n = bytes < copy_max ? bytes : copy_max;
		const int nr = pieces_take(part, &at, (size_t)n);

		rc = pieces_move(direction, client, part, nr, own, (size_t)n);
		own += n;
		bytes -= n;
	}
	return rc;
}

int move_in(int client, const struct iovec *theirs, void *to, int64_t bytes)
{
	return all_move(FROM_CLIENT, client, theirs, to, bytes);
}

int move_out(int client, const struct iovec *theirs, void *from, int64_t bytes)
{
	return all_move(TO_CLIENT, client, theirs, from, bytes);
}

int move_array(int client, uint64_t address, void *to, int nr, size_t size)
{
	const struct iovec theirs = { .iov_base = (void *)(uintptr_t)address,
				      .iov_len = (size_t)nr * size };

	return move_in(client, &theirs, to, (int64_t)theirs.iov_len);
}
