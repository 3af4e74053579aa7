// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Directories as they are read: a descriptor, and entries that FS has given at
 * once, from a position on that this keeps by itself.
 *
 *	empty -> mol_readdir(): filled from "next" on -> each entry sets "next"
 *	-> empty; a seek or a rewind sets "next", and empties it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <mol/fs.h>

#include "files.h"

#define ROOM 4096

struct mol_dir {
	int fd;
	int64_t next; /* where the next one begins, that is given */
	size_t used;  /* of what is filled, in bytes */
	size_t filled;
	struct dirent entry;
	_Alignas(8) char at[ROOM];
};

mol_dir_t *mol_opendir(const char *path)
{
	mol_dir_t *dir = malloc(sizeof(*dir));

	if (!dir)
		return NULL;
	dir->fd = mol_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir->fd < 0) {
		const int error = errno;

		free(dir);
		errno = error;
		return NULL;
	}
	mol_seekdir(dir, 0);
	return dir;
}

int mol_closedir(mol_dir_t *dir)
{
	const int fd = dir->fd;

	free(dir);
	return mol_close(fd);
}

static int dir_fill(mol_dir_t *dir)
{
	fs_rw_t arg = { .fd = dir->fd,
			.at = (uintptr_t)dir->at,
			.bytes = ROOM,
			.position = dir->next };
	message m;

	com_put(&m, &arg);
	if (mol_ask_fs(FS_GETDENTS, &m))
		return -1;
	com_get(&m, &arg);
	dir->used = 0;
	dir->filled = (size_t)arg.done;
	return 0;
}

struct dirent *mol_readdir(mol_dir_t *dir)
{
	fs_dirent_t from;
	size_t length;

	if (dir->used == dir->filled && dir_fill(dir))
		return NULL;
	if (dir->used == dir->filled)
		return NULL;
	memcpy(&from, dir->at + dir->used, sizeof(from));
	length = from.length < sizeof(dir->entry.d_name) ?
			 from.length :
			 sizeof(dir->entry.d_name) - 1;
	memset(&dir->entry, 0, offsetof(struct dirent, d_name));
	dir->entry.d_ino = (ino_t)from.ino;
	dir->entry.d_off = (off_t)from.next;
	dir->entry.d_reclen = (unsigned short)sizeof(dir->entry);
	dir->entry.d_type = DT_UNKNOWN;
	memcpy(dir->entry.d_name, dir->at + dir->used + sizeof(from), length);
	dir->entry.d_name[length] = '\0';
	dir->used += from.size;
	dir->next = from.next;
	return &dir->entry;
}

void mol_rewinddir(mol_dir_t *dir)
{
	mol_seekdir(dir, 0);
}

long mol_telldir(mol_dir_t *dir)
{
	return (long)dir->next;
}

void mol_seekdir(mol_dir_t *dir, long position)
{
	dir->next = position;
	dir->used = dir->filled = 0;
}

int mol_dirfd(mol_dir_t *dir)
{
	return dir->fd;
}
