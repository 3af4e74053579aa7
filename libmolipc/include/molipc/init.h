/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests to INIT of a node, which is in slot INIT_PROC_NR + nodeid: programs
 * that are started there for processes of any node.
 *
 *	asker			INIT
 *	INIT_REXEC		copies the image, forks; the child becomes the
 *				user's, a process of PM, and waits
 *	PM_ADOPT of it		PM looks that both are of the same user
 *	INIT_GO			the child looks that it was adopted, and is the
 *				program from then on
 *	INIT_READ ...		what it has written
 *	waits for it, by PM
 *
 * WHO ASKS
 *	A process that PM knows, of any node, whose INIT has "rexec" in its
 *	configuration.  Its user is the one that has the same number there.
 *
 * ANSWERS
 *	OK, or an error:
 *
 *	EMOLBADCALL	there is no such request
 *	-EPERM		INIT starts nothing for others, or not for this user
 *	-ESRCH		there is no such program of the asker
 */
#ifndef _MOLIPC_INIT_H
#define _MOLIPC_INIT_H

#include <molipc/com.h>

#define INIT_REXEC (INIT_BASE + 0)
#define INIT_GO    (INIT_BASE + 1)
#define INIT_READ  (INIT_BASE + 2)

/* Of an image, at most */
#define INIT_IMAGE_MAX (128 * 1024)

/*
 * What an image begins with.  Then come the file, the folder to run it in, the
 * arguments and the environment, each with a NUL, and nothing else.
 */
typedef struct {
	uint32_t nr_args;
	uint32_t nr_env;
} init_image_t;

/*
 * REXEC: answered when the child is known to PM.  It waits for GO for 10 s.
 *
 *	-EAGAIN		too many are started, or there is no slot or process
 *	-EINVAL		the image is none, or there is no such flag
 *	-E2BIG		it is too large
 *	-EFAULT		it is not there
 */
typedef struct {
	uint64_t image; /* in the memory of the asker */
	uint32_t bytes;
	uint32_t uid; /* the asker's, which PM will look at */
	uint32_t flags;
	int32_t pid; /* out */
} init_rexec_t;
COM_ASSERT(init_rexec_t);

#define INIT_OUTPUT (1 << 0) /* it is read; else it is INIT's log's */
#define INIT_OF_FS  (1 << 1) /* The file is one of the VM's, mol_exec(3). */

/* GO: -ESRCH also if it has waited for too long */
typedef struct {
	int32_t pid;
	int32_t drop; /* 1: it is to end */
} init_go_t;
COM_ASSERT(init_go_t);

/*
 * READ: the next piece of output, when there is one.  A request says how many
 * pieces have arrived, so that one whose answer was lost comes again; an asker
 * that asks for something else meanwhile has given up.
 */
typedef struct {
	uint64_t to; /* in the memory of the asker */
	uint32_t bytes;
	int32_t pid;
	uint32_t pieces; /* that the asker has */
	int32_t stream;  /* out: 1 or 2, as the descriptors are */
	int32_t nr;      /* out: how many bytes; 0: there is no more */
	uint32_t reserved;
} init_read_t;
COM_ASSERT(init_read_t);

#endif /* _MOLIPC_INIT_H */
