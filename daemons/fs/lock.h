/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locks of files: records, which fcntl() locks, and whole files, of flock().
 * Knows no clock, no messages: who waits is remembered by its caller, which
 * tries again when lock_changes() has counted on.
 *
 *	nobody's -> lock_set() -> its owner's -> lock_set(LOCK_NONE), or its
 *	owner or its file is released -> nobody's
 *
 * The owner of a record is a process, by its endpoint, that of a whole file is
 * a file as somebody has opened it; these two kinds do not see each other.  Of
 * one owner locks of the same kind that touch each other are one.
 *
 * A process that would wait for others that, perhaps through others, wait for
 * it is refused, and one of whom that would take too long to find out; files as
 * they are opened wait for ever, as in Linux.
 */
#ifndef FS_LOCK_H
#define FS_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#ifndef LOCKS_MAX
#define LOCKS_MAX 8192
#endif
#ifndef LOCK_LOOKS
#define LOCK_LOOKS (1 << 20)
#endif
#define LOCKS_BUCKETS 256
#define LOCK_LAST     INT64_MAX

enum lock_kind {
	LOCK_NONE,
	LOCK_SHARED,
	LOCK_EXCLUSIVE,
};

/* Of whom: the upper half says which kind */
#define LOCK_OF_FILE (UINT64_C(1) << 32)

struct lock {
	struct lock *next;
	uint64_t owner;
	uint32_t dev;
	uint32_t ino;
	enum lock_kind kind;
	int64_t first;
	int64_t last; /* inclusive */
};

/* What somebody wants, or waits for */
struct lock_want {
	struct lock_want *next; /* of those who wait */
	bool waits;
	bool seen; /* while a circle is looked for: it is before the one; */
	bool done; /* and so are those before it. */
	struct lock lock;
};

struct locks {
	struct lock *bucket[LOCKS_BUCKETS];
	struct lock *free;
	int nr_free;
	struct lock_want *waiting;
	uint64_t changes;
	struct lock lock[LOCKS_MAX];
};

void locks_init(struct locks *t);

/*
 * The bytes that struct flock means, "base" being where its whence begins.
 * -EINVAL: before the file's beginning; -EOVERFLOW: not to be counted.
 */
int lock_range(int64_t base, int64_t start, int64_t length, int64_t *first,
	       int64_t *last);

/* A lock of another that is in the way of "want"; NULL: there is none. */
const struct lock *lock_conflict(const struct locks *t,
				 const struct lock *want);

/*
 * The owner has "want" then, instead of what it had there.  -EAGAIN: another's
 * is in the way; -ENOLCK: there are too many.
 */
int lock_set(struct locks *t, const struct lock *want);

/*
 * It is waited for what "w" wants, as lock_set() was -EAGAIN; until
 * lock_wait_end(), which is for all.  -EDEADLK: it is not.
 */
int lock_wait(struct locks *t, struct lock_want *w);
void lock_wait_end(struct locks *t, struct lock_want *w);

/* All of an owner: of one file, and of all */
void lock_release(struct locks *t, uint64_t owner, uint32_t dev, uint32_t ino);
void lock_release_all(struct locks *t, uint64_t owner);

#endif /* FS_LOCK_H */
