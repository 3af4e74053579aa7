// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * INIT of one node: what it starts, as whom, and when again; whom it adopts;
 * what is left when it, PM or the VM ends.
 *
 * Jobs are scripts, which say by lines of a file of theirs that they run.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pm.h"

#define USER   40
#define FOLDER "/tmp/init"
#define NOBODY 65534

/* A line of a job: its process of Linux, its user, its VM, the time in ms */
struct line {
	int pid;
	unsigned int uid;
	char vm[16];
	long ms;
};

static void no_files(void)
{
	ck_assert_int_eq(system("rm -rf " FOLDER), 0);
	ck_assert_int_eq(mkdir(FOLDER, 0777), 0);
	ck_assert_int_eq(chmod(FOLDER, 0777), 0);
}

/* The job FOLDER/name: that first, a line, and then that */
static void script_with(const char *name, const char *first, const char *then)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), FOLDER "/%s", name);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fprintf(f,
		"#!/bin/bash\n"
		"%s\n"
		"read -r up rest < /proc/uptime\n"
		"echo $$ $EUID $M3IPC_VM $((10#${up/./} * 10)) >> $0.said\n"
		"%s\n",
		first, then);
	fclose(f);
	ck_assert_int_eq(chmod(path, 0755), 0);
}

static void script(const char *name, const char *then)
{
	script_with(name, "", then);
}

/* How many lines it has said, and the last one */
static int said(const char *name, struct line *line)
{
	char path[64];
	int nr = 0;
	FILE *f;

	snprintf(path, sizeof(path), FOLDER "/%s.said", name);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (fscanf(f, "%d %u %15s %ld", &line->pid, &line->uid, line->vm,
		      &line->ms) == 4)
		nr++;
	fclose(f);
	return nr;
}

static struct line await_line(const char *name, int nr)
{
	struct line line = { 0 };

	AWAIT(said(name, &line) >= nr);
	return line;
}

/* A zombie has, too: whoever is its parent for Linux. */
static bool has_ended(int pid)
{
	char path[32], state = 'Z';
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (!f)
		return true;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return state == 'Z' || state == 'X';
}

static void jobs_up(void)
{
	no_files();
	script("stays", "exec sleep 1000");
	script("other", "exec sleep 1000");
	script("fails", "exit 3");
	script("once", "exit 0");
	script_with("stubborn", "trap '' TERM", "while :; do sleep 0.1; done");
	server_up();
	pm_start();
}

/* With these sections, and PM */
static void init_with(const char *sections)
{
	server_configure(sections);
	init_start();
}

/* Jobs */

START_TEST(once)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct line line;

	init_with("init { node = node0  run = { \"" FOLDER "/once\" } }");
	line = await_line("once", 1);
	ck_assert_uint_eq(line.uid, NOBODY);
	ck_assert_str_eq(line.vm, "stage");
	AWAIT(has_ended(line.pid));
	/* Of two processes INIT is left: it has waited. */
	AWAIT(ASK(a, look_at_table) == 1);
	ck_assert_int_eq(kill(init_pid(), SIGHUP), 0);
	ASSERT_RC(ASK(a, look_at_table), 1);
	ck_assert_int_eq(init_kill(SIGTERM), 0);
	ck_assert_int_eq(said("once", &line), 1);
}
END_TEST

/* Processes of the VM, of their users, in sessions, and INIT's children */
START_TEST(as_its_user)
{
	struct actor *a = actor_new(PROCESS, USER);
	pm_process_t init, job;
	int n;

	init_with("init { node = node0  user = root\n"
		  "run = { \"" FOLDER "/stays 1\" } }\n"
		  "init { node = node0  user = daemon\n"
		  "respawn = { \"" FOLDER "/other\" } }\n");
	ck_assert_uint_eq(await_line("stays", 1).uid, 0);
	ck_assert_uint_eq(await_line("other", 1).uid, 1);
	AWAIT(ASK(a, look_at_table) == 3);
	init = nth(a, 0);
	ck_assert_int_eq(init.endpoint, INIT_PROC_NR);
	for (n = 1; n < 3; n++) {
		job = nth(a, n);
		ck_assert_int_eq(job.parent, init.pid);
		ck_assert_int_eq(job.session, job.pid);
		ck_assert_int_eq(job.group, job.pid);
		ck_assert_uint_eq(job.uid, n == 1 ? 0 : 1);
	}
}
END_TEST

/* Each time later; SIGTERM does not wait for the next time. */
START_TEST(backs_off)
{
	struct line line = { 0 };
	long last = 0;

	init_with("init { node = node0  respawn = \"" FOLDER "/fails\" }");
	for (int nr = 1; nr <= 5; nr++) {
		line = await_line("fails", nr);
		ck_assert_int_eq(said("fails", &line), nr);
		/* Of 10 ms each */
		if (nr > 1)
			ck_assert_int_ge(line.ms - last,
					 (100 << (nr - 2)) - 20);
		last = line.ms;
	}
	ck_assert_int_eq(init_kill(SIGTERM), 0);
	ck_assert_int_eq(said("fails", &line), 5);
}
END_TEST

START_TEST(killed_job)
{
	struct line line;

	init_with("init { node = node0  respawn = \"" FOLDER "/stays\" }");
	for (int nr = 1; nr <= 3; nr++) {
		line = await_line("stays", nr);
		kill(line.pid, SIGKILL);
	}
	await_line("stays", 4);
}
END_TEST

/* Others are started, and nothing is left. */
START_TEST(cannot_start)
{
	struct actor *a = actor_new(PROCESS, USER);

	init_with("init { node = node0  user = nosuch\n"
		  "run = { \"" FOLDER "/stays\" } }\n"
		  "init { node = node0\n"
		  "run = { /no/such, \"/tmp\", \"" FOLDER "/other\" } }\n");
	await_line("other", 1);
	AWAIT(ASK(a, look_at_table) == 2);
	ck_assert_int_eq(said("stays", &(struct line){ 0 }), 0);
	ck_assert_int_eq(init_kill(SIGTERM), 0);
}
END_TEST

/* The configuration again */
START_TEST(reload)
{
	struct line stays, other, line;

	init_with("init { node = node0\n"
		  "respawn = { \"" FOLDER "/stays\", \"" FOLDER
		  "/other\" } }\n");
	stays = await_line("stays", 1);
	other = await_line("other", 1);
	server_configure("init { node = node0\n"
			 "respawn = \"" FOLDER "/stays\"\n"
			 "run = \"" FOLDER "/once\" }\n");
	kill(init_pid(), SIGHUP);
	await_line("once", 1);
	AWAIT(has_ended(other.pid));
	/* One with errors changes nothing. */
	server_configure("nonsense");
	kill(init_pid(), SIGHUP);
	server_configure("init { node = node0  respawn = { \"" FOLDER
			 "/stays\", \"" FOLDER "/other\" } }\n");
	kill(init_pid(), SIGHUP);
	await_line("other", 2);
	ck_assert_int_eq(said("stays", &line), 1);
	ck_assert(!has_ended(stays.pid));
	ck_assert_int_eq(said("once", &line), 1);
}
END_TEST

/* Ends */

/* A child of a parent that ends is its own, and waited for. */
START_TEST(orphans)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *c = actor_new(PROCESS, USER + 2);
	int init, of_b;

	init_with("");
	AWAIT(ASK(c, look_at_table) == 1);
	init = nth(c, 0).pid;
	ck_assert_int_gt(ASK(a, bind_it), 1);
	of_b = ASK(a, fork_of, .peer = b->ep);
	ck_assert_int_gt(of_b, 1);
	actor_kill(a);
	AWAIT(ASK(b, parent_of) == init);
	ASSERT_RC(ASK(c, look_at_table), 2);
	actor_kill(b);
	AWAIT(ASK(c, look_at_table) == 1);
}
END_TEST

/* A zombie of a parent that ends */
START_TEST(zombies)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *c = actor_new(PROCESS, USER + 2);

	init_with("");
	AWAIT(ASK(c, look_at_table) == 1);
	ck_assert_int_gt(ASK(a, bind_it), 1);
	ck_assert_int_gt(ASK(a, fork_of, .peer = b->ep), 1);
	actor_kill(b);
	AWAIT(nth(c, 2).state == PM_ZOMBIE);
	actor_kill(a);
	AWAIT(ASK(c, look_at_table) == 1);
}
END_TEST

/* SIGTERM, and SIGKILL after a while */
START_TEST(ends_in_order)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct line stays, stubborn;

	init_with("init { node = node0\n"
		  "respawn = \"" FOLDER "/stays\"\n"
		  "run = \"" FOLDER "/stubborn\" }\n");
	stays = await_line("stays", 1);
	stubborn = await_line("stubborn", 1);
	kill(init_pid(), SIGTERM);
	AWAIT(has_ended(stays.pid));
	ck_assert(!has_ended(stubborn.pid));
	ck_assert(!has_ended(init_pid()));
	ck_assert_int_eq(init_kill(0), 0);
	ck_assert(has_ended(stubborn.pid));
	AWAIT(ASK(a, look_at_table) == 0);
}
END_TEST

/* Its jobs end with it, and the next one starts them. */
START_TEST(killed)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct line line;

	init_with("init { node = node0  respawn = \"" FOLDER "/stays\" }");
	for (int nr = 1; nr <= 3; nr++) {
		line = await_line("stays", nr);
		ck_assert_int_eq(init_kill(SIGKILL), SIGKILL);
		AWAIT(has_ended(line.pid));
		AWAIT(ASK(a, look_at_table) == 0);
		init_start();
	}
	await_line("stays", 4);
	AWAIT(ASK(a, look_at_table) == 2);
}
END_TEST

/* It waits for PM, and hears of ends that PM was not there for. */
START_TEST(pm_away)
{
	struct line line;

	pm_kill(SIGTERM);
	init_with("init { node = node0  respawn = \"" FOLDER "/stays\" }");
	pm_start();
	line = await_line("stays", 1);
	pm_kill(SIGKILL);
	kill(line.pid, SIGKILL);
	AWAIT(has_ended(line.pid));
	pm_start();
	await_line("stays", 2);
}
END_TEST

START_TEST(vm_ends)
{
	struct line line;
	int status;

	init_with("init { node = node0  run = \"" FOLDER "/stubborn\" }");
	line = await_line("stubborn", 1);
	mnx_vm_end(VMID);
	ck_assert_int_eq(waitpid(init_pid(), &status, 0), init_pid());
	ck_assert_int_eq(status, 3 << 8);
	AWAIT(has_ended(line.pid));
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ once, 1 },       { as_its_user, 1 },  { backs_off, 1 },
		{ killed_job, 1 }, { cannot_start, 1 }, { reload, 1 },
		{ orphans, 1 },    { zombies, 1 },      { ends_in_order, 1 },
		{ killed, 1 },     { pm_away, 1 },      { vm_ends, 1 },
	};

	stage_init();
	return RUN_TESTS("init", 120, jobs_up, server_down, tests);
}
