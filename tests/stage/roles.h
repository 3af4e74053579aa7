/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The roles of the matrices: "me" makes the call that is tested, "peer" is whom
 * it names, "other" is whom the peer has to do with instead.  enum state says
 * what the peer is doing, or what is wrong with its endpoint.
 */
#ifndef TESTS_STAGE_ROLES_H
#define TESTS_STAGE_ROLES_H

#include "actor.h"

#define ME_NR     20 /* a system slot: it may notify */
#define PEER_NR   101
#define OTHER_NR  102
#define CLIENT_NR 103

enum state {
	/* a live peer */
	RUNS,
	RECEIVES_ANY,
	RECEIVES_ME,
	RECEIVES_OTHER,
	TAKES_REQUESTS,
	SENDS_ME,
	REQUESTS_ME,
	AWAITS_ME,
	SENDS_OTHER,
	REQUESTS_OTHER,
	AWAITS_OTHER,
	/* none */
	FREE_SLOT,
	STALE,
	KILLED,
	IS_MYSELF,
	IS_ANY,
	IS_NONE,
	IS_SELF,
	OUTSIDE,
	NR_STATES
};

#define NR_LIVE_STATES FREE_SLOT

/*
 * Is the peer on another node?  M3_REMOTE in the environment says so; then
 * roles_up() makes a cluster, and roles_down() ends it.
 */
bool peer_is_remote(void);
void roles_up(void);
void roles_down(void);

/*
 * Runs tests of which each has two nodes if the peer is remote; M3_REMOTE=4: a
 * fourth of the runs.  up and down do what roles_up() and roles_down() do.
 */
#define RUN_ROLES(name, up, down, tests) \
	run_roles(name, up, down, tests, NR_OF(tests))
int run_roles(const char *name, SFun up, SFun down, const struct test *tests,
	      int nr_tests);

/* An actor here, or far: on the node of the peer; both nodes know it. */
struct actor *role_new(bool far, enum kind kind, int p_nr);

extern const char *const state_names[NR_STATES];
extern struct actor *me, *peer, *other;
extern int peer_ep;

/* Creates the three and gets the peer into a state. */
void roles_set(enum kind kind, enum state state);
void peer_enter(enum state state);

/* By somebody else, on the node of a */
int actor_unbind(struct actor *a);

/* Waits until the other node knows that the call of a, or a, has ended. */
void role_settle(const struct actor *a, bool bound);

/*
 * The slot looks like that: at once; if the peer is remote, when word of it has
 * arrived.
 */
void slot_becomes(int p_nr, uint32_t rts_flags);

/* p_rts_flags of a peer in that state */
uint32_t state_flags(enum state state);

/* Gets the peer out of a state in which it has to do with "other". */
void peer_release(enum state state);

/* A message with a payload that tells it from others */
message text_message(int type, const char *text);

#define ASSERT_MESSAGE(msg, source, type, text)             \
	do {                                                \
		ck_assert_int_eq((msg).m_source, (source)); \
		ck_assert_int_eq((msg).m_type, (type));     \
		ck_assert_str_eq((msg).m6_ca1, (text));     \
	} while (0)

#endif /* TESTS_STAGE_ROLES_H */
