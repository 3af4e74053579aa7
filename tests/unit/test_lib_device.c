// SPDX-License-Identifier: GPL-2.0-or-later
/* libmolipc: the device, opened once, and what becomes of its descriptor */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "unit.h"

START_TEST(device_is_opened_once)
{
	int fd = mnx_fd();

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(mnx_fd(), fd);
	ck_assert_int_eq(mnx_drvs_end(), OK);
	ck_assert_int_eq(fake.opens, 1);
	ck_assert_int_eq(fake.open_flags, O_RDWR | O_CLOEXEC);
}
END_TEST

START_TEST(device_cannot_be_opened)
{
	message m = { 0 };

	fake.open_errno = EACCES;
	errno = 77;
	ck_assert_int_eq(mnx_fd(), -EACCES);
	ck_assert_int_eq(mnx_vm_end(0), -EACCES);
	ck_assert_int_eq(mnx_send(1, &m), -EACCES);
	ck_assert_ptr_null(mnx_msgbuf());
	ck_assert_int_eq(errno, 77);
	fake.open_errno = 0;
	ck_assert_int_eq(mnx_vm_end(0), OK);
}
END_TEST

/* Neither this library's calls, nor a descriptor left open. */
START_TEST(driver_of_another_version)
{
	fake.version = M3IPC_IOC_VERSION + 1;
	ck_assert_int_eq(mnx_drvs_end(), EMOLNOSYS);
	ck_assert_int_eq(mnx_bind(0, 1), -1000 - ENOSYS);
	ck_assert_int_eq(fcntl(fake.fd, F_GETFD), -1);
	ck_assert_uint_eq(fake.request, 0);
}
END_TEST

START_TEST(device_closed_behind_our_back)
{
	ck_assert_int_eq(mnx_drvs_end(), OK);
	close(mnx_fd());
	ck_assert_int_eq(mnx_drvs_end(), OK);
	ck_assert_int_eq(fake.opens, 2);
}
END_TEST

/* Files that are opened anew after all were closed do not get its number. */
START_TEST(device_has_a_high_number)
{
	int fd = mnx_fd();

	ck_assert_int_ge(fd, 200);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fake.fd, F_GETFD), -1);
}
END_TEST

START_TEST(no_high_numbers)
{
	struct rlimit limit = { 100, 100 };

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_ge(mnx_fd(), 0);
	ck_assert_int_eq(mnx_drvs_end(), OK);
	ck_assert_int_eq(fake.opens, 1);
}
END_TEST

/* How files of others refuse what they do not know */
static const int refusals[] = { ENOTTY, EINVAL, EACCES, EPERM, EOPNOTSUPP };

/* The library lets it alone and opens the device anew. */
START_TEST(number_used_again)
{
	int pair[2], fd = mnx_fd();

	ck_assert_int_eq(pipe(pair), 0);
	ck_assert_int_eq(dup2(pair[0], fd), fd);
	fake.stranger = -refusals[_i];
	ck_assert_int_eq(mnx_drvs_end(), OK);
	ck_assert_int_eq(mnx_drvs_end(), OK);
	ck_assert_int_ne(mnx_fd(), fd);
	ck_assert_int_eq(fake.opens, 2);
	ck_assert_int_eq(fake.strangers, 1);
	ck_assert_int_eq(write(pair[1], "x", 1), 1);
	ck_assert_int_eq(read(fd, pair, 1), 1);
}
END_TEST

/* The same words from the driver are its own. */
START_TEST(refused_by_the_driver)
{
	int fd = mnx_fd();

	fake.error = -refusals[_i];
	ck_assert_int_eq(mnx_drvs_end(), -refusals[_i]);
	ck_assert_int_eq(mnx_fd(), fd);
	ck_assert_int_eq(fake.opens, 1);
}
END_TEST

START_TEST(errno_is_left_alone)
{
	VM_usr_t vm;

	errno = 77;
	fake.error = EMOLVMNOTRUN;
	ck_assert_int_eq(mnx_getvminfo(0, &vm), EMOLVMNOTRUN);
	ck_assert_int_eq(mnx_bind(0, 0), EMOLVMNOTRUN);
	ck_assert_int_eq(mnx_unbind(0, 0), EMOLVMNOTRUN);
	ck_assert_int_eq(mnx_notify(0), EMOLNOTBIND);
	ck_assert_int_eq(errno, 77);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, device_is_opened_once);
	tcase_add_test(tc, device_cannot_be_opened);
	tcase_add_test(tc, driver_of_another_version);
	tcase_add_test(tc, device_closed_behind_our_back);
	tcase_add_test(tc, device_has_a_high_number);
	tcase_add_test(tc, no_high_numbers);
	tcase_add_loop_test(tc, number_used_again, 0, ARRAY_SIZE(refusals));
	tcase_add_loop_test(tc, refused_by_the_driver, 0, ARRAY_SIZE(refusals));
	tcase_add_test(tc, errno_is_left_alone);
}

int main(void)
{
	return unit_run("libmolipc and the device", add);
}
