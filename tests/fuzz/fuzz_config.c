// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads configurations that were mutated.
 *
 *	fuzz_config SEED RUNS SECONDS FILE...
 *
 * RUNS configurations, or if it is 0 as many as there are in SECONDS.  A
 * configuration is good, or there is an error that says why not; sanitizers see
 * to the rest.  The last one is left behind if this fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/config.h"
#include "common/util.h"

#define MOST_FILES 16
#define MOST_BYTES 8192

struct text {
	char bytes[MOST_BYTES];
	size_t length;
};

static struct text corpus[MOST_FILES];
static int nr_corpus;

static uint64_t state;

/* xorshift64*: the same everywhere, for the same seed */
static size_t below(size_t limit)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * UINT64_C(0x2545f4914f6cdd1d) >> 33) % limit;
}

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void load(const char *path)
{
	struct text *text = &corpus[nr_corpus++];
	FILE *f = fopen(path, "re");

	if (!f)
		fail(path);
	text->length = fread(text->bytes, 1, MOST_BYTES / 2, f);
	fclose(f);
}

static void replace(struct text *text, size_t at, size_t length, const char *by,
		    size_t new_length)
{
	size_t rest = text->length - at - length;

	if (at + new_length + rest > MOST_BYTES)
		return;
	memmove(text->bytes + at + new_length, text->bytes + at + length, rest);
	memcpy(text->bytes + at, by, new_length);
	text->length = at + new_length + rest;
}

static void mutate(struct text *text)
{
	static const char *const words[] = {
		"{",
		"}",
		"(",
		")",
		"=",
		"+=",
		",",
		"\"",
		"'",
		"\\",
		"#",
		"//",
		"/*",
		"*/",
		"${",
		"|",
		"\n",
		"\"\"",
		"-1",
		"0",
		"64",
		"8192",
		"99999999999999999999",
		"0x",
		"1K",
		"9999G",
		"true",
		"include(\"*\")",
		"vm V",
		"node n0",
		"memory",
		"disk",
		"drvs",
		"nodes",
		"pm",
		"backup",
		"id = 1",
		"local",
		"title",
		"nr_tasks = 2",
	};
	const struct text *other = &corpus[below(nr_corpus)];
	const char *word = words[below(ARRAY_SIZE(words))];
	size_t at = below(text->length + 1), left = text->length - at;
	size_t length = below(left < 32 ? left + 1 : 33);
	size_t from = below(other->length);
	char byte = (char)below(256);

	switch (below(5)) {
	case 0:
		replace(text, at, 0, word, strlen(word));
		break;
	case 1:
		replace(text, at, length, word, strlen(word));
		break;
	case 2:
		replace(text, at, length, "", 0);
		break;
	case 3:
		replace(text, at, left > 0, &byte, 1);
		break;
	case 4:
		replace(text, at, length, other->bytes + from,
			below(other->length - from));
		break;
	}
}

static void write_text(const char *name, const struct text *text)
{
	FILE *f = fopen(name, "we");

	if (!f || fwrite(text->bytes, 1, text->length, f) != text->length ||
	    fclose(f))
		fail(name);
}

/* Returns whether it is good. */
static bool try(const char *name)
{
	char *said = NULL;
	size_t size = 0;
	FILE *errors = open_memstream(&said, &size);
	struct config *config;
	bool good;

	if (!errors)
		fail("memory");
	config = config_read(name, errors);
	fclose(errors);
	good = config;
	if (good != !size || (good && !config_local(config))) {
		fprintf(stderr, "%s: seen as %s, with errors \"%s\"\n", name,
			good ? "good" : "bad", said);
		exit(EXIT_FAILURE);
	}
	config_free(config);
	free(said);
	return good;
}

static bool run(const char *name)
{
	struct text text = corpus[below(nr_corpus)];

	for (size_t i = below(6); i > 0; i--)
		mutate(&text);
	write_text(name, &text);
	return try(name);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/m3ipc-fuzz-XXXXXX";
	char name[sizeof(folder) + 8];
	unsigned long runs, done = 0, good = 0;
	time_t end;

	if (argc < 5 || argc > 4 + MOST_FILES)
		return 2;
	state = strtoull(argv[1], NULL, 10) | 1;
	runs = strtoul(argv[2], NULL, 10);
	end = time(NULL) + atoi(argv[3]);
	for (int i = 4; i < argc; i++)
		load(argv[i]);
	if (!mkdtemp(folder))
		fail(folder);
	setenv("M3IPC_NODE", "node0", 1);
	snprintf(name, sizeof(name), "%s/conf", folder);
	for (; runs ? done < runs : time(NULL) < end; done++)
		good += run(name);
	unlink(name);
	rmdir(folder);
	printf("fuzz: seed %s, %lu configurations, %lu good\n", argv[1], done,
	       good);
	return good && good < done ? EXIT_SUCCESS : EXIT_FAILURE;
}
