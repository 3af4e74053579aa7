// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Notifications, time limits, and deaths: a process watches another, its
 * worker, which notifies it now and then.  When the worker says nothing for too
 * long it is killed, which its peers learn from their calls.
 *
 *	watchdog VM P_NR
 *
 * VM is the number of the VM; the two get the slots P_NR and P_NR + 1, which
 * have to be system slots, as nobody else may notify: start it as root, with
 * 20 for instance.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <molipc/molipc.h>

#define PATIENCE 1000 /* ms */

/* Notifies three times, then works no more. */
static int work(int vmid, int p_nr, int watchdog)
{
	int rc = mnx_bind(vmid, p_nr);

	if (mnx_bind_failed(rc))
		return MNX_ERR(rc);
	for (int i = 0; i < 3; i++) {
		rc = mnx_notify(watchdog); /* does not wait */
		if (rc)
			return rc;
		usleep(400000);
	}
	pause();
	return OK;
}

/* Returns how the last call ended: well is that the worker has died. */
static int watch(pid_t pid, int worker)
{
	message m;
	int rc;

	while (!(rc = mnx_receive_T(ANY, &m, PATIENCE)))
		if (m.m_type == NOTIFY_FROM(worker))
			printf("the worker is alive\n");
	if (rc != EMOLTIMEDOUT)
		return rc;
	printf("the worker says nothing: it is killed\n");
	kill(pid, SIGKILL);
	return mnx_receive(worker, &m);
}

int main(int argc, char **argv)
{
	int vmid, p_nr, rc;
	pid_t pid;

	if (argc != 3) {
		fprintf(stderr, "usage: watchdog VM P_NR\n");
		return 2;
	}
	vmid = atoi(argv[1]);
	p_nr = atoi(argv[2]);
	rc = mnx_bind(vmid, p_nr);
	if (mnx_bind_failed(rc)) {
		fprintf(stderr, "watchdog: %s\n", mnx_strerror(rc));
		return EXIT_FAILURE;
	}
	pid = fork(); /* the child is not bound */
	if (pid < 0) {
		perror("fork");
		return EXIT_FAILURE;
	}
	if (!pid) {
		rc = work(vmid, p_nr + 1, rc);
		fprintf(stderr, "worker: %s\n", mnx_strerror(rc));
		return EXIT_FAILURE;
	}
	rc = watch(pid, p_nr + 1);
	printf("%s\n", mnx_strerror(rc));
	waitpid(pid, NULL, 0);
	return rc == EMOLSRCDIED ? EXIT_SUCCESS : EXIT_FAILURE;
}
