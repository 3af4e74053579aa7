// SPDX-License-Identifier: GPL-2.0-or-later
/* is/parts: a table that comes in parts, from an honest node and from others */
#include <stdlib.h>
#include <string.h>

#include "is/parts.h"
#include "suite.h"

#define NR_TASKS_HERE 5
#define SLOTS         30
#define SERIAL        77

static const VM_usr_t vm = { .vm_vmid = 2,
			     .vm_nr_tasks = NR_TASKS_HERE,
			     .vm_nr_procs = SLOTS - NR_TASKS_HERE,
			     .vm_nr_sysprocs = 10 };
static struct table theirs, ours;
static struct parts parts;
static sys_part_t part;
static uint32_t serials[SLOTS];

static void begin(int what)
{
	ck_assert(table_make(&theirs, what, &vm));
	ck_assert(table_make(&ours, what, &vm));
	parts_begin(&parts, &ours, &vm, &part);
	for (int i = 0; i < SLOTS; i++)
		serials[i] = SERIAL;
}

static void finish(void)
{
	table_free(&theirs);
	table_free(&ours);
}

static char *their(int i)
{
	return theirs.at + (size_t)i * theirs.size;
}

static char *our(int i)
{
	return ours.at + (size_t)i * ours.size;
}

/* As an honest node answers: what is next, and not all zero */
static void node_answers(void)
{
	static const char zero[SYS_PART];
	size_t n;

	part.nr = theirs.nr;
	for (; part.which < theirs.nr; part.which++, part.offset = 0)
		for (; part.offset < (int)theirs.size;
		     part.offset += SYS_PART) {
			n = theirs.size - (size_t)part.offset;
			n = n < SYS_PART ? n : SYS_PART;
			if (!memcmp(their(part.which) + part.offset, zero, n))
				continue;
			memcpy(part.part, their(part.which) + part.offset, n);
			part.serial = serials[part.which];
			return;
		}
	part.offset = -1;
}

static int step(void)
{
	node_answers();
	return parts_take(&parts, &part);
}

static void take_all(void)
{
	int rc;

	do {
		rc = step();
	} while (!rc);
	ck_assert_int_eq(rc, PARTS_DONE);
}

/* Any bytes, many of them zero */
static void fill(char *at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (char)(rand() % 40 ? 0 : rand());
}

START_TEST(all)
{
	static const int kinds[] = { GET_MACHINE, GET_KINFO, GET_PRIVTAB,
				     GET_SLOTSTAB };

	srand((unsigned int)_i + 1);
	begin(kinds[_i % 4]);
	fill(theirs.at, theirs.size * (size_t)theirs.nr);
	take_all();
	ck_assert_mem_eq(ours.at, theirs.at, theirs.size * (size_t)theirs.nr);
	finish();
}
END_TEST

/* Slots without a process are as the driver has them. */
START_TEST(processes)
{
	const proc_usr_t p = { .p_nr = 3, .p_endpoint = 3, .p_name = "last" };
	const proc_usr_t *q;

	begin(GET_PROCTAB);
	ck_assert_int_eq(ours.nr, SLOTS);
	memcpy(their(8), &p, sizeof(p));
	take_all();
	ck_assert_mem_eq(our(8), &p, sizeof(p));
	q = (proc_usr_t *)our(9);
	ck_assert_int_eq(q->p_nr, 4);
	ck_assert_int_eq(q->p_vmid, 2);
	ck_assert_int_eq(q->p_endpoint, NONE);
	ck_assert_uint_eq(q->p_rts_flags, SLOT_FREE);
	q = (proc_usr_t *)our(0);
	ck_assert_int_eq(q->p_nr, -NR_TASKS_HERE);
	finish();
}
END_TEST

/* Another process has the slot meanwhile: nothing is left of the first one. */
START_TEST(another)
{
	proc_usr_t p = { .p_nr = 3, .p_uid = 1000, .p_name = "first" };

	begin(GET_PROCTAB);
	memcpy(their(8), &p, sizeof(p));
	for (int i = 0; i <= _i; i++)
		ck_assert_int_eq(step(), 0);
	p = (proc_usr_t){ .p_nr = 3, .p_gid = 5, .p_name = "next" };
	memcpy(their(8), &p, sizeof(p));
	serials[8]++;
	take_all();
	ck_assert_mem_eq(our(8), &p, sizeof(p));
	finish();
}
END_TEST

/* One that looks at some entries at a time */
START_TEST(some)
{
	begin(GET_PRIVTAB);
	part = (sys_part_t){ .nr = SLOTS, .which = 4, .offset = -1 };
	ck_assert_int_eq(parts_take(&parts, &part), 0);
	ck_assert_int_eq(part.what, GET_PRIVTAB);
	ck_assert_int_eq(part.which, 4);
	ck_assert_int_eq(part.offset, 0);
	part = (sys_part_t){ .nr = SLOTS, .which = 4, .offset = -1 };
	ck_assert_int_eq(parts_take(&parts, &part), EMOLBADMSG);
	finish();
}
END_TEST

static const sys_part_t bad[] = {
	{ .nr = SLOTS - 1 },
	{ .nr = SLOTS + 1 },
	{ .nr = SLOTS, .which = -1 },
	{ .nr = SLOTS, .which = 3 },
	{ .nr = SLOTS, .which = SLOTS },
	{ .nr = SLOTS, .which = SLOTS + 1 },
	{ .nr = SLOTS, .which = SLOTS + 1, .offset = -1 },
	{ .nr = SLOTS, .which = 4, .offset = 0 },
	{ .nr = SLOTS, .which = 4, .offset = -1 },
	{ .nr = SLOTS, .which = 5, .offset = -2 },
	{ .nr = SLOTS, .which = 5, .offset = 1 },
	{ .nr = SLOTS, .which = 5, .offset = 3 * SYS_PART },
	{ .nr = SLOTS, .which = 5, .offset = INT32_MAX / SYS_PART * SYS_PART },
};

START_TEST(liar)
{
	begin(GET_PRIVTAB);
	ck_assert_uint_le(ours.size, 3 * SYS_PART);
	part = (sys_part_t){ .nr = SLOTS, .which = 4 };
	ck_assert_int_eq(parts_take(&parts, &part), 0);
	part = bad[_i];
	ck_assert_int_eq(parts_take(&parts, &part), EMOLBADMSG);
	finish();
}
END_TEST

/* Anything, much of it near to what could be */
START_TEST(anything)
{
	int rc;

	srand((unsigned int)_i + 1);
	for (int i = 0; i < 2000; i++) {
		begin((int)(rand() % (GET_SLOTSTAB + 1)));
		do {
			part.nr = ours.nr;
			part.which += (int)(rand() % 4) - (rand() % 9 == 0);
			part.offset += SYS_PART * ((int)(rand() % 4) - 1);
			part.serial = rand() % 5 == 0;
			if (rand() % 50 == 0)
				part.offset = (int)rand();
			rc = parts_take(&parts, &part);
		} while (!rc);
		ck_assert(rc == PARTS_DONE || rc == EMOLBADMSG);
		finish();
	}
}
END_TEST

START_TEST(no_table)
{
	static const int none[] = { -1, GET_PROCINFO, GET_NODES, GET_NAMES,
				    SYS_NR_WHAT };

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		ck_assert(!table_make(&ours, none[i], &vm));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_loop_test(tc, all, 0, 40);
	tcase_add_test(tc, processes);
	tcase_add_loop_test(tc, another, 0, 2);
	tcase_add_test(tc, some);
	tcase_add_loop_test(tc, liar, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_loop_test(tc, anything, 0, 5);
	tcase_add_test(tc, no_table);
}

int main(void)
{
	return suite_run("parts", add);
}
