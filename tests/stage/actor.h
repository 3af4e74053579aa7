/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Actors: bound processes and threads that do what a test tells them.
 *
 * The test itself, the director, is not bound.  It starts a call in an actor,
 * sees through mnx_getprocinfo() that it blocks, and fetches the result when
 * there must be one.  Nothing here sleeps for a fixed time: each wait is for a
 * condition, and fails the test when that takes longer than PATIENCE.
 *
 * An actor of kind THREAD is a thread with its own endpoint, in a process whose
 * main thread is bound to slot p_nr + LEADER_OFFSET and does nothing.
 */
#ifndef TESTS_STAGE_ACTOR_H
#define TESTS_STAGE_ACTOR_H

#include <check.h>
#include <molipc/molipc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#define VMID          0
#define SYSTASK_0     SYSTASK(0)
#define PATIENCE      20000 /* ms */
#define LEADER_OFFSET 50
#define SHORT         40  /* ms; a timeout that is to pass */
#define RACE_DELAY    400 /* us; for random_delay() */

#define NR_OF(array) ((int)(sizeof(array) / sizeof((array)[0])))

enum kind {
	PROCESS,
	THREAD
};

enum op {
	OP_SEND,
	OP_RECEIVE,
	OP_SENDREC,
	OP_RCVRQST,
	OP_REPLY,
	OP_REPLY_RCVRQST,
	OP_RELAY,
	OP_NOTIFY,
	OP_WAIT4BIND,
	OP_BIND,
	OP_UNBIND,
	OP_GETEP,
	OP_FORK, /* rc: what receive says in a child of it */
	OP_RUN,
};

struct call {
	enum op op;
	int (*run)(struct call *call); /* OP_RUN: rc is what this returns */
	int peer;                      /* an endpoint; the slot of OP_BIND */
	long ms;
	int src_nr; /* of OP_NOTIFY; 0: own */
	int value;
	message m;
};

struct result {
	int rc;
	int reply_rc;
	int handled; /* signals so far */
	message m;
};

struct actor {
	enum kind kind;
	int p_nr;
	int ep;
	pid_t pid;
	pid_t tid;
	int fd; /* calls there, results back */
	int nodeid;
	int node_fd; /* the device, as its node; -1: that of the test */
	bool dead;
};

/*
 * A fresh VM in this program's own network namespace, and after the test no
 * actor, no VM.  For libcheck's checked fixtures.
 */
void stage_up(void);
void stage_down(void);

/* Makes this program a node in a new network namespace; call it in main(). */
void stage_init(void);
void stage_init_sized(const drvs_usr_t *sizes);

/* The same for one test, whose node it may end */
void stage_new_node(void);

/* Bound to p_nr of VMID; and one that is not bound */
struct actor *actor_new(enum kind kind, int p_nr);
struct actor *actor_unbound(void);

/* The same on another node, whose namespace the test is in; see cluster.h. */
struct actor *actor_new_at(int nodeid, int node_fd, enum kind kind, int p_nr);
struct actor *actor_unbound_at(int nodeid, int node_fd);

void actor_start(struct actor *a, struct call call);
struct result actor_end(struct actor *a);
struct result actor_do(struct actor *a, struct call call);

/* CALL_RC(a, .op = OP_SEND, .peer = 3) and so on */
#define START(a, ...)   actor_start(a, (struct call){ __VA_ARGS__ })
#define CALL(a, ...)    actor_do(a, (struct call){ __VA_ARGS__ })
#define CALL_RC(a, ...) (CALL(a, __VA_ARGS__).rc)

/*
 * Waits until its slot looks like that in getprocinfo: on its own node, or
 * where it has an operation, if that is another one and RMTOPER is not asked
 * for.  A slot is free when the node of the test says so.
 */
void actor_await(struct actor *a, uint32_t rts_flags);
void slot_await(int p_nr, uint32_t rts_flags);
bool slot_is(int p_nr, uint32_t rts_flags);

/* What one node has in a slot */
proc_usr_t slot_on(int nodeid, int p_nr);

/* The endpoint of whoever is bound there */
int slot_endpoint(int p_nr);

/*
 * Sends the thread of the actor a signal and waits until it is handled; the
 * result is that of the call in the handler.
 */
#define SIG_RESTART   SIGUSR1 /* its handler is SA_RESTART */
#define SIG_INTERRUPT SIGUSR2 /* its handler is not */
struct result actor_signal(struct actor *a, int sig);

/* What the handler of SIG_RESTART does besides counting: a call of its own */
void actor_handler_call(struct actor *a, struct call call);

/* Waits until its thread sleeps in that system call. */
void actor_await_syscall(struct actor *a, long nr);

void actor_kill(struct actor *a);

/* Waits for an actor that ends by itself; the result is waitpid()'s status. */
int actor_wait(struct actor *a);

void actor_stop(struct actor *a);
void actor_continue(struct actor *a);

#define ASSERT_RC(rc, expected)                                               \
	do {                                                                  \
		int rc_ = (rc), expected_ = (expected);                       \
		ck_assert_msg(rc_ == expected_, "%s is %d (%s), not %d (%s)", \
			      #rc, rc_, mnx_strerror(rc_), expected_,         \
			      mnx_strerror(expected_));                       \
	} while (0)

/* For what OP_RUN runs: fails the call, and says where, if it is not true. */
#define REQUIRE(expression)                                              \
	do {                                                             \
		if (!(expression)) {                                     \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
				__LINE__, #expression);                  \
			return -2000;                                    \
		}                                                        \
	} while (0)

/* Waits until the expression is true. */
#define AWAIT(expression)                                                    \
	do {                                                                 \
		long end_ = now_ms() + PATIENCE * slowness();                \
		while (!(expression)) {                                      \
			ck_assert_msg(now_ms() < end_, "waited in vain: %s", \
				      #expression);                          \
			breathe();                                           \
		}                                                            \
	} while (0)

/*
 * What deaths do has been done when they are seen; but with PREEMPT_RT work
 * items do it (driver/death.c), so it comes soon.
 */
#define AT_ONCE(expression)                    \
	do {                                   \
		if (is_realtime())             \
			AWAIT(expression);     \
		else                           \
			ck_assert(expression); \
	} while (0)

bool is_realtime(void);

long now_ms(void);

/* How much longer than elsewhere anything may take on this machine */
int slowness(void);

/* Between two looks at a condition */
void breathe(void);

/* For races, whose moment is to be any: less than so many microseconds */
void random_delay(unsigned int *seed, unsigned int below);

/* A test, and how often it runs: with _i from 0 on */
struct test {
	const TTest *test;
	int times;
};

/*
 * Runs an array of tests, each between "up" and "down" and for "seconds" at
 * most; prints what failed and a summary.  main() returns this.  Of all runs
 * one in so many takes place, but each test that runs once.
 */
#define RUN_TESTS(name, seconds, up, down, tests) \
	run_tests(name, seconds, up, down, 1, tests, NR_OF(tests))
int run_tests(const char *name, double seconds, SFun up, SFun down, int one_in,
	      const struct test *tests, int nr_tests);

#endif /* TESTS_STAGE_ACTOR_H */
