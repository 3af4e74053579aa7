// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes a VM span another node, and enters a process of it:
 *
 *	enter node VM NODE
 *	enter proc VM NODE ENDPOINT NAME
 *	enter user P_NR		prints the first endpoint of a user slot
 *	enter pair PXID		prints 1 if both proxies are connected, or 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <molipc/molipc.h>

static int pair(int pxid)
{
	proxies_usr_t px;
	int rc = mnx_getproxies(pxid, &px);
	int both = NODE_SCONNECTED | NODE_RCONNECTED;

	if (!rc)
		printf("%d\n", (px.px_flags & both) == both);
	return rc;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int number[3] = { 0 };
	int i, rc;

	for (i = 0; i < 3 && i + 2 < argc; i++)
		number[i] = atoi(argv[i + 2]);
	if (argc == 4 && !strcmp(what, "node")) {
		rc = mnx_add_node(number[0], number[1]);
	} else if (argc == 6 && !strcmp(what, "proc")) {
		rc = mnx_rmtbind(number[0], argv[5], number[2], number[1]);
		rc = rc == number[2] ? OK : rc;
	} else if (argc == 3 && !strcmp(what, "pair")) {
		rc = pair(number[0]);
	} else if (argc == 3 && !strcmp(what, "user")) {
		printf("%d\n", _ENDPOINT(1, number[0]));
		rc = OK;
	} else {
		fprintf(stderr, "enter: bad arguments\n");
		return 2;
	}
	if (rc)
		fprintf(stderr, "enter %s: %s\n", what, mnx_strerror(rc));
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
