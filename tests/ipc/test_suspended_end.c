// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A call that waits behind a signal handler says why its binding ended, as one
 * that sleeps does.
 */
#include "blocked.h"

static void cast(int i)
{
	roles_set(i % 2 ? THREAD : PROCESS, RUNS);
	handler_runs(wait_at_gate);
}

START_TEST(unbound_behind_handler)
{
	cast(_i);
	begin(_i / 2, TIMEOUT_FOREVER);
	hold();
	ASSERT_RC(mnx_unbind(VMID, me->ep), OK);
	let_go();
	ASSERT_RC(actor_end(me).rc, EMOLNOTBIND);
}
END_TEST

START_TEST(vm_ends_behind_handler)
{
	cast(_i);
	begin(_i / 2, TIMEOUT_FOREVER);
	hold();
	ASSERT_RC(mnx_vm_end(VMID), OK);
	let_go();
	ASSERT_RC(actor_end(me).rc, EMOLVMNOTRUN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ends behind handlers");
	TCase *tc = tcase_create("end");

	stage_init();
	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, blocked_up, blocked_down);
	tcase_add_loop_test(tc, unbound_behind_handler, 0, 2 * NR_WAITS);
	tcase_add_loop_test(tc, vm_ends_behind_handler, 0, 2 * NR_WAITS);
	suite_add_tcase(suite, tc);
	return run_suite(suite);
}
