// SPDX-License-Identifier: GPL-2.0-or-later
/* systask/moves_record: messages about moves, good ones and others */
#define _DEFAULT_SOURCE
#include <stdlib.h>
#include <string.h>

#include "common/le.h"
#include "common/util.h"
#include "systask/moves_record.h"
#include "suite.h"

static unsigned char bytes[MOVES_RECORD_MAX + 64];
static struct moves_msg back;

#define ENTRY                                                             \
	{                                                                 \
		.endpoint = 4, .node = 2, .term = 3, .maker = 0xfffffffe, \
		.count = 5, .revision = 6, .map = UINT64_C(1) << 63,      \
	}

static const struct moves_msg hello = {
	.type = MOVES_HELLO,
	.life = 9,
	.number = 1,
};
static const struct moves_msg state = {
	.type = MOVES_STATE,
	.life = 9,
	.flags = MOVES_FIRST | MOVES_LAST,
	.hello = { [0] = 1, [63] = 0xffffffff },
	.nr = 3,
	.fact = { { .kind = MOVES_ENTRY, .e = ENTRY },
		  { .kind = MOVES_READY, .e = { .endpoint = -3 } },
		  { .kind = MOVES_HAS_VOTED,
		    .id = { 9, 1 },
		    .e = { .endpoint = 4 } } },
};
static const struct moves_msg start = {
	.type = MOVES_START,
	.life = 9,
	.id = { 9, 1 },
	.want = { .pid = 100, .uid = 1000 },
	.to = { 2, 3, 0 },
	.nr = 1,
	.fact = { { .kind = MOVES_ENTRY, .e = { .endpoint = 4, .node = 1 } } },
};
static const struct moves_msg vote = {
	.type = MOVES_VOTE,
	.life = 9,
	.id = { 9, 1 },
	.why = MOVES_REFUSED,
	.rc = -332,
	.nr = 1,
	.fact = { { .kind = MOVES_ENTRY, .e = { .endpoint = 4 } } },
};
static const struct moves_msg commit = {
	.type = MOVES_COMMIT,
	.life = 9,
	.id = { 9, 1 },
	.to = { 2, 3, 0 },
	.nr = 1,
	.fact = { { .kind = MOVES_ENTRY, .e = ENTRY } },
};
static const struct moves_msg rollback = {
	.type = MOVES_ROLLBACK,
	.life = 9,
	.id = { 9, 1 },
	.why = MOVES_LATE,
	.nr = 1,
	.fact = { { .kind = MOVES_ENTRY, .e = { .endpoint = 4 } } },
};
static const struct moves_msg set = {
	.type = MOVES_SET,
	.life = 9,
	.nr = 1,
	.fact = { { .kind = MOVES_GONE, .e = { .endpoint = 4 } } },
};
static const struct moves_msg promote = {
	.type = MOVES_PROMOTE,
	.life = 9,
	.from = MOVES_NOBODY,
	.to = { 2, 3, 0 },
	.nr = 1,
	.fact = { { .kind = MOVES_ENTRY, .e = ENTRY } },
};
static const struct moves_msg *const all[] = {
	&hello, &state, &start, &vote, &commit, &rollback, &set, &promote,
};

/* From a buffer of just that size: what reads beyond it is seen. */
static enum record_error decode(size_t len)
{
	unsigned char *copy = malloc(len ? len : 1);
	enum record_error error;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, len);
	error = moves_decode(&back, copy, len);
	free(copy);
	return error;
}

static enum record_error with16(const struct moves_msg *m, size_t at,
				uint16_t value)
{
	const size_t len = moves_encode(bytes, m);

	le_put16(bytes, at, value);
	return decode(len);
}

static enum record_error with(const struct moves_msg *m, size_t at,
			      uint32_t value)
{
	const size_t len = moves_encode(bytes, m);

	le_put32(bytes, at, value);
	return decode(len);
}

START_TEST(comes_back)
{
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		const size_t len = moves_encode(bytes, all[i]);

		memset(&back, 0, sizeof(back));
		ck_assert_int_eq(decode(len), RECORD_OK);
		ck_assert_mem_eq(&back, all[i], sizeof(back));
		ck_assert_int_eq(decode(len - 1), len > MOVES_RECORD_HEADER ?
							  RECORD_BADLENGTH :
							  RECORD_SHORT);
		ck_assert_int_eq(decode(len + 1), RECORD_BADLENGTH);
		ck_assert_int_eq(decode(MOVES_RECORD_HEADER - 1), RECORD_SHORT);
	}
}
END_TEST

START_TEST(headers)
{
	ck_assert_int_eq(with(&set, 0, RECORD_MAGIC), RECORD_BADMAGIC);
	ck_assert_int_eq(with16(&set, 4, 2), RECORD_BADVERSION);
	ck_assert_int_eq(with16(&set, 6, 0), RECORD_BADTYPE);
	ck_assert_int_eq(with16(&set, 6, MOVES_TYPES), RECORD_BADTYPE);
	ck_assert_int_eq(with(&set, 8, MOVES_FIRST), RECORD_BADFLAGS);
	ck_assert_int_eq(with(&state, 8, MOVES_CLAIM), RECORD_BADFLAGS);
	ck_assert_int_eq(with(&set, 12, 0), RECORD_BADMEMBER);
	ck_assert_int_eq(with(&hello, 16, 0), RECORD_BADMEMBER);
	ck_assert_int_eq(with(&set, 16, 1), RECORD_BADMEMBER);
	ck_assert_int_eq(with(&start, 20, 0), RECORD_BADMEMBER);
	ck_assert_int_eq(with(&set, 20, 1), RECORD_BADMEMBER);
	ck_assert_int_eq(with(&vote, 28, MOVES_WHYS), RECORD_BADMEMBER);
	ck_assert_int_eq(with(&commit, 28, 1), RECORD_BADMEMBER);
	ck_assert_int_eq(with(&rollback, 28, MOVES_DONE), RECORD_BADMEMBER);
	ck_assert_int_eq(with(&vote, 32, 1), RECORD_BADMEMBER);
	ck_assert_int_eq(with(&rollback, 32, (uint32_t)-1), RECORD_BADMEMBER);
	ck_assert_int_eq(with(&promote, 36, SLOTS_NODES), RECORD_BADNODE);
	ck_assert_int_eq(with(&commit, 36, 1), RECORD_BADNODE);
	ck_assert_int_eq(with(&commit, 40, SLOTS_NODES), RECORD_BADNODE);
	ck_assert_int_eq(with(&vote, 44, 1), RECORD_BADMEMBER);
	ck_assert_int_eq(with(&set, 48, 0), RECORD_BADCOUNT);
	ck_assert_int_eq(with(&state, 48, MOVES_FACTS + 1), RECORD_BADCOUNT);
	ck_assert_int_eq(with(&state, 52, 0), RECORD_BADCOUNT);
	ck_assert_int_eq(with(&commit, 56, 1), RECORD_BADMEMBER);
	ck_assert_int_eq(with(&start, 56, 0x80000000), RECORD_BADMEMBER);
}
END_TEST

START_TEST(facts)
{
	const size_t at = MOVES_RECORD_HEADER;

	ck_assert_int_eq(with(&set, at, 0), RECORD_BADENTRY);
	ck_assert_int_eq(with(&set, at, MOVES_KINDS), RECORD_BADENTRY);
	ck_assert_int_eq(with(&set, at, MOVES_HAS_DECIDED), RECORD_BADENTRY);
	ck_assert_int_eq(with(&set, at, MOVES_ENTRY), RECORD_BADENTRY);
	ck_assert_int_eq(with(&set, at + 4, 1), RECORD_BADENTRY);
	ck_assert_int_eq(with(&set, at + 20, 1), RECORD_BADENTRY);
	ck_assert_int_eq(with(&commit, at + 16, 1), RECORD_BADENTRY);
	ck_assert_int_eq(with(&commit, at + 20, 0), RECORD_BADENTRY);
	ck_assert_int_eq(with(&commit, at + 20, MOVES_RECORD_NUMBERS),
			 RECORD_BADENTRY);
	ck_assert_int_eq(with(&commit, at + 28, MOVES_RECORD_NUMBERS),
			 RECORD_BADENTRY);
	ck_assert_int_eq(with(&commit, at + 32, MOVES_RECORD_NUMBERS),
			 RECORD_BADENTRY);
	ck_assert_int_eq(with(&commit, at + 36, 1), RECORD_BADENTRY);
	ck_assert_int_eq(with(&start, at + 16, SLOTS_NODES), RECORD_BADENTRY);
	ck_assert_int_eq(with(&start, at + 20, 1), RECORD_BADENTRY);
	ck_assert_int_eq(with(&vote, at + 16, 1), RECORD_BADENTRY);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, comes_back);
	tcase_add_test(tc, headers);
	tcase_add_test(tc, facts);
}

int main(void)
{
	return suite_run("moves_record", add);
}
