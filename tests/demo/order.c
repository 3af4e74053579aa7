// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A block server without a file: it has clients read the memory of another
 * process, which waits for it meanwhile, and orders the copies between the two.
 * It may do so in the slot of a system task: SYSTEM - n on node n.
 */
#include <stdio.h>
#include <stdlib.h>

#include "demo.h"

static message lender = { .m_source = NONE };

static int do_read(message *m)
{
	if (lender.m_source == NONE)
		return EMOLNOTREADY;
	return demo_read(m, lender.m_source, lender.m2_p1, lender.m2_l1);
}

static int leave(message *m)
{
	int rc;

	m->m_type = OK;
	rc = mnx_reply(lender.m_source, m);
	return rc ? rc : mnx_reply(m->m_source, m);
}

static int serve(void)
{
	int client = NONE, rc;
	message m;

	while (!(rc = mnx_reply_rcvrqst(client, &m, NULL))) {
		client = m.m_source;
		switch (m.m_type) {
		case DEMO_LEND:
			lender = m;
			client = NONE;
			break;
		case BLOCK_READ:
			m.m_type = do_read(&m);
			break;
		case DEMO_LEAVE:
			return leave(&m);
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
