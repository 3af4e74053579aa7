/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File systems of FS, for its tests; what OP_RUN runs calls mol_*. */
#ifndef TESTS_SERVERS_VOLUME_H
#define TESTS_SERVERS_VOLUME_H

#include <fcntl.h>
#include <mol/fs.h>
#include <mol/mol.h>

#include "server.h"

#define VOLUME       "/tmp/fs.img"
#define OTHER_VOLUME "/tmp/other.img"

/* A program and its arguments, up to NULL: the status */
int program_run(const char *const argv[]);

/* An empty one: "-1", "-2" or "-3" */
void volume_make(const char *path, const char *version, long bytes);
/* fsck.minix finds nothing. */
void volume_check(const char *path);

/* Checked fixtures: FS over VOLUME, of V3; over a disk of MEMORY with it */
void volume_up(void);
void disk_volume_up(void);
void volume_down(void);

/* Is what the call says so?  Else the actor's result is -errno, or -2000. */
#define RC(call)                             \
	({                                   \
		const long rc_ = (call);     \
		rc_ < 0 ? -errno : (int)rc_; \
	})

/* A file with so many bytes, made of that number; and is it that? */
int file_fill(const char *path, int number, size_t bytes);
int file_is(const char *path, int number, size_t bytes);

/* A file with those bytes and that mode; one with those of a file of Linux */
int file_make(const char *path, const void *bytes, size_t nr, mode_t mode);
int file_bring(const char *from, const char *path);

#endif /* TESTS_SERVERS_VOLUME_H */
