// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures what goes one way: messages from a sender to a receiver that does
 * nothing else; a notification and its receipt by a process that need not wait
 * for it, against a write to an eventfd and the read by the same process.
 *
 *	usage: oneway
 */
#include <molipc/molipc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define GROUP     "oneway"
#define COUNT     2000
#define SENDER_NR 30

/* Notifications are for system slots, which have fixed endpoints. */
#define RECEIVER DS_PROC_NR
#define NOTIFIER LOG_PROC_NR

static pid_t receiver;

/* Starts a process that is bound to the receiver's slot. */
static void start_receiver(void (*be)(void))
{
	int ready = eventfd(0, 0);
	uint64_t one = 1;

	bench_check(ready >= 0, "eventfd");
	receiver = fork();
	bench_check(receiver >= 0, "fork");
	if (!receiver) {
		bench_check(mnx_bind(0, RECEIVER) == RECEIVER, "bind");
		bench_check(write(ready, &one, sizeof(one)) > 0, "write");
		be();
	}
	bench_check(read(ready, &one, sizeof(one)) > 0, "read");
	close(ready);
}

static void end_receiver(void)
{
	kill(receiver, SIGKILL);
	waitpid(receiver, NULL, 0);
	mnx_unbind(0, SELF);
}

static void receive_all(void)
{
	message m;

	for (;;)
		bench_check_mnx(mnx_receive(ANY, &m));
}

static double send_many(void)
{
	message m = { .m_type = 1 };
	double start = bench_now();

	for (int i = 0; i < COUNT; i++)
		bench_check_mnx(mnx_send(RECEIVER, &m));
	return (bench_now() - start) / COUNT;
}

static void send_receive(void)
{
	double ns[BENCH_REPEATS];

	start_receiver(receive_all);
	bench_check(!mnx_bind_failed(mnx_bind(0, SENDER_NR)), "bind");
	send_many();
	for (int i = 0; i < BENCH_REPEATS; i++)
		ns[i] = send_many();
	end_receiver();
	bench_figure(GROUP, "m3ipc-send", ns);
}

/* Turns pass by eventfds, outside of what is measured. */
static int to_receiver, to_notifier;
static double *received_ns; /* in all, by the receiver, in shared memory */

static void pass(int to)
{
	uint64_t one = 1;

	bench_check(write(to, &one, sizeof(one)) == sizeof(one), "write");
}

static void await(int turn)
{
	uint64_t count;

	bench_check(read(turn, &count, sizeof(count)) == sizeof(count), "read");
}

static void receive_in_turn(void)
{
	message m;

	for (;;) {
		double start;

		await(to_receiver);
		start = bench_now();
		bench_check_mnx(mnx_receive(ANY, &m));
		*received_ns += bench_now() - start;
		bench_check(m.m_type == NOTIFY_FROM(NOTIFIER), "notification");
		pass(to_notifier);
	}
}

static double clock_cost(void)
{
	double start = bench_now();

	for (int i = 0; i < COUNT; i++)
		bench_now();
	return (bench_now() - start) / COUNT;
}

static double notify_many(void)
{
	double ns = 0;

	*received_ns = 0;
	for (int i = 0; i < COUNT; i++) {
		double start = bench_now();

		bench_check_mnx(mnx_notify(RECEIVER));
		ns += bench_now() - start;
		pass(to_receiver);
		await(to_notifier);
	}
	return (ns + *received_ns) / COUNT - 2 * clock_cost();
}

static void notify_receive(void)
{
	double ns[BENCH_REPEATS];

	to_receiver = eventfd(0, 0);
	to_notifier = eventfd(0, 0);
	received_ns = bench_shared(sizeof(*received_ns));
	start_receiver(receive_in_turn);
	bench_check(mnx_bind(0, NOTIFIER) == NOTIFIER, "bind");
	notify_many();
	for (int i = 0; i < BENCH_REPEATS; i++)
		ns[i] = notify_many();
	end_receiver();
	bench_figure(GROUP, "m3ipc-notify+receive", ns);
}

static double write_and_read_many(int fd)
{
	double start = bench_now();

	for (int i = 0; i < COUNT; i++) {
		pass(fd);
		await(fd);
	}
	return (bench_now() - start) / COUNT;
}

static void write_read(void)
{
	double ns[BENCH_REPEATS];
	int fd = eventfd(0, 0);

	write_and_read_many(fd);
	for (int i = 0; i < BENCH_REPEATS; i++)
		ns[i] = write_and_read_many(fd);
	close(fd);
	bench_figure(GROUP, "eventfd-write+read", ns);
}

int main(void)
{
	bench_node_up(0);
	send_receive();
	notify_receive();
	write_read();
	mnx_drvs_end();
	return EXIT_SUCCESS;
}
