/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of an image: opened, locked, measured.  What fails is logged. */
#ifndef COMMON_IMAGE_FILE_H
#define COMMON_IMAGE_FILE_H

#include <stdbool.h>
#include <stdint.h>

/* A descriptor that has the lock, and the size; or -1 */
int image_file_open(const char *path, bool writes, int64_t *bytes);

/*
 * The journal of an image that is locked; -1 if there is none and nobody
 * writes.  False: it failed.
 */
bool image_file_journal(const char *path, bool writes, int *fd);

/* A new file's name beside it is durable, before anything relies on that. */
bool image_file_name_lasts(const char *path);

/* There is no journal any more. */
void image_file_forget(const char *path);

#endif /* COMMON_IMAGE_FILE_H */
