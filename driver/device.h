/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The character device: descriptors, ioctls, the message page.
 */
#ifndef _M3IPC_DEVICE_H
#define _M3IPC_DEVICE_H

int m3_device_init(void);
void m3_device_exit(void);

#endif /* _M3IPC_DEVICE_H */
