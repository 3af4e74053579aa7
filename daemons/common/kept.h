/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a server of a VM leaves to the one that is started after it: a file
 * under /run/m3ipc that is mapped.  What was stored is there when the next one
 * reads it, however this one ended.  The name has the number of the network
 * namespace, as that is the node, and that of the VM.
 */
#ifndef COMMON_KEPT_H
#define COMMON_KEPT_H

#include <stddef.h>

/* So many bytes, all zero the first time; NULL and errno */
void *kept_map(const char *server, int vmid, size_t size);

#endif /* COMMON_KEPT_H */
