/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to m3ipc-fs by the dice of fs_world.h, most of which make sense */
#ifndef FUZZ_FS_REQUEST_H
#define FUZZ_FS_REQUEST_H

#include "fs_world.h"

/* A file of root's, which it never names, and others may */
#define SECRET "/secret"

message request_make(struct client *c);
/* Bytes that the client has in its memory; where they are */
uint64_t memory_put(struct client *c, const void *bytes, size_t n);

#endif /* FUZZ_FS_REQUEST_H */
