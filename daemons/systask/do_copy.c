// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests about memory: the driver copies, and checks what it copies. */
#include <stdlib.h>
#include <string.h>

#include "systask.h"

/* Of MEMSET: as much is written at once. */
#define CHUNK 65536

/* Parties of other nodes would have to be waited for. */
static int copy_do(struct systask *s, const struct request *rq,
		   const sys_copy_t *c)
{
	const struct proc *src, *dst;
	int rc = request_target(s, rq, c->src, &src);

	if (!rc)
		rc = request_target(s, rq, c->dst, &dst);
	return rc ? rc :
		    mnx_vcopy(src->endpoint, (const void *)(uintptr_t)c->saddr,
			      dst->endpoint, (void *)(uintptr_t)c->daddr,
			      c->bytes);
}

int do_vircopy(struct systask *s, struct request *rq)
{
	sys_copy_t arg;

	com_get(rq->m, &arg);
	return rq->system ? copy_do(s, rq, &arg) : EMOLPERM;
}

int do_vcopy(struct systask *s, struct request *rq)
{
	sys_copy_t copies[SYS_VCOPY_MAX];
	sys_vcopy_t arg;
	int rc;

	com_get(rq->m, &arg);
	if (!rq->system)
		return EMOLPERM;
	if (arg.nr < 1 || arg.nr > SYS_VCOPY_MAX)
		return EMOLRANGE;
	rc = mnx_vcopy(rq->client, (const void *)(uintptr_t)arg.copies, SELF,
		       copies, arg.nr * (long)sizeof(copies[0]));
	for (arg.done = 0; !rc && arg.done < arg.nr; arg.done += !rc)
		rc = copy_do(s, rq, &copies[arg.done]);
	com_put(rq->m, &arg);
	return rc;
}

/* No more than a copy may have, as it holds up all others meanwhile */
int do_memset(struct systask *s, struct request *rq)
{
	static char chunk[CHUNK];
	const struct proc *dst;
	int64_t done = 0, n;
	drvs_usr_t node;
	sys_copy_t arg;
	int rc;

	com_get(rq->m, &arg);
	rc = request_target(s, rq, arg.dst, &dst);
	if (!rc)
		rc = mnx_getdrvsinfo(&node);
	if (!rc && (arg.bytes < 0 || arg.bytes > node.d_max_copylen))
		rc = EMOLRANGE;
	memset(chunk, arg.value, sizeof(chunk));
	for (; !rc && done < arg.bytes; done += n) {
		n = arg.bytes - done < CHUNK ? arg.bytes - done : CHUNK;
		rc = mnx_vcopy(SELF, chunk, dst->endpoint,
			       (char *)(uintptr_t)arg.daddr + done, n);
	}
	return rc;
}
