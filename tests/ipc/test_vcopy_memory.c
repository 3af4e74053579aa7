// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies from and to bad memory of each party: an error, and all go on.
 */
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "copy.h"
#include "roles.h"

static struct {
	const char *name;
	char *addr;
	bool readable;
} memory[16];
static int nr_memory;

static void add_memory(const char *name, void *addr, bool readable)
{
	memory[nr_memory].name = name;
	memory[nr_memory].addr = addr;
	memory[nr_memory++].readable = readable;
}

/* Half of "bytes" is good, the other is not. */
static void add_half(const char *name, char *pages, int bytes, bool readable)
{
	add_memory(name, pages + PAGE - bytes / 2, readable);
}

static char *cut_file(void)
{
	int fd = memfd_create("short", MFD_CLOEXEC);
	char *pages;

	ck_assert(!ftruncate(fd, PAGE));
	pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(pages, MAP_FAILED);
	close(fd);
	return pages;
}

static void bad_memory(void)
{
	char *p;

	add_memory("NULL", NULL, false);
	add_memory("the kernel", (void *)0xffff888000001000, false);
	add_memory("the end", (void *)(ULONG_MAX - LEN / 2), false);
	add_memory("no address", (void *)0x900000000000, false);
	add_memory("the border", (void *)(0x7ffffffff000 - LEN / 2), false);
	add_memory("vsyscall", (void *)0xffffffffff600000, false);
	/* Far from where other mappings go: nothing is to fill the hole. */
	p = mmap((void *)0x20000000, 3 * PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	ck_assert_ptr_ne(p, MAP_FAILED);
	munmap(p + PAGE, PAGE);
	add_memory("a hole", p + PAGE, false);
	add_half("before a hole", p, LEN, false);
	add_memory("behind a hole", p + 2 * PAGE - LEN / 2, false);
	p = new_pages(3);
	memset(p, 1, 3 * PAGE);
	mprotect(p + PAGE, PAGE, PROT_NONE);
	add_memory("a guard", p + PAGE, false);
	add_half("before a guard", p, LEN, false);
	p = new_pages(3);
	memset(p, 1, 3 * PAGE);
	mprotect(p + PAGE, PAGE, PROT_READ);
	add_memory("read-only", p + PAGE, true);
	add_half("before read-only", p, LEN, true);
	p = cut_file();
	add_memory("behind the file", p + PAGE, false);
	add_half("the file's end", p, LEN, false);
}

#define NR_MEMORY 15

enum place {
	MINE,
	THE_PEERS,
	OF_THIRD,
	NR_PLACES
};

static int copy_bad(struct actor *rqtr, enum place place, bool read, char *bad)
{
	int own = place == OF_THIRD ? other->ep : SELF;

	if (place == MINE)
		return read ? CALL_RC(rqtr,
				      VCOPY(SELF, bad, peer_ep, sink, LEN)) :
			      CALL_RC(rqtr,
				      VCOPY(peer_ep, source, SELF, bad, LEN));
	return read ? CALL_RC(rqtr, VCOPY(peer_ep, bad, own, sink, LEN)) :
		      CALL_RC(rqtr, VCOPY(own, source, peer_ep, bad, LEN));
}

static void check_memory(enum place place, bool read)
{
	struct actor *rqtr;
	int i, rc;

	bad_memory();
	ck_assert_int_eq(nr_memory, NR_MEMORY);
	roles_set(PROCESS, RECEIVES_ME);
	rqtr = place == OF_THIRD ? actor_new(PROCESS, SYSTASK_0) : me;
	START(other, .op = OP_RECEIVE, .peer = ANY, .ms = TIMEOUT_FOREVER);
	actor_await(other, RECEIVING);
	for (i = 0; i < nr_memory; i++) {
		rc = copy_bad(rqtr, place, read, memory[i].addr);
		ck_assert_msg(rc == (read && memory[i].readable ? OK :
								  EMOLFAULT),
			      "%s %s: %s", read ? "from" : "to", memory[i].name,
			      mnx_strerror(rc));
		ck_assert(slot_is(PEER_NR, RECEIVING));
	}
	/* All are well. */
	memset(sink, 0x55, sizeof(sink));
	poke(me->pid, sink, sink, sizeof(sink));
	ASSERT_RC(copy_in_role(me, SELF, peer_ep, FROM_PEER), OK);
	ck_assert(has_arrived(me->pid));
}

START_TEST(bad_addresses)
{
	check_memory(_i / 2, _i % 2);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ bad_addresses, 2 * NR_PLACES },
	};

	stage_init();
	return RUN_TESTS("copies of bad memory", 120, copy_up, copies_down,
			 tests);
}
