// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A node's replica of the disks of MEMORY, without the driver: who gets the
 * endpoint is said by signals.  It is the program's own client.
 *
 *	disk_member CONFIG LEDGER
 *
 * Who stands by says so, and leads when it gets SIGUSR1.  Who leads looks
 * whether all groups are there that LEDGER says were answered, says so, and
 * writes more until SIGTERM, at first one that is as large as any can be;
 * SIGUSR2 has it rest or go on.  It is one image, of 8 MiB.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"
#include "memory/disks.h"
#include "memory/shared.h"
#include "memory/standby.h"

#define BLOCK  4096
#define BLOCKS 256

static volatile sig_atomic_t told_to_end, rests;
static uint32_t data[BLOCK / sizeof(uint32_t)];
static uint32_t done[BLOCKS];

static void on_signal(int signal)
{
	if (signal == SIGTERM)
		told_to_end = true;
	else
		rests = !rests;
}

bool standby_may_wait(const struct config_vm *vm)
{
	return vm;
}

bool standby_wait(const struct config_vm *vm)
{
	sigset_t set;
	int signal;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	puts("stands by");
	fflush(stdout);
	return vm && !sigwait(&set, &signal);
}

static void group_blocks(uint32_t number, uint32_t blocks[2])
{
	blocks[0] = number % BLOCKS;
	blocks[1] = (blocks[0] + 1 + number / BLOCKS) % BLOCKS;
}

static void group_answered(uint32_t number)
{
	uint32_t blocks[2];

	group_blocks(number, blocks);
	done[blocks[0]] = number;
	done[blocks[1]] = number;
}

static int disk_commit(const struct blockdev *dev, uint32_t number)
{
	struct piece pieces[2];
	uint32_t blocks[2];

	group_blocks(number, blocks);
	for (size_t i = 0; i < BLOCK / sizeof(*data); i++)
		data[i] = number;
	for (int i = 0; i < 2; i++)
		pieces[i] = (struct piece){ (int64_t)blocks[i] * BLOCK, data,
					    BLOCK };
	return dev->ops->commit(dev->of, pieces, 2);
}

/* Behind all others, of as many messages as it takes */
static bool large_write(const struct blockdev *dev, uint32_t number)
{
	static uint32_t large[DEV_BYTES_MAX / sizeof(uint32_t)];
	const struct iovec iov = { large, sizeof(large) };

	for (size_t i = 0; i < sizeof(large) / sizeof(*large); i++)
		large[i] = (uint32_t)i + number;
	return !dev->ops->write(dev->of, &iov, 1, BLOCKS * BLOCK);
}

/* One more may be there, which was not answered. */
static bool all_are_there(const struct blockdev *dev, uint32_t last)
{
	const struct iovec iov = { data, BLOCK };

	for (uint32_t i = 0; i < BLOCKS; i++) {
		if (dev->ops->read(dev->of, &iov, 1, (int64_t)i * BLOCK))
			return false;
		for (size_t j = 1; j < BLOCK / sizeof(*data); j++)
			if (data[j] != data[0])
				return false;
		if (data[0] != done[i] && data[0] != last + 1)
			return false;
	}
	return true;
}

static uint32_t ledger_read(int ledger)
{
	uint32_t last = 0;

	if (pread(ledger, &last, sizeof(last), 0) != sizeof(last))
		last = 0;
	for (uint32_t i = 1; i <= last; i++)
		group_answered(i);
	return last;
}

static int lead(const struct blockdev *dev, int ledger)
{
	uint32_t last = ledger_read(ledger);

	printf("leads: %u groups %s\n", last,
	       all_are_there(dev, last) ? "are there" : "are not all there");
	fflush(stdout);
	if (!large_write(dev, last))
		puts("not answered");
	while (!told_to_end) {
		if (rests) {
			usleep(1000);
			continue;
		}
		if (disk_commit(dev, last + 1)) {
			puts("not answered");
			fflush(stdout);
			continue;
		}
		group_answered(++last);
		if (pwrite(ledger, &last, sizeof(last), 0) < 0)
			return EXIT_FAILURE;
	}
	return dev->ops->flush(dev->of) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	const struct config_memory *memory;
	struct config *config;
	sigset_t promoted;
	int ledger;

	if (argc != 3)
		return 2;
	log_verbose(true);
	sigemptyset(&promoted);
	sigaddset(&promoted, SIGUSR1);
	sigprocmask(SIG_BLOCK, &promoted, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	config = config_read(argv[1], stderr);
	ledger = open(argv[2], O_RDWR | O_CREAT, 0600);
	if (!config || ledger < 0)
		return EXIT_FAILURE;
	memory = config_memory_at(&config->vms[0], config->local);
	if (!disks_open(memory, config->local) ||
	    !shared_start(config, &config->vms[0], memory, false) ||
	    !shared_stand_by(&config->vms[0]))
		return EXIT_FAILURE;
	return lead(disks_get(0), ledger);
}
