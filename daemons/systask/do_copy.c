// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests about memory: the driver copies, and checks what it copies. */
#include <stdlib.h>
#include <string.h>

#include "systask.h"

/* Of MEMSET: as much is written at once. */
#define CHUNK 65536

static int copy_do(const struct request *rq, const sys_copy_t *c)
{
	return mnx_vcopy(request_endpoint(rq, c->src),
			 (const void *)(uintptr_t)c->saddr,
			 request_endpoint(rq, c->dst),
			 (void *)(uintptr_t)c->daddr, c->bytes);
}

int do_vircopy(struct systask *s, struct request *rq)
{
	sys_copy_t arg;

	(void)s;
	com_get(rq->m, &arg);
	return rq->system ? copy_do(rq, &arg) : EMOLPERM;
}

int do_vcopy(struct systask *s, struct request *rq)
{
	sys_copy_t copies[SYS_VCOPY_MAX];
	sys_vcopy_t arg;
	int rc;

	(void)s;
	com_get(rq->m, &arg);
	if (!rq->system)
		return EMOLPERM;
	if (arg.nr < 1 || arg.nr > SYS_VCOPY_MAX)
		return EMOLRANGE;
	rc = mnx_vcopy(rq->client, (const void *)(uintptr_t)arg.copies, SELF,
		       copies, arg.nr * (long)sizeof(copies[0]));
	for (arg.done = 0; !rc && arg.done < arg.nr; arg.done += !rc)
		rc = copy_do(rq, &copies[arg.done]);
	com_put(rq->m, &arg);
	return rc;
}

int do_memset(struct systask *s, struct request *rq)
{
	static char chunk[CHUNK];
	sys_copy_t arg;
	int64_t done = 0, n;
	int rc = 0;

	(void)s;
	com_get(rq->m, &arg);
	if (!rq->system && request_endpoint(rq, arg.dst) != rq->client)
		return EMOLPERM;
	if (arg.bytes < 0)
		return EMOLRANGE;
	memset(chunk, arg.value, sizeof(chunk));
	for (; !rc && done < arg.bytes; done += n) {
		n = arg.bytes - done < CHUNK ? arg.bytes - done : CHUNK;
		rc = mnx_vcopy(SELF, chunk, request_endpoint(rq, arg.dst),
			       (char *)(uintptr_t)arg.daddr + done, n);
	}
	return rc;
}
