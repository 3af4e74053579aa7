/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main() of a test */
#ifndef _TEST_UNIT_SUITE_H
#define _TEST_UNIT_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Runs all of it: the status to exit with. */
static inline int suite_run_all(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* The same of one case, to which tests are added there */
static inline int suite_run(const char *name, void (*add)(TCase *))
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, 60);
	add(tc);
	suite_add_tcase(suite, tc);
	return suite_run_all(suite);
}

#endif /* _TEST_UNIT_SUITE_H */
