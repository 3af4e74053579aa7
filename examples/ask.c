// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client: sends a text as a request and prints the text of the answer.
 *
 *	ask VM DST TEXT
 *
 * VM is the number of the VM and DST the name of the service, "upper" for
 * instance, where the VM has a system task; or the endpoint, which is that of
 * the slot if it is in a system slot.  It may be on another node.  Who is in
 * the group m3ipc may do this.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <molipc/molipc.h>
#include <molipc/sys.h>

#define PATIENCE 5000 /* ms */

/* Binds this process to the first user slot that is free. */
static int bind_user(int vmid)
{
	VM_usr_t vm;
	int rc = mnx_getvminfo(vmid, &vm);
	int p_nr = vm.vm_nr_sysprocs - vm.vm_nr_tasks;

	if (rc)
		return rc;
	do {
		rc = mnx_bind(vmid, p_nr++);
	} while (MNX_ERR(rc) == EMOLSLOTUSED);
	return rc;
}

/* A name is waited for, as the service may be about to start. */
static int find(const char *dst)
{
	char *end;
	long endpoint = strtol(dst, &end, 10);

	return end > dst && !*end ? (int)endpoint : sys_lookup(dst, PATIENCE);
}

/* Returns 0 or an error: of the call, or, negative too, of the service. */
static int ask(int service, const char *text)
{
	message m = { .m_type = 0 };
	int rc;

	strncpy(m.m6_ca1, text, sizeof(m.m6_ca1) - 1);
	rc = mnx_sendrec_T(service, &m, PATIENCE);
	if (rc || m.m_type < 0)
		return rc ? rc : m.m_type;
	printf("%.*s\n", (int)sizeof(m.m6_ca1), m.m6_ca1);
	return 0;
}

int main(int argc, char **argv)
{
	int rc, service;

	if (argc != 4) {
		fprintf(stderr, "usage: ask VM DST TEXT\n");
		return 2;
	}
	rc = bind_user(atoi(argv[1]));
	if (!mnx_bind_failed(rc)) {
		service = find(argv[2]);
		rc = mnx_bind_failed(service) ? service : ask(service, argv[3]);
	}
	if (!rc)
		return EXIT_SUCCESS;
	fprintf(stderr, "ask: %s\n", mnx_strerror(rc));
	return EXIT_FAILURE;
}
