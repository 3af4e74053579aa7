// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "parties.h"
#include "roles.h"

#define FILES "/mnt"

/* Memory */

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

bool has_huge_pages(void)
{
	return !access("/sys/kernel/mm/transparent_hugepage", F_OK);
}

static int map_huge(char *at, size_t size)
{
	char *first = at + LEAD - TABLE;

	size = (size + TABLE - LEAD + TABLE - 1) / TABLE * TABLE;
	REQUIRE(map_at(first, size, MAP_PRIVATE | MAP_ANONYMOUS, -1));
	REQUIRE(!madvise(first, size, MADV_HUGEPAGE) || !has_huge_pages());
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

/* Files that are not of the kind that memfd_create(2) makes */
void mount_files(void)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("copies", FILES, "ramfs", 0, NULL)) {
		perror(FILES);
		exit(EXIT_FAILURE);
	}
}

/* Parties */

struct party parties[NR_PARTIES];
size_t area_size;
static char *got; /* of the area that is checked */

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

void parties_new(enum memory from, enum memory to, size_t size)
{
	static const int slots[NR_PARTIES] = { SYSTASK_0, PEER_NR, OTHER_NR };
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

void parties_wait(void)
{
	int i;

	for (i = 1; i < NR_PARTIES; i++)
		party_waits(&parties[i]);
}

void check_area(pid_t pid, const char *at, const char *image)
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

void check_parties(void)
{
	int i;

	for (i = 0; i < NR_PARTIES; i++) {
		check_area(parties[i].pid, SOURCE, parties[i].source);
		check_area(parties[i].pid, SINK, parties[i].sink);
	}
}

const struct direction directions[NR_DIRECTIONS] = {
	{ 1, 0 },
	{ 0, 1 },
	{ 1, 2 },
};

int copy(struct party *from, size_t soff, struct party *to, size_t doff,
	 size_t size)
{
	int rc = mnx_vcopy(from->ep, SOURCE + soff, to->ep, SINK + doff,
			   (long)size);

	if (!rc)
		memcpy(to->sink + doff, from->source + soff, size);
	return rc;
}
