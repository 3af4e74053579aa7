// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "memo.h"

void mx_key_name(unsigned char key[MX_KEY], const char *name, size_t len)
{
	memset(key, 0, MX_KEY);
	memcpy(key, name, len);
}

void mx_key_other(unsigned char key[MX_KEY], char what, uint64_t number)
{
	memset(key, 0, MX_KEY);
	key[1] = (unsigned char)what;
	le_put64(key, 2, number);
}

struct mx_memo *mx_memo_find(struct mfs *fs, uint32_t dir,
			     const unsigned char key[MX_KEY])
{
	for (uint32_t i = 0; i < MX_MEMOS; i++) {
		struct mx_memo *m = &fs->memo[i];

		if (m->dir == dir && !memcmp(m->key, key, MX_KEY))
			return m;
	}
	return NULL;
}

struct mx_memo *mx_memo_make(struct mfs *fs, uint32_t dir,
			     const unsigned char key[MX_KEY])
{
	struct mx_memo *m = mx_memo_find(fs, dir, key);

	if (!m) {
		m = &fs->memo[fs->memo_next];
		fs->memo_next = (fs->memo_next + 1) % MX_MEMOS;
	}
	m->dir = dir;
	memcpy(m->key, key, MX_KEY);
	return m;
}

void mx_memo_forget(struct mfs *fs, uint32_t dir, const unsigned char *key,
		    size_t bytes)
{
	for (uint32_t i = 0; i < MX_MEMOS; i++) {
		struct mx_memo *m = &fs->memo[i];

		if (m->dir == dir && (!bytes || !memcmp(m->key, key, bytes)))
			m->dir = 0;
	}
}

void mx_memo_doom(struct mfs *fs, uint32_t dir, const unsigned char *key,
		  size_t bytes)
{
	struct mx_doom *d = &fs->doom[fs->nr_dooms];

	/* More than any operation has */
	if (fs->nr_dooms == MX_DOOMS) {
		mx_memo_forget(fs, dir, key, bytes);
		return;
	}
	fs->nr_dooms++;
	d->dir = dir;
	d->bytes = bytes;
	if (bytes)
		memcpy(d->key, key, bytes);
}

void mx_memo_end(struct mfs *fs, bool done)
{
	for (uint32_t i = 0; done && i < fs->nr_dooms; i++) {
		const struct mx_doom *d = &fs->doom[i];

		mx_memo_forget(fs, d->dir, d->key, d->bytes);
	}
	fs->nr_dooms = 0;
}
