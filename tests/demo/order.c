// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Orders copies between the processes that ask for it and others.  It may do so
 * in the slot of a system task: SYSTEM - n on node n.
 */
#include <stdio.h>
#include <stdlib.h>

#include "demo.h"

static int serve(void)
{
	int client = NONE, rc;
	message m;

	while (!(rc = mnx_reply_rcvrqst(client, &m, NULL))) {
		client = m.m_source;
		switch (m.m_type) {
		case DEMO_COPY:
			m.m_type = mnx_vcopy(client, m.m1_p1, m.m1_i2, m.m1_p2,
					     m.m1_i1);
			break;
		case DEMO_LEAVE:
			m.m_type = OK;
			return mnx_reply(client, &m);
		default:
			m.m_type = EMOLBADREQUEST;
		}
	}
	return rc;
}

int main(int argc, char **argv)
{
	int rc;

	if (argc != 3) {
		fprintf(stderr, "usage: order VMID P_NR\n");
		return 2;
	}
	rc = mnx_bind(atoi(argv[1]), atoi(argv[2]));
	if (!mnx_bind_failed(rc))
		rc = serve();
	if (!rc)
		return EXIT_SUCCESS;
	fprintf(stderr, "order: %s\n", mnx_strerror(rc));
	return EXIT_FAILURE;
}
