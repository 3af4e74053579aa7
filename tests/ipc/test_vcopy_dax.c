// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies of a mapped file of a DAX file system: its pages are marked otherwise
 * than others in a page table, the huge ones too.  The file looks like a page
 * table, and must not be taken for one.
 *
 * Needs memory that is set aside as persistent, as memmap=64M!768M among the
 * parameters of the kernel does (M3_VM_APPEND); elsewhere there is nothing to
 * test.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "copy.h"
#include "parties.h"
#include "roles.h"

#define DEVICE    "/dev/pmem0"
#define FILE_SIZE (1L << 21) /* a huge page */
#define AREA      ((char *)0x20000000)
#define ENTRY     0x67UL /* a dirty page that the user may read and write */

/* Every actor has its own, at the same address. */
static char memory[FILE_SIZE];
static char *lure; /* a page */

static int file;

static void make_file(void)
{
	ck_assert(!unlink("/mnt/file") || errno == ENOENT);
	file = open("/mnt/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_ge(file, 0);
	ck_assert(!posix_fallocate(file, 0, FILE_SIZE));
}

static void set_up(void)
{
	copy_up();
	make_file();
	fill(memory, sizeof(memory), 1);
	lure = new_pages(1);
}

static void tear_down(void)
{
	copies_down();
	close(file);
}

/* A page table's entry for the caller's lure */
static uint64_t lure_entry(void)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	off_t at = (off_t)((uintptr_t)lure / PAGE * sizeof(uint64_t));
	uint64_t info = 0;

	memset(lure, 'x', PAGE);
	if (pread(fd, &info, sizeof(info), at) != sizeof(info))
		info = 0;
	close(fd);
	return (info & ((1ULL << 55) - 1)) * PAGE | ENTRY;
}

static long nr_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

/*
 * In the party: maps the file at an address, and fills it with entries.  How
 * many faults that takes shows whether it is a huge page.
 */
static int run_map(struct call *call)
{
	uint64_t *p = mmap(call->m.m1_p1, FILE_SIZE, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_FIXED_NOREPLACE, file, 0);
	uint64_t entry = lure_entry();
	long i, before = nr_faults();

	REQUIRE(p == (void *)call->m.m1_p1);
	REQUIRE(entry > PAGE);
	for (i = 0; i < FILE_SIZE / (long)sizeof(*p); i++)
		p[i] = entry;
	return (int)(nr_faults() - before);
}

/*
 * Where it is mapped in the party: as a huge page, if the kernel has such, or
 * at no address for one
 */
static char *map(struct actor *a, bool huge)
{
	char *at = huge ? AREA : AREA + PAGE;
	int faults =
		CALL_RC(a, .op = OP_RUN, .run = run_map, .m = { .m1_p1 = at });

	huge = huge && has_huge_pages();
	ck_assert_msg(huge ? faults > 0 && faults < 10 :
			     faults >= FILE_SIZE / PAGE,
		      "%d faults", faults);
	return at;
}

/* It is the same there as an image of it. */
static void check_file(const char *image, long offset, long len)
{
	static char found[FILE_SIZE];

	ck_assert_int_eq(pread(file, found, (size_t)len, offset), len);
	ck_assert(!memcmp(found, image + offset, (size_t)len));
}

static const struct {
	long offset, len;
} places[] = {
	{ 3 * PAGE - LEN / 2, LEN },
	{ 8, FILE_SIZE - 16 },
};

START_TEST(looks_like_a_page_table)
{
	long offset = places[_i / 2].offset, len = places[_i / 2].len;
	static char entries[FILE_SIZE], seen[FILE_SIZE];
	char *own = memory + offset, *at;

	me = actor_new(PROCESS, ME_NR);
	peer = actor_new(PROCESS, PEER_NR);
	at = map(peer, _i % 2) + offset;
	START(peer, .op = OP_RECEIVE, .peer = me->ep, .ms = TIMEOUT_FOREVER);
	actor_await(peer, RECEIVING);
	ck_assert_int_eq(pread(file, entries, FILE_SIZE, 0), FILE_SIZE);

	ASSERT_RC(CALL_RC(me, VCOPY(SELF, own, peer->ep, at, len)), OK);
	check_file(entries, 0, offset);
	check_file(memory, offset, len);
	check_file(entries, offset + len, FILE_SIZE - offset - len);

	ck_assert_int_eq(pwrite(file, entries, FILE_SIZE, 0), FILE_SIZE);
	ASSERT_RC(CALL_RC(me, VCOPY(peer->ep, at, SELF, own, len)), OK);
	peek(me->pid, own, seen, (size_t)len);
	ck_assert(!memcmp(seen, entries + offset, (size_t)len));
}
END_TEST

static bool has_pmem(void)
{
	return !system("grep -q 'Persistent Memory (legacy)' /proc/iomem");
}

/* Its extents are aligned to huge pages. */
static const char format[] =
	"modprobe -a nd_e820 nd_pmem && "
	"mkfs.ext4 -q -O bigalloc,^has_journal -C 2097152 -b 4096 " DEVICE;

/* For this program alone */
static void mount_dax(void)
{
	if (system(format) || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount(DEVICE, "/mnt", "ext4", 0, "dax=always")) {
		fprintf(stderr, "no DAX file system on %s\n", DEVICE);
		exit(EXIT_FAILURE);
	}
}

int main(void)
{
	const struct test tests[] = {
		{ looks_like_a_page_table, 2 * NR_OF(places) },
	};

	if (access("/run/m3vm", F_OK)) {
		puts("skipped: not in the test VM, whose disks nobody misses");
		return EXIT_SUCCESS;
	}
	if (!has_pmem()) {
		puts("skipped: no memory is set aside as persistent");
		return EXIT_SUCCESS;
	}
	mount_dax();
	stage_init();
	return RUN_TESTS("copies of DAX files", 60, set_up, tear_down, tests);
}
