// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client of the block server, blockd.c: writes the file that it has to the
 * standard output.
 *
 *	blockread VM P_NR DST
 *
 * VM is the number of the VM, P_NR the slot that this process gets, 40 for
 * instance, and DST the endpoint of the server, which may be on another node.
 */
#include <stdio.h>
#include <stdlib.h>

#include <molipc/molipc.h>

#include "block.h"

static char block[BLOCK_MAX];

/* Returns how many bytes the block has then, or an error. */
static int read_block(int server, long from)
{
	message m = { .m_type = BLOCK_READ };
	int rc;

	m.m2_l1 = from;
	m.m2_i1 = BLOCK_MAX;
	m.m2_p1 = block; /* the server copies to there */
	rc = mnx_sendrec(server, &m);
	if (!rc)
		rc = m.m_type;
	return rc ? rc : m.m2_i1;
}

int main(int argc, char **argv)
{
	long from = 0;
	int rc;

	if (argc != 4) {
		fprintf(stderr, "usage: blockread VM P_NR DST\n");
		return 2;
	}
	rc = mnx_bind(atoi(argv[1]), atoi(argv[2]));
	if (mnx_bind_failed(rc)) {
		fprintf(stderr, "blockread: %s\n", mnx_strerror(rc));
		return EXIT_FAILURE;
	}
	while ((rc = read_block(atoi(argv[3]), from)) > 0) {
		fwrite(block, 1, (size_t)rc, stdout);
		from += rc;
	}
	if (rc)
		fprintf(stderr, "blockread: %s\n", mnx_strerror(rc));
	return rc || fclose(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
