// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A server that stands by at several nodes, its clients, and a journal, a file
 * to which each server appends what it answers, in the order of one clock:
 *
 *	heir stand JOURNAL P_NR		until SIGKILL
 *	heir ask P_NR OWN_P_NR MS	prints what it hears, until SIGTERM
 *	heir reigns JOURNAL		prints whose turns there were, in order
 *
 * A client says when the node that answers changes, after how many ms without
 * an answer, and when it is told an error; it waits up to MS for an answer.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <molipc/molipc.h>
#include <molipc/move.h>

#define VMID    0
#define REQUEST 1
#define PAUSE   20000   /* us, after an error */
#define ANSWERS 4000000 /* of a journal, at most */

struct entry {
	int64_t ns;
	int32_t node;
	int32_t pid;
};

static int64_t ns_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void say(const char *what, const char *more)
{
	printf("%s%s\n", what, more);
	fflush(stdout);
}

/* The journal has it before the client does. */
static int serve(int journal, int node)
{
	struct entry e = { .node = node, .pid = getpid() };
	message m;
	int rc;

	for (;;) {
		rc = mnx_receive(ANY, &m);
		if (rc)
			return rc;
		if (m.m_type != REQUEST)
			continue;
		e.ns = ns_now();
		m.m4_l1 = node;
		rc = mnx_reply(m.m_source, &m);
		if (!rc && write(journal, &e, sizeof(e)) != sizeof(e))
			return EMOLFAULT;
		if (rc == EMOLNOTBIND)
			return rc;
	}
}

static int stand(const char *path, int p_nr)
{
	const int journal =
		open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	drvs_usr_t node;
	int rc = journal < 0 ? EMOLFAULT : mnx_getdrvsinfo(&node);

	signal(SIGPIPE, SIG_IGN); /* when it is unbound, as others have it */
	while (!rc) {
		say("stands", "");
		rc = mnx_standby(VMID, p_nr, -1);
		if (rc != p_nr)
			break;
		say("serves", "");
		rc = serve(journal, node.d_nodeid);
		say("ends: ", mnx_strerror(rc));
		if (rc == EMOLNOTBIND || rc == EMOLMIGRATE)
			rc = 0;
	}
	return rc;
}

static volatile sig_atomic_t is_over;

static void on_term(int sig)
{
	is_over = sig;
}

static int ask(int p_nr, int own, long ms)
{
	struct sigaction term = { .sa_handler = on_term };
	int node = -1, rc = mnx_bind(VMID, own);
	long answered = 0, failed = 0;
	int64_t last = ns_now();

	sigaction(SIGTERM, &term, NULL);
	while (!mnx_bind_failed(rc) && !is_over) {
		message m = { .m_type = REQUEST };
		const int error = mnx_sendrec_T(p_nr, &m, ms);

		if (error) {
			failed++;
			if (!is_over)
				say("error ", mnx_strerror(error));
			usleep(PAUSE);
			continue;
		}
		if (node != m.m4_l1)
			printf("node %ld, after %" PRId64 " ms\n",
			       (long)m.m4_l1, (ns_now() - last) / 1000000);
		fflush(stdout);
		node = (int)m.m4_l1;
		last = ns_now();
		answered++;
		usleep(1000);
	}
	printf("%ld answered, %ld failed\n", answered, failed);
	return mnx_bind_failed(rc) ? rc : 0;
}

static int by_time(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return (x->ns > y->ns) - (x->ns < y->ns);
}

static int reigns(const char *path)
{
	FILE *file = fopen(path, "r");
	struct entry *e = calloc(ANSWERS, sizeof(*e));
	size_t n = 0, i;

	if (file && e)
		n = fread(e, sizeof(*e), ANSWERS, file);
	if (file)
		fclose(file);
	if (!n || !e) {
		free(e);
		return EMOLFAULT;
	}
	qsort(e, n, sizeof(*e), by_time);
	for (i = 0; i < n; i++)
		if (!i || e[i].pid != e[i - 1].pid)
			printf("%s%d", i ? " " : "", e[i].node);
	printf("\n");
	free(e);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int rc = EMOLINVAL;

	if (argc == 4 && !strcmp(what, "stand"))
		rc = stand(argv[2], atoi(argv[3]));
	else if (argc == 5 && !strcmp(what, "ask"))
		rc = ask(atoi(argv[2]), atoi(argv[3]), atol(argv[4]));
	else if (argc == 3 && !strcmp(what, "reigns"))
		rc = reigns(argv[2]);
	if (rc)
		fprintf(stderr, "heir %s: %s\n", what, mnx_strerror(rc));
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
