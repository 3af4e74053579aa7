// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A node and a VM for a test.
 */
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "act.h"

static void node_up(const drvs_usr_t *sizes)
{
	int rc = mnx_drvs_init(0, sizes);

	if (rc) {
		fprintf(stderr, "no node: %s\n", mnx_strerror(rc));
		exit(EXIT_FAILURE);
	}
}

void stage_init(void)
{
	stage_init_sized(NULL);
}

void stage_init_sized(const drvs_usr_t *sizes)
{
	signal(SIGPIPE, SIG_IGN);
	if (unshare(CLONE_NEWNET)) {
		perror("unshare");
		exit(EXIT_FAILURE);
	}
	node_up(sizes);
}

/* The library's descriptor is of the old namespace: it has to be given up. */
void stage_new_node(void)
{
	ck_assert(!unshare(CLONE_NEWNET));
	close(mnx_fd());
	node_up(NULL);
	stage_up();
}

void stage_up(void)
{
	VM_usr_t vm = VM_USR_INIT(VMID, "stage");

	mnx_vm_end(VMID);
	ASSERT_RC(mnx_vm_init(&vm), OK);
}

void stage_down(void)
{
	int rc;

	actors_dismiss();
	rc = mnx_vm_end(VMID);
	ck_assert_msg(!rc || rc == EMOLVMNOTRUN || rc == EMOLDRVSINIT,
		      "vm_end: %s", mnx_strerror(rc));
}
