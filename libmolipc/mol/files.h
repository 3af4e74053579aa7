/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of libmol that have to do with FS share */
#ifndef MOL_FILES_H
#define MOL_FILES_H

#include <stdint.h>
#include <sys/uio.h>

#include <molipc/fs.h>

#include "internal.h"

/* A name of a request, and the client's own user; or -1 and errno */
MOL_HIDDEN int mol_path(fs_path_t *arg, const char *path);
/* One request to FS, whose answer is in *arg then: 0, or -1 and errno */
MOL_HIDDEN int mol_path_ask(int type, fs_path_t *arg);
MOL_HIDDEN int mol_fd_ask(int type, fs_fd_t *arg);
/* The two of them together: all but the flags and values that "arg" has */
MOL_HIDDEN int mol_path_do(int type, const char *path, fs_path_t arg);

/* A descriptor of the caller */
#define MOL_FD(number, ...)            \
	((fs_fd_t){ .fd = (number),    \
		    .uid = PROC_NO_ID, \
		    .gid = PROC_NO_ID, \
		    __VA_ARGS__ })

#endif /* MOL_FILES_H */
