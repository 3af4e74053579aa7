/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names to inodes, over all mounts: from the root or the current directory of
 * who asks, component by component, through symbolic links and mount points.
 *
 * path_walk() waits for nobody: it is CALL_LATER if a directory is not in the
 * cache yet, and begins anew when it is.
 */
#ifndef FS_PATH_H
#define FS_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "file.h"
#include "mount.h"
#include "perm.h"

#define PATH_NAME  255
#define PATH_LINKS 40 /* symbolic ones on the way */

enum path_flags {
	PATH_FOLLOW = 1,  /* a symbolic link at the end, too */
	PATH_MISSING = 2, /* the last component need not be there */
	PATH_ITSELF = 4, /* that component, whatever it is, with a slash, too */
	PATH_NO_LINKS = 8, /* -ESTALE: there is one before that component */
};

/* What a path ends with */
enum path_end {
	PATH_NORMAL,
	PATH_DOT,
	PATH_DOTDOT,
	PATH_ROOT, /* no component at all */
};

struct path_from {
	struct cred who;
	struct place cwd;
	struct place root;
};

struct path {
	/* The directory, and the last component in it */
	struct place dir;
	struct mfs_attr dir_attr;
	enum path_end end;
	char name[PATH_NAME + 1];
	size_t length;
	bool slash; /* behind it */

	/* What that is; dev 0: it is not there */
	struct place at;
	struct mfs_attr attr;

	uint32_t waits; /* for which mount, after CALL_LATER */
};

/*
 *	-ENOENT, -ENOTDIR, -EACCES, -ELOOP, -ENAMETOOLONG, as of POSIX, and
 *	those of the core
 */
int path_walk(const struct path_from *from, const char *name,
	      unsigned int flags, struct path *p);

#endif /* FS_PATH_H */
