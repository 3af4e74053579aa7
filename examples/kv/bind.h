/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KV_BIND_H
#define KV_BIND_H

/* Binds this process to the first user slot that is its node's and free. */
int bind_user(int vmid);

#endif /* KV_BIND_H */
