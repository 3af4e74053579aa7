/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mounts: a device, the core over it, and where in the tree it is.
 *
 *	MOUNT_FREE -> mount_begin() -> MOUNT_OPENING: a thread opens the device
 *	-> MOUNT_READING: the core reads the superblock -> MOUNT_THERE
 *	MOUNT_THERE -> mount_leave(): nothing of it is in use -> MOUNT_LEAVING:
 *	what is not written is -> MOUNT_CLOSING -> MOUNT_FREE
 *	an error before it is there: MOUNT_CLOSING
 *
 * Both are begun by a call, which asks mount_state() when there was I/O.  The
 * number of a mount is not used again.
 *
 * mounts_pump() gives the threads what the core wants, and the core what they
 * have done.
 */
#ifndef FS_MOUNT_H
#define FS_MOUNT_H

#include "bdev.h"
#include "file.h"
#include "io.h"
#include "minix/mfs.h"

#define MOUNTS_MAX 8

enum mount_state {
	MOUNT_FREE,
	MOUNT_OPENING,
	MOUNT_READING,
	MOUNT_THERE,
	MOUNT_LEAVING,
	MOUNT_CLOSING,
};

struct mount {
	enum mount_state state;
	uint32_t dev;
	int rc; /* why it is closed again */
	struct mfs *core;
	struct bdev *device;
	struct io_thread *reader, *writer;
	struct io read, write;
	struct place covers; /* of another mount; dev 0: nothing */
	struct place root;
	bool attached;    /* it is in the tree, or has been */
	bool abandoned;   /* nobody waits for it: it ends by itself */
	int holds;        /* places of it that somebody has */
	uint64_t nr_done; /* I/O so far */
	int64_t heard;    /* ms: when there was one */
	bool unflushed;   /* something was written outside of a group */
	bool flush;       /* it is to be flushed */
	bool warned;      /* that it is read-only now */
	uint64_t copied;  /* bytes, from and to clients */
};

struct mount *mount_find(uint32_t dev);
/* Number i, or NULL if it is free */
struct mount *mount_at(int i);
int mount_index(const struct mount *m);

/*
 * 0, and it is begun; an error: it is not.  Its number is *dev then.
 */
int mount_begin(const char *device, bool read_only, uint32_t *dev);
/* CALL_LATER as long as it goes on; 0: it is there; an error: it is free. */
int mount_go_on(struct mount *m);
/* It is in the tree from now on.  False: there is no memory. */
bool mount_attach(struct mount *m, const struct place *covers);
/* Whoever began it does not wait any more: if it is in no tree, it ends. */
void mount_abandon(uint32_t dev);

/* -EBUSY; or 0, and it is in the tree no more */
int mount_leave(struct mount *m);
/* CALL_LATER as long as it goes on; else it is free. */
int mount_leave_go_on(struct mount *m);

/* A thread of it does that, which has nothing to do. */
void mount_post(const struct mount *m, struct io_thread *t, struct io *io,
		enum io_what what);

/* What covers a place, or is the root of a mount: NULL, or the mount */
struct mount *mount_covering(const struct place *at);
struct mount *mount_of_root(const struct place *at);

/* Something is on the way to a device, or from it, that a call may wait for. */
uint64_t mount_events(const struct mount *m);

/* All that was done before is on its way to the disk: the number of that */
uint64_t mount_sync(struct mount *m);
/* CALL_LATER, 0: it is there, or an error */
int mount_synced(struct mount *m, uint64_t number);

/* pump.c */
void mounts_pump(void);
/* Now and then: what has been changed is written. */
void mounts_commit(void);
bool mounts_dirty(void);
/* The end: all is written, for so many ms at most. */
void mounts_end(int ms);

#endif /* FS_MOUNT_H */
