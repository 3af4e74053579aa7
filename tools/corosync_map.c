// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * By libcmap, which is loaded here: most commands do not need it, and where it
 * is not installed there is no Corosync either.
 */
#include <corosync/cmap.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/memory.h"
#include "corosync_map.h"

#define LIBRARY "libcmap.so.4"

#define TRIES 100 /* of 100 ms each, for one that starts to be ready */

struct corosync_map {
	void *library;
	cmap_handle_t handle;
	cs_error_t (*initialize)(cmap_handle_t *handle);
	cs_error_t (*finalize)(cmap_handle_t handle);
	cs_error_t (*get)(cmap_handle_t handle, const char *key, void *value,
			  size_t *size, cmap_value_types_t *type);
};

static bool map_load(struct corosync_map *map)
{
	map->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!map->library)
		return false;
	*(void **)&map->initialize = dlsym(map->library, "cmap_initialize");
	*(void **)&map->finalize = dlsym(map->library, "cmap_finalize");
	*(void **)&map->get = dlsym(map->library, "cmap_get");
	return map->initialize && map->finalize && map->get;
}

static bool map_connect(struct corosync_map *map)
{
	const struct timespec tenth = { .tv_nsec = 100000000 };
	cs_error_t error = map->initialize(&map->handle);

	for (int i = 0; error == CS_ERR_TRY_AGAIN && i < TRIES; i++) {
		nanosleep(&tenth, NULL);
		error = map->initialize(&map->handle);
	}
	return error == CS_OK;
}

static void map_unload(struct corosync_map *map)
{
	if (map->library)
		dlclose(map->library);
	free(map);
}

struct corosync_map *corosync_map_open(void)
{
	struct corosync_map *map = memory_alloc(sizeof(*map));

	if (map_load(map) && map_connect(map))
		return map;
	map_unload(map);
	return NULL;
}

void corosync_map_close(struct corosync_map *map)
{
	map->finalize(map->handle);
	map_unload(map);
}

static char *map_string(const struct corosync_map *map, const char *key,
			size_t size)
{
	char *text = memory_alloc(size + 1);

	if (map->get(map->handle, key, text, &size, NULL) == CS_OK)
		return text;
	free(text);
	return NULL;
}

/* Numbers of nodes are of this type. */
static char *map_number(const struct corosync_map *map, const char *key)
{
	uint32_t number;
	size_t size = sizeof(number);
	char text[16];

	if (map->get(map->handle, key, &number, &size, NULL) != CS_OK)
		return NULL;
	snprintf(text, sizeof(text), "%u", number);
	return memory_strdup(text);
}

char *corosync_map_get(void *arg, const char *key)
{
	const struct corosync_map *map = arg;
	cmap_value_types_t type;
	size_t size = 0;

	if (map->get(map->handle, key, NULL, &size, &type) != CS_OK)
		return NULL;
	if (type == CMAP_VALUETYPE_STRING)
		return map_string(map, key, size);
	return type == CMAP_VALUETYPE_UINT32 ? map_number(map, key) : NULL;
}
