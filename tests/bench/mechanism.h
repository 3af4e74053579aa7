/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Round trips, made alike by each mechanism: a client sends 64 bytes, a server
 * changes them and sends them back.  Each mechanism is a file, written as those
 * who use it would.
 */
#ifndef TESTS_BENCH_MECHANISM_H
#define TESTS_BENCH_MECHANISM_H

#include <stdint.h>

#define MESSAGE_SIZE 64

/* What is sent; word[0] belongs to m3ipc, whose driver writes it. */
struct payload {
	int32_t word[MESSAGE_SIZE / 4];
};

/* All but serve and ask may be NULL. */
struct mechanism {
	const char *name;
	/* Before server and client part; why the kernel lacks it, or NULL */
	const char *(*prepare)(void);
	void (*start_server)(void); /* before the client starts */
	void (*serve)(void);        /* does not return */
	void (*start_client)(void);
	void (*ask)(struct payload *p); /* one round trip */
	void (*end_client)(void);
};

extern const struct mechanism bench_reply_rcvrqst;
extern const struct mechanism bench_receive_reply;
extern const struct mechanism bench_floor;
extern const struct mechanism bench_sched_yield;
extern const struct mechanism bench_eventfd;
extern const struct mechanism bench_sysv;
extern const struct mechanism bench_mq;
extern const struct mechanism bench_futex;
extern const struct mechanism bench_pipe;
extern const struct mechanism bench_unix_stream;
extern const struct mechanism bench_unix_dgram;
extern const struct mechanism bench_unix_seqpacket;
extern const struct mechanism bench_tipc;
extern const struct mechanism bench_binder;
extern const struct mechanism bench_tcp;

/* What a server does to a payload */
static inline void bench_change(struct payload *p)
{
	p->word[3]++;
}

#endif /* TESTS_BENCH_MECHANISM_H */
