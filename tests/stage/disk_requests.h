/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to MEMORY: an answer's error, or one of the call */
#ifndef TESTS_STAGE_DISK_REQUESTS_H
#define TESTS_STAGE_DISK_REQUESTS_H

#include <molipc/dev.h>
#include <molipc/molipc.h>

#define DISK_PATIENCE 30000 /* ms that an answer may take */

static inline int disk_ask(message *m, int type)
{
	int rc;

	m->m_type = type;
	rc = mnx_sendrec_T(MEM_PROC_NR, m, DISK_PATIENCE);
	return rc ? rc : m->m_type;
}

/* READ, WRITE: how many bytes were moved */
static inline int disk_io(int type, int minor, int64_t position, const void *at,
			  long bytes)
{
	dev_io_t arg = { .position = position,
			 .address = (uintptr_t)at,
			 .bytes = bytes,
			 .minor = minor };
	message m;
	int rc;

	com_put(&m, &arg);
	rc = disk_ask(&m, type);
	com_get(&m, &arg);
	return rc ? rc : (int)arg.bytes;
}

/* GATHER, SCATTER, COMMIT, likewise */
static inline int disk_vector(int type, int minor, int64_t position,
			      const void *at, int nr)
{
	dev_vector_t arg = { .position = position,
			     .address = (uintptr_t)at,
			     .nr = nr,
			     .minor = minor };
	message m;
	int rc;

	com_put(&m, &arg);
	rc = disk_ask(&m, type);
	com_get(&m, &arg);
	return rc ? rc : (int)arg.bytes;
}

#endif /* TESTS_STAGE_DISK_REQUESTS_H */
