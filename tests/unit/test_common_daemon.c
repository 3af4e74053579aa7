// SPDX-License-Identifier: GPL-2.0-or-later
/* common/daemon: the command line, signals, capabilities */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/config.h"
#include "common/daemon.h"
#include "common/util.h"
#include "suite.h"

static struct daemon d;

static void set_up(void)
{
	d = (struct daemon){ .synopsis = "test [-c FILE] [-tv] [-a] -n N ONE",
			     .about = "Does nothing.",
			     .options = "  -a       own\n",
			     .letters = "an:" };
	optind = 0;
}

/* The own options that the words have, one after the other */
static char *parse(const char *words)
{
	static char buffer[128], letters[32];
	char *argv[16] = { "test" };
	int argc = 1, option;
	size_t n = 0;

	snprintf(buffer, sizeof(buffer), "%s", words);
	for (char *word = strtok(buffer, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	while ((option = daemon_option(&d, argc, argv)) != -1)
		n += (size_t)snprintf(letters + n, sizeof(letters) - n, "%c%s",
				      option, option == 'n' ? optarg : "");
	snprintf(letters + n, sizeof(letters) - n, ";%s",
		 optind < argc ? argv[optind] : "");
	return letters;
}

START_TEST(nothing)
{
	ck_assert_str_eq(parse(""), ";");
	ck_assert_str_eq(d.path, CONFIG_PATH);
	ck_assert(!d.check);
}
END_TEST

START_TEST(options)
{
	ck_assert_str_eq(parse("-a -c here -nX -tv Y -n Z"), "anXnZ;Y");
	ck_assert_str_eq(d.path, "here");
	ck_assert(d.check);
}
END_TEST

START_TEST(operands)
{
	ck_assert_str_eq(parse("-t -- -a"), ";-a");
	ck_assert(d.check);
}
END_TEST

/* What a child that parses the words writes, and how it ends */
static int run(const char *words, char *out, char *err, size_t size)
{
	int to_out[2], to_err[2], status;

	ck_assert(!pipe(to_out) && !pipe(to_err));
	if (!fork()) {
		dup2(to_out[1], STDOUT_FILENO);
		dup2(to_err[1], STDERR_FILENO);
		parse(words);
		daemon_misused(&d);
	}
	close(to_out[1]);
	close(to_err[1]);
	wait(&status);
	out[read(to_out[0], out, size - 1)] = '\0';
	err[read(to_err[0], err, size - 1)] = '\0';
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static const char usage[] = "usage: test [-c FILE] [-tv] [-a] -n N ONE\n"
			    "Does nothing.\n"
			    "  -a       own\n"
			    "  -c FILE  the configuration (" CONFIG_PATH ")\n"
			    "  -t       check the configuration and leave\n"
			    "  -v       log more\n"
			    "  -h       print this and leave\n";

START_TEST(help)
{
	char out[1024], err[1024];

	ck_assert_int_eq(run("-h", out, err, sizeof(out)), EXIT_SUCCESS);
	ck_assert_str_eq(out, usage);
	ck_assert_str_eq(err, "");
}
END_TEST

START_TEST(misuse)
{
	static const char *const wrong[] = { "-x", "-c", "-n", "--long", "" };
	char out[1024], err[1024];

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		ck_assert_int_eq(run(wrong[i], out, err, sizeof(out)),
				 DAEMON_USAGE);
		ck_assert_str_eq(out, "");
		ck_assert_ptr_nonnull(strstr(err, usage));
	}
}
END_TEST

START_TEST(signals)
{
	static const int taken[] = { SIGTERM, SIGHUP };
	sigset_t set = daemon_take_signals(taken, ARRAY_SIZE(taken)), now;

	ck_assert(sigismember(&set, SIGHUP) && !sigismember(&set, SIGINT));
	pthread_sigmask(SIG_BLOCK, NULL, &now);
	ck_assert(sigismember(&now, SIGTERM) && sigismember(&now, SIGHUP));
	ck_assert(!sigismember(&now, SIGINT));
	kill(getpid(), SIGHUP);
	kill(getpid(), SIGPIPE);
	sigpending(&now);
	ck_assert(sigismember(&now, SIGHUP) && !sigismember(&now, SIGPIPE));
}
END_TEST

/* A set of capabilities of this process, as the kernel shows it */
static uint64_t status_caps(const char *name)
{
	FILE *f = fopen("/proc/self/status", "re");
	unsigned long long caps = 0;
	char line[128];

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			caps = strtoull(line + strlen(name), NULL, 16);
	fclose(f);
	return caps;
}

/* None is gained by who has none. */
START_TEST(capabilities)
{
	const uint64_t had = status_caps("CapPrm:");
	const uint64_t kept = CAP_BIT(CAP_KILL) | CAP_BIT(CAP_SYS_NICE) |
			      CAP_BIT(CAP_PERFMON);
	const uint64_t want = had & (kept | CAP_BIT(CAP_DAC_READ_SEARCH));

	ck_assert(daemon_keep_capabilities(kept));
	ck_assert_uint_eq(status_caps("CapPrm:"), want);
	ck_assert_uint_eq(status_caps("CapEff:"), want);
	ck_assert_uint_eq(status_caps("CapInh:"), 0);
	ck_assert_int_eq(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	ck_assert(daemon_keep_capabilities(0));
	ck_assert_uint_eq(status_caps("CapEff:"),
			  had & CAP_BIT(CAP_DAC_READ_SEARCH));
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, nothing);
	tcase_add_test(tc, options);
	tcase_add_test(tc, operands);
	tcase_add_test(tc, help);
	tcase_add_test(tc, misuse);
	tcase_add_test(tc, signals);
	tcase_add_test(tc, capabilities);
}

int main(void)
{
	return suite_run("daemon", add);
}
