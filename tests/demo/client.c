// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client of the demonstration.  It has every line of a file whose number
 * leaves remainder K when divided by N turned into upper case by the server,
 * in pieces that fit in a message.
 *
 * The answers to the first pass go to the file OUT, each line behind its
 * number and a tab; OUT appears when it is complete.  Then it goes on, pass
 * after pass, comparing the answers with those of the first, until SIGTERM;
 * then it prints messages, passes and milliseconds.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "demo.h"

struct line {
	long number;
	size_t length;
	char *text;
	char *answer;
};

static struct line *lines;
static size_t nr_lines;
static int server;
static long nr_messages;
static volatile sig_atomic_t enough;

static void on_term(int sig)
{
	(void)sig;
	enough = 1;
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "client: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

static void *checked(void *memory)
{
	if (!memory)
		die("memory", strerror(errno));
	return memory;
}

static void add_line(long number, const char *text, size_t length)
{
	struct line *line;

	lines = checked(realloc(lines, (nr_lines + 1) * sizeof(*lines)));
	line = &lines[nr_lines++];
	line->number = number;
	line->length = length;
	line->text = checked(malloc(length));
	line->answer = checked(malloc(length));
	memcpy(line->text, text, length);
}

static void read_lines(const char *path, long k, long n)
{
	FILE *f = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;
	ssize_t length;

	if (!f)
		die(path, strerror(errno));
	for (long number = 0; (length = getline(&text, &size, f)) > 0; number++)
		if (number % n == k)
			add_line(number, text, (size_t)length);
	free(text);
	fclose(f);
}

static void ask(const char *text, char *answer, int length)
{
	message m = { .m_type = DEMO_UPPER };
	int rc;

	m.m3_i1 = length;
	memcpy(m.m3_ca1, text, (size_t)length);
	rc = mnx_sendrec(server, &m);
	if (rc || m.m_type)
		die("sendrec", mnx_strerror(rc ? rc : m.m_type));
	if (m.m_source != server || m.m3_i1 != length)
		die("sendrec", "this is not the answer to the question");
	memcpy(answer, m.m3_ca1, (size_t)length);
	nr_messages++;
}

static void ask_line(const struct line *line, char *answer)
{
	for (size_t at = 0; at < line->length; at += DEMO_PIECE) {
		size_t left = line->length - at;

		ask(line->text + at, answer + at,
		    left < DEMO_PIECE ? (int)left : DEMO_PIECE);
	}
}

static void write_answers(const char *path)
{
	char *new = NULL;
	bool bad = false;
	FILE *f;

	if (asprintf(&new, "%s.new", path) < 0)
		die(path, strerror(errno));
	f = fopen(new, "w");
	if (!f)
		die(new, strerror(errno));
	for (size_t i = 0; i < nr_lines; i++) {
		fprintf(f, "%ld\t", lines[i].number);
		fwrite(lines[i].answer, 1, lines[i].length, f);
	}
	bad = ferror(f);
	if (fclose(f) || bad || rename(new, path))
		die(path, strerror(errno));
	free(new);
}

static void compare_line(const struct line *line)
{
	char *again = checked(malloc(line->length));

	ask_line(line, again);
	if (memcmp(again, line->answer, line->length))
		die("answer", "not the same as the first time");
	free(again);
}

static long milliseconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
	struct sigaction term = { .sa_handler = on_term };
	long begin, passes = 1;
	int self;

	if (argc != 8) {
		fprintf(stderr,
			"usage: client VMID P_NR SERVER FILE K N OUT\n");
		return 2;
	}
	term.sa_flags = SA_RESTART;
	sigaction(SIGTERM, &term, NULL);
	server = atoi(argv[3]);
	read_lines(argv[4], atol(argv[5]), atol(argv[6]));
	self = mnx_bind(atoi(argv[1]), atoi(argv[2]));
	if (mnx_bind_failed(self))
		die("bind", mnx_strerror(self));
	begin = milliseconds();
	for (size_t i = 0; i < nr_lines; i++)
		ask_line(&lines[i], lines[i].answer);
	write_answers(argv[7]);
	for (; !enough; passes++)
		for (size_t i = 0; i < nr_lines && !enough; i++)
			compare_line(&lines[i]);
	printf("%ld %ld %ld\n", nr_messages, passes, milliseconds() - begin);
	return EXIT_SUCCESS;
}
