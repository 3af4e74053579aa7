// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "log.h"
#include "serve.h"
#include "util.h"

#define AGAIN 1 /* s */

static volatile sig_atomic_t told_to_end, told_to_reload;

/*
 * It interrupts the wait.  One that comes just before the wait does not; so it
 * comes again until the loop has seen it.
 */
static void on_signal(int signal)
{
	if (signal == SIGHUP)
		told_to_reload = true;
	else if (signal != SIGALRM)
		told_to_end = true;
	if (told_to_end || told_to_reload)
		alarm(AGAIN);
}

static void take_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGALRM };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction action = { .sa_handler = on_signal };

	told_to_end = false;
	told_to_reload = false;
	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
	/* It says that the binding has ended, and so does the next call. */
	sigaction(SIGPIPE, &ignore, NULL);
}

static int request_call(const struct serve *s, struct serve_request *rq)
{
	const int type = rq->m->m_type;

	if (type < s->first || type - s->first >= s->nr ||
	    !s->calls[type - s->first])
		return EMOLBADCALL;
	return s->calls[type - s->first](rq);
}

static void log_unanswered(int client, int rc)
{
	log_line(SD_DEBUG, "endpoint %d is not answered: %s", client,
		 mnx_strerror(rc));
}

/* Returns whom "m" answers then, or NONE. */
static int message_take(const struct serve *s, message *m)
{
	struct serve_request rq = { .client = m->m_source, .m = m };
	int rc;

	if (serve_is_notification(m)) {
		if (s->notified)
			s->notified(m->m_source, m->m9_i1);
		return NONE;
	}
	rc = request_call(s, &rq);
	if (rc == SERVE_LATER)
		return NONE;
	m->m_type = rc;
	return rq.client;
}

static int message_do(const struct serve *s, message *m)
{
	const int client = message_take(s, m);

	if (s->done)
		s->done();
	return client;
}

static void reload_if_told(const struct serve *s)
{
	if (!told_to_reload)
		return;
	told_to_reload = false;
	if (s->reload)
		s->reload();
}

int serve_run(const struct serve *s)
{
	int client = NONE, rc, answered;
	message m = { .m_type = 0 };

	take_signals();
	while (!told_to_end) {
		reload_if_told(s);
		rc = mnx_reply_rcvrqst(client, &m, &answered);
		if (client != NONE && answered)
			log_unanswered(client, answered);
		client = NONE;
		if (rc && rc != EMOLINTR)
			return rc;
		if (!rc)
			client = message_do(s, &m);
	}
	if (client != NONE)
		serve_answer(client, &m, m.m_type);
	return 0;
}

void serve_answer(int client, message *m, int rc)
{
	m->m_type = rc;
	rc = mnx_reply(client, m);
	if (rc)
		log_unanswered(client, rc);
}
