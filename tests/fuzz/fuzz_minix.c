// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Images of MINIX file systems that lie: made by mkfs.minix, filled, mutated
 * where that hurts, mounted, and then used by chance.
 *
 *	fuzz_minix SEED RUNS SECONDS
 *
 * RUNS images, or if it is 0 as many as there are in SECONDS.  Sanitizers see
 * to memory, the disk to I/O beyond its end and to calls that wait for ever; a
 * run that takes too long is ended by a signal.  What may come of it are
 * errors.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/le.h"
#include "common/util.h"
#include "lib/disk.h"
#include "lib/inside.h"
#include "lib/judge.h"

#define KIB        600
#define BLOCK      1024
#define OPERATIONS 60
#define INODES     300 /* numbers that are tried */
#define LONGEST    30  /* seconds, of a run */

static const char *const kinds[] = { "-1", "-2", "-3", "-1 -n 14", NULL };
static struct disk disk;
static unsigned char *made[ARRAY_SIZE(kinds)];
static unsigned long mounted, done, refused;

static unsigned int below(unsigned int n)
{
	return dice_throw(&disk.dice, n);
}

static int count(int rc)
{
	if (rc >= 0)
		done++;
	else
		refused++;
	return rc;
}

static const char *any_name(void)
{
	static const char *const names[] = { "a",    "b",    "c", "sub", "big",
					     "hole", "link", "x", ".",   ".." };

	return names[below(ARRAY_SIZE(names))];
}

static uint32_t any_ino(void)
{
	return below(4) ? 1 + below(12) : below(INODES);
}

static const struct mfs_owner owner = { .now = 1000 };

static int make(uint32_t dir, const char *name, uint32_t mode, uint32_t *ino)
{
	int rc;

	do
		rc = S_ISLNK(mode) ?
			     mfs_symlink(disk.fs, dir, name, strlen(name),
					 "to/somewhere", &owner, ino) :
			     mfs_create(disk.fs, dir, name, strlen(name), mode,
					0, &owner, ino);
	while (disk_again(&disk, rc));
	return rc;
}

/* What there is to be mutated: all kinds of inodes and blocks */
static void fill(void)
{
	static unsigned char data[400000];
	uint32_t ino, sub;
	char name[8];

	memset(data, 7, sizeof(data));
	make(MFS_ROOT_INO, "a", S_IFREG | 0644, &ino);
	disk_write(&disk, ino, 0, data, 5000, 1);
	make(MFS_ROOT_INO, "sub", S_IFDIR | 0755, &sub);
	for (unsigned int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		make(sub, name, S_IFREG | 0644, &ino);
	}
	make(sub, "sub", S_IFDIR | 0755, &ino);
	make(ino, "sub", S_IFDIR | 0755, &ino);
	make(MFS_ROOT_INO, "big", S_IFREG | 0644, &ino);
	disk_write(&disk, ino, 0, data, 300000, 1);
	make(MFS_ROOT_INO, "hole", S_IFREG | 0644, &ino);
	disk_write(&disk, ino, 80000000, data, 2000, 1);
	make(MFS_ROOT_INO, "link", S_IFLNK, &ino);
	make(MFS_ROOT_INO, "x", S_IFIFO | 0644, &ino);
}

static void make_images(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		disk_make(&disk, kinds[i], KIB);
		if (!kinds[i])
			judge_format(disk.data, disk.size, 4096, 100);
		if (disk_mount(&disk, 0, 0))
			abort();
		fill();
		if (disk_unmount(&disk))
			abort();
		made[i] = malloc(disk.size);
		if (!made[i])
			abort();
		memcpy(made[i], disk.data, disk.size);
		disk_free(&disk);
	}
}

/* A value that may hurt where a number is */
static uint32_t any_value(void)
{
	switch (below(7)) {
	case 0:
		return 0;
	case 1:
		return UINT32_MAX;
	case 2:
		return UINT32_C(1) << below(32);
	case 3:
		return below(KIB + 10);
	case 4:
		return below(20);
	case 5:
		return INT32_MAX;
	default:
		return below(0x7fffffff) * 2U;
	}
}

/* In a structure, or in a number that a structure may have there */
static void mutate_at(size_t begin, size_t bytes)
{
	const size_t at = begin + below((unsigned int)bytes - 4);

	switch (below(5)) {
	case 0:
		disk.data[at] ^= (unsigned char)(1 << below(8));
		break;
	case 1:
		disk.data[at] = (unsigned char)below(256);
		break;
	case 2:
		le_put16(disk.data, at & ~(size_t)1, (uint16_t)any_value());
		break;
	case 3:
		le_put32(disk.data, at & ~(size_t)1, any_value());
		break;
	default:
		/* One thing where another one is */
		if (at + 64 <= disk.size)
			memmove(disk.data + at,
				disk.data + below((unsigned int)disk.size - 64),
				64);
		break;
	}
}

static void mutate(void)
{
	unsigned int times = 1 + below(below(4) ? 6 : 60);

	while (times--)
		switch (below(8)) {
		case 0:
			mutate_at(1024, 36);
			break;
		case 1:
			mutate_at(2 * BLOCK, 3 * (size_t)BLOCK);
			break;
		case 2:
		case 3:
			/* The first inodes, in all versions */
			mutate_at(4 * BLOCK, 2 * (size_t)BLOCK);
			break;
		case 4:
			mutate_at(4 * BLOCK, 20 * (size_t)BLOCK);
			break;
		default:
			mutate_at(4 * BLOCK, disk.size - 4 * BLOCK);
			break;
		}
}

static void read_dir(uint32_t dir)
{
	struct mfs_dirent entries[8];
	unsigned int nr, steps = 0;
	uint64_t at = 0;
	int rc;

	do {
		nr = ARRAY_SIZE(entries);
		do
			rc = mfs_readdir(disk.fs, dir, at, entries, &nr);
		while (disk_again(&disk, rc));
		if (count(rc))
			return;
		if (nr)
			at = entries[nr - 1].next;
	} while (nr && ++steps < 100);
}

static void change_names(void)
{
	const char *name = any_name(), *other = any_name();
	const uint32_t dir = any_ino(), to = any_ino();
	static const uint32_t modes[] = { S_IFREG | 0644, S_IFDIR | 0755,
					  S_IFLNK };
	const unsigned int what = below(5);
	uint32_t ino;
	int rc;

	if (what == 0) {
		count(make(dir, name, modes[below(3)], &ino));
		return;
	}
	do
		switch (what) {
		case 1:
			rc = mfs_unlink(disk.fs, dir, name, strlen(name), 5);
			break;
		case 2:
			rc = mfs_rmdir(disk.fs, dir, name, strlen(name), 5);
			break;
		case 3:
			rc = mfs_rename(disk.fs, dir, name, strlen(name), to,
					other, strlen(other), 0, 5);
			break;
		default:
			rc = mfs_link(disk.fs, to, dir, name, strlen(name), 5);
			break;
		}
	while (disk_again(&disk, rc));
	count(rc);
}

static void use_file(uint32_t ino)
{
	static unsigned char data[70000];
	struct mfs_attr attr;
	size_t size = 100;
	int rc;

	do
		rc = mfs_getattr(disk.fs, ino, &attr);
	while (disk_again(&disk, rc));
	count(rc);
	do
		rc = mfs_readlink(disk.fs, ino, (char *)data, &size);
	while (disk_again(&disk, rc));
	count(rc);
	switch (below(3)) {
	case 0:
		count((int)disk_read(&disk, ino, any_value(), data,
				     sizeof(data)));
		break;
	case 1:
		count((int)disk_write(&disk, ino, any_value(), data,
				      1 + below(sizeof(data) - 1), 5));
		break;
	default:
		attr.size = any_value();
		do
			rc = mfs_setattr(disk.fs, ino, &attr, MFS_SET_SIZE);
		while (disk_again(&disk, rc));
		count(rc);
		break;
	}
}

static void use(void)
{
	uint32_t open[3] = { 0 };
	const char *name, *wrong;
	uint32_t ino;
	int rc;

	for (unsigned int i = 0; i < OPERATIONS; i++) {
		uint32_t *o = &open[below(ARRAY_SIZE(open))];

		switch (below(6)) {
		case 0:
			read_dir(any_ino());
			break;
		case 1:
			name = any_name();
			do
				rc = mfs_lookup(disk.fs, any_ino(), name,
						strlen(name), &ino);
			while (disk_again(&disk, rc));
			count(rc);
			break;
		case 2:
			if (*o)
				mfs_put(disk.fs, *o);
			*o = any_ino();
			if (mfs_get(disk.fs, *o))
				*o = 0;
			break;
		case 3:
			use_file(*o ? *o : any_ino());
			break;
		case 4:
			if (below(4) == 0)
				disk_sync(&disk);
			if (below(4) == 0)
				inside_chill(&disk);
			break;
		default:
			change_names();
			break;
		}
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(open); i++)
		if (open[i])
			mfs_put(disk.fs, open[i]);
	wrong = inside_check(&disk);
	if (wrong) {
		fprintf(stderr, "%s\n", wrong);
		abort();
	}
}

static void run(unsigned long seed)
{
	const unsigned int kind = (unsigned int)(seed % ARRAY_SIZE(kinds));

	disk.dice.state = seed;
	disk.dying = seed & 64;
	memcpy(disk.data, made[kind], disk.size);
	mutate();
	alarm(LONGEST);
	if (!disk_mount(&disk, 0, 0)) {
		mounted++;
		use();
	}
	disk_crash(&disk);
}

int main(int argc, char **argv)
{
	unsigned long seed, runs, n;
	time_t end;

	if (argc != 4)
		return EXIT_FAILURE;
	seed = strtoul(argv[1], NULL, 0);
	runs = strtoul(argv[2], NULL, 0);
	end = time(NULL) + (time_t)strtoul(argv[3], NULL, 0);
	make_images();
	disk_make(&disk, NULL, KIB);
	disk.quiet = true;
	for (n = 0; runs ? n < runs : time(NULL) < end; n++) {
		if (getenv("FUZZ_VERBOSE"))
			fprintf(stderr, "seed %lu\n", seed + n);
		run(seed + n);
	}
	disk_free(&disk);
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++)
		free(made[i]);
	printf("fuzz: %lu images from seed %lu, %lu mounted; calls: %lu "
	       "done, %lu refused\n",
	       n, seed, mounted, done, refused);
	return EXIT_SUCCESS;
}
