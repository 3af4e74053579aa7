/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What actors ask of PM, for tests of servers that have to do with it */
#ifndef TESTS_SERVERS_PM_H
#define TESTS_SERVERS_PM_H

#include <molipc/pm.h>

#include "server.h"

/* The answer is in "m" then; its result */
int ask(int type, message *m);

/* What is asked is what is answered then; its result */
#define EXCHANGE(type, arg)             \
	({                              \
		message m_;             \
		int rc_;                \
		com_put(&m_, &(arg));   \
		rc_ = ask((type), &m_); \
		com_get(&m_, &(arg));   \
		rc_;                    \
	})

/* For ASK(): a pid, or an error */
int bind_it(struct call *call);   /* "peer": a parent that it wishes, or 0 */
int fork_of(struct call *call);   /* "peer": the child */
int parent_of(struct call *call); /* "value": of whom */

/* Process number "value" of the table, whose length is the result */
int look_at_table(struct call *call);
/* That process */
pm_process_t nth(struct actor *a, int n);

#endif /* TESTS_SERVERS_PM_H */
