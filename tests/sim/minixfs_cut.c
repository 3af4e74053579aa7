// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "minixfs_cut.h"

#define SECTOR 1024
#define MOST   65536

/* A sector that the disk keeps in its memory, or what it has replaced */
struct sector {
	uint64_t at;
	unsigned char data[SECTOR];
};

static struct disk stable;
static struct sector *kept, *replaced;
static unsigned int nr_kept, nr_replaced;

void cut_begin(struct disk *d)
{
	disk_make(&stable, NULL, (unsigned int)(d->size / 1024));
	memcpy(stable.data, d->data, d->size);
	kept = calloc(MOST, sizeof(*kept));
	replaced = calloc(MOST, sizeof(*replaced));
	if (!kept || !replaced)
		abort();
	nr_kept = nr_replaced = 0;
}

void cut_end(void)
{
	disk_free(&stable);
	free(kept);
	free(replaced);
}

static void cut_keep(uint64_t at, const unsigned char *data)
{
	if (nr_kept == MOST)
		abort();
	kept[nr_kept].at = at;
	memcpy(kept[nr_kept++].data, data, SECTOR);
}

static void cut_add_run(const struct mfs_io *io)
{
	uint64_t pos = io->pos;

	for (unsigned int i = 0; i < io->nr; i++)
		for (size_t at = 0; at < io->iov[i].iov_len; at += SECTOR) {
			cut_keep(pos,
				 (const unsigned char *)io->iov[i].iov_base +
					 at);
			pos += SECTOR;
		}
}

void cut_add(const struct mfs_io *io)
{
	if (io->kind != MFS_IO_GROUP) {
		cut_add_run(io);
		return;
	}
	for (unsigned int i = 0; i < nr_kept; i++)
		memcpy(stable.data + kept[i].at, kept[i].data, SECTOR);
	nr_kept = 0;
	for (unsigned int i = 0; i < io->nr_blocks; i++)
		memcpy(stable.data + io->positions[i],
		       io->blocks + (size_t)i * io->block_size, io->block_size);
}

const unsigned char *cut_image(struct dice *dice, int *fd)
{
	const unsigned int percent = 25 * dice_throw(dice, 5);

	for (unsigned int i = 0; i < nr_kept; i++) {
		struct sector *old = &replaced[nr_replaced];

		if (!dice_hit(dice, percent))
			continue;
		old->at = kept[i].at;
		memcpy(old->data, stable.data + old->at, SECTOR);
		memcpy(stable.data + old->at, kept[i].data, SECTOR);
		nr_replaced++;
	}
	*fd = stable.fd;
	return stable.data;
}

void cut_undo(void)
{
	while (nr_replaced) {
		const struct sector *old = &replaced[--nr_replaced];

		memcpy(stable.data + old->at, old->data, SECTOR);
	}
}
