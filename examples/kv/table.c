// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "table.h"

struct table *table_make(void)
{
	struct table *t = mmap(NULL, sizeof(*t), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (t == MAP_FAILED)
		return NULL;
	table_without_followers(t);
	return t;
}

void table_without_followers(struct table *t)
{
	for (int i = 0; i < KV_FOLLOWERS; i++)
		t->follower[i] = NONE;
}

long table_size(const struct table *t)
{
	return (long)(offsetof(struct table, pair) +
		      t->nr * sizeof(t->pair[0]));
}

static struct kv_pair *find(struct table *t, const char *key)
{
	for (uint32_t i = 0; i < t->nr; i++)
		if (!strcmp(t->pair[i].key, key))
			return &t->pair[i];
	return NULL;
}

/* Was it done before?  A client has one request at a time. */
static bool is_done(const struct table *t, const struct kv_pair *pair)
{
	for (int i = 0; i < KV_CLIENTS; i++)
		if (t->seen[i].client == pair->client)
			return pair->number <= t->seen[i].number;
	return false;
}

static void note_done(struct table *t, const struct kv_pair *pair)
{
	int i;

	for (i = 0; i < KV_CLIENTS; i++)
		if (t->seen[i].client == pair->client)
			break;
	if (i == KV_CLIENTS)
		i = (int)(t->next++ % KV_CLIENTS);
	t->seen[i].client = pair->client;
	t->seen[i].number = pair->number;
}

int table_note(struct table *t, const struct kv_pair *pair)
{
	struct kv_pair *own = find(t, pair->key);

	if (!own && t->nr == KV_PAIRS)
		return EMOLOVERRUN;
	if (!own)
		own = &t->pair[t->nr++];
	*own = *pair;
	note_done(t, pair);
	return OK;
}

int table_ask(struct table *t, int type, struct kv_pair *pair)
{
	const struct kv_pair *own;
	int rc;

	pair->key[sizeof(pair->key) - 1] = '\0';
	pair->value[sizeof(pair->value) - 1] = '\0';
	own = find(t, pair->key);
	if (type == KV_GET || is_done(t, pair)) {
		if (own)
			memcpy(pair->value, own->value, sizeof(pair->value));
		return own ? 0 : EMOLNOTBIND;
	}
	if (type == KV_ADD)
		snprintf(pair->value, sizeof(pair->value), "%ld",
			 own ? atol(own->value) + 1 : 1);
	rc = table_note(t, pair);
	return rc ? rc : 1;
}
