/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ioctls other than the primitives: they take a structure, or nothing. */
#ifndef _MI_DEVICE_H
#define _MI_DEVICE_H

#include "ctx.h"
#include "ioctl.h"

/* 0 or an EMOL code.  Opens the device if need be. */
static inline int mi_device(unsigned long request, const void *arg)
{
	int fd, rc;

	do {
		fd = mi_open();
		if (fd < 0)
			return fd;
		rc = mi_ioctl(fd, request, (unsigned long)arg);
	} while (mi_unlikely(rc) && mi_fd_is_lost(fd, rc));
	return rc;
}

/* A name as the driver takes it; EMOLFAULT or EMOLNAMESIZE if it cannot. */
int mi_copy_name(char to[M3IPC_NAME_LEN], const char *name);

/*
 * What a call returns that makes an endpoint known.  Generic errors are moved
 * out of the way of the endpoints of tasks.
 */
static inline int mi_endpoint_or_error(int rc, int endpoint)
{
	if (!rc)
		return endpoint;
	return rc < EMOLERRCODE ? rc : rc - 1000;
}

#endif /* _MI_DEVICE_H */
