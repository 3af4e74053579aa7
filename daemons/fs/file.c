// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#include "file.h"

void files_init(struct files *t, uint32_t opening)
{
	memset(t, 0, sizeof(*t));
	t->opening = opening;
	for (int i = FILES_MAX; i-- > 0;) {
		t->file[i].next = t->free;
		t->free = &t->file[i];
	}
}

struct file *file_new(struct files *t, const struct place *at, int flags)
{
	struct file *f = t->free;

	if (!f || !place_hold(at))
		return NULL;
	t->free = f->next;
	if (!++t->opening)
		t->opening++;
	*f = (struct file){ .refs = 1,
			    .opening = t->opening,
			    .flags = flags,
			    .at = *at };
	return f;
}

struct file *file_get(struct file *f)
{
	f->refs++;
	return f;
}

void file_put(struct files *t, struct file *f)
{
	if (f == &t->lost || --f->refs)
		return;
	file_closed(t, f);
	place_drop(&f->at);
	f->next = t->free;
	t->free = f;
}

bool files_written(const struct files *t, const struct place *at)
{
	const struct file *f;

	for (f = t->file; f < t->file + FILES_MAX; f++)
		if (f->refs && place_is(&f->at, at) &&
		    (f->flags & O_ACCMODE) != O_RDONLY)
			return true;
	return false;
}

uint32_t file_number(const struct files *t, const struct file *f)
{
	return (uint32_t)(f - t->file);
}
