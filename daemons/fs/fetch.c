// SPDX-License-Identifier: GPL-2.0-or-later
/* What a request names, and where its data are: from its message and client */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "copy.h"

/* A name of a request: in its text, from byte "from" on, or in memory */
static int path_fetch(struct call *c, int i, size_t length, const char *text,
		      uint64_t at)
{
	int rc = 0;

	if (c->path[i])
		return 0;
	if (length > FS_PATH_MAX)
		return -ENAMETOOLONG;
	c->path[i] = malloc(length + 1);
	if (!c->path[i])
		return -ENOMEM;
	if (text)
		memcpy(c->path[i], text, length);
	else
		rc = copy_fetch(c->client, at, c->path[i], length);
	c->path[i][length] = '\0';
	if (!rc && strlen(c->path[i]) != length)
		rc = -EINVAL;
	if (rc) {
		free(c->path[i]);
		c->path[i] = NULL;
	}
	return rc;
}

static int fetch_path(struct call *c)
{
	fs_path_t arg;

	com_get(&c->m, &arg);
	arg.length &= ~FS_NO_LINKS;
	return path_fetch(c, 0, arg.length,
			  arg.length <= FS_SHORT ? arg.text : NULL, arg.at);
}

static int fetch_paths(struct call *c)
{
	fs_paths_t arg;
	bool is_short;
	int rc;

	com_get(&c->m, &arg);
	is_short = arg.length[0] + arg.length[1] <= FS_SHORT_TWO;
	rc = path_fetch(c, 0, arg.length[0], is_short ? arg.text : NULL,
			arg.at[0]);
	if (rc)
		return rc;
	return path_fetch(c, 1, arg.length[1],
			  is_short ? arg.text + arg.length[0] : NULL,
			  arg.at[1]);
}

static void segment_set(struct call *c, uint64_t at, uint64_t bytes)
{
	c->bytes = bytes < FS_BYTES_MAX ? bytes : FS_BYTES_MAX;
	c->segment.iov_base = (void *)(uintptr_t)at;
	c->segment.iov_len = c->bytes;
	c->vector = &c->segment;
	c->nr_vector = 1;
}

static int vector_sum(struct call *c)
{
	uint64_t bytes = 0;

	for (int i = 0; i < c->nr_vector; i++) {
		if (c->vector[i].iov_len > (uint64_t)INT64_MAX - bytes)
			return -EINVAL;
		bytes += c->vector[i].iov_len;
	}
	c->bytes = bytes < FS_BYTES_MAX ? bytes : FS_BYTES_MAX;
	return 0;
}

static int fetch_vector(struct call *c, const fs_rw_t *arg)
{
	const size_t size = arg->nr * sizeof(struct iovec);
	int rc;

	if (arg->nr > FS_VECTOR_MAX)
		return -EINVAL;
	c->vector = malloc(size);
	if (!c->vector)
		return -ENOMEM;
	rc = copy_fetch(c->client, arg->at, c->vector, size);
	if (rc) {
		free(c->vector);
		c->vector = NULL;
		return rc;
	}
	c->nr_vector = (int)arg->nr;
	return vector_sum(c);
}

static int fetch_bytes(struct call *c)
{
	fs_rw_t arg;

	com_get(&c->m, &arg);
	if (arg.nr)
		return fetch_vector(c, &arg);
	segment_set(c, arg.at, arg.bytes);
	return 0;
}

static int fetch_text(struct call *c)
{
	fs_path_t arg;

	com_get(&c->m, &arg);
	segment_set(c, (uint64_t)arg.wide, arg.flags);
	return fetch_path(c);
}

int call_fetch(struct call *c)
{
	int rc = 0;

	if (c->row->has & CALL_TEXT)
		rc = fetch_text(c);
	else if (c->row->has & CALL_PATH)
		rc = fetch_path(c);
	else if (c->row->has & CALL_PATHS)
		rc = fetch_paths(c);
	else if (c->row->has & (CALL_IN | CALL_OUT))
		rc = fetch_bytes(c);
	c->fetched = !rc;
	return rc;
}
