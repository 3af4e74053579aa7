/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to FS.  Each thread that makes some has an endpoint of its own,
 * which it gets with the first.
 *
 * While FS is away a request is made again, for as long as a link may be
 * silent; then it is -ENOTCONN.  One whose answer was lost may have been done:
 * if a name is there, or gone, as it was to be, it was.
 */
#ifndef FUSE_CLIENT_H
#define FUSE_CLIENT_H

#include <molipc/fs.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/config.h"

struct who {
	uint32_t uid;
	uint32_t gid;
};

/* Whoever this program is */
#define WHO_SELF ((struct who){ PROC_NO_ID, PROC_NO_ID })

/* The calling thread, which is the main one, is bound; or it was logged. */
bool client_start(const struct config *config, const struct config_vm *vm);

/* Another number when another process is FS, as far as the driver knows */
uint64_t client_server(void);

/* 0 and its answer in "m", or -errno */
int client_ask(int type, message *m);
/* Since it was last called by this thread, a request of it was made again. */
bool client_was_away(void);

/*
 * Those that have names.  "arg" has the rest, and takes the answer.  Where the
 * kernel has seen a directory no link is followed: -ESTALE, and it looks anew.
 */
int client_path(int type, const char *path, struct who who, fs_path_t *arg);
int client_paths(int type, const char *first, const char *second,
		 struct who who, uint32_t flags);
int client_stat(const char *path, fs_stat_t *attr);

/*
 * A descriptor of the calling thread, which any may use and close.  The kernel
 * has applied the umask to "mode".
 */
int client_open(const char *path, struct who who, uint32_t flags, mode_t mode,
		fs_head_t *opened);
void client_close(const fs_head_t *opened);
/* "m" has the rest, in a structure that begins with it. */
int client_fd(int type, const fs_head_t *opened, message *m);

/* The rest of fs_fd_t, for whoever this program is */
#define CLIENT_FD ((fs_fd_t){ .uid = PROC_NO_ID, .gid = PROC_NO_ID })

#endif /* FUSE_CLIENT_H */
