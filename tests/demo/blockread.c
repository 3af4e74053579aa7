// SPDX-License-Identifier: GPL-2.0-or-later
/* A client of the block server: writes the file that it holds to stdout. */
#include <stdio.h>
#include <stdlib.h>

#include "demo.h"

static char block[DEMO_BLOCK];

/* How many bytes of the file, from there on, are in the block; or an error */
static int read_block(int server, long at)
{
	message m = { .m_type = DEMO_READ };
	int rc;

	m.m2_l1 = at;
	m.m2_i1 = DEMO_BLOCK;
	m.m2_p1 = block;
	rc = mnx_sendrec(server, &m);
	if (!rc)
		rc = m.m_type;
	return rc ? rc : m.m2_i1;
}

int main(int argc, char **argv)
{
	long at = 0;
	int rc;

	if (argc != 4) {
		fprintf(stderr, "usage: blockread VMID P_NR SERVER\n");
		return 2;
	}
	rc = mnx_bind(atoi(argv[1]), atoi(argv[2]));
	if (mnx_bind_failed(rc)) {
		fprintf(stderr, "blockread: bind: %s\n", mnx_strerror(rc));
		return EXIT_FAILURE;
	}
	while ((rc = read_block(atoi(argv[3]), at)) > 0) {
		fwrite(block, 1, (size_t)rc, stdout);
		at += rc;
	}
	if (rc)
		fprintf(stderr, "blockread: %s\n", mnx_strerror(rc));
	return rc || fclose(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
