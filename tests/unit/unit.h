/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tests of the library have in common */
#ifndef _TEST_UNIT_H
#define _TEST_UNIT_H

#include <string.h>

#include "common/util.h"
#include "fake.h"
#include "suite.h"

/* A message whose every byte differs from one with another seed */
static inline message unit_message(int seed)
{
	message m;

	memset(&m, seed, sizeof(m));
	m.m_type = seed;
	return m;
}

/* All but m_source, which the driver sets */
static inline int unit_same(const message *a, const message *b)
{
	return a->m_type == b->m_type && !memcmp(&a->m_u, &b->m_u, 56);
}

/* main() of a suite of one case, each test with a device of its own */
static inline int unit_run(const char *name, void (*add)(TCase *))
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, fake_reset, NULL);
	tcase_set_timeout(tc, 60);
	add(tc);
	suite_add_tcase(suite, tc);
	return suite_run_all(suite);
}

#endif /* _TEST_UNIT_H */
