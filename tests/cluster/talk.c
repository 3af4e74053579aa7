// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Clients that number all that they say to servers, servers that note what they
 * hear, and a ledger, a file that all of them map, in which that must agree:
 *
 *	talk serve LEDGER SERVER P_NR [TO]	until SIGTERM
 *	talk take LEDGER SERVER ENDPOINT TO
 *	talk ask LEDGER CLIENT P_NR SECONDS FIRST SERVERS [MS]
 *	talk account LEDGER CLIENTS SERVERS calm|rough
 *
 * A server that gets SIGUSR1 moves to the node that file TO names, where
 * another one waits that is to "take" its endpoint; it says so when it does.
 *
 * Server number n is in slot FIRST + n.  A client goes round the servers, and
 * makes a request, sends, or if it is in a system slot notifies; for SECONDS
 * and until each has answered.  If GO names a file it begins when that is
 * there.  With MS, some calls end after up to that time.
 * If it was "calm" nothing may have failed, and what a server has answered has
 * arrived: an answer does not wait for word of that, so a link that breaks may
 * take it along.  In any case
 *
 *	- what was answered was heard, and so was what has been received,
 *	- nothing was heard twice, or after what was said later,
 *	- what was sent for some time, in vain, was not heard,
 *	- what failed, failed with an error that says why.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "user_slot.h"

#define VMID   0
#define PEERS  16 /* servers at most, and clients */
#define NUMBER 65536
#define PAUSE  20000 /* us, when there is no connection */

enum kind {
	REQUEST = 1,
	SEND,
};

/* What is said: by whom, to whom, and which number it has there */
enum mark {
	SAID = 1 << 0,
	WAS_SEND = 1 << 1,
	DONE = 1 << 2,    /* answered, or received */
	FAILED = 1 << 3,  /* or that */
	HEARD = 1 << 4,   /* the server's */
	TWICE = 1 << 5,   /* again */
	ARRIVED = 1 << 6, /* its answer */
	REFUSED = 1 << 7, /* or not */
	LATE = 1 << 8,    /* as FAILED, since its time had passed */
};

struct ledger {
	atomic_ushort marks[PEERS][PEERS][NUMBER];
	atomic_long notified[PEERS][PEERS];
	atomic_long noticed[PEERS][PEERS];
	atomic_long disconnected;
	atomic_long late;
	atomic_long disorder;
	atomic_long wrong;
	atomic_int wrong_rc; /* one of these */
};

static struct ledger *ledger;

static void mark(int client, int server, long n, int marks)
{
	atomic_fetch_or(&ledger->marks[client][server][n],
			(unsigned short)marks);
}

static void wrong(int rc)
{
	ledger->wrong++;
	ledger->wrong_rc = rc;
}

static int open_ledger(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || ftruncate(fd, sizeof(*ledger)))
		return -1;
	ledger = mmap(NULL, sizeof(*ledger), PROT_READ | PROT_WRITE, MAP_SHARED,
		      fd, 0);
	close(fd);
	return ledger == MAP_FAILED ? -1 : 0;
}

/* Servers */

static volatile sig_atomic_t is_to_move;

static void on_term(int sig)
{
	is_to_move = sig == SIGUSR1;
}

/* Between two requests; EMOLMIGRATE: it has gone. */
static int move(const char *path)
{
	FILE *file = fopen(path, "r");
	int nodeid = -1, rc;

	is_to_move = 0;
	if (!file || fscanf(file, "%d", &nodeid) != 1)
		return EMOLINVAL;
	fclose(file);
	rc = sys_migrate(SELF, nodeid, 0);
	if (rc != EMOLMIGRATE) {
		printf("stays: %s\n", mnx_strerror(rc));
		fflush(stdout);
	}
	return rc;
}

/* How an answer may fail when links break, and when clients do not wait */
static bool may_refuse(int rc)
{
	return rc == EMOLNOTREADY || rc == EMOLDSTDIED || rc == EMOLNOTCONN;
}

static void hear(int server, message *m)
{
	static long last[PEERS];
	long client = m->m4_l2, n = m->m4_l1;
	int rc;

	if (client < 0 || client >= PEERS || n < 1 || n >= NUMBER) {
		wrong(EMOLBADMSG);
		return;
	}
	if (ledger->marks[client][server][n] & HEARD)
		mark((int)client, server, n, TWICE);
	else if (n < last[client])
		ledger->disorder++;
	last[client] = n;
	mark((int)client, server, n, HEARD);
	if (m->m_type != REQUEST)
		return;
	m->m4_l3 = 3 * n + server;
	rc = mnx_reply(m->m_source, m);
	mark((int)client, server, n, rc ? REFUSED : ARRIVED);
	if (rc && !may_refuse(rc))
		wrong(rc);
}

static int serve(int server, const char *to)
{
	struct sigaction term = { .sa_handler = on_term };
	message m;
	int rc;

	sigaction(SIGTERM, &term, NULL);
	sigaction(SIGUSR1, &term, NULL);
	for (;;) {
		if (is_to_move && move(to) == EMOLMIGRATE)
			return OK;
		rc = mnx_receive(ANY, &m);
		if (rc == EMOLINTR && is_to_move)
			continue;
		if (rc)
			break;
		if (m.m_type & NOTIFY_MESSAGE)
			ledger->noticed[m.m9_i1 % PEERS][server] += m.m9_l1;
		else
			hear(server, &m);
	}
	return rc == EMOLINTR ? OK : rc;
}

/* To have a server's endpoint when it comes to this node */
static int take(int server, int endpoint, const char *to)
{
	int self = user_slot_bind(VMID), rc;

	if (mnx_bind_failed(self))
		return self;
	rc = sys_migr_take(endpoint);
	if (!rc)
		rc = mnx_unbind(VMID, self);
	if (rc)
		return rc;
	printf("waits\n");
	fflush(stdout);
	do {
		rc = mnx_wait4bind_T(TIMEOUT_FOREVER);
	} while (rc == EMOLINTR);
	if (rc != endpoint)
		return mnx_bind_failed(rc) ? rc : EMOLENDPOINT;
	printf("serves\n");
	fflush(stdout);
	return serve(server, to);
}

/* Clients */

static time_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

static void end(int client, int server, long n, int rc, long ms)
{
	mark(client, server, n, rc ? FAILED : DONE);
	if (rc == EMOLNOTCONN) {
		ledger->disconnected++;
		usleep(PAUSE);
	} else if (rc == EMOLTIMEDOUT && ms != TIMEOUT_FOREVER) {
		ledger->late++;
		mark(client, server, n, LATE);
	} else if (rc) {
		fprintf(stderr, "talk: client %d, %ld: %s\n", client, n,
			mnx_strerror(rc));
		wrong(rc);
	}
}

static bool say(int client, int server, int slot, long n, enum kind kind,
		long ms)
{
	message m = { .m_type = kind };
	int rc;

	m.m4_l1 = n;
	m.m4_l2 = client;
	mark(client, server, n, SAID | (kind == SEND ? WAS_SEND : 0));
	if (kind == SEND) {
		rc = mnx_send_T(slot, &m, ms);
	} else {
		rc = mnx_sendrec_T(slot, &m, ms);
		if (!rc && (m.m4_l1 != n || m.m4_l2 != client ||
			    m.m4_l3 != 3 * n + server || m.m_source != slot))
			rc = EMOLBADMSG;
	}
	end(client, server, n, rc, ms);
	return !rc && kind == REQUEST;
}

static void notify(int client, int server, int slot)
{
	int rc = mnx_ntfy_value(SELF, slot, client);

	if (!rc)
		ledger->notified[client][server]++;
	else if (rc == EMOLNOTCONN)
		usleep(PAUSE);
	else
		wrong(rc);
}

static void ask(int client, bool system, long seconds, int first, int servers,
		int most)
{
	unsigned int seed = (unsigned int)client + 1;
	time_t stop = now() + seconds;
	long n[PEERS] = { 0 }, i;
	unsigned int answered = 0; /* bit: by this server */

	for (i = 0; now() < stop || answered != (1u << servers) - 1; i++) {
		int server = (int)((client + i) % servers);
		int what = i < servers ? 15 : rand_r(&seed) % 16;
		long ms = most && rand_r(&seed) % 8 == 0 ?
				  1 + rand_r(&seed) % most :
				  TIMEOUT_FOREVER;

		if (what == 0 && system)
			notify(client, server, first + server);
		else if (n[server] + 1 < NUMBER)
			answered |=
				(unsigned int)say(client, server,
						  first + server, ++n[server],
						  what < 6 ? SEND : REQUEST, ms)
				<< server;
	}
}

/* The account */

struct sum {
	long said, done, failed, lost, doubled;
};

static void add(struct sum *sum, int m, bool calm)
{
	if (!m)
		return;
	sum->said++;
	sum->done += !!(m & DONE);
	sum->failed += !!(m & FAILED);
	sum->doubled += !!(m & TWICE);
	if (!(m & SAID) || !(m & (DONE | FAILED)) ||
	    ((m & DONE) && !(m & HEARD)) ||
	    (calm &&
	     ((m & (FAILED | REFUSED)) || ((m & ARRIVED) && !(m & DONE)))))
		sum->lost++;
	if ((m & WAS_SEND) && (m & LATE) && (m & HEARD))
		sum->doubled++; /* its sender may send it again */
}

static bool show(const char *what, const struct sum *sum)
{
	printf("%s: %ld, %ld done, %ld failed, %ld lost, %ld doubled\n", what,
	       sum->said, sum->done, sum->failed, sum->lost, sum->doubled);
	return sum->done && !sum->lost && !sum->doubled;
}

/* Notifications are not acknowledged: a link that breaks may lose some. */
static bool show_notices(int clients, int servers, bool calm)
{
	long sent = 0, seen = 0;
	bool right = true;
	int i, j;

	for (i = 0; i < clients; i++) {
		for (j = 0; j < servers; j++) {
			sent += ledger->notified[i][j];
			seen += ledger->noticed[i][j];
			right &= ledger->noticed[i][j] <=
				 ledger->notified[i][j];
		}
	}
	printf("notifications: %ld, %ld seen\n", sent, seen);
	return right && seen && (!calm || seen == sent);
}

static bool account(int clients, int servers, bool calm)
{
	struct sum requests = { 0 }, sends = { 0 };
	bool right;
	int i, j, n;

	for (i = 0; i < clients; i++) {
		for (j = 0; j < servers; j++) {
			for (n = 0; n < NUMBER; n++) {
				int m = ledger->marks[i][j][n];

				add(m & WAS_SEND ? &sends : &requests, m, calm);
			}
		}
	}
	right = show("requests", &requests);
	right &= show("messages", &sends);
	right &= show_notices(clients, servers, calm);
	printf("errors: %ld not connected, %ld out of time, %ld wrong",
	       (long)ledger->disconnected, (long)ledger->late,
	       (long)ledger->wrong);
	if (ledger->wrong)
		printf(" (%s)", mnx_strerror(ledger->wrong_rc));
	printf("; %ld out of order\n", (long)ledger->disorder);
	return right && !ledger->wrong && !ledger->disorder;
}

/* Until all nodes know who is going to ask: else they refuse it. */
static void wait_for(const char *path)
{
	while (path && access(path, F_OK))
		usleep(PAUSE);
}

static int run(int argc, char **argv)
{
	int rc, p_nr = atoi(argv[4]);
	proc_usr_t info;

	if (!strcmp(argv[1], "take"))
		return take(atoi(argv[3]), p_nr, argv[5]);
	rc = mnx_bind(VMID, p_nr);
	if (mnx_bind_failed(rc))
		return rc;
	if (!strcmp(argv[1], "serve"))
		return serve(atoi(argv[3]), argc > 5 ? argv[5] : "");
	wait_for(getenv("GO"));
	rc = mnx_getprocinfo(VMID, p_nr, &info);
	ask(atoi(argv[3]), info.p_endpoint == p_nr, atol(argv[5]),
	    atoi(argv[6]), atoi(argv[7]), argc > 8 ? atoi(argv[8]) : 0);
	return rc;
}

int main(int argc, char **argv)
{
	const char *what = argc > 4 ? argv[1] : "";
	int rc;

	if (argc > 4 && open_ledger(argv[2])) {
		perror(argv[2]);
		return EXIT_FAILURE;
	}
	if (argc == 6 && !strcmp(what, "account"))
		return account(atoi(argv[3]), atoi(argv[4]),
			       !strcmp(argv[5], "calm")) ?
			       EXIT_SUCCESS :
			       EXIT_FAILURE;
	if (!((argc == 5 || argc == 6) && !strcmp(what, "serve")) &&
	    !(argc == 6 && !strcmp(what, "take")) &&
	    !(argc >= 8 && !strcmp(what, "ask"))) {
		fprintf(stderr, "talk: bad arguments\n");
		return 2;
	}
	rc = run(argc, argv);
	if (rc)
		fprintf(stderr, "talk %s: %s\n", what, mnx_strerror(rc));
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
