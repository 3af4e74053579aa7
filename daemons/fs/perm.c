// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <molipc/m3ipc.h>
#include <sys/stat.h>

#include "perm.h"

#define BITS (S_ISUID | S_ISGID | S_ISVTX | 0777)

static unsigned int perm_bits(const struct cred *who,
			      const struct mfs_attr *attr)
{
	if (who->uid == attr->uid)
		return attr->mode >> 6 & 7;
	if (who->gid == attr->gid)
		return attr->mode >> 3 & 7;
	return attr->mode & 7;
}

int perm_check(const struct cred *who, const struct mfs_attr *attr,
	       unsigned int want)
{
	if (who->uid)
		return (want & ~perm_bits(who, attr)) ? -EACCES : 0;
	if (!(want & PERM_EXEC) || S_ISDIR(attr->mode) || attr->mode & 0111)
		return 0;
	return -EACCES;
}

bool perm_owns(const struct cred *who, const struct mfs_attr *attr)
{
	return !who->uid || who->uid == attr->uid;
}

int perm_remove(const struct cred *who, const struct mfs_attr *dir,
		const struct mfs_attr *victim)
{
	int rc = perm_check(who, dir, PERM_WRITE | PERM_EXEC);

	if (rc || !(dir->mode & S_ISVTX))
		return rc;
	return perm_owns(who, dir) || perm_owns(who, victim) ? 0 : -EPERM;
}

uint32_t perm_new(const struct cred *who, const struct mfs_attr *dir,
		  uint32_t mode, uint32_t umask, uint32_t *gid)
{
	const uint32_t type = mode & S_IFMT;

	mode = type | (mode & BITS & ~umask);
	*gid = who->gid;
	if (!(dir->mode & S_ISGID))
		return mode;
	*gid = dir->gid;
	if (S_ISDIR(type))
		return mode | S_ISGID;
	/* A program for a group that its maker is not in is none of it. */
	if (who->uid && who->gid != dir->gid &&
	    (mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		mode &= ~(uint32_t)S_ISGID;
	return mode;
}

uint32_t perm_chmod(const struct cred *who, const struct mfs_attr *attr,
		    uint32_t mode)
{
	mode &= BITS;
	if (who->uid && who->gid != attr->gid)
		mode &= ~(uint32_t)S_ISGID;
	return (attr->mode & S_IFMT) | mode;
}

uint32_t perm_without_set_id(const struct mfs_attr *attr)
{
	uint32_t mode = attr->mode;

	if (S_ISDIR(mode))
		return mode;
	mode &= ~(uint32_t)S_ISUID;
	/* Without that bit it asks for mandatory locks, where there are any. */
	if (mode & S_IXGRP)
		mode &= ~(uint32_t)S_ISGID;
	return mode;
}

int perm_chown(const struct cred *who, const struct mfs_attr *attr,
	       uint32_t uid, uint32_t gid)
{
	if (!who->uid)
		return 0;
	if (uid != PROC_NO_ID && (who->uid != attr->uid || uid != attr->uid))
		return -EPERM;
	if (gid != PROC_NO_ID &&
	    (who->uid != attr->uid || (gid != attr->gid && gid != who->gid)))
		return -EPERM;
	return 0;
}
