// SPDX-License-Identifier: GPL-2.0-or-later
/* The server of the demonstration: turns pieces of text into upper case. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demo.h"

static int do_upper(message *m)
{
	if (m->m3_i1 < 0 || m->m3_i1 > DEMO_PIECE)
		return EMOLINVAL;
	for (int i = 0; i < m->m3_i1; i++)
		m->m3_ca1[i] = (char)toupper((unsigned char)m->m3_ca1[i]);
	return OK;
}

static int leave(message *m, long served)
{
	int client = m->m_source, rc;

	memset(m, 0, sizeof(*m));
	snprintf(m->m6_ca1, sizeof(m->m6_ca1), "%ld", served);
	rc = mnx_reply(client, m);
	if (rc)
		fprintf(stderr, "server: reply: %s\n", mnx_strerror(rc));
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int serve(void)
{
	int client = NONE, rc, reply_rc;
	long served = 0;
	message m;

	for (;;) {
		rc = mnx_reply_rcvrqst(client, &m, &reply_rc);
		if (rc || (client != NONE && reply_rc))
			break;
		client = m.m_source;
		switch (m.m_type) {
		case DEMO_UPPER:
			m.m_type = do_upper(&m);
			served++;
			break;
		case DEMO_LEAVE:
			return leave(&m, served);
		default:
			m.m_type = EMOLBADREQUEST;
		}
	}
	fprintf(stderr, "server: %s\n", mnx_strerror(rc ? rc : reply_rc));
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	int self;

	if (argc != 3) {
		fprintf(stderr, "usage: server VMID P_NR\n");
		return 2;
	}
	self = mnx_bind(atoi(argv[1]), atoi(argv[2]));
	if (mnx_bind_failed(self)) {
		fprintf(stderr, "server: bind: %s\n", mnx_strerror(self));
		return EXIT_FAILURE;
	}
	/* Whoever started this may now start clients. */
	printf("%d\n", self);
	fclose(stdout);
	return serve();
}
