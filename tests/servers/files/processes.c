// SPDX-License-Identifier: GPL-2.0-or-later
/* What of files belongs to a process, and what its children have */
#include "files.h"

static int reads_on(int arg)
{
	char byte;

	CHECK(read(arg, &byte, 1) == 1 && byte == 'b');
	CHECK(!close(arg) && !chdir("d"));
	umask(077);
	return 0;
}

static void inherited(void)
{
	char byte;
	int fd;

	CHECK(!mkdir("d", 0777));
	file_make("f", "abc");
	fd = open("f", O_RDONLY);
	CHECK(read(fd, &byte, 1) == 1 && byte == 'a');
	child_good(child_new(reads_on, fd));
	/* The position is shared, and nothing else. */
	CHECK(read(fd, &byte, 1) == 1 && byte == 'c');
	CHECK(!access("f", F_OK) && umask(0) == 0);
}

static int appends_line(int arg)
{
	char line[100];

	memset(line, 'a' + arg, sizeof(line));
	for (int i = 0; i < 40; i++) {
		int fd = open("f", O_WRONLY | O_APPEND);

		CHECK(write(fd, line, sizeof(line)) == sizeof(line));
		CHECK(!close(fd));
	}
	return 0;
}

static void at_once(void)
{
	static char all[16000];
	int counts[4] = { 0 }, fd;
	pid_t pid[4];

	file_make("f", "");
	for (int i = 0; i < 4; i++)
		pid[i] = child_new(appends_line, i);
	for (int i = 0; i < 4; i++)
		child_good(pid[i]);
	fd = open("f", O_RDONLY);
	CHECK(read(fd, all, sizeof(all)) == sizeof(all));
	for (size_t i = 0; i < sizeof(all); i += 100) {
		for (int j = 1; j < 100; j++)
			CHECK(all[i] == all[i + (size_t)j]);
		counts[all[i] - 'a']++;
	}
	for (int i = 0; i < 4; i++)
		CHECK(counts[i] == 40);
}

static int writes_shared(int arg)
{
	char line[1000];

	memset(line, 'x', sizeof(line));
	for (int i = 0; i < 50; i++)
		CHECK(write(arg, line, sizeof(line)) == sizeof(line));
	return 0;
}

/* One position: nothing is written over. */
static void shared_position(void)
{
	struct stat st;
	pid_t a, b;
	int fd;

	fd = open("f", O_WRONLY | O_CREAT, 0666);
	a = child_new(writes_shared, fd);
	b = child_new(writes_shared, fd);
	child_good(a);
	child_good(b);
	CHECK(!fstat_of(fd, &st) && st.st_size == 100000);
}

static int another_program(int arg)
{
	char text[16];
	char *argv[] = { "files", "+closed", text, NULL };

	snprintf(text, sizeof(text), "%d", arg);
	execve("/proc/self/exe", argv, environ);
	return 99;
}

static void over_exec(void)
{
	int fd, status;
	pid_t pid;

	file_make("f", "");
	fd = open("f", O_RDONLY | O_CLOEXEC);
	child_good(child_new(another_program, fd));
	CHECK(!fcntl(fd, F_SETFD, 0));
	pid = child_new(another_program, fd);
	CHECK(waitpid(pid, &status, 0) == pid && status == 1 << 8);
}

const struct one_case process_cases[] = {
	CASE(inherited), CASE(at_once),  CASE(shared_position),
	CASE(over_exec), { NULL, NULL },
};
