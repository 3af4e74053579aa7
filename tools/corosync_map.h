/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map of the Corosync that runs: what it has been told, and what it does */
#ifndef TOOLS_COROSYNC_MAP_H
#define TOOLS_COROSYNC_MAP_H

struct corosync_map;

/* NULL: none runs here, or it takes too long to get ready. */
struct corosync_map *corosync_map_open(void);
void corosync_map_close(struct corosync_map *map);

/*
 * The value of a key as text, in the caller's memory; NULL: it has none, or one
 * that is neither text nor a whole number.
 */
char *corosync_map_get(void *map, const char *key);

#endif /* TOOLS_COROSYNC_MAP_H */
