/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gates: a page of an actor at which everybody stops who touches it, the kernel
 * too, until the director opens it.  So a copy is in the middle as long as a
 * test wants.  Made of userfaultfd(2), which needs no fixed delays.
 *
 * And what an actor's memory contains, seen by the director without the driver.
 */
#ifndef TESTS_STAGE_GATE_H
#define TESTS_STAGE_GATE_H

#include <stddef.h>

#include "actor.h"

#define PAGE 4096L

struct gate {
	int fd;
	char *page;
};

/* How long a copy waits for such memory, in ms; what the driver says itself. */
void set_patience(const char *ms);
#define PATIENT   "60000"
#define IMPATIENT "200"

/*
 * A gate at a page of private memory of a, which nobody has touched yet; copies
 * wait there.
 */
struct gate gate_new(struct actor *a, char *page);

/* One gate after the other, for as long as copies wait now */
struct gate gate_over(struct actor *a, char *page, size_t size);

/* Waits until somebody stands before it. */
void gate_await(const struct gate *gate);

/* Lets everybody pass at that page. */
void gate_pass(const struct gate *gate, char *page);

/* Lets them pass: the page contains zeros from now on. */
void gate_open(struct gate *gate);

/* Memory of another process, through ptrace's rights */
void peek(pid_t pid, const void *from, void *to, size_t size);
void poke(pid_t pid, void *to, const void *from, size_t size);

/* A copy, made by an actor; CALL() and START() of it */
#define VCOPY(src, saddr, dst, daddr, bytes) \
	.op = OP_RUN, .run = run_vcopy,      \
	.m = { .m2_i1 = (src),               \
	       .m2_i2 = (dst),               \
	       .m2_l1 = (intptr_t)(saddr),   \
	       .m2_p1 = (void *)(daddr),     \
	       .m2_l2 = (bytes) }
int run_vcopy(struct call *call);

/* Its own privileges, for OP_RUN: gives up CAP_SYS_PTRACE, or ADMIN too. */
int run_drop_ptrace(struct call *call);
int run_drop_all(struct call *call);

/* stage_down(), and no page is pinned by a copy that has ended. */
void copies_down(void);

#endif /* TESTS_STAGE_GATE_H */
