/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What handlers have in common: names and the core, for a call */
#ifndef FS_WALK_H
#define FS_WALK_H

#include "call.h"
#include "mount.h"
#include "path.h"
#include "perm.h"

/* What the core has said: CALL_LATER, and the call is parked for that mount */
int core_waits(struct call *c, const struct mount *m, int rc);
/* Name number i of the request; a call of FS's own begins at the root. */
int call_walk(struct call *c, int i, unsigned int flags, struct path *p);
/* For whom it asks */
struct cred call_cred(const struct call *c);
/* What is taken out of the mode of what it makes: of fs_path_t, by value[0] */
uint32_t call_umask(const struct call *c);

/* The mount may be written to: 0, or -EROFS */
int mount_writable(const struct mount *m);
/* Attributes of an inode, in "set"; ctime is set, too. */
int attr_set(struct call *c, const struct place *at, struct mfs_attr *attr,
	     unsigned int set);
int attr_read(struct call *c, const struct place *at, struct mfs_attr *attr);

/* The descriptor of a request: NULL, and the error */
struct file *call_file(struct call *c, int *rc);

#endif /* FS_WALK_H */
