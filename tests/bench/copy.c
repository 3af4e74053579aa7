// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measures copies between two processes, all in one run: a server takes so many
 * bytes out of a client that is blocked on it, by mnx_vcopy() and, as programs
 * without m3ipc do, by process_vm_readv(); and memcpy() moves as many within
 * one process.  Prints a line for each size: times in ns, and the bandwidth of
 * mnx_vcopy() in terms of the other two.
 *
 *	usage: copy [-i]
 *
 * -i says that ns are instructions.  An emulated processor counts each byte of
 * "rep movsb" as one: so what a call and a page cost is what is left without
 * the bytes, and memcpy() cannot be compared.
 */
#include <molipc/molipc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REPEATS   7
#define MAX_BYTES (16L << 20)
#define CLIENT_NR 40
#define PAGE      4096L

static const long sizes[] = { 64, PAGE, 16 * PAGE, 1L << 20, MAX_BYTES };

#define NR_SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* The same addresses in both processes; each has pages of its own there. */
static char *from, *to;
static pid_t client;
static int client_ep;

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "copy: %s failed\n", what);
	exit(EXIT_FAILURE);
}

static void by_vcopy(long bytes)
{
	int rc = mnx_vcopy(client_ep, from, SELF, to, bytes);

	check(!rc, mnx_strerror(rc));
}

static void by_readv(long bytes)
{
	struct iovec local = { to, (size_t)bytes },
		     remote = { from, (size_t)bytes };

	check(process_vm_readv(client, &local, 1, &remote, 1, 0) == bytes,
	      "process_vm_readv");
}

/* Called through a pointer that the compiler does not see through */
static void *(*volatile copy)(void *, const void *, size_t) = memcpy;

static void by_memcpy(long bytes)
{
	copy(to, from, (size_t)bytes);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of a few runs of some 2 MiB, or one copy if that is more */
static double measure(void (*mechanism)(long bytes), long bytes)
{
	long count = (2L << 20) / bytes;
	double ns[REPEATS];

	if (count < 1)
		count = 1;
	if (count > 500)
		count = 500;
	mechanism(bytes);
	for (int i = 0; i < REPEATS; i++) {
		double start = now();

		for (long n = 0; n < count; n++)
			mechanism(bytes);
		ns[i] = (now() - start) / (double)count;
	}
	qsort(ns, REPEATS, sizeof(ns[0]), ascending);
	return ns[REPEATS / 2];
}

static char *buffer(int byte)
{
	char *at = mmap(NULL, MAX_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(at != MAP_FAILED, "mmap");
	madvise(at, MAX_BYTES, MADV_NOHUGEPAGE);
	memset(at, byte, MAX_BYTES);
	return at;
}

static void be_client(void)
{
	message m = { .m_type = 1 };

	check(!mnx_bind_failed(mnx_bind(0, CLIENT_NR)), "bind");
	memset(from, 'c', MAX_BYTES);
	mnx_sendrec(MEM_PROC_NR, &m);
	_exit(EXIT_SUCCESS);
}

static void set_up(void)
{
	VM_usr_t vm = VM_USR_INIT(0, "bench");
	message m;

	check(!mnx_drvs_init(0, NULL) && !mnx_vm_init(&vm), "a node");
	check(mnx_bind(0, MEM_PROC_NR) == MEM_PROC_NR, "bind");
	from = buffer('s');
	to = buffer('t');
	client = fork();
	check(client >= 0, "fork");
	if (!client)
		be_client();
	memset(from, 'S', MAX_BYTES);
	check(!mnx_rcvrqst(&m), "rcvrqst");
	client_ep = m.m_source;
}

static void tear_down(void)
{
	kill(client, SIGKILL);
	waitpid(client, NULL, 0);
	mnx_drvs_end();
}

/* What a call costs, and each page more, without the bytes; -i only */
static int costs(const double *vcopy, const double *readv)
{
	double call = vcopy[0] - (double)sizes[0];
	double readv_call = readv[0] - (double)sizes[0];
	double pages = (double)(sizes[2] - sizes[1]) / PAGE;
	double page = (vcopy[2] - vcopy[1]) / pages - PAGE;
	double readv_page = (readv[2] - readv[1]) / pages - PAGE;
	int bad = (call > readv_call) + (page > 0.5 * readv_page);

	printf("%-10s %10.0f %10.0f %10s %8.2f\n", "a call", call, readv_call,
	       "", call / readv_call);
	printf("%-10s %10.0f %10.0f %10s %8.2f\n", "a page", page, readv_page,
	       "", page / readv_page);
	printf("%d passed, %d failed\n", 2 - bad, bad);
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	bool counted = argc > 1 && !strcmp(argv[1], "-i");
	double vcopy[NR_SIZES], readv[NR_SIZES], memory;

	set_up();
	for (size_t i = 0; i < NR_SIZES; i++) {
		vcopy[i] = measure(by_vcopy, sizes[i]);
		check(to[0] == 'c' && to[sizes[i] - 1] == 'c', "the copy");
		readv[i] = measure(by_readv, sizes[i]);
		memory = measure(by_memcpy, sizes[i]);
		printf("%-10ld %10.0f %10.0f %10.0f %8.2f %8.2f\n", sizes[i],
		       vcopy[i], readv[i], memory, readv[i] / vcopy[i],
		       memory / vcopy[i]);
		fflush(stdout);
	}
	tear_down();
	return counted ? costs(vcopy, readv) : EXIT_SUCCESS;
}
