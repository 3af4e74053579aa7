// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client of a disk of MEMORY that goes on whatever happens to its driver: as
 * a file system would, it opens the disk again after an error and repeats what
 * it had not been told as done.
 *
 *	steady VM DISK		says "begun", and writes groups of two blocks
 *				until SIGTERM; then reads all that it was told
 *				as done, and says how it went
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "disk_requests.h"
#include "user_slot.h"

#define BLOCK   4096
#define BLOCKS  256
#define PATIENT 60000 /* ms until it gives up */
#define OPENS   100   /* so often, as an earlier one may just have ended */
#define PAUSE   50000 /* us */

static volatile sig_atomic_t told_to_end;
static uint32_t done[BLOCKS]; /* what each block was told to hold */
static uint32_t data[BLOCK / sizeof(uint32_t)];
static const char *name;
static int minor;
static unsigned int errors;

static void on_signal(int signal)
{
	(void)signal;
	told_to_end = true;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static int disk_open(void)
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

static int disk_open_surely(void)
{
	int rc = disk_open();

	for (int i = 0; rc && i < OPENS; i++) {
		usleep(PAUSE);
		rc = disk_open();
	}
	return rc;
}

/* Blocks that the group of that number is of */
static void group_blocks(uint32_t number, int blocks[2])
{
	blocks[0] = (int)(number % BLOCKS);
	blocks[1] = (int)((blocks[0] + 1 + number / BLOCKS) % BLOCKS);
}

static int group_write(uint32_t number)
{
	dev_piece_t pieces[2];
	int blocks[2];

	group_blocks(number, blocks);
	for (size_t i = 0; i < BLOCK / sizeof(*data); i++)
		data[i] = number;
	for (int i = 0; i < 2; i++)
		pieces[i] = (dev_piece_t){
			.position = (int64_t)blocks[i] * BLOCK,
			.address = (uintptr_t)data,
			.bytes = BLOCK,
		};
	return disk_vector(DEV_COMMIT, minor, 0, pieces, 2);
}

/* The longest time that a group took is kept in *longest. */
static bool group_write_surely(uint32_t number, int64_t *longest)
{
	const int64_t begun = now_ms();
	int rc = group_write(number);
	int blocks[2];

	while (rc != 2 * BLOCK && now_ms() - begun < PATIENT) {
		if (!errors++)
			printf("the first error: %s\n", mnx_strerror(rc));
		usleep(PAUSE);
		rc = disk_open();
		if (!rc)
			rc = group_write(number);
	}
	if (rc != 2 * BLOCK) {
		printf("given up: %s\n", mnx_strerror(rc));
		return false;
	}
	if (now_ms() - begun > *longest)
		*longest = now_ms() - begun;
	group_blocks(number, blocks);
	done[blocks[0]] = number;
	done[blocks[1]] = number;
	return true;
}

static bool all_is_there(void)
{
	for (int i = 0; i < BLOCKS; i++) {
		if (disk_io(DEV_READ, minor, (int64_t)i * BLOCK, data, BLOCK) !=
		    BLOCK) {
			printf("block %d cannot be read\n", i);
			return false;
		}
		for (size_t j = 0; done[i] && j < BLOCK / sizeof(*data); j++)
			if (data[j] != done[i]) {
				printf("block %d: %u is not %u\n", i, data[j],
				       done[i]);
				return false;
			}
	}
	return true;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	int64_t longest = 0;
	uint32_t number = 1;
	int rc;

	if (argc != 3) {
		fprintf(stderr, "usage: steady VM DISK\n");
		return 2;
	}
	name = argv[2];
	sigaction(SIGTERM, &action, NULL);
	rc = user_slot_bind(atoi(argv[1]));
	if (!mnx_bind_failed(rc))
		rc = disk_open_surely();
	if (rc) {
		printf("%s\n", mnx_strerror(rc));
		return EXIT_FAILURE;
	}
	puts("begun");
	fflush(stdout);
	for (; !told_to_end; number++)
		if (!group_write_surely(number, &longest))
			return EXIT_FAILURE;
	rc = all_is_there() ? EXIT_SUCCESS : EXIT_FAILURE;
	printf("%u groups, %u errors, the longest took %lld ms\n", number - 1,
	       errors, (long long)longest);
	return rc;
}
