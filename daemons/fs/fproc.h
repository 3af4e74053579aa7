/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What FS knows of the processes of the VM, by their slots: descriptors,
 * current and root directory, umask.
 *
 *	nobody -> fproc_new(), as it has asked for something, or fproc_fork(),
 *	as its parent has said so -> fproc_end(), as it has ended -> nobody
 *
 * Part of it is in memory that outlives this FS: who is there, and which
 * descriptors it has open.  The next FS finds it so, fproc_restore(): these
 * descriptors are of files that it does not know, and whose use is an error
 * until they are closed.  So does who has ended for this FS, as its node was
 * cut off, and asks again.
 */
#ifndef FS_FPROC_H
#define FS_FPROC_H

#include <molipc/fs.h>
#include <stdbool.h>
#include <stdint.h>

#include "file.h"

#ifndef FPROCS_MAX
#define FPROCS_MAX M3IPC_MAX_SLOTS
#endif

struct fproc_kept {
	int32_t endpoint;
	uint32_t umask;
	uint64_t incarnation; /* 0: nobody, and who was there last: */
	uint64_t had;         /* its incarnation */
	struct place cwd;
	struct place root;
	int32_t node;
	int32_t reserved;
	uint64_t open[FS_OPEN_MAX / 64];
};

struct fd {
	struct file *file; /* NULL: it is closed */
	bool cloexec;
};

struct fproc {
	bool there;
	int endpoint;
	int node;
	int parent;           /* that has said FORK: its endpoint; 0: none */
	uint64_t incarnation; /* of its binding, as the driver has it; not 0 */
	uint32_t uid;         /* as it has last asked */
	struct place cwd;
	struct place root;
	uint32_t umask;
	struct fd *fd;
	int nr_fds; /* places in fd */
	struct fproc_kept *kept;
};

struct fprocs {
	struct files *files;
	struct fproc proc[FPROCS_MAX];
};

/* The place of its slot in such a table, or -1: no endpoint has it. */
int fproc_slot(int endpoint);

/* "kept" has an entry for each. */
void fprocs_init(struct fprocs *t, struct files *files,
		 struct fproc_kept *kept);

/* Who has that endpoint, or is in its slot; NULL: nobody is known. */
struct fproc *fproc_find(struct fprocs *t, int endpoint);
struct fproc *fproc_in_slot(struct fprocs *t, int endpoint);

/* Its slot has to be nobody's.  NULL: there is no such slot, or no memory. */
struct fproc *fproc_new(struct fprocs *t, int endpoint, uint64_t incarnation,
			const struct place *root);
struct fproc *fproc_fork(struct fprocs *t, const struct fproc *parent,
			 int endpoint, uint64_t incarnation);
void fproc_set_node(struct fproc *p, int node);
void fproc_exec(struct fprocs *t, struct fproc *p);
void fproc_end(struct fprocs *t, struct fproc *p);
/* Has it anything that who is new in a tree with that root has not? */
bool fproc_has_own(const struct fproc *p, const struct place *root);
int fproc_nr_open(const struct fproc *p);

/*
 * As an earlier FS has left the slot, with the directories that it had, as far
 * as they can be held; NULL: nobody is there.
 */
struct fproc *fproc_restore(struct fprocs *t, int slot);

/* 0, or -ENOMEM */
int fproc_set_cwd(struct fproc *p, const struct place *at);
int fproc_set_root(struct fproc *p, const struct place *at);
void fproc_set_umask(struct fproc *p, uint32_t mask);

/* NULL: it is not open. */
struct file *fd_file(const struct fproc *p, int fd);
/* The file is the descriptor's then.  Returns it, or -EMFILE or -ENOMEM. */
int fd_new(struct fproc *p, struct file *f, int from, bool cloexec);
/* The same for a file that has others */
int fd_dup(struct fproc *p, struct file *f, int from, bool cloexec);
/* The lowest number from there on that is free, or FS_OPEN_MAX */
int fd_free(const struct fproc *p, int from);
/* As fd_new() for that number, which is within FS_OPEN_MAX: 0 or -ENOMEM */
int fd_replace(struct fprocs *t, struct fproc *p, int fd, struct file *f,
	       bool cloexec);
void fd_close(struct fprocs *t, struct fproc *p, int fd);

/* A process closes a descriptor of a file that it may have locked. */
void fproc_leaves(const struct fproc *p, const struct file *f);

#endif /* FS_FPROC_H */
