// SPDX-License-Identifier: GPL-2.0-or-later
/* systask/record: messages of the group, good ones and others */
#include <stdlib.h>
#include <string.h>

#include "common/util.h"
#include "systask/record.h"
#include "suite.h"

static unsigned char bytes[RECORD_MAX + 64];
static struct slots_msg back;

static const struct slots_msg info = {
	.type = SLOTS_INFO,
	.table = 0x0102030405060708,
	.life = 9,
	.nonce = 10,
	.count = 2,
	.params = 0x1112131415161718,
	.nr_ids = 2,
	.id = { { 1, 1000, 9 }, { 63, 1001, 0xffffffff } },
};
static const struct slots_msg part = {
	.type = SLOTS_PART,
	.table = 1,
	.life = 9,
	.nonce = 10,
	.count = 1,
	.nr_entries = 2,
	.entry = { { 0, { 1, 9 }, 1 },
		   { SLOTS_MAX - 1, { 63, 7 }, RECORD_VERSIONS - 1 } },
};
static const struct slots_msg request = {
	.type = SLOTS_REQUEST,
	.table = 1,
	.life = 9,
	.count = 5,
	.to = { 2, 3, 0 },
};
static const struct slots_msg donate = {
	.type = SLOTS_DONATE,
	.table = 1,
	.life = 9,
	.flags = SLOTS_LAST,
	.to = { 2, 3, 4 },
	.nr_entries = 1,
	.entry = { { 5, { 2, 4 }, 6 } },
};
static const struct slots_msg propose = {
	.type = SLOTS_PROPOSE,
	.life = 9,
	.nonce = 11,
	.flags = SLOTS_FORCED,
	.dead = UINT64_C(1) << 63,
};
static const struct slots_msg consent = {
	.type = SLOTS_CONSENT,
	.life = 9,
	.nonce = 11,
	.flags = SLOTS_LAST,
	.to = { 2, 3, 4 },
};
static const struct slots_msg *const all[] = { &info,   &part,    &request,
					       &donate, &propose, &consent };

/* From a buffer of just that size: what reads beyond it is seen. */
static enum record_error decode(size_t len)
{
	unsigned char *copy = malloc(len ? len : 1);
	enum record_error error;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, len);
	error = record_decode(&back, copy, len);
	free(copy);
	return error;
}

static void check_same(const struct slots_msg *m)
{
	ck_assert_int_eq(back.type, m->type);
	ck_assert_uint_eq(back.table, m->table);
	ck_assert_uint_eq(back.life, m->life);
	ck_assert_uint_eq(back.nonce, m->nonce);
	ck_assert_uint_eq(back.flags, m->flags);
	ck_assert_uint_eq(back.count, m->count);
	ck_assert_uint_eq(back.dead, m->dead);
	ck_assert_uint_eq(back.params, m->params);
	ck_assert_mem_eq(&back.to, &m->to, sizeof(m->to));
	ck_assert_uint_eq(back.nr_ids, m->nr_ids);
	ck_assert_uint_eq(back.nr_entries, m->nr_entries);
	ck_assert(!memcmp(back.id, m->id, m->nr_ids * sizeof(*m->id)));
	for (uint32_t i = 0; i < m->nr_entries; i++) {
		ck_assert_uint_eq(back.entry[i].slot, m->entry[i].slot);
		ck_assert_uint_eq(back.entry[i].version, m->entry[i].version);
		ck_assert_mem_eq(&back.entry[i].owner, &m->entry[i].owner,
				 sizeof(m->entry[i].owner));
	}
}

START_TEST(all_come_back)
{
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		size_t len = record_encode(bytes, all[i]);

		ck_assert_int_eq(decode(len), RECORD_OK);
		check_same(all[i]);
	}
}
END_TEST

START_TEST(the_largest_fits)
{
	static struct slots_msg m;

	m = info;
	m.nr_ids = SLOTS_MEMBERS;
	ck_assert_int_eq(decode(record_encode(bytes, &m)), RECORD_OK);
	m = part;
	m.nr_entries = SLOTS_ENTRIES;
	for (uint32_t i = 0; i < SLOTS_ENTRIES; i++)
		m.entry[i] = part.entry[0];
	ck_assert_int_eq(decode(record_encode(bytes, &m)), RECORD_OK);
	ck_assert_uint_le(record_encode(bytes, &m), RECORD_MAX);
}
END_TEST

START_TEST(bytes_are_as_described)
{
	static const unsigned char expected[] = {
		'M', '3', 'G', 'R', 1, 0, 1, 0, 8, 7,  6,
		5,   4,   3,   2,   1, 9, 0, 0, 0, 10,
	};

	record_encode(bytes, &info);
	ck_assert_mem_eq(bytes, expected, sizeof(expected));
	ck_assert_uint_eq(bytes[56], 0x18);
	ck_assert_uint_eq(bytes[72], 1);
	ck_assert_uint_eq(bytes[84], 63);
}
END_TEST

START_TEST(no_other_length)
{
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		size_t len = record_encode(bytes, all[i]);

		for (size_t n = 0; n < len; n++)
			ck_assert_int_ne(decode(n), RECORD_OK);
		for (size_t n = 1; n < 64; n++)
			ck_assert_int_eq(decode(len + n), RECORD_BADLENGTH);
	}
}
END_TEST

static const struct {
	const struct slots_msg *m;
	size_t at;
	unsigned char value;
	enum record_error error;
} bad[] = {
	{ &info, 0, 'm', RECORD_BADMAGIC },
	{ &info, 4, 2, RECORD_BADVERSION },
	{ &info, 5, 1, RECORD_BADVERSION },
	{ &info, 6, 0, RECORD_BADTYPE },
	{ &info, 6, SLOTS_TYPES, RECORD_BADTYPE },
	{ &info, 7, 1, RECORD_BADTYPE },
	{ &info, 16, 0, RECORD_BADLIFE },
	{ &part, 8, 0, RECORD_BADLIFE },
	{ &info, 24, SLOTS_LAST, RECORD_BADFLAGS },
	{ &donate, 24, SLOTS_FOUND, RECORD_BADFLAGS },
	{ &propose, 27, 0x80, RECORD_BADFLAGS },
	{ &info, 28, 0, RECORD_BADCOUNT },
	{ &info, 32, 1, RECORD_BADMEMBER },
	{ &donate, 32, 64, RECORD_BADNODE },
	{ &info, 44, 1, RECORD_BADLENGTH },
	{ &info, 47, 0xff, RECORD_BADCOUNT },
	{ &part, 44, 1, RECORD_BADMEMBER },
	{ &info, 48, 1, RECORD_BADMEMBER },
	{ &part, 56, 1, RECORD_BADMEMBER },
	{ &part, 67, 0xff, RECORD_BADCOUNT },
	{ &request, 64, 1, RECORD_BADMEMBER },
	{ &info, 68, 1, RECORD_BADMEMBER },
	{ &info, 72, 64, RECORD_BADNODE },
	{ &part, 74, 1, RECORD_BADENTRY },
	{ &part, 76, 64, RECORD_BADENTRY },
	{ &part, 80, 0, RECORD_BADENTRY },
	{ &part, 84, 0, RECORD_BADENTRY },
	{ &part, 91, 0x40, RECORD_BADENTRY },
};

START_TEST(bad_ones_are_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		size_t len = record_encode(bytes, bad[i].m);

		bytes[bad[i].at] = bad[i].value;
		ck_assert_msg(decode(len) == bad[i].error,
			      "byte %zu of type %d: %s", bad[i].at,
			      bad[i].m->type, record_error_name(decode(len)));
	}
}
END_TEST

/* Whatever is taken as good can be encoded again, and is the same. */
START_TEST(any_byte_may_change)
{
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		size_t len = record_encode(bytes, all[i]);

		for (size_t n = 0; n < len * 256; n++) {
			static unsigned char again[RECORD_MAX];

			record_encode(bytes, all[i]);
			bytes[n / 256] = (unsigned char)n;
			if (decode(len) != RECORD_OK)
				continue;
			ck_assert_uint_eq(record_encode(again, &back), len);
			ck_assert_mem_eq(again, bytes, len);
		}
	}
}
END_TEST

START_TEST(errors_have_names)
{
	for (int i = 0; i < RECORD_ERRORS; i++)
		ck_assert_ptr_nonnull(record_error_name(i));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, all_come_back);
	tcase_add_test(tc, the_largest_fits);
	tcase_add_test(tc, bytes_are_as_described);
	tcase_add_test(tc, no_other_length);
	tcase_add_test(tc, bad_ones_are_refused);
	tcase_add_test(tc, any_byte_may_change);
	tcase_add_test(tc, errors_have_names);
}

int main(void)
{
	return suite_run("record", add);
}
