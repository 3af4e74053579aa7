/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that moves to another node as it is: "migrate --live" at the node
 * that has it, the *mover*, and "live" at the other one, the *taker*.  CRIU
 * makes images of it, and the process of them.
 *
 *	mover					taker
 *						publishes take.live.NODE
 *	looks it up; LIVE_HELLO		-->	can it?
 *	asks SYSTASK for the move: all nodes
 *	start, what is for the process waits,
 *	and its SYSTASK for a process there
 *	what it waits for itself is recalled
 *	dumps it; it is stopped
 *					<--	LIVE_IMAGES: how much is it?
 *	copies				<--	LIVE_BYTES, until it has all
 *						restores it, stopped; it stands
 *						by for the endpoint, and SYSTASK
 *						hears so: SYS_MIGRTAKE
 *	SYSTASK answers: all nodes have	<--	LIVE_READY
 *	committed, or rolled back
 *	what its calls are, for its page -->	puts that there, lets it run
 *	kills the old one		<--	LIVE_RUNS
 *
 * What fails before the commit rolls back: the taker tells its SYSTASK that no
 * process comes, or the mover's has no more patience, and the old one runs on.
 * Whoever learns of it first tells the other: by LIVE_FAILED, or by the answer
 * to what it was asked.  After the commit the process that stands by has the
 * endpoint, and the old one is not bound.
 *
 * The mover is in a system slot: so it is root's, and the taker believes it,
 * and it may copy to a process that waits for its answer, as the taker does.
 */
#ifndef TOOLS_LIVE_H
#define TOOLS_LIVE_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <molipc/com.h>
#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "args.h"

#define LIVE_PATIENCE 60000 /* ms, for each step of the other */
#define LIVE_CHUNK    (1L << 20)

#define LIVE_BASE   0x4c560200
#define LIVE_HELLO  (LIVE_BASE + 1)
#define LIVE_IMAGES (LIVE_BASE + 2)
#define LIVE_BYTES  (LIVE_BASE + 3)
#define LIVE_READY  (LIVE_BASE + 4)
#define LIVE_RUNS   (LIVE_BASE + 5)
#define LIVE_FAILED (LIVE_BASE + 6)

/* HELLO: the endpoint; the answer to IMAGES: how many bytes, of which pid */
typedef struct {
	int64_t bytes;
	int32_t endpoint;
	int32_t pid; /* in the namespace of the process */
} live_what_t;
COM_ASSERT(live_what_t);

/* BYTES, READY: where they are put.  READY: how long the restore took, in ms */
typedef struct {
	uint64_t addr;
	int64_t bytes;
	int64_t ms;
} live_where_t;
COM_ASSERT(live_where_t);

/* FAILED, and the answer to HELLO */
typedef struct {
	int32_t rc;
	char why[52];
} live_why_t;
COM_ASSERT(live_why_t);

/* By what the mover finds the taker of a node */
struct live_name {
	char text[M3IPC_NAME_LEN];
};

struct live_name live_name(int nodeid);
long live_now(void); /* ms */

/* live_asker.c */

struct live_asker {
	pid_t pid;
	int answer; /* of it, a pipe */
};

/* The system task of this node is asked for that: 0 or -1. */
int live_asker_start(struct live_asker *asker, const VM_usr_t *vm, int nodeid,
		     const sys_migrate_t *what);
/* What it has answered, or LIVE_NO_ANSWER in that time */
#define LIVE_NO_ANSWER 1
int live_asker_answer(const struct live_asker *asker, int ms);

/* live.c */
int live_migrate(const struct args *args);

/* live_proc.c: of a process of this node */

/* Why it cannot be dumped, in words, or NULL */
const char *live_obstacle(pid_t pid, bool thread);
/* Its pid in its own namespace, or -1 */
pid_t live_inner_pid(pid_t pid);
/*
 * Its message page, of one that is stopped: what it is in has not begun.  False
 * if it has none, or it cannot be read.
 */
bool live_page_read(pid_t pid, struct m3ipc_page *page);
/* But for what the driver says there */
bool live_page_write(pid_t pid, const struct m3ipc_page *page);

/* live_criu.c */

/* Why CRIU cannot be used here, in words, or NULL */
const char *live_criu_missing(void);
/*
 * Both are 0 or -1, and leave what CRIU has said in that folder; the last line
 * of it that speaks of an error is put to why.
 */
int live_dump(pid_t pid, const char *dir, char *why, size_t size);
/*
 * The process runs in a pid namespace of its own, as its pid may be in use
 * here; *init is that namespace's first process, which ends with it, or is to
 * be killed.  Returns the process, which is stopped, or -1.
 */
pid_t live_restore(const live_what_t *what, int vmid, int nodeid,
		   const char *dir, pid_t *init, char *why, size_t size);
/* A program with its arguments, up to NULL, in that folder: 0 or -1 */
int live_run(const char *dir, const char *const *argv);
void live_remove(const char *dir);

#endif /* TOOLS_LIVE_H */
