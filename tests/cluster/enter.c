// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the m3ipc command does not do, or one at a time:
 *
 *	enter user NODE P_NR	prints the first endpoint of a user slot there
 *	enter procs VM NAME NODE:ENDPOINT...	unless they are known
 *	enter copy VM P_NR	copies from who lends memory, and back
 *	enter lend VM P_NR ENDPOINT	lends memory to that, and compares
 *	enter owner VM NODE P_NR	tells the driver whose that slot is
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <molipc/molipc.h>

/* Those of this node itself, too */
static bool is_known(int vmid, int nodeid, int endpoint)
{
	drvs_usr_t node;
	proc_usr_t info;

	if (!mnx_getdrvsinfo(&node) && node.d_nodeid == nodeid)
		return true;
	return !mnx_getprocinfo(vmid, _ENDPOINT_P(endpoint), &info) &&
	       info.p_endpoint == endpoint && info.p_nodeid == nodeid;
}

static int procs(int vmid, const char *name, char **procs)
{
	int nodeid, endpoint, rc;

	for (; *procs; procs++) {
		if (sscanf(*procs, "%d:%d", &nodeid, &endpoint) != 2)
			return EMOLINVAL;
		if (is_known(vmid, nodeid, endpoint))
			continue;
		rc = mnx_rmtbind(vmid, name, endpoint, nodeid);
		if (rc != endpoint)
			return rc;
	}
	return OK;
}

#define BYTES 1000000 /* many frames, and a part of one */

static unsigned char *memory(int seed)
{
	unsigned char *bytes = malloc(BYTES);
	int i;

	if (!bytes)
		abort();
	for (i = 0; i < BYTES; i++)
		bytes[i] = (unsigned char)(i * 31 + i / 4096 + seed);
	return bytes;
}

/* In a system slot: copies from who asks, and back to it. */
static int copy(int vmid, int p_nr)
{
	unsigned char *mine = memory(0), *first = memory(1), *then = memory(2);
	int rc = mnx_bind(vmid, p_nr);
	message m;

	if (mnx_bind_failed(rc))
		return rc;
	rc = mnx_rcvrqst(&m);
	if (!rc)
		rc = mnx_vcopy(m.m_source, m.m1_p1, SELF, mine, BYTES);
	if (!rc && memcmp(mine, first, BYTES) != 0)
		rc = EMOLBADMSG;
	if (!rc)
		rc = mnx_vcopy(SELF, then, m.m_source, m.m1_p1, BYTES);
	m.m_type = rc;
	rc = mnx_reply(m.m_source, &m);
	rc = rc ? rc : m.m_type;
	/* Who watches has to see it. */
	while (!rc)
		rc = mnx_rcvrqst(&m);
	free(mine);
	free(first);
	free(then);
	return rc;
}

/* Asks for that. */
static int lend(int vmid, int p_nr, int to)
{
	unsigned char *mine = memory(1), *then = memory(2);
	int rc = mnx_bind(vmid, p_nr);
	message m = { .m_type = 0 };

	if (mnx_bind_failed(rc))
		return rc;
	m.m1_p1 = mine;
	rc = mnx_sendrec(to, &m);
	if (!rc)
		rc = m.m_type;
	if (!rc && memcmp(mine, then, BYTES) != 0)
		rc = EMOLBADMSG;
	free(mine);
	free(then);
	return rc;
}

static int owner(int vmid, int nodeid, int p_nr)
{
	uint64_t set[M3IPC_SLOT_WORDS] = { 0 };

	set[p_nr / 64] = UINT64_C(1) << p_nr % 64;
	return mnx_setowners(vmid, nodeid, set);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int number[3] = { 0 };
	int i, rc;

	for (i = 0; i < 3 && i + 2 < argc; i++)
		number[i] = atoi(argv[i + 2]);
	if (argc > 4 && !strcmp(what, "procs")) {
		rc = procs(number[0], argv[3], argv + 4);
	} else if (argc == 4 && !strcmp(what, "copy")) {
		rc = copy(number[0], number[1]);
	} else if (argc == 5 && !strcmp(what, "lend")) {
		rc = lend(number[0], number[1], number[2]);
	} else if (argc == 5 && !strcmp(what, "owner")) {
		rc = owner(number[0], number[1], number[2]);
	} else if (argc == 4 && !strcmp(what, "user")) {
		int start = _ENDPOINT_MAX_GENERATION / M3IPC_MAX_NODES;

		printf("%d\n", _ENDPOINT(number[0] * start + 1, number[1]));
		rc = OK;
	} else {
		fprintf(stderr, "enter: bad arguments\n");
		return 2;
	}
	if (rc)
		fprintf(stderr, "enter %s: %s\n", what, mnx_strerror(rc));
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
