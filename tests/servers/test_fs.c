// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * FS of one node, over images: what POSIX says of its calls (files/), what it
 * does not, and that fsck.minix finds nothing afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server.h"

#define IMAGE "/tmp/fs.img"

static int run_program(const char *const argv[])
{
	const pid_t pid = fork();
	int status;

	if (!pid) {
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static void image_make(const char *version)
{
	const char *const make[] = { "mkfs.minix", version, IMAGE, NULL };
	int fd = open(IMAGE, O_RDWR | O_CREAT | O_TRUNC, 0600);

	unlink(IMAGE ".journal");
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, 48 << 20), 0);
	close(fd);
	ck_assert_int_eq(run_program(make), 0);
}

/* After its end nothing is wrong. */
static void image_check(void)
{
	const char *const check[] = { "fsck.minix", "-f", IMAGE, NULL };

	ck_assert_int_eq(run_program(check), 0);
}

static void fs_up(void)
{
	server_up();
	server_configure("fs { node = \"node0\" root = \"" IMAGE "\" } ");
}

/* The same on Linux, and with the calls of libmol on each version */
START_TEST(posix)
{
	static const char *const versions[] = { "-1", "-2", "-3" };
	/* V1 has but one time. */
	const char *const with_mol[] = { "./files_mol", "/files",
					 _i ? NULL : "-times_set",
					 "-times_change", NULL };

	image_make(versions[_i]);
	pm_start();
	fs_start();
	ck_assert_int_eq(run_program(with_mol), 0);
	fs_kill(SIGTERM);
	image_check();
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ posix, 3 },
	};

	stage_init();
	return RUN_TESTS("fs", 120, fs_up, server_down, tests);
}
