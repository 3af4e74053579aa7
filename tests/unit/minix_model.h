/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Places by chance, in a file system and in a plain directory of this machine
 * that has the same in it, and what is the same.
 */
#ifndef TEST_UNIT_MINIX_MODEL_H
#define TEST_UNIT_MINIX_MODEL_H

#include <fcntl.h>
#include <unistd.h>

#include "minix.h"

#define KIB        2400 /* which are full at times */
#define OPEN       4
#define MOST_FILE  700000
#define MOST_PIECE 40000

static const char *const names[] = {
	"a",           "b",
	"c",           "dd",
	".x",          "fourteen-bytes",
	"h\xc3\xa4 h", "i-twenty-nine-bytes-of-a-name",
};

static unsigned int name_max;
static bool has_fsck; /* which knows blocks of 1 KiB only */
static char root[] = "/tmp/minixXXXXXX";
static struct opened {
	int fd;
	uint32_t ino;
} opened[OPEN];
static unsigned char ours[MOST_FILE + MOST_PIECE],
	theirs[MOST_FILE + MOST_PIECE];
static int64_t now = 1000000;

/* Where an operation happens: on the host, and here */
struct place {
	char path[256];
	const char *name;
	size_t len;
	uint32_t dir;
	int rc; /* of the way there */
};

static unsigned int below(unsigned int n)
{
	return dice_throw(&disk.dice, n);
}

static uint64_t print_before;

/* A call that fails, or has to wait, changes nothing. */
static bool again(int rc)
{
	if (rc)
		ck_assert_msg(print_before == inside_print(&disk),
			      "what was not done has changed something");
	if (disk_again(&disk, rc)) {
		print_before = inside_print(&disk);
		return true;
	}
	return false;
}

static void start(void)
{
	print_before = inside_print(&disk);
	now++;
}

static int find(uint32_t dir, const char *name, uint32_t *ino)
{
	int rc;

	start();
	do
		rc = mfs_lookup(disk.fs, dir, name, strlen(name), ino);
	while (again(rc));
	return rc;
}

static uint32_t type_of(uint32_t ino)
{
	struct mfs_attr attr;
	int rc;

	do
		rc = mfs_getattr(disk.fs, ino, &attr);
	while (again(rc));
	ck_assert_int_eq(rc, 0);
	return attr.mode & S_IFMT;
}

static const char *any_name(void)
{
	return names[below(ARRAY_SIZE(names))];
}

static struct place any_place(void)
{
	struct place p = { .dir = MFS_ROOT_INO };
	unsigned int depth = below(3);

	strcpy(p.path, root);
	while (depth--) {
		const char *name = names[below(3)];

		strcat(strcat(p.path, "/"), name);
		if (!p.rc)
			p.rc = find(p.dir, name, &p.dir);
		if (!p.rc && type_of(p.dir) != S_IFDIR)
			p.rc = -ENOTDIR;
	}
	p.name = any_name();
	p.len = strlen(p.name);
	strcat(strcat(p.path, "/"), p.name);
	return p;
}

static int host(int rc)
{
	return rc < 0 ? -errno : 0;
}

/* Linux looks at some things in another order. */
static void same(const char *what, const struct place *p, int rc, int host_rc)
{
	const bool no_way = host_rc == -ENOENT || host_rc == -ENOTDIR;

	if (rc == host_rc || (p->rc && no_way) ||
	    (rc == -EISDIR && host_rc == -ENOTEMPTY))
		return;
	ck_abort_msg("%s %s: %s, on the host %s", what, p->path, strerror(-rc),
		     strerror(-host_rc));
}

/* What the host has more of: there it is not tried. */
static bool is_limit(const struct place *p, int rc)
{
	return rc == -ENOSPC || rc == -ENAMETOOLONG || rc == -EMLINK ||
	       (!p->rc && p->len > name_max);
}

/* A regular file: its inode, or 0, and the host's */
static uint32_t any_file(int *fd)
{
	for (unsigned int tries = 0; tries < 8; tries++) {
		struct place p = any_place();
		uint32_t ino;

		if (p.rc || find(p.dir, p.name, &ino) ||
		    type_of(ino) != S_IFREG)
			continue;
		*fd = open(p.path, O_RDWR);
		ck_assert_int_ge(*fd, 0);
		return ino;
	}
	return 0;
}

#endif /* TEST_UNIT_MINIX_MODEL_H */
