// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies: that they are right.  Whatever the size, the alignment and the kind
 * of memory, what arrives is what a reference says, and nothing else changes,
 * not even in the children that a party has had before.
 *
 * The test itself is the requester, bound to SYSTASK, and one of three parties.
 * Each has an area to copy from and one to copy to, at the same addresses as
 * the others, and the test has an image of what must be in all of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gate.h"
#include "raw.h"
#include "roles.h"

#define KIB        1024L
#define MIB        (1024 * KIB)
#define MAX_COPY   (16 * MIB)
#define TABLE      (2 * MIB) /* what one page table maps, and a huge page */
#define LEAD       (4 * PAGE)
#define FILES      "/mnt"
#define NR_PARTIES 3

/* Data begin behind the first page, and soon get into the next page table. */
#define SOURCE ((char *)0x40000000 + TABLE - LEAD)
#define SINK   ((char *)0x60000000 + TABLE - LEAD)

/* Memory */

enum memory {
	UNTOUCHED, /* anonymous, as are the next four */
	TOUCHED,
	READ_ONLY,
	HUGE_PAGES,
	SHARED,
	MEMFD,
	SHARED_FILE,
	PRIVATE_FILE,
	NR_MEMORY
};

/* No two words are the same, nor are those of two seeds. */
static void pattern(char *p, size_t size, uint64_t seed)
{
	uint64_t *word = (uint64_t *)p;
	size_t i;

	for (i = 0; i < size / sizeof(*word); i++)
		word[i] = (seed << 32 | (i + 1)) * 0x9e3779b97f4a7c15;
}

static void *map_at(char *addr, size_t size, int flags, int fd)
{
	void *p = mmap(addr, size, PROT_READ | PROT_WRITE, flags | MAP_FIXED,
		       fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* The pages are in the file, but not in the page tables. */
static int map_file(char *at, size_t size, int fd, int flags, uint64_t seed)
{
	char *data = malloc(size);

	REQUIRE(fd >= 0 && data);
	pattern(data, size, seed);
	REQUIRE(pwrite(fd, data, size, 0) == (ssize_t)size);
	REQUIRE(map_at(at, size, flags, fd));
	free(data);
	close(fd);
	return OK;
}

static int map_huge(char *at, size_t size)
{
	char *first = at + LEAD - TABLE;

	size = (size + TABLE - LEAD + TABLE - 1) / TABLE * TABLE;
	REQUIRE(map_at(first, size, MAP_PRIVATE | MAP_ANONYMOUS, -1));
	REQUIRE(!madvise(first, size, MADV_HUGEPAGE));
	return OK;
}

static int map_memory(char *at, enum memory kind, size_t size, uint64_t seed)
{
	int flags = kind == SHARED ? MAP_SHARED : MAP_PRIVATE;

	switch (kind) {
	case MEMFD:
		return map_file(at, size, memfd_create("copies", 0), MAP_SHARED,
				seed);
	case SHARED_FILE:
		return map_file(at, size, open(FILES, O_TMPFILE | O_RDWR, 0600),
				MAP_SHARED, seed);
	case PRIVATE_FILE:
		return map_file(at, size, open(FILES, O_TMPFILE | O_RDWR, 0600),
				MAP_PRIVATE, seed);
	case HUGE_PAGES:
		REQUIRE(map_huge(at, size) == OK);
		break;
	default:
		REQUIRE(map_at(at, size, flags | MAP_ANONYMOUS, -1));
	}
	if (kind != UNTOUCHED)
		pattern(at, size, seed);
	if (kind == READ_ONLY)
		REQUIRE(!mprotect(at, size, PROT_READ));
	return OK;
}

/* Parties */

struct party {
	struct actor *actor; /* NULL: the test itself */
	int ep;
	pid_t pid;
	char *source, *sink; /* images of its areas */
};

static struct party parties[NR_PARTIES];
static size_t area_size;
static char *got;

static uint64_t source_seed(int i)
{
	return 2 * (uint64_t)i + 1;
}

static uint64_t sink_seed(int i)
{
	return 2 * (uint64_t)i + 2;
}

static int map_both(enum memory from, enum memory to, size_t size, int i)
{
	int rc = map_memory(SOURCE, from, size, source_seed(i));

	return rc ? rc : map_memory(SINK, to, size, sink_seed(i));
}

static int run_map(struct call *call)
{
	const message *m = &call->m;

	return map_both(m->m2_i1, m->m2_i2, (size_t)m->m2_l1, m->m2_i3);
}

static char *new_image(enum memory kind, uint64_t seed)
{
	char *image = calloc(1, area_size);

	ck_assert_ptr_nonnull(image);
	if (kind != UNTOUCHED)
		pattern(image, area_size, seed);
	return image;
}

static void party_waits(struct party *p)
{
	START(p->actor, .op = OP_RECEIVE, .peer = ANY, .ms = TIMEOUT_FOREVER);
	actor_await(p->actor, RECEIVING);
}

/* Areas in which there is a page left on both sides of size bytes, or more. */
static void parties_new(enum memory from, enum memory to, size_t size)
{
	static const int slots[NR_PARTIES] = { SYSTASK(0), PEER_NR, OTHER_NR };
	struct party *p;
	int i;

	area_size = (size + PAGE - 1) / PAGE * PAGE + LEAD;
	for (i = 0; i < NR_PARTIES; i++) {
		p = &parties[i];
		p->source = new_image(from, source_seed(i));
		p->sink = new_image(to, sink_seed(i));
		if (!i)
			continue;
		p->actor = actor_new(PROCESS, slots[i]);
		p->ep = p->actor->ep;
		p->pid = p->actor->pid;
		ASSERT_RC(CALL_RC(p->actor, .op = OP_RUN, .run = run_map,
				  .m = { .m2_i1 = (int)from,
					 .m2_i2 = (int)to,
					 .m2_i3 = i,
					 .m2_l1 = (long)area_size }),
			  OK);
	}
	got = malloc(area_size);
	ck_assert(!mnx_bind_failed(mnx_bind(VMID, slots[0])));
	parties[0].ep = SELF;
	parties[0].pid = getpid();
	ASSERT_RC(map_both(from, to, area_size, 0), OK);
}

static void parties_wait(void)
{
	int i;

	for (i = 1; i < NR_PARTIES; i++)
		party_waits(&parties[i]);
}

static void check_area(pid_t pid, const char *at, const char *image)
{
	size_t i;

	peek(pid, at, got, area_size);
	if (!memcmp(got, image, area_size))
		return;
	for (i = 0; got[i] == image[i]; i++)
		;
	ck_abort_msg("%s: byte %zu of %zu is %#x, not %#x",
		     at == SINK ? "sink" : "source", i, area_size,
		     (unsigned char)got[i], (unsigned char)image[i]);
}

static void check_parties(void)
{
	int i;

	for (i = 0; i < NR_PARTIES; i++) {
		check_area(parties[i].pid, SOURCE, parties[i].source);
		check_area(parties[i].pid, SINK, parties[i].sink);
	}
}

/* To the requester, from the requester, and of third parties */
static const struct {
	int from, to;
} directions[] = {
	{ 1, 0 },
	{ 0, 1 },
	{ 1, 2 },
};

#define NR_DIRECTIONS 3

static int copy(struct party *from, size_t soff, struct party *to, size_t doff,
		size_t size)
{
	int rc = mnx_vcopy(from->ep, SOURCE + soff, to->ep, SINK + doff,
			   (long)size);

	if (!rc)
		memcpy(to->sink + doff, from->source + soff, size);
	return rc;
}

static void tear_down(void)
{
	stage_down();
	pins_check();
}

/* Sizes and alignments */

static const size_t sizes[] = {
	0,
	1,
	63,
	64,
	65,
	4095,
	4096,
	4097,
	64 * KIB - 1,
	64 * KIB,
	64 * KIB + 1,
	MIB + 3,
	MAX_COPY,
	MAX_COPY + 1,
};

#define NR_SIZES ((int)(sizeof(sizes) / sizeof(sizes[0])))

static const size_t alignments[][2] = {
	{ 4095, 1 }, { 0, 0 },     { 0, 1 },    { 1, 0 },
	{ 7, 7 },    { 63, 4095 }, { 2048, 8 }, { 4095, 4095 },
};

#define NR_ALIGNMENTS ((int)(sizeof(alignments) / sizeof(alignments[0])))

static void copy_everywhere(size_t size, int i, int want)
{
	int k, rc;

	for (k = 0; k < NR_DIRECTIONS; k++) {
		rc = copy(&parties[directions[k].from], PAGE + alignments[i][0],
			  &parties[directions[k].to], PAGE + alignments[i][1],
			  size);
		ck_assert_msg(rc == want, "%zu bytes, direction %d: %s", size,
			      k, mnx_strerror(rc));
	}
}

static const enum memory size_kinds[][2] = {
	{ TOUCHED, TOUCHED },
	{ UNTOUCHED, UNTOUCHED },
	{ HUGE_PAGES, HUGE_PAGES },
	{ SHARED_FILE, MEMFD },
};

#define NR_SIZE_KINDS 4

static int nr_alignments(size_t size)
{
	return size < MIB ? NR_ALIGNMENTS : size < MAX_COPY ? 2 : 1;
}

START_TEST(all_sizes)
{
	const enum memory *kinds = size_kinds[_i % NR_SIZE_KINDS];
	size_t size = sizes[_i / NR_SIZE_KINDS];
	int i;

	parties_new(kinds[0], kinds[1], size > MAX_COPY ? PAGE : size);
	parties_wait();
	for (i = 0; i < nr_alignments(size); i++) {
		copy_everywhere(size, i, size > MAX_COPY ? EMOLRANGE : OK);
		check_parties();
	}
}
END_TEST

/*
 * Each kind of memory to each.  The first copies find no pages in the page
 * tables, later ones do, and some that are behind the others' do not again.
 */
START_TEST(all_kinds)
{
	static const size_t some[] = { 65,           4097,         1,
				       64 * KIB - 1, 64 * KIB + 1, 150 * KIB };
	enum memory from = _i / NR_MEMORY, to = _i % NR_MEMORY;
	int i;

	if (to == READ_ONLY)
		return;
	parties_new(from, to, 150 * KIB);
	parties_wait();
	for (i = 0; i < 6; i++)
		copy_everywhere(some[i], i, OK);
	check_parties();
	copy_everywhere(100 * KIB, 6, OK);
	check_parties();
}
END_TEST

/* Children */

static void wait_as_client(void *arg)
{
	message m;

	(void)arg;
	if (mnx_bind_failed(mnx_bind(VMID, CLIENT_NR)))
		_exit(98);
	mnx_receive(ANY, &m);
}

static int run_fork(struct call *call)
{
	(void)call;
	return child_start(wait_as_client, NULL);
}

static struct party client_of(const struct party *parent, pid_t pid)
{
	struct party client = *parent;
	proc_usr_t info;

	slot_await(CLIENT_NR, RECEIVING);
	ASSERT_RC(mnx_getprocinfo(VMID, CLIENT_NR, &info), OK);
	client.ep = info.p_endpoint;
	client.pid = pid;
	client.sink = malloc(area_size);
	memcpy(client.sink, parent->sink, area_size);
	return client;
}

static const enum memory child_kinds[] = { UNTOUCHED, TOUCHED, HUGE_PAGES,
					   PRIVATE_FILE };

#define NR_CHILD_KINDS 4
#define CHILD_BYTES    (100 * KIB)

/* First to one of the two, then to the other, some bytes further on */
static void copy_to_both(struct party *from, struct party *first,
			 struct party *second)
{
	ASSERT_RC(copy(from, PAGE, first, PAGE + 5, CHILD_BYTES), OK);
	check_area(first->pid, SINK, first->sink);
	check_area(second->pid, SINK, second->sink);
	ASSERT_RC(copy(from, PAGE + 1, second, PAGE + 70, CHILD_BYTES), OK);
	check_area(first->pid, SINK, first->sink);
	check_area(second->pid, SINK, second->sink);
}

/* The parent is a party and the child too, and the source is SELF or a third */
START_TEST(forked_party)
{
	struct party *from = &parties[_i % 2 ? 2 : 0], client;
	struct party *parent = &parties[1];
	pid_t pid;

	parties_new(TOUCHED, child_kinds[_i / 4], CHILD_BYTES + 100);
	pid = CALL_RC(parent->actor, .op = OP_RUN, .run = run_fork);
	ck_assert_int_gt(pid, 0);
	client = client_of(parent, pid);
	parties_wait();
	if (_i / 2 % 2)
		copy_to_both(from, parent, &client);
	else
		copy_to_both(from, &client, parent);
	check_parties();
}
END_TEST

/* The parent is the requester. */
START_TEST(forked_requester)
{
	struct party *from = &parties[_i % 2 ? 2 : 1], client;
	pid_t pid;

	parties_new(TOUCHED, child_kinds[_i / 4], CHILD_BYTES + 100);
	parties_wait();
	pid = child_start(wait_as_client, NULL);
	client = client_of(&parties[0], pid);
	if (_i / 2 % 2)
		copy_to_both(from, &parties[0], &client);
	else
		copy_to_both(from, &client, &parties[0]);
	check_parties();
	child_kill(pid);
}
END_TEST

/*
 * A party that forks all the time: what a child has got of its memory is torn,
 * but does not change any more.
 */
#define NR_FORKS   40
#define FORK_BYTES (64 * KIB)

static struct {
	atomic_int forks, changed;
} forker;

static void *fork_all_the_time(void *arg)
{
	static char before[FORK_BYTES];
	int status;
	pid_t pid;

	for (;;) {
		pid = fork();
		if (!pid) {
			memcpy(before, SINK + PAGE, FORK_BYTES);
			breathe();
			breathe();
			_exit(!!memcmp(before, SINK + PAGE, FORK_BYTES));
		}
		waitpid(pid, &status, 0);
		if (status)
			atomic_fetch_add(&forker.changed, 1);
		atomic_fetch_add(&forker.forks, 1);
	}
	return arg;
}

static int run_forker(struct call *call)
{
	pthread_t thread;

	(void)call;
	REQUIRE(!pthread_create(&thread, NULL, fork_all_the_time, NULL));
	return OK;
}

static bool has_forked(pid_t pid)
{
	int forks = 0, changed = 0;

	peek(pid, &forker.forks, &forks, sizeof(forks));
	peek(pid, &forker.changed, &changed, sizeof(changed));
	ck_assert_msg(!changed, "%d children of %d saw a copy", changed, forks);
	return forks >= NR_FORKS;
}

START_TEST(forking_party)
{
	struct party *from = &parties[_i % 2 ? 2 : 0];
	struct party *to = &parties[1];
	size_t i;

	parties_new(TOUCHED, _i / 2 ? HUGE_PAGES : TOUCHED, FORK_BYTES + PAGE);
	ASSERT_RC(CALL_RC(to->actor, .op = OP_RUN, .run = run_forker), OK);
	parties_wait();
	for (i = 0; i % 16 || !has_forked(to->pid); i++) {
		ASSERT_RC(copy(from, PAGE + i % 64, to, PAGE, FORK_BYTES), OK);
		check_area(to->pid, SINK, to->sink);
	}
}
END_TEST

/* Scattered memory */

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

	peek(p->pid, SINK, got, area_size);
	ck_assert(!memcmp(got, p->sink, MIDDLE_AT));
	ck_assert(!memcmp(got + end, p->sink + end, area_size - end));
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
	for (i = 0; i < NR_TRIES; i++) {
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
	ck_assert_int_gt(copied, 0);
	ck_assert_int_lt(copied, NR_TRIES);
	for (i = 0; i < NR_PARTIES; i++)
		check_area(parties[i].pid, SOURCE, parties[i].source);
}
END_TEST

/* Files that are not of the kind that memfd_create(2) makes */
static void mount_files(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("copies", FILES, "ramfs", 0, NULL)) {
		perror(FILES);
		exit(EXIT_FAILURE);
	}
}

static void set_up(void)
{
	stage_up();
	seed = (unsigned int)time(NULL);
}

static void set_up_random(void)
{
	set_up();
	printf("seed %u\n", seed);
}

static TCase *new_case(Suite *suite, const char *name, void (*up)(void))
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, up, tear_down);
	suite_add_tcase(suite, tc);
	return tc;
}

int main(void)
{
	Suite *suite = suite_create("copied data");
	TCase *tc;

	stage_init();
	mount_files();
	tc = new_case(suite, "sizes", set_up);
	tcase_add_loop_test(tc, all_sizes, 0, NR_SIZES * NR_SIZE_KINDS);
	tc = new_case(suite, "kinds", set_up);
	tcase_add_loop_test(tc, all_kinds, 0, NR_MEMORY * NR_MEMORY);
	tc = new_case(suite, "children", set_up);
	tcase_add_loop_test(tc, forked_party, 0, 4 * NR_CHILD_KINDS);
	tcase_add_loop_test(tc, forked_requester, 0, 4 * NR_CHILD_KINDS);
	tcase_add_loop_test(tc, forking_party, 0, 4);
	tc = new_case(suite, "scattered", set_up_random);
	tcase_add_loop_test(tc, scattered, 0, NR_DIRECTIONS);
	tcase_add_test(tc, scattered_badly);
	tcase_add_loop_test(tc, changing_vectors, 0, NR_DIRECTIONS);
	return run_suite(suite);
}
