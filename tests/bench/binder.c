// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Android's binder by its ioctls, without a library: transactions with the
 * context manager.  A buffer that was received is given back with the next
 * thing that is sent, as libbinder does it.
 */
#include <fcntl.h>
#include <linux/android/binder.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "mechanism.h"

#define MAP_BYTES (128 * 1024)

struct transaction {
	uint32_t command;
	struct binder_transaction_data data;
} __attribute__((packed));

struct release {
	uint32_t command;
	binder_uintptr_t buffer;
} __attribute__((packed));

struct packet {
	struct release release;
	struct transaction transaction;
} __attribute__((packed));

static int fd;
static void *map;
static binder_uintptr_t held; /* the buffer to give back */

static const char *prepare(void)
{
	int probe = open("/dev/binder", O_RDWR | O_CLOEXEC);

	if (probe < 0)
		return "no module binder_linux";
	close(probe);
	return NULL;
}

static void open_binder(void)
{
	fd = open("/dev/binder", O_RDWR | O_CLOEXEC);
	bench_check(fd >= 0, "open");
	map = mmap(NULL, MAP_BYTES, PROT_READ, MAP_PRIVATE, fd, 0);
	bench_check(map != MAP_FAILED, "mmap");
	held = 0;
}

static void start_server(void)
{
	uint32_t enter = BC_ENTER_LOOPER;
	struct binder_write_read bwr = {
		.write_size = sizeof(enter),
		.write_buffer = (binder_uintptr_t)&enter,
	};

	open_binder();
	bench_check(!ioctl(fd, BINDER_SET_CONTEXT_MGR, 0), "context manager");
	bench_check(!ioctl(fd, BINDER_WRITE_READ, &bwr), "enter");
}

/* Takes the payload out of what was read, if it is there. */
static int take(const char *at, const char *end, uint32_t wanted,
		struct payload *p)
{
	struct binder_transaction_data data;
	uint32_t command;

	for (; at < end; at += sizeof(command) + _IOC_SIZE(command)) {
		memcpy(&command, at, sizeof(command));
		bench_check(command != BR_DEAD_REPLY &&
				    command != BR_FAILED_REPLY,
			    "transaction");
		if (command != wanted)
			continue;
		memcpy(&data, at + sizeof(command), sizeof(data));
		memcpy(p, (void *)data.data.ptr.buffer, sizeof(*p));
		held = data.data.ptr.buffer;
		return 1;
	}
	return 0;
}

/* Sends, if there is something to send, and receives what is wanted. */
static void exchange(const void *out, size_t bytes, uint32_t wanted,
		     struct payload *p)
{
	char in[256];
	struct binder_write_read bwr = {
		.write_size = bytes,
		.write_buffer = (binder_uintptr_t)out,
		.read_size = sizeof(in),
		.read_buffer = (binder_uintptr_t)in,
	};

	do {
		bwr.read_consumed = 0;
		bench_check(!ioctl(fd, BINDER_WRITE_READ, &bwr), "ioctl");
	} while (!take(in, in + bwr.read_consumed, wanted, p));
}

static void send_and_receive(uint32_t command, uint32_t wanted,
			     struct payload *p)
{
	struct payload sent = *p;
	struct packet packet = {
		.release = { BC_FREE_BUFFER, held },
		.transaction = {
			.command = command,
			.data = {
				.data_size = sizeof(sent),
				.data.ptr.buffer = (binder_uintptr_t)&sent,
			},
		},
	};

	if (held)
		exchange(&packet, sizeof(packet), wanted, p);
	else
		exchange(&packet.transaction, sizeof(packet.transaction),
			 wanted, p);
}

static void serve(void)
{
	struct payload p;

	exchange(NULL, 0, BR_TRANSACTION, &p);
	for (;;) {
		bench_change(&p);
		send_and_receive(BC_REPLY, BR_TRANSACTION, &p);
	}
}

static void ask(struct payload *p)
{
	send_and_receive(BC_TRANSACTION, BR_REPLY, p);
}

static void end_client(void)
{
	munmap(map, MAP_BYTES);
	close(fd);
}

const struct mechanism bench_binder = {
	.name = "binder",
	.prepare = prepare,
	.start_server = start_server,
	.serve = serve,
	.start_client = open_binder,
	.ask = ask,
	.end_client = end_client,
};
