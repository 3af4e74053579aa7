/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/m3floor: two processes share an open file, and each passes which of the
 * two it is, 0 or 1.
 */
#ifndef _M3FLOOR_H
#define _M3FLOOR_H

#ifdef __KERNEL__
#include <linux/ioctl.h>
#else
#include <sys/ioctl.h>
#endif

/* Sleeps until the other hands off; EINTR */
#define FLOOR_WAIT	_IO('F', 0)

/* Wakes the other, then the same */
#define FLOOR_HAND_OFF	_IO('F', 1)

#endif /* _M3FLOOR_H */
