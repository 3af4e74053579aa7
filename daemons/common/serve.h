/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop of a server: one system call a request, which gives the last answer
 * and takes the next one.
 *
 *	a request	its handler, and the result is the answer; or
 *			SERVE_LATER, and serve_answer() is called some day
 *	a notification	notified()
 *	SIGHUP		reload()
 *	SIGTERM, SIGINT	the end, after the request that is worked at
 *
 * A server has one state, which its handlers share, and one thread.  What it
 * calls, here or from a handler, waits for nobody whom it need not trust.
 */
#ifndef COMMON_SERVE_H
#define COMMON_SERVE_H

#include <stdbool.h>

#include <molipc/molipc.h>

/*
 * Is it a notification, and no request that has a number like one?  m_source is
 * the driver's; a system slot's endpoint is its number.
 */
static inline bool serve_is_notification(const message *m)
{
	return !_ENDPOINT_G(m->m_source) &&
	       m->m_type == NOTIFY_FROM(m->m_source);
}

/* A request, which becomes the answer */
struct serve_request {
	int client; /* its endpoint: the driver's word, as nothing else of it */
	message *m;
};

/* OK or an error, for the client, which finds it in m_type; or SERVE_LATER */
typedef int serve_handler(struct serve_request *rq);

/* No error has this number. */
#define SERVE_LATER 1

struct serve {
	/* Requests first ... first + nr - 1; NULL: there is none */
	int first;
	int nr;
	serve_handler *const *calls;

	/* From a system slot, with its value */
	void (*notified)(int p_nr, int value);
	void (*reload)(void);
	/* After each of them, and before the answer */
	void (*done)(void);
};

/* 0: it was told to end.  Else the error that its binding has ended with. */
int serve_run(const struct serve *s);

/* The answer to a request that was put off, and now is in "m" */
void serve_answer(int client, message *m, int rc);

#endif /* COMMON_SERVE_H */
