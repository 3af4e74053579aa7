// SPDX-License-Identifier: GPL-2.0-or-later
/* systask/pst, pst_record: processes and names of nodes, and bad records */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "systask/pst_record.h"
#include "suite.h"

#define ME   1
#define PEER 2

/* What was sent and not delivered yet, and what was done, as text */
static struct pst_msg sent[8];
static int nr_sent;
static char did[512];

static struct pst t;
static const struct slots_id me = { .node = ME, .pid = 100 };
static const struct slots_id peer = { .node = PEER, .pid = 200 };

static void note_message(void *arg, const struct pst_msg *m)
{
	(void)arg;
	ck_assert_int_lt(nr_sent, 8);
	sent[nr_sent++] = *m;
}

static void note_action(void *arg, const struct pst_action *a)
{
	static const char *const acts[] = {
		[PST_DO_ENTER] = "enter",     [PST_DO_REMOVE] = "remove",
		[PST_DO_DECIDED] = "decided", [PST_DO_LOST] = "lost",
		[PST_DO_APPEARED] = "there",
	};
	const size_t at = strlen(did);

	(void)arg;
	if (a->act == PST_DO_WORD) {
		snprintf(did + at, sizeof(did) - at, "word %d %u:%d %llu %llu;",
			 a->word, a->node, a->fact->endpoint,
			 (unsigned long long)a->fact->since,
			 (unsigned long long)a->fact->incarnation);
		return;
	}
	snprintf(did + at, sizeof(did) - at, "%s %u:%s%s;", acts[a->act],
		 a->node, a->fact->text, a->refusal ? " no" : "");
}

static const struct pst_ops ops = { note_message, note_action };

static struct pst_fact fact(enum pst_kind kind, int endpoint, const char *text,
			    uint64_t since)
{
	struct pst_fact f = { .kind = kind,
			      .endpoint = endpoint,
			      .since = since,
			      .incarnation = 1 };

	strcpy(f.text, text);
	return f;
}

static void deliver_sent(void)
{
	for (int i = 0; i < nr_sent; i++)
		pst_deliver(&t, &me, &sent[i]);
	nr_sent = 0;
}

/* What the peer says, of one fact or of none */
static void peer_says(enum pst_type type, const struct pst_fact *f)
{
	struct pst_msg m = { .type = type, .nr = f != NULL };

	if (type == PST_STATE)
		m.flags = PST_FIRST | PST_LAST;
	if (f)
		m.fact[0] = *f;
	pst_deliver(&t, &peer, &m);
}

static void expect(const char *what)
{
	ck_assert_str_eq(did, what);
	*did = '\0';
}

static const struct slots_view both = { .nr = 2, .id = { me, peer } };
static const struct slots_view alone = { .nr = 1, .id = { me } };

static void begin(void)
{
	nr_sent = 0;
	*did = '\0';
	pst_init(&t, ME, &ops, NULL);
	pst_view(&t, &both);
	deliver_sent();
	ck_assert(!pst_is_settled(&t));
	peer_says(PST_STATE, NULL);
	ck_assert(pst_is_settled(&t));
}

START_TEST(processes)
{
	struct pst_fact theirs = fact(PST_PROC, 10, "theirs", 5);
	struct pst_fact mine = fact(PST_PROC, 11, "mine", 6);

	begin();
	peer_says(PST_SET, &theirs);
	expect("enter 2:theirs;");
	ck_assert_uint_eq(pst_holder(&t, 10)->node, PEER);
	pst_bound(&t, &mine);
	ck_assert_int_eq(nr_sent, 1);
	ck_assert_int_eq(sent[0].type, PST_SET);
	ck_assert_uint_eq(pst_holder(&t, 11)->node, ME);
	deliver_sent();
	expect("");
	peer_says(PST_GONE, &theirs);
	expect("remove 2:theirs;");
	ck_assert_ptr_null(pst_holder(&t, 10));
}
END_TEST

/* Who has the slot here has it; the other one comes when that has gone. */
/* They are for all in the view, and change nothing. */
START_TEST(words)
{
	static const enum pst_type types[] = { PST_KILL, PST_USER, PST_ENDED,
					       PST_ASK };
	const struct pst_fact theirs = { .kind = PST_PROC,
					 .endpoint = 77,
					 .since = 9,
					 .incarnation = 3 };
	char what[64];

	begin();
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		pst_say(&t, types[i], 40, 15, 1000);
		ck_assert_int_eq(nr_sent, 1);
		expect("");
		deliver_sent();
		snprintf(what, sizeof(what), "word %d 1:40 15 1000;", types[i]);
		expect(what);
		peer_says(types[i], &theirs);
		snprintf(what, sizeof(what), "word %d 2:77 9 3;", types[i]);
		expect(what);
	}
	ck_assert_uint_eq(t.nr, 0);
	/* Who is in no group says nothing. */
	pst_view(&t, &(struct slots_view){ .nr = 0 });
	pst_say(&t, PST_KILL, 40, 15, 1000);
	ck_assert_int_eq(nr_sent, 0);
}
END_TEST

START_TEST(two_of_one_slot)
{
	struct pst_fact theirs = fact(PST_PROC, 10, "theirs", 5);
	struct pst_fact mine = fact(PST_PROC, 10, "mine", 6);

	begin();
	pst_bound(&t, &mine);
	deliver_sent();
	peer_says(PST_SET, &theirs);
	expect("");
	ck_assert_uint_eq(pst_holder(&t, 10)->node, ME);
	pst_unbound(&t, 10);
	expect("enter 2:theirs;");
	ck_assert_uint_eq(pst_holder(&t, 10)->node, PEER);
}
END_TEST

START_TEST(names)
{
	struct pst_fact kv = fact(PST_NAME, 40, "kv", 5);
	struct pst_fact theirs = fact(PST_NAME, 50, "kv", 4);

	begin();
	ck_assert(pst_publish(&t, &kv));
	ck_assert_ptr_null(pst_find(&t, "kv"));
	deliver_sent();
	expect("there 1:kv;decided 1:kv;");
	ck_assert_int_eq(pst_find(&t, "kv")->fact.endpoint, 40);
	peer_says(PST_SET, &theirs);
	expect("");
	ck_assert_int_eq(pst_find(&t, "kv")->fact.endpoint, 40);
	ck_assert(!pst_withdraw(&t, 41, "kv"));
	ck_assert(pst_withdraw(&t, 40, "kv"));
	ck_assert(!pst_withdraw(&t, 40, "kv"));
	deliver_sent();
	ck_assert_ptr_null(pst_find(&t, "kv"));
	peer_says(PST_SET, &theirs);
	expect("there 2:kv;");
	ck_assert(pst_publish(&t, &kv));
	deliver_sent();
	expect("decided 1:kv no;");
}
END_TEST

/* A name goes with its process, also one that is not decided yet. */
START_TEST(unbound)
{
	struct pst_fact kv = fact(PST_NAME, 40, "kv", 5);
	struct pst_fact late = fact(PST_NAME, 40, "late", 5);

	begin();
	pst_publish(&t, &kv);
	deliver_sent();
	pst_publish(&t, &late);
	pst_unbound(&t, 40);
	deliver_sent();
	deliver_sent();
	ck_assert_ptr_null(pst_find(&t, "kv"));
	ck_assert_ptr_null(pst_find(&t, "late"));
	ck_assert_uint_eq(t.nr, 0);
}
END_TEST

/* Cut off its name is nobody's; together again the older one has it. */
START_TEST(partition)
{
	struct pst_fact kv = fact(PST_NAME, 40, "kv", 5);
	struct pst_fact theirs = fact(PST_NAME, 50, "kv", 4);

	begin();
	peer_says(PST_SET, &theirs);
	pst_view(&t, &alone);
	ck_assert(!pst_is_reachable(&t, pst_find(&t, "kv")));
	pst_publish(&t, &kv);
	deliver_sent();
	expect("there 2:kv;there 1:kv;decided 1:kv;");
	ck_assert_uint_eq(pst_find(&t, "kv")->node, ME);
	pst_view(&t, &both);
	deliver_sent();
	peer_says(PST_STATE, &theirs);
	expect("there 2:kv;lost 1:kv;");
	ck_assert_uint_eq(pst_find(&t, "kv")->node, PEER);
}
END_TEST

START_TEST(forgotten)
{
	struct pst_fact theirs = fact(PST_PROC, 10, "theirs", 5);

	begin();
	peer_says(PST_SET, &theirs);
	pst_forget(&t, PEER);
	expect("enter 2:theirs;");
	pst_view(&t, &alone);
	expect("");
	pst_forget(&t, PEER);
	expect("remove 2:theirs;");
}
END_TEST

/* Records */

static unsigned char bytes[PST_RECORD_MAX + 64];

/* From a buffer of just that size: what reads beyond it is seen. */
static enum record_error decode(size_t size)
{
	static struct pst_msg back;
	unsigned char *copy = malloc(size ? size : 1);
	enum record_error error;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, size);
	error = pst_decode(&back, copy, size);
	free(copy);
	return error;
}

static size_t good_record(void)
{
	static struct pst_msg m = { .type = PST_STATE,
				    .flags = PST_FIRST,
				    .nr = 2 };

	m.fact[0] = fact(PST_PROC, -3, "", 5);
	m.fact[1] = fact(PST_NAME, 40, "0123456789abcdef0123456789abcde", 6);
	return pst_encode(bytes, &m);
}

START_TEST(records_come_back)
{
	static struct pst_msg back;
	size_t size = good_record();

	ck_assert_int_eq(pst_decode(&back, bytes, size), RECORD_OK);
	ck_assert_uint_eq(back.nr, 2);
	ck_assert_uint_eq(back.flags, PST_FIRST);
	ck_assert_int_eq(back.fact[0].endpoint, -3);
	ck_assert_uint_eq(back.fact[1].since, 6);
	ck_assert_str_eq(back.fact[1].text, "0123456789abcdef0123456789abcde");
}
END_TEST

START_TEST(lengths)
{
	size_t size = good_record(), i;

	for (i = 0; i < size; i++)
		ck_assert_int_eq(decode(i), i < PST_RECORD_HEADER ?
						    RECORD_SHORT :
						    RECORD_BADLENGTH);
	ck_assert_int_eq(decode(size + 1), RECORD_BADLENGTH);
}
END_TEST

static const struct {
	size_t at;
	unsigned char byte;
	enum record_error error;
} bad[] = {
	{ 0, 0, RECORD_BADMAGIC },
	{ 4, RECORD_VERSION + 1, RECORD_BADVERSION },
	{ 6, 0, RECORD_BADTYPE },
	{ 6, PST_TYPES, RECORD_BADTYPE },
	{ 8, 4, RECORD_BADFLAGS },
	{ 6, PST_SET, RECORD_BADFLAGS },
	{ 13, 1, RECORD_BADCOUNT },
	{ 12, 1, RECORD_BADLENGTH },
	/* the first fact: its kind, and bytes behind its text */
	{ PST_RECORD_HEADER, 3, RECORD_BADENTRY },
	{ PST_RECORD_HEADER + 24 + 5, 'x', RECORD_BADENTRY },
	/* the second: a name without an end, and one that is empty */
	{ PST_RECORD_HEADER + 2 * PST_RECORD_FACT - 1, 'x', RECORD_BADENTRY },
	{ PST_RECORD_HEADER + PST_RECORD_FACT + 24, 0, RECORD_BADENTRY },
};

START_TEST(bad_records)
{
	size_t size = good_record();

	bytes[bad[_i].at] = bad[_i].byte;
	ck_assert_int_eq(decode(size), bad[_i].error);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, processes);
	tcase_add_test(tc, words);
	tcase_add_test(tc, two_of_one_slot);
	tcase_add_test(tc, names);
	tcase_add_test(tc, unbound);
	tcase_add_test(tc, partition);
	tcase_add_test(tc, forgotten);
	tcase_add_test(tc, records_come_back);
	tcase_add_test(tc, lengths);
	tcase_add_loop_test(tc, bad_records, 0,
			    (int)(sizeof(bad) / sizeof(bad[0])));
}

int main(void)
{
	return suite_run("systask/pst", add);
}
