// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A client of FS, at any node.
 *
 *	files VMID fill PATH NUMBER	a file that is told by its number, and
 *					is on the disk then
 *	files VMID is PATH NUMBER	it is that
 *	files VMID lock PATH		has it locked until it is killed; says
 *					"locked"
 *	files VMID free PATH		nobody has
 *	files VMID load PATH		writes and reads, until it is told an
 *					error, which it says; begins with
 *					"begun"
 *	files VMID denied PATH		it may not be opened
 *	files VMID mount DEVICE		it may not be mounted, at "/"
 *	files VMID claim ENDPOINT	is not believed that this is its child
 *
 * It has the slot of that number, if there is SLOT in its environment.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mol/fs.h>
#include <molipc/fs.h>

#include "user_slot.h"

#define BYTES (3 << 20)

static char data[BYTES], found[BYTES];

static int fail(const char *what)
{
	fprintf(stderr, "files: %s: %s\n", what, strerror(errno));
	return EXIT_FAILURE;
}

static void data_make(int number)
{
	for (size_t i = 0; i < BYTES; i++)
		data[i] = (char)(i * 7 + i / 253 + (size_t)number);
}

static int fill(const char *path, int number)
{
	const int fd = mol_open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	data_make(number);
	if (fd < 0 || mol_write(fd, data, BYTES) != BYTES || mol_fsync(fd) ||
	    mol_close(fd))
		return fail(path);
	return 0;
}

static int is(const char *path, int number)
{
	const int fd = mol_open(path, O_RDONLY);

	data_make(number);
	if (fd < 0 || mol_read(fd, found, BYTES) != BYTES || mol_close(fd))
		return fail(path);
	if (!memcmp(data, found, BYTES))
		return 0;
	fprintf(stderr, "files: %s is another\n", path);
	return EXIT_FAILURE;
}

static int lock(const char *path, int command)
{
	struct flock all = { .l_type = F_WRLCK };
	const int fd = mol_open(path, O_RDWR | O_CREAT, 0600);

	if (fd < 0 || mol_fcntl(fd, command, &all))
		return fail(path);
	if (command == F_GETLK)
		return all.l_type == F_UNLCK ? 0 : EXIT_FAILURE;
	puts("locked");
	fflush(stdout);
	for (;;)
		pause();
}

static int load(const char *path)
{
	int n = 0;

	puts("begun");
	fflush(stdout);
	while (!fill(path, n) && !is(path, n))
		n++;
	printf("%d times\n", n);
	return 0;
}

static int denied(const char *path)
{
	if (mol_open(path, O_RDONLY) < 0 && errno == EACCES)
		return 0;
	return fail(path);
}

static int mount_refused(const char *device)
{
	if (mol_mount(device, "/", 0) < 0 && errno == EPERM)
		return 0;
	return fail(device);
}

static int claim(int endpoint)
{
	message m;
	int rc;

	com_put(&m, &((fs_fork_t){ .endpoint = endpoint }));
	m.m_type = FS_FORK;
	rc = mnx_sendrec(FS_PROC_NR, &m);
	if (!rc && m.m_type == EMOLPERM)
		return 0;
	fprintf(stderr, "files: %d is its child: %s\n", endpoint,
		mnx_strerror(rc ? rc : m.m_type));
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	const char *what = argc > 3 ? argv[2] : "";
	const char *slot = getenv("SLOT");
	const int number = argc > 4 ? atoi(argv[4]) : 0;
	int rc;

	if (argc < 4)
		return 2;
	rc = slot ? mnx_bind(atoi(argv[1]), atoi(slot)) :
		    user_slot_bind(atoi(argv[1]));
	if (mnx_bind_failed(rc)) {
		fprintf(stderr, "files: %s\n", mnx_strerror(rc));
		return EXIT_FAILURE;
	}
	if (!strcmp(what, "fill"))
		return fill(argv[3], number);
	if (!strcmp(what, "is"))
		return is(argv[3], number);
	if (!strcmp(what, "lock"))
		return lock(argv[3], F_SETLK);
	if (!strcmp(what, "free"))
		return lock(argv[3], F_GETLK);
	if (!strcmp(what, "load"))
		return load(argv[3]);
	if (!strcmp(what, "denied"))
		return denied(argv[3]);
	if (!strcmp(what, "mount"))
		return mount_refused(argv[3]);
	if (!strcmp(what, "claim"))
		return claim(atoi(argv[3]));
	return 2;
}
