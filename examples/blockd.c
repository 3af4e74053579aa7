// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A block server: clients read a file that it has, by requests.  What they read
 * is too large for a message; but a client waits for its answer, and meanwhile
 * the server may copy to where the client wants it.
 *
 *	blockd VM P_NR FILE
 *
 * VM is the number of the VM and P_NR the slot that the server gets, a system
 * slot, as others may not copy: start it as root, with 11 for instance.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <molipc/molipc.h>

#include "block.h"

static char block[BLOCK_MAX];

/* Returns what the answer says; what the client may not have is an error. */
static int do_read(int file, message *m)
{
	ssize_t size;

	if (m->m2_l1 < 0 || m->m2_i1 < 0 || m->m2_i1 > BLOCK_MAX)
		return EMOLINVAL;
	size = pread(file, block, (size_t)m->m2_i1, m->m2_l1);
	if (size < 0)
		return -errno;
	m->m2_i1 = (int32_t)size;
	return mnx_vcopy(SELF, block, m->m_source, m->m2_p1, size);
}

static int serve(int file)
{
	int client = NONE;
	message m;
	int rc;

	while (!(rc = mnx_reply_rcvrqst(client, &m, NULL))) {
		client = NONE;
		if (m.m_type & NOTIFY_MESSAGE)
			continue;
		client = m.m_source;
		m.m_type = m.m_type == BLOCK_READ ? do_read(file, &m) :
						    EMOLBADREQUEST;
	}
	return rc;
}

int main(int argc, char **argv)
{
	int file, rc;

	if (argc != 4) {
		fprintf(stderr, "usage: blockd VM P_NR FILE\n");
		return 2;
	}
	file = open(argv[3], O_RDONLY | O_CLOEXEC);
	if (file < 0) {
		perror(argv[3]);
		return EXIT_FAILURE;
	}
	rc = mnx_bind(atoi(argv[1]), atoi(argv[2]));
	if (!mnx_bind_failed(rc)) {
		printf("blockd: endpoint %d\n", rc);
		fflush(stdout);
		rc = serve(file);
	}
	fprintf(stderr, "blockd: %s\n", mnx_strerror(rc));
	return EXIT_FAILURE;
}
