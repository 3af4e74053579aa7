// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs the tests of a program.
 */
#include "actor.h"

/* One in so many, but never in step with what a loop counts */
static bool is_chosen(unsigned int nr, int one_in)
{
	return (nr * 2654435761u >> 16) % (unsigned int)one_in == 0;
}

int run_tests(const char *name, double seconds, SFun up, SFun down, int one_in,
	      const struct test *tests, int nr_tests)
{
	Suite *suite = suite_create(name);
	TCase *tc = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	unsigned int nr = 0;
	int i, k, failed;

	tcase_set_timeout(tc, seconds);
	tcase_add_checked_fixture(tc, up, down);
	for (i = 0; i < nr_tests; i++)
		for (k = 0; k < tests[i].times; k++)
			if (tests[i].times == 1 || is_chosen(nr++, one_in))
				tcase_add_loop_test(tc, tests[i].test, k,
						    k + 1);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
