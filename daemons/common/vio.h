/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scattered memory from and to a file, wholly, however many pieces it has */
#ifndef COMMON_VIO_H
#define COMMON_VIO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* How many bytes: fewer, as the file ends there; or -1 and errno */
ssize_t vio_read(int fd, const struct iovec *iov, size_t nr, int64_t position);

/* 0, or -1 and errno */
int vio_write(int fd, const struct iovec *iov, size_t nr, int64_t position);

size_t vio_bytes(const struct iovec *iov, size_t nr);

#endif /* COMMON_VIO_H */
