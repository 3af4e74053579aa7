// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A service: the answer to each request is its text in upper case.
 *
 *	upper VM P_NR
 *
 * VM is the number of the VM and P_NR the slot that the service gets.  In a
 * system slot, 10 for instance, it has an address that all know, and needs to
 * be started by root.  The program ask.c asks it, or "m3ipc call VM0 10 TEXT".
 *
 * Where the VM has a system task all can find it by its name, "upper", in
 * whatever slot and on whatever node it is.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include <molipc/molipc.h>
#include <molipc/sys.h>

#define NAME "upper"

/* The message of the request becomes that of the answer. */
static void answer(message *m)
{
	for (size_t i = 0; i < sizeof(m->m6_ca1); i++)
		m->m6_ca1[i] = (char)toupper((unsigned char)m->m6_ca1[i]);
	m->m_type = OK;
}

/* Who does not find it by name needs its endpoint. */
static void publish(void)
{
	int rc = sys_publish(NAME);

	if (rc && rc != EMOLDSTDIED) /* there is no system task */
		fprintf(stderr, "upper: its name: %s\n", mnx_strerror(rc));
}

/* One call a request: it answers the last one and waits for the next one. */
static int serve(void)
{
	int client = NONE; /* nobody is to be answered yet */
	message m;
	int rc;

	while (!(rc = mnx_reply_rcvrqst(client, &m, NULL))) {
		client = NONE;
		if (m.m_type & NOTIFY_MESSAGE)
			continue; /* who notifies waits for no answer */
		client = m.m_source;
		answer(&m);
	}
	return rc;
}

int main(int argc, char **argv)
{
	int rc;

	if (argc != 3) {
		fprintf(stderr, "usage: upper VM P_NR\n");
		return 2;
	}
	rc = mnx_bind(atoi(argv[1]), atoi(argv[2]));
	if (!mnx_bind_failed(rc)) {
		publish();
		printf("upper: endpoint %d\n", rc);
		fflush(stdout);
		rc = serve();
	}
	fprintf(stderr, "upper: %s\n", mnx_strerror(rc));
	return EXIT_FAILURE;
}
