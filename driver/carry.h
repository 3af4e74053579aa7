/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the threads of a pair of proxies call, see carry.c.
 *
 * A sender that has to be woken costs time.  So it lingers (linger.h) when it
 * has been told that a server, on another CPU, has just got a request.
 */
#ifndef _M3IPC_CARRY_H
#define _M3IPC_CARRY_H

#include <linux/types.h>

struct m3_node;
struct m3_proxy;

bool m3_carry_is_ready(const struct m3_proxy *px);
void m3_carry_expect(struct m3_proxy *px, int cpu);
int m3_carry_get2rmt(struct m3_node *node, void *arg);
int m3_carry_put2lcl(struct m3_node *node, void *arg);

#endif /* _M3IPC_CARRY_H */
