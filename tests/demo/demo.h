/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the servers and the clients of the demonstration say to each other. */
#ifndef TESTS_DEMO_H
#define TESTS_DEMO_H

#include <molipc/molipc.h>

/*
 * DEMO_UPPER: m3_ca1 holds m3_i1 bytes of text; the answer has m_type OK and
 * the same text in upper case.
 */
#define DEMO_UPPER 1
#define DEMO_PIECE ((int)sizeof(((message *)0)->m3_ca1))

/*
 * DEMO_LEAVE: the server leaves; the answer is a text, the number of
 * DEMO_UPPER requests that it has answered.
 */
#define DEMO_LEAVE 2

/*
 * DEMO_READ, to the block server: m2_l1 says from where on, m2_i1 how many
 * bytes and m2_p1 where to.  The answer has m_type OK and in m2_i1 how many
 * there were: 0 at the end of the file.
 */
#define DEMO_READ  3
#define DEMO_BLOCK 65536

/*
 * DEMO_LEND, to one who orders copies out of the memory of others: m2_l1 bytes
 * at m2_p1.  There is no answer before it leaves.
 */
#define DEMO_LEND 4

#endif /* TESTS_DEMO_H */
