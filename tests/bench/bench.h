/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Round trips, measured alike for each mechanism: a client sends 64 bytes, a
 * server changes them and sends them back.  Each mechanism is a file, written
 * as those who use it would.
 */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <stdint.h>

#define MESSAGE_SIZE 64

/* What is sent; word[0] belongs to m3ipc, whose driver writes it. */
struct payload {
	int32_t word[MESSAGE_SIZE / 4];
};

struct mechanism {
	const char *name;
	void (*prepare)(void);      /* before server and client part */
	void (*start_server)(void); /* before the client starts */
	void (*serve)(void);        /* does not return */
	void (*start_client)(void);
	void (*ask)(struct payload *p); /* one round trip */
	void (*end_client)(void);
};

extern const struct mechanism bench_reply_rcvrqst;
extern const struct mechanism bench_receive_reply;
extern const struct mechanism bench_pipe;
extern const struct mechanism bench_seqpacket;

/* What a server does to a payload */
static inline void bench_change(struct payload *p)
{
	p->word[3]++;
}

/* Ends the program if a call has failed. */
void bench_check(int ok, const char *what);

#endif /* TESTS_BENCH_H */
