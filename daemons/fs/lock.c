// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "lock.h"

void locks_init(struct locks *t)
{
	memset(t, 0, sizeof(*t));
	for (int i = LOCKS_MAX; i-- > 0;) {
		t->lock[i].next = t->free;
		t->free = &t->lock[i];
	}
	t->nr_free = LOCKS_MAX;
}

static int range_backwards(int64_t start, int64_t length, int64_t *first,
			   int64_t *last)
{
	/* The least number has no counterpart. */
	if (length < -start)
		return -EINVAL;
	*first = start + length;
	*last = start - 1;
	return 0;
}

int lock_range(int64_t base, int64_t start, int64_t length, int64_t *first,
	       int64_t *last)
{
	if (start > 0 && base > LOCK_LAST - start)
		return -EOVERFLOW;
	start += base;
	if (start < 0)
		return -EINVAL;
	if (length < 0)
		return range_backwards(start, length, first, last);
	if (length && start > LOCK_LAST - (length - 1))
		return -EOVERFLOW;
	*first = start;
	*last = length ? start + (length - 1) : LOCK_LAST;
	return 0;
}

static bool is_same_file(const struct lock *a, const struct lock *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

static bool overlaps(const struct lock *a, const struct lock *b)
{
	return a->first <= b->last && b->first <= a->last;
}

static bool is_against(const struct lock *a, const struct lock *b)
{
	return is_same_file(a, b) && a->owner != b->owner &&
	       !((a->owner ^ b->owner) & LOCK_OF_FILE) && overlaps(a, b) &&
	       a->kind != LOCK_NONE && b->kind != LOCK_NONE &&
	       (a->kind == LOCK_EXCLUSIVE || b->kind == LOCK_EXCLUSIVE);
}

static unsigned int bucket_of(uint32_t dev, uint32_t ino)
{
	return (ino ^ dev * 31) % LOCKS_BUCKETS;
}

/* The first one from "l" on */
static const struct lock *conflict_from(const struct lock *l,
					const struct lock *want)
{
	while (l && !is_against(l, want))
		l = l->next;
	return l;
}

const struct lock *lock_conflict(const struct locks *t, const struct lock *want)
{
	return conflict_from(t->bucket[bucket_of(want->dev, want->ino)], want);
}

static void lock_add(struct locks *t, const struct lock *as)
{
	struct lock **bucket = &t->bucket[bucket_of(as->dev, as->ino)];
	struct lock *l = t->free;

	t->free = l->next;
	t->nr_free--;
	*l = *as;
	l->next = *bucket;
	*bucket = l;
}

static void lock_remove(struct locks *t, struct lock **at)
{
	struct lock *l = *at;

	*at = l->next;
	l->next = t->free;
	t->free = l;
	t->nr_free++;
}

static bool is_own(const struct lock *a, const struct lock *b)
{
	return a->owner == b->owner && is_same_file(a, b);
}

/* One ends where the other begins. */
static bool touches(const struct lock *a, const struct lock *b)
{
	return (a->last != LOCK_LAST && a->last + 1 == b->first) ||
	       (b->last != LOCK_LAST && b->last + 1 == a->first);
}

static void lock_join(struct lock *all, const struct lock *l)
{
	if (l->first < all->first)
		all->first = l->first;
	if (l->last > all->last)
		all->last = l->last;
}

/* What is left of "was" before and behind "cut" */
static void lock_split(struct locks *t, const struct lock *was,
		       const struct lock *cut)
{
	struct lock part = *was;

	if (was->first < cut->first) {
		part.last = cut->first - 1;
		lock_add(t, &part);
	}
	part = *was;
	if (was->last > cut->last) {
		part.first = cut->last + 1;
		lock_add(t, &part);
	}
}

/*
 * The owner's locks that "all" takes the place of go; it grows by those that
 * are like it.  What is left of one that was cut comes first in the bucket, and
 * is nothing to look at again: "want" is in none of it.
 */
static void lock_clear(struct locks *t, const struct lock *want,
		       struct lock *all)
{
	struct lock **at = &t->bucket[bucket_of(want->dev, want->ino)], was;

	while (*at) {
		was = **at;
		if (!is_own(&was, want) ||
		    !(overlaps(&was, want) ||
		      (was.kind == want->kind && touches(&was, want)))) {
			at = &(*at)->next;
			continue;
		}
		lock_remove(t, at);
		if (was.kind == want->kind)
			lock_join(all, &was);
		else
			lock_split(t, &was, want);
	}
}

/* Is it in the middle of one of the owner's, which will be two then? */
static bool is_within_one(const struct locks *t, const struct lock *want)
{
	const struct lock *l = t->bucket[bucket_of(want->dev, want->ino)];

	while (l && !(is_own(l, want) && l->first < want->first &&
		      l->last > want->last))
		l = l->next;
	return l;
}

static int locks_lacking(const struct locks *t, const struct lock *want)
{
	return (want->kind != LOCK_NONE) + is_within_one(t, want) - t->nr_free;
}

int lock_set(struct locks *t, const struct lock *want)
{
	struct lock all = *want;

	if (lock_conflict(t, want))
		return -EAGAIN;
	if (locks_lacking(t, want) > 0)
		return -ENOLCK;
	lock_clear(t, want, &all);
	if (want->kind != LOCK_NONE)
		lock_add(t, &all);
	t->changes++;
	return 0;
}

/* Those whose locks "w" waits for have been seen: is that owner one of them? */
static bool is_before(struct locks *t, const struct lock_want *w,
		      uint64_t owner, int *looks)
{
	const struct lock *l = lock_conflict(t, &w->lock);
	struct lock_want *other;

	for (; l; l = conflict_from(l->next, &w->lock)) {
		for (other = t->waiting; other; other = other->next) {
			++*looks;
			if (other->lock.owner == l->owner)
				break;
		}
		if (other)
			other->seen = true;
		if (l->owner == owner || ++*looks > LOCK_LOOKS)
			return true;
	}
	return false;
}

static struct lock_want *next_seen(const struct locks *t)
{
	struct lock_want *w = t->waiting;

	while (w && (!w->seen || w->done))
		w = w->next;
	return w;
}

/*
 * Does somebody of those whom it would wait for wait for "w"?  Locks are looked
 * at so often at most, then it counts as if.
 */
static bool is_circle(struct locks *t, struct lock_want *w)
{
	struct lock_want *from;
	int looks = 0;
	bool found;

	for (from = t->waiting; from; from = from->next)
		from->seen = from->done = false;
	found = is_before(t, w, w->lock.owner, &looks);
	while (!found && (from = next_seen(t))) {
		from->done = true;
		found = is_before(t, from, w->lock.owner, &looks);
	}
	return found;
}

int lock_wait(struct locks *t, struct lock_want *w)
{
	if (w->waits)
		return 0;
	if (!(w->lock.owner & LOCK_OF_FILE) && is_circle(t, w))
		return -EDEADLK;
	w->waits = true;
	w->next = t->waiting;
	t->waiting = w;
	return 0;
}

void lock_wait_end(struct locks *t, struct lock_want *w)
{
	struct lock_want **at = &t->waiting;

	if (!w->waits)
		return;
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	w->waits = false;
}

void lock_release(struct locks *t, uint64_t owner, uint32_t dev, uint32_t ino)
{
	struct lock **at = &t->bucket[bucket_of(dev, ino)];

	while (*at) {
		if ((*at)->owner != owner || (*at)->dev != dev ||
		    (*at)->ino != ino) {
			at = &(*at)->next;
			continue;
		}
		lock_remove(t, at);
		t->changes++;
	}
}

void lock_release_all(struct locks *t, uint64_t owner)
{
	for (int i = 0; t->nr_free < LOCKS_MAX && i < LOCKS_BUCKETS; i++) {
		struct lock **at = &t->bucket[i];

		while (*at) {
			if ((*at)->owner != owner) {
				at = &(*at)->next;
				continue;
			}
			lock_remove(t, at);
			t->changes++;
		}
	}
}
