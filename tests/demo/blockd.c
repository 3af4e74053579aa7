// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A block server: clients read a file of it, by a request that names a part of
 * the file and a buffer of their own.  They are blocked until the answer, so
 * the server may copy into their memory: no byte goes through a message.  Or it
 * lends the file to another process, the ORDERER, whom they ask instead.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "demo.h"

static const char *data;
static long size;

static void open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st)) {
		size = st.st_size;
		data = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
		close(fd);
		if (data != MAP_FAILED)
			return;
	}
	perror(path);
	exit(EXIT_FAILURE);
}

static int serve(void)
{
	int client = NONE, rc;
	message m;

	while (!(rc = mnx_reply_rcvrqst(client, &m, NULL))) {
		client = m.m_source;
		switch (m.m_type) {
		case BLOCK_READ:
			m.m_type = demo_read(&m, SELF, data, size);
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

static int lend(int orderer)
{
	message m = { .m_type = DEMO_LEND };
	int rc;

	m.m2_l1 = size;
	m.m2_p1 = (char *)data;
	rc = mnx_sendrec(orderer, &m);
	return rc ? rc : m.m_type;
}

int main(int argc, char **argv)
{
	int rc;

	if (argc < 4 || argc > 5) {
		fprintf(stderr, "usage: blockd VMID P_NR FILE [ORDERER]\n");
		return 2;
	}
	open_file(argv[3]);
	rc = mnx_bind(atoi(argv[1]), atoi(argv[2]));
	if (!mnx_bind_failed(rc)) {
		printf("%d\n", rc);
		fclose(stdout);
		rc = argc == 5 ? lend(atoi(argv[4])) : serve();
		if (!rc)
			return EXIT_SUCCESS;
	}
	fprintf(stderr, "blockd: %s\n", mnx_strerror(rc));
	return EXIT_FAILURE;
}
