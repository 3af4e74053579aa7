// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client of a disk of MEMORY, wherever that is:
 *
 *	blocks VM DISK		each request, compared; prints how fast it was
 *	blocks VM DISK ERRNO	it cannot be opened, by that error
 *	blocks VM DISK whole	all of it is of one of the groups of "load"
 *	blocks VM DISK load	commits until one fails; prints when, in ms of
 *				the realtime clock, and its error
 *
 * As the user that runs it, root or not.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "disk_requests.h"
#include "user_slot.h"

#define BYTES   (1 << 20)
#define AT_ONCE (64 << 10)
#define PIECES  64
#define MUST(expression)                                                      \
	do {                                                                  \
		if (!(expression)) {                                          \
			fprintf(stderr, "blocks: not so: %s\n", #expression); \
			exit(EXIT_FAILURE);                                   \
		}                                                             \
	} while (0)

static unsigned char data[BYTES], is[BYTES];
static int minor;

static int disk_open(const char *name)
{
	dev_open_t arg = { .minor = DEV_MINOR_NAMED, .flags = DEV_WRITABLE };
	message m;
	int rc;

	strncpy(arg.name, name, sizeof(arg.name) - 1);
	com_put(&m, &arg);
	rc = disk_ask(&m, DEV_OPEN);
	com_get(&m, &arg);
	minor = arg.minor;
	return rc;
}

static int64_t now_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static void fill(int seed)
{
	for (int i = 0; i < BYTES; i++)
		data[i] = (unsigned char)(i * 7 + i / 256 + seed);
}

static bool same(void)
{
	memset(is, 0, sizeof(is));
	for (int i = 0; i < BYTES; i += AT_ONCE)
		if (disk_io(DEV_READ, minor, i, is + i, AT_ONCE) != AT_ONCE)
			return false;
	return !memcmp(data, is, BYTES);
}

/* Two halves change places in the client's memory. */
static void vectors(void)
{
	const dev_iovec_t halves[] = {
		{ (uintptr_t)is + BYTES / 2, BYTES / 2 },
		{ (uintptr_t)is, BYTES / 2 },
	};

	fill(3);
	memcpy(is, data + BYTES / 2, BYTES / 2);
	memcpy(is + BYTES / 2, data, BYTES / 2);
	MUST(disk_vector(DEV_SCATTER, minor, 0, halves, 2) == BYTES);
	MUST(same());
	MUST(disk_vector(DEV_GATHER, minor, 0, halves, 2) == BYTES);
	MUST(!memcmp(is, data + BYTES / 2, BYTES / 2));
}

static int commit(int seed)
{
	dev_piece_t pieces[PIECES];

	fill(seed);
	for (int i = 0; i < PIECES; i++)
		pieces[i] = (dev_piece_t){
			.position = (int64_t)i * (BYTES / PIECES),
			.address = (uintptr_t)data + i * (BYTES / PIECES),
			.bytes = BYTES / PIECES,
		};
	return disk_vector(DEV_COMMIT, minor, 0, pieces, PIECES);
}

static int requests(void)
{
	int64_t begun, wrote, took;

	fill(1);
	begun = now_ms(CLOCK_MONOTONIC);
	for (int i = 0; i < BYTES; i += AT_ONCE)
		MUST(disk_io(DEV_WRITE, minor, i, data + i, AT_ONCE) ==
		     AT_ONCE);
	wrote = now_ms(CLOCK_MONOTONIC) - begun;
	begun = now_ms(CLOCK_MONOTONIC);
	MUST(same());
	took = now_ms(CLOCK_MONOTONIC) - begun;
	vectors();
	MUST(commit(5) == BYTES && same());
	MUST(disk_io(DEV_READ, minor, BYTES, is, 1) == 0);
	MUST(disk_io(DEV_READ, minor, 0, (void *)8, 8) == EMOLFAULT);
	printf("1 MiB, 64 KiB at a time: written in %lld ms, read in %lld ms\n",
	       (long long)wrote, (long long)took);
	return EXIT_SUCCESS;
}

static int whole(void)
{
	MUST(disk_io(DEV_READ, minor, 0, is, BYTES) == BYTES);
	fill(is[0]);
	MUST(!memcmp(is, data, BYTES));
	return EXIT_SUCCESS;
}

static int load(void)
{
	int rc = BYTES;

	puts("begun");
	fflush(stdout);
	for (int seed = 0; rc == BYTES; seed++)
		rc = commit(seed);
	printf("%lld %s\n", (long long)now_ms(CLOCK_REALTIME),
	       mnx_strerror(rc));
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	int rc;

	if (argc < 3 || argc > 4) {
		fprintf(stderr,
			"usage: blocks VM DISK [ERRNO | load | whole]\n");
		return 2;
	}
	rc = user_slot_bind(atoi(argv[1]));
	if (!mnx_bind_failed(rc)) {
		rc = disk_open(argv[2]);
		if (argc == 4 && rc && rc == -atoi(argv[3]))
			return EXIT_SUCCESS;
		if (!rc && argc == 3)
			return requests();
		if (!rc && !strcmp(argv[3], "load"))
			return load();
		if (!rc && !strcmp(argv[3], "whole"))
			return whole();
	}
	fprintf(stderr, "blocks: %d: %s\n", rc, mnx_strerror(rc));
	return EXIT_FAILURE;
}
