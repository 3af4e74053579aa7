// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stddef.h>

#include "openings.h"

static void opening_remove(struct openings *os, struct opening *o)
{
	*o = os->all[--os->nr];
}

static struct opening *opening_of(struct openings *os, int client,
				  const void *device)
{
	for (int i = 0; i < os->nr; i++)
		if (os->all[i].client == client && os->all[i].device == device)
			return &os->all[i];
	return NULL;
}

/* The next one that lives, from *i on; who does not is removed. */
static struct opening *opening_next(struct openings *os, int *i)
{
	while (*i < os->nr) {
		struct opening *o = &os->all[*i];

		if (os->lives(o)) {
			++*i;
			return o;
		}
		opening_remove(os, o);
	}
	return NULL;
}

static struct opening *opening_with(struct openings *os, const void *device,
				    uint64_t key)
{
	struct opening *o;

	for (int i = 0; (o = opening_next(os, &i));)
		if (o->device == device && o->key == key)
			return o;
	return NULL;
}

/* Who has it so that the new one cannot; its own does not count. */
static bool is_busy(struct openings *os, const struct opening *new)
{
	struct opening *o;

	for (int i = 0; (o = opening_next(os, &i));)
		if (o->device == new->device && o->client != new->client &&
		    o->key != new->key && (o->writes || new->writes))
			return true;
	return false;
}

static bool has_room(struct openings *os)
{
	int i = 0;

	if (os->nr == OPENINGS_MAX)
		while (opening_next(os, &i))
			;
	return os->nr < OPENINGS_MAX;
}

int openings_add(struct openings *os, const struct opening *o, uint64_t share)
{
	const struct opening *other = NULL;
	struct opening new = *o, *own;

	if (share) {
		other = opening_with(os, o->device, share);
		if (!other || (o->writes && !other->writes))
			return -EKEYREJECTED;
		new.key = share;
	}
	if (is_busy(os, &new))
		return -EBUSY;
	own = opening_of(os, new.client, new.device);
	if (!own && !has_room(os))
		return -EAGAIN;
	if (!own)
		own = &os->all[os->nr++];
	*own = new;
	return 0;
}

const struct opening *openings_find(struct openings *os, int client,
				    const void *device)
{
	struct opening *o = opening_of(os, client, device);

	if (!o || os->lives(o))
		return o;
	opening_remove(os, o);
	return NULL;
}

void openings_drop(struct openings *os, int client, const void *device)
{
	struct opening *o = opening_of(os, client, device);

	if (o)
		opening_remove(os, o);
}

bool openings_any(struct openings *os, const void *device)
{
	int i = 0;
	struct opening *o;

	while ((o = opening_next(os, &i)))
		if (o->device == device)
			return true;
	return false;
}
