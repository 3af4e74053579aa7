/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may do what, by mode bits, as POSIX has it.  User 0 may all but execute
 * what nobody may.  There are no supplementary groups.
 */
#ifndef FS_PERM_H
#define FS_PERM_H

#include <stdbool.h>
#include <stdint.h>

#include "minix/mfs.h"

enum perm {
	PERM_EXEC = 1, /* search, of a directory */
	PERM_WRITE = 2,
	PERM_READ = 4,
};

struct cred {
	uint32_t uid, gid;
};

/* All of "want", of enum perm: 0 or -EACCES */
int perm_check(const struct cred *who, const struct mfs_attr *attr,
	       unsigned int want);
/* It is the owner, or root. */
bool perm_owns(const struct cred *who, const struct mfs_attr *attr);
/*
 * May the name of "victim" be taken out of "dir"?  0, -EACCES, or -EPERM: the
 * sticky bit forbids it.
 */
int perm_remove(const struct cred *who, const struct mfs_attr *dir,
		const struct mfs_attr *victim);

/*
 * What something new in "dir" gets: its mode, with the type, from the one that
 * is wished, without the bits of umask, and its group
 */
uint32_t perm_new(const struct cred *who, const struct mfs_attr *dir,
		  uint32_t mode, uint32_t umask, uint32_t *gid);
/* The mode that "mode" comes to if "who" sets it */
uint32_t perm_chmod(const struct cred *who, const struct mfs_attr *attr,
		    uint32_t mode);
/* The mode that is left when the owner changes, or somebody else writes */
uint32_t perm_without_set_id(const struct mfs_attr *attr);
/* 0 or -EPERM; PROC_NO_ID is one that stays. */
int perm_chown(const struct cred *who, const struct mfs_attr *attr,
	       uint32_t uid, uint32_t gid);

#endif /* FS_PERM_H */
