// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies of scattered memory: right ones, bad vectors, and vectors that change
 * in the meantime.
 */
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>

#include "parties.h"
#include "raw.h"

#define MAX_SEGMENTS  1024
#define SCATTER_BYTES (512 * KIB)
#define NR_SCATTERS   40

struct scatter {
	struct iovec iov[MAX_SEGMENTS];
	int nr;
};

static unsigned int seed;

static size_t below(size_t limit)
{
	return (size_t)rand_r(&seed) % limit;
}

static int compare_sizes(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Where to cut "bytes" into nr parts: cuts[0] is 0, cuts[nr] is bytes. */
static void cut(size_t *cuts, int nr, size_t bytes)
{
	int i;

	cuts[0] = 0;
	cuts[nr] = bytes;
	for (i = 1; i < nr; i++)
		cuts[i] = below(bytes + 1);
	qsort(cuts, (size_t)nr, sizeof(*cuts), compare_sizes);
	/* Some more of no length */
	for (i = 1; i < nr; i++)
		if (!below(8))
			cuts[i] = cuts[i - 1];
}

/* nr segments that do not overlap, in any order */
static void scatter(struct scatter *s, char *area, int nr, size_t bytes)
{
	static size_t cuts[MAX_SEGMENTS + 1], gaps[MAX_SEGMENTS + 1];
	struct iovec swap;
	int i, k;

	s->nr = nr;
	cut(cuts, nr, bytes);
	cut(gaps, nr, area_size - bytes);
	for (i = 0; i < nr; i++)
		s->iov[i] = (struct iovec){ area + cuts[i] + gaps[i + 1],
					    cuts[i + 1] - cuts[i] };
	for (i = nr - 1; i > 0; i--) {
		k = (int)below((size_t)i + 1);
		swap = s->iov[i];
		s->iov[i] = s->iov[k];
		s->iov[k] = swap;
	}
}

/* The same in the images */
static void reference(struct party *to, const struct scatter *dst,
		      const struct party *from, const struct scatter *src)
{
	static char flat[SCATTER_BYTES];
	size_t at = 0;
	int i;

	for (i = 0; i < src->nr; i++) {
		memcpy(flat + at,
		       from->source + ((char *)src->iov[i].iov_base - SOURCE),
		       src->iov[i].iov_len);
		at += src->iov[i].iov_len;
	}
	for (i = 0, at = 0; i < dst->nr; i++) {
		memcpy(to->sink + ((char *)dst->iov[i].iov_base - SINK),
		       flat + at, dst->iov[i].iov_len);
		at += dst->iov[i].iov_len;
	}
}

static int random_nr(void)
{
	static const size_t limits[] = { 1, 3, 20, 200, MAX_SEGMENTS };

	return below(6) ? 1 + (int)below(limits[below(5)]) : MAX_SEGMENTS;
}

static size_t random_bytes(void)
{
	static const size_t limits[] = { 1,       10,        2000,
					 9 * KIB, 200 * KIB, SCATTER_BYTES };

	return below(limits[below(6)]);
}

START_TEST(scattered)
{
	static struct scatter src, dst;
	struct party *from = &parties[directions[_i].from];
	struct party *to = &parties[directions[_i].to];
	size_t bytes;
	int i, rc;

	parties_new(TOUCHED, UNTOUCHED, SCATTER_BYTES + 64 * KIB);
	parties_wait();
	for (i = 0; i < NR_SCATTERS; i++) {
		bytes = random_bytes();
		scatter(&src, SOURCE, random_nr(), bytes);
		scatter(&dst, SINK, random_nr(), bytes);
		rc = mnx_vcopyv(from->ep, src.iov, src.nr, to->ep, dst.iov,
				dst.nr);
		ck_assert_msg(!rc, "%zu bytes, %d to %d: %s", bytes, src.nr,
			      dst.nr, mnx_strerror(rc));
		reference(to, &dst, from, &src);
		check_area(to->pid, SINK, to->sink);
	}
	check_parties();
}
END_TEST

static int copy_scattered(const struct scatter *src, const struct scatter *dst)
{
	return mnx_vcopyv(parties[1].ep, src->iov, src->nr, SELF, dst->iov,
			  dst->nr);
}

static const int bad_counts[] = { 0, -1, INT_MIN, INT_MAX, MAX_SEGMENTS + 1 };

static void check_counts(struct scatter *src, struct scatter *dst)
{
	size_t i;

	for (i = 0; i < sizeof(bad_counts) / sizeof(bad_counts[0]); i++) {
		src->nr = bad_counts[i];
		ASSERT_RC(copy_scattered(src, dst), EMOLRANGE);
		src->nr = 1;
		dst->nr = bad_counts[i];
		ASSERT_RC(copy_scattered(src, dst), EMOLRANGE);
		dst->nr = 1;
	}
	ASSERT_RC(mnx_vcopyv(parties[1].ep, NULL, 1, SELF, dst->iov, 1),
		  EMOLFAULT);
	ASSERT_RC(mnx_vcopyv(parties[1].ep, src->iov, 1, SELF, NULL, 1),
		  EMOLFAULT);
}

static void check_lengths(struct scatter *src, struct scatter *dst)
{
	src->iov[0].iov_len++;
	ASSERT_RC(copy_scattered(src, dst), EMOLINVAL);
	src->iov[0].iov_len -= 2;
	ASSERT_RC(copy_scattered(src, dst), EMOLINVAL);
	/* Sums that wrap, on one side and on both */
	src->nr = 2;
	src->iov[0].iov_len = SIZE_MAX;
	src->iov[1] = (struct iovec){ SOURCE, dst->iov[0].iov_len + 1 };
	ASSERT_RC(copy_scattered(src, dst), EMOLINVAL);
	dst->nr = 2;
	dst->iov[1] = (struct iovec){ SINK, dst->iov[0].iov_len + 1 };
	dst->iov[0].iov_len = SIZE_MAX;
	ASSERT_RC(copy_scattered(src, dst), EMOLINVAL);
	/* Too much, though each is not */
	src->iov[0].iov_len = src->iov[1].iov_len = MAX_COPY / 2 + 1;
	dst->iov[0].iov_len = dst->iov[1].iov_len = MAX_COPY / 2 + 1;
	ASSERT_RC(copy_scattered(src, dst), EMOLRANGE);
	src->nr = dst->nr = 1;
	src->iov[0].iov_len = dst->iov[0].iov_len = SIZE_MAX;
	ASSERT_RC(copy_scattered(src, dst), EMOLRANGE);
}

/* What the library would not let pass */
static int copy_raw(uint64_t saddr, uint32_t nr_src, uint64_t daddr,
		    uint32_t nr_dst, int64_t bytes)
{
	struct m3ipc_vcopy arg = {
		.src = parties[1].ep,
		.dst = SELF,
		.nr_src = nr_src,
		.nr_dst = nr_dst,
		.saddr = saddr,
		.daddr = daddr,
		.bytes = bytes,
	};

	return raw_ioctl(mnx_fd(), M3IPC_IOC_VCOPY, &arg);
}

static void check_raw(const struct iovec *src, const struct iovec *dst)
{
	uint64_t s = (uintptr_t)src, d = (uintptr_t)dst;
	int64_t n = (int64_t)src->iov_len;

	ASSERT_RC(copy_raw(s, 1, d, 1, n), OK);
	ASSERT_RC(copy_raw(s, 1, d, 1, n + 1), -EINVAL);
	ASSERT_RC(copy_raw(s, 1, d, 1, n - 1), -EINVAL);
	ASSERT_RC(copy_raw(s, 1, d, 1, 0), -EINVAL);
	ASSERT_RC(copy_raw(s, MAX_SEGMENTS + 1, d, 1, n), EMOLRANGE);
	ASSERT_RC(copy_raw(s, 1, d, UINT_MAX, n), EMOLRANGE);
	ASSERT_RC(copy_raw(0, 1, d, 1, n), -EFAULT);
	ASSERT_RC(copy_raw(s, 1, 0x900000000000, 1, n), -EFAULT);
	ASSERT_RC(copy_raw(s, 1, 0xffffffff81000000, 4, n), -EFAULT);
}

START_TEST(scattered_badly)
{
	struct scatter src = { .nr = 1 }, dst = { .nr = 1 };

	parties_new(TOUCHED, TOUCHED, 10 * KIB);
	parties_wait();
	src.iov[0] = (struct iovec){ SOURCE + 10, 3000 };
	dst.iov[0] = (struct iovec){ SINK + 20, 3000 };
	check_counts(&src, &dst);
	check_parties();
	check_raw(src.iov, dst.iov);
	memcpy(parties[0].sink + 20, parties[1].source + 10, 3000);
	check_parties();
	check_lengths(&src, &dst);
	check_parties();
}
END_TEST

/*
 * Vectors that another thread changes all the time.  A segment is one of many
 * in the middle, or something mad, that must have no effect: what is around the
 * middle does not change.
 *
 * Who reads a number while it is changed may get some bytes of the old one and
 * some of the new.  So each mixture of two good addresses has to be a good one:
 * the middle is aligned to its size, which is that of two bytes, and segments
 * are to theirs.  And no mixture of lengths is another small one, but 0.
 */
#define NR_CHANGED    64
#define CHANGED_BYTES 128
#define MIDDLE        (64 * KIB)
#define MIDDLE_AT     LEAD
#define NR_TRIES      1500

static struct iovec changed[2][NR_CHANGED];
static atomic_bool enough;

static void change(struct iovec *iov, char *area, unsigned int random)
{
	volatile struct iovec *v = iov;
	size_t at = random / 256 * CHANGED_BYTES % MIDDLE;

	v->iov_len = random % 3 == 0 ? -(size_t)CHANGED_BYTES :
		     random % 3 == 1 ? 1UL << 40 :
				       16 * MIB;
	if (random & 64)
		v->iov_base = (void *)0xffff888000000000;
	v->iov_base = area + MIDDLE_AT + at;
	v->iov_len = CHANGED_BYTES;
}

static void *change_vectors(void *arg)
{
	unsigned int random = 1;

	while (!atomic_load(&enough)) {
		int r = rand_r(&random);

		if (r & 1)
			change(&changed[0][r / 2 % NR_CHANGED], SOURCE,
			       (unsigned int)r);
		else
			change(&changed[1][r / 2 % NR_CHANGED], SINK,
			       (unsigned int)r);
		/* Let the others get through now and then. */
		if (!(r & 0x70000))
			sched_yield();
	}
	return arg;
}

static void check_around(const struct party *p)
{
	const size_t end = MIDDLE_AT + MIDDLE;
	char *got = malloc(area_size);

	ck_assert_ptr_nonnull(got);
	peek(p->pid, SINK, got, area_size);
	ck_assert(!memcmp(got, p->sink, MIDDLE_AT));
	ck_assert(!memcmp(got + end, p->sink + end, area_size - end));
	free(got);
}

static int copy_changed(struct party *from, struct party *to, bool raw)
{
	struct m3ipc_vcopy arg = {
		.src = from->ep,
		.dst = to->ep,
		.nr_src = NR_CHANGED,
		.nr_dst = NR_CHANGED,
		.saddr = (uintptr_t)changed[0],
		.daddr = (uintptr_t)changed[1],
		.bytes = NR_CHANGED * CHANGED_BYTES,
	};
	int rc;

	if (!raw)
		return mnx_vcopyv(from->ep, changed[0], NR_CHANGED, to->ep,
				  changed[1], NR_CHANGED);
	rc = raw_ioctl(mnx_fd(), M3IPC_IOC_VCOPY, &arg);
	return rc == -EINVAL ? EMOLINVAL : rc == -EFAULT ? EMOLFAULT : rc;
}

START_TEST(changing_vectors)
{
	struct party *from = &parties[directions[_i].from];
	struct party *to = &parties[directions[_i].to];
	int i, rc, copied = 0;
	pthread_t thread;

	parties_new(TOUCHED, TOUCHED, MIDDLE_AT + 2 * MIDDLE);
	parties_wait();
	for (i = 0; i < NR_CHANGED; i++) {
		change(&changed[0][i], SOURCE, 2);
		change(&changed[1][i], SINK, 2);
	}
	ck_assert(!pthread_create(&thread, NULL, change_vectors, NULL));
	/* At least until one was copied and one was refused */
	for (i = 0; i < NR_TRIES || !copied || copied == i; i++) {
		rc = copy_changed(from, to, i % 2);
		ck_assert_msg(rc == OK || rc == EMOLINVAL || rc == EMOLFAULT ||
				      rc == EMOLRANGE,
			      "%s", mnx_strerror(rc));
		copied += !rc;
		if (i % 100 == 0)
			check_around(to);
	}
	atomic_store(&enough, true);
	pthread_join(thread, NULL);
	check_around(to);
	for (i = 0; i < NR_PARTIES; i++)
		check_area(parties[i].pid, SOURCE, parties[i].source);
}
END_TEST

static void set_up(void)
{
	stage_up();
	seed = (unsigned int)time(NULL);
	printf("seed %u\n", seed);
}

int main(void)
{
	const struct test tests[] = {
		{ scattered, NR_DIRECTIONS },
		{ scattered_badly, 1 },
		{ changing_vectors, NR_DIRECTIONS },
	};

	stage_init();
	return RUN_TESTS("scattered copies", 60, set_up, copies_down, tests);
}
