// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures copies between two processes, all in one run: a server takes so many
 * bytes out of a client that is blocked on it, by mnx_vcopy() and, as programs
 * without m3ipc do, by process_vm_readv().  Within one process memcpy() moves
 * as many, and vmsplice() and read() through a pipe.
 *
 *	usage: copy [-i] [MAX_BYTES]
 *
 * -i says that ns are instructions.  An emulated processor counts each byte of
 * "rep movsb" as one: so there are figures then of what a call and a page cost
 * without the bytes, and memcpy() cannot be compared.
 */
#include <fcntl.h>
#include <molipc/molipc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define MAX_BYTES  (16L << 20)
#define CLIENT_NR  40
#define PAGE       4096L
#define PIPE_BYTES (16 * PAGE)

static const long sizes[] = { 64, PAGE, 16 * PAGE, 1L << 20, MAX_BYTES };

#define NR_SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* The same addresses in both processes; each has pages of its own there. */
static char *from, *to;
static int pipe_ends[2];
static pid_t client;
static int client_ep;

static void by_vcopy(long bytes)
{
	bench_check_mnx(mnx_vcopy(client_ep, from, SELF, to, bytes));
}

static void by_readv(long bytes)
{
	struct iovec local = { to, (size_t)bytes },
		     remote = { from, (size_t)bytes };

	bench_check(process_vm_readv(client, &local, 1, &remote, 1, 0) == bytes,
		    "process_vm_readv");
}

/* Called through a pointer that the compiler does not see through */
static void *(*volatile copy)(void *, const void *, size_t) = memcpy;

static void by_memcpy(long bytes)
{
	copy(to, from, (size_t)bytes);
}

static void by_vmsplice(long bytes)
{
	for (long done = 0, got; done < bytes; done += got) {
		long left = bytes - done;
		struct iovec part = {
			from + done,
			(size_t)(left < PIPE_BYTES ? left : PIPE_BYTES),
		};

		got = vmsplice(pipe_ends[1], &part, 1, 0);
		bench_check(got > 0, "vmsplice");
		bench_check(read(pipe_ends[0], to + done, (size_t)got) == got,
			    "read");
	}
}

static const struct {
	const char *name;
	void (*copy)(long bytes);
} ways[] = {
	{ "vcopy", by_vcopy },
	{ "process_vm_readv", by_readv },
	{ "memcpy", by_memcpy },
	{ "vmsplice+read", by_vmsplice },
};

#define NR_WAYS (sizeof(ways) / sizeof(ways[0]))

static double sample(size_t way, long bytes, long count)
{
	double start = bench_now();

	for (long n = 0; n < count; n++)
		ways[way].copy(bytes);
	return (bench_now() - start) / (double)count;
}

/*
 * Runs of some 2 MiB each, or of one copy if that is more; the ways take turns,
 * so that what else the machine does hits all of them.
 */
static void measure(long bytes, double medians[static NR_WAYS])
{
	long count = (2L << 20) / bytes;
	double ns[NR_WAYS][BENCH_REPEATS];
	char group[32];

	if (count < 1)
		count = 1;
	if (count > 500)
		count = 500;
	for (size_t way = 0; way < NR_WAYS; way++)
		ways[way].copy(bytes);
	for (int i = 0; i < BENCH_REPEATS; i++) {
		for (size_t way = 0; way < NR_WAYS; way++)
			ns[way][i] = sample(way, bytes, count);
	}
	snprintf(group, sizeof(group), "copy-%ld", bytes);
	for (size_t way = 0; way < NR_WAYS; way++)
		medians[way] = bench_figure(group, ways[way].name, ns[way]);
}

static char *buffer(int byte)
{
	char *at = mmap(NULL, MAX_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	bench_check(at != MAP_FAILED, "mmap");
	madvise(at, MAX_BYTES, MADV_NOHUGEPAGE);
	memset(at, byte, MAX_BYTES);
	return at;
}

static void be_client(void)
{
	message m = { .m_type = 1 };

	bench_check(!mnx_bind_failed(mnx_bind(0, CLIENT_NR)), "bind");
	memset(from, 'c', MAX_BYTES);
	mnx_sendrec(MEM_PROC_NR, &m);
	_exit(EXIT_SUCCESS);
}

static void set_up(void)
{
	message m;

	bench_node_up(0);
	bench_check(mnx_bind(0, MEM_PROC_NR) == MEM_PROC_NR, "bind");
	bench_check(!pipe(pipe_ends), "pipe");
	from = buffer('s');
	to = buffer('t');
	client = fork();
	bench_check(client >= 0, "fork");
	if (!client)
		be_client();
	memset(from, 'S', MAX_BYTES);
	bench_check_mnx(mnx_rcvrqst(&m));
	client_ep = m.m_source;
}

static void tear_down(void)
{
	kill(client, SIGKILL);
	waitpid(client, NULL, 0);
	mnx_drvs_end();
}

static void derived(const char *group, size_t way, double value)
{
	double same[BENCH_REPEATS];

	for (int i = 0; i < BENCH_REPEATS; i++)
		same[i] = value;
	bench_figure(group, ways[way].name, same);
}

/* What a call costs, and each page more, without the bytes */
static void costs(size_t way, double ns[][NR_WAYS])
{
	double pages = (double)(sizes[2] - sizes[1]) / PAGE;

	derived("copy-call", way, ns[0][way] - (double)sizes[0]);
	derived("copy-page", way, (ns[2][way] - ns[1][way]) / pages - PAGE);
}

int main(int argc, char **argv)
{
	bool counted = argc > 1 && !strcmp(argv[1], "-i");
	long most = argc > 1 + counted ? atol(argv[1 + counted]) : MAX_BYTES;
	double ns[NR_SIZES][NR_WAYS];

	set_up();
	for (size_t i = 0; i < NR_SIZES && sizes[i] <= most; i++)
		measure(sizes[i], ns[i]);
	for (size_t way = 0; counted && way < 2; way++)
		costs(way, ns);
	tear_down();
	return EXIT_SUCCESS;
}
