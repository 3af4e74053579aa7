// SPDX-License-Identifier: GPL-2.0-or-later
/* proxies/secret: a key is read only if nobody else can read or replace it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../proxies/secret.h"
#include "suite.h"

#define KEY      "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define STRANGER 65534

static char folder[] = "/tmp/m3ipc-unit-XXXXXX";
static const char zeros[SECRET_SIZE];

static void write_key(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	ck_assert_int_eq(chmod(path, 0600), 0);
}

static void set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_int_eq(mkdir("sub", 0700), 0);
	write_key("sub/key", KEY "\n");
}

static void leave(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(system(command), 0);
}

static void is_read(const char *path)
{
	char key[SECRET_SIZE];

	ck_assert(secret_read(key, path));
	ck_assert_str_eq(key, KEY);
}

static void is_refused(const char *path)
{
	char key[SECRET_SIZE];

	memset(key, 'x', sizeof(key));
	ck_assert(!secret_read(key, path));
	ck_assert_mem_eq(key, zeros, sizeof(key));
}

START_TEST(good_ones)
{
	is_read("sub/key");
	write_key("sub/key", KEY);
	is_read("sub/key");
	ck_assert_int_eq(chmod("sub/key", 0400), 0);
	is_read("sub/key");
	ck_assert_int_eq(symlink("sub/key", "link"), 0);
	is_read("link");
	/* In a sticky folder nobody removes what is another's. */
	ck_assert_int_eq(chmod("sub", 01777), 0);
	is_read("sub/key");
}
END_TEST

START_TEST(no_keys)
{
	is_refused("none");
	is_refused("sub");
	is_refused("/dev/zero");
	ck_assert_int_eq(mkfifo("fifo", 0600), 0);
	is_refused("fifo");
	write_key("sub/key", "short\n");
	is_refused("sub/key");
	write_key("sub/key", KEY "x\n");
	is_refused("sub/key");
	write_key("sub/key", "");
	is_refused("sub/key");
}
END_TEST

START_TEST(read_by_others)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0610 };
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		ck_assert_int_eq(chmod("sub/key", modes[i]), 0);
		is_refused("sub/key");
	}
}
END_TEST

/* A link does not help: where it leads is looked at. */
START_TEST(replaced_by_others)
{
	ck_assert_int_eq(symlink("sub/key", "link"), 0);
	ck_assert_int_eq(chmod("sub", 0770), 0);
	is_refused("sub/key");
	is_refused("link");
	ck_assert_int_eq(chmod("sub", 0707), 0);
	is_refused("sub/key");
	ck_assert_int_eq(chmod("sub", 0700), 0);
	ck_assert_int_eq(chmod(".", 0777), 0);
	is_refused("sub/key");
	ck_assert_int_eq(chmod(".", 0700), 0);
	is_read("sub/key");
}
END_TEST

START_TEST(of_others)
{
	if (chown("sub/key", STRANGER, 0)) {
		puts("not root: files of others are left out");
		return;
	}
	is_refused("sub/key");
	ck_assert_int_eq(chown("sub/key", 0, 0), 0);
	ck_assert_int_eq(chown("sub", STRANGER, 0), 0);
	is_refused("sub/key");
	/* Sticky or not: its owner may do what he likes in it. */
	ck_assert_int_eq(chmod("sub", 01777), 0);
	is_refused("sub/key");
	/* Who is not root may have his own. */
	ck_assert_int_eq(chmod("sub", 0700), 0);
	ck_assert_int_eq(chown("sub/key", STRANGER, 0), 0);
	ck_assert_int_eq(chmod(".", 0755), 0);
	ck_assert_int_eq(seteuid(STRANGER), 0);
	is_read("sub/key");
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(no_core)
{
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 1);
	secret_protect();
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, leave);
	tcase_add_test(tc, good_ones);
	tcase_add_test(tc, no_keys);
	tcase_add_test(tc, read_by_others);
	tcase_add_test(tc, replaced_by_others);
	tcase_add_test(tc, of_others);
	tcase_add_test(tc, no_core);
}

int main(void)
{
	return suite_run("proxies' secret keys", add);
}
