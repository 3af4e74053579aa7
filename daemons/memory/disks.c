// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/image.h"
#include "common/log.h"
#include "common/memory.h"
#include "disks.h"
#include "shared.h"

static struct disk {
	const struct config_disk *config;
	struct image *image;
	uint32_t number; /* if it is shared */
	struct blockdev dev;
} * disks;
static size_t nr_disks;

/* Devices */

static void *disk_memory(void *of)
{
	return image_memory(of);
}

static int disk_read(void *of, const struct iovec *iov, size_t nr,
		     int64_t position)
{
	return image_read(of, iov, nr, position);
}

static int disk_write(void *of, const struct iovec *iov, size_t nr,
		      int64_t position)
{
	return image_write(of, iov, nr, position);
}

static int disk_commit(void *of, const struct piece *pieces, size_t nr)
{
	return image_commit(of, pieces, nr);
}

static int disk_flush(void *of)
{
	return image_flush(of);
}

static const struct blockdev_ops disk_ops = {
	.memory = disk_memory,
	.read = disk_read,
	.write = disk_write,
	.commit = disk_commit,
	.flush = disk_flush,
};

/* Disks that other nodes have, too */

static int replica_read(void *of, const struct iovec *iov, size_t nr,
			int64_t position)
{
	return shared_read(((struct disk *)of)->image, iov, nr, position);
}

static int replica_commit(void *of, const struct piece *pieces, size_t nr)
{
	return shared_write(((struct disk *)of)->number, true, pieces, nr);
}

static int replica_write_one(void *of, const struct iovec *iov, size_t nr,
			     int64_t position)
{
	const struct piece piece = { position, iov[0].iov_base,
				     iov[0].iov_len };

	(void)nr;
	return shared_write(((struct disk *)of)->number, false, &piece, 1);
}

static int replica_flush(void *of)
{
	(void)of;
	return shared_flush();
}

static const struct blockdev_ops replica_ops = {
	.read = replica_read,
	.write = replica_write_one,
	.commit = replica_commit,
	.flush = replica_flush,
};

static struct image *disk_image(const struct config_disk *config)
{
	switch (config->mode) {
	case CONFIG_DISK_EMPTY:
		return image_empty(config->name, config->size);
	case CONFIG_DISK_READ_ONLY:
		return image_open(config->image, IMAGE_READ_ONLY);
	case CONFIG_DISK_COPY:
		return image_open(config->image, IMAGE_COPY);
	case CONFIG_DISK_SYNC:
		return image_open(config->image, IMAGE_SYNC);
	}
	abort();
}

static uint32_t disk_flags(enum config_disk_mode mode)
{
	switch (mode) {
	case CONFIG_DISK_READ_ONLY:
		return DEV_READ_ONLY | DEV_LASTS;
	case CONFIG_DISK_SYNC:
		return DEV_LASTS;
	default:
		return 0;
	}
}

/* Opening */

static bool disk_is_memory(const struct config_disk *config)
{
	return config->mode == CONFIG_DISK_EMPTY ||
	       config->mode == CONFIG_DISK_COPY;
}

static bool memory_is_enough(const char *name, int64_t bytes)
{
	const int64_t page = sysconf(_SC_PAGESIZE);
	const int64_t all = sysconf(_SC_PHYS_PAGES) * page;

	if (bytes <= all)
		return true;
	log_line(SD_ERR,
		 "disk \"%s\": with it, disks in memory are %lld bytes, and "
		 "the machine has %lld",
		 name, (long long)bytes, (long long)all);
	return false;
}

static bool disk_open(struct disk *disk, const struct config_disk *config)
{
	disk->image = disk_image(config);
	if (!disk->image) {
		log_line(SD_ERR, "disk \"%s\" cannot be had", config->name);
		return false;
	}
	disk->dev = (struct blockdev){ .name = config->name,
				       .ops = &disk_ops,
				       .of = disk->image,
				       .bytes = image_bytes(disk->image),
				       .flags = disk_flags(config->mode) };
	if (config->replicas) {
		disk->number = shared_add(config->name, disk->image);
		disk->dev.ops = &replica_ops;
		disk->dev.of = disk;
	}
	return true;
}

/*
 * A disk that is at the memory's own node only keeps its place in the order:
 * at another nobody may open it.
 */
static bool disk_is_here(const struct config_memory *memory,
			 const struct config_disk *config, const char *node)
{
	return config->replicas || !config->image ||
	       !strcmp(memory->node, node);
}

/* What is known before memory is taken is looked at before. */
bool disks_open(const struct config_memory *memory, const char *node)
{
	int64_t bytes = 0;

	disks = memory_alloc((memory->nr_disks + 1) * sizeof(*disks));
	for (size_t i = 0; i < memory->nr_disks; i++) {
		const struct config_disk *config = &memory->disks[i];

		disks[i].config = config;
		nr_disks++;
		if (!disk_is_here(memory, config, node))
			continue;
		if (!memory_is_enough(config->name, bytes + config->size) ||
		    !disk_open(&disks[i], config))
			return false;
		if (disk_is_memory(config))
			bytes += disks[i].dev.bytes;
		if (!memory_is_enough(config->name, bytes))
			return false;
	}
	return true;
}

bool disks_close(void)
{
	bool done = true;

	for (size_t i = 0; i < nr_disks; i++)
		if (disks[i].image && !image_close(disks[i].image))
			done = false;
	free(disks);
	nr_disks = 0;
	return done;
}

size_t disks_nr(void)
{
	return nr_disks;
}

const struct blockdev *disks_get(size_t i)
{
	return &disks[i].dev;
}

const struct blockdev *disks_ram(void)
{
	for (size_t i = 0; i < nr_disks; i++)
		if (disk_is_memory(disks[i].config))
			return &disks[i].dev;
	return NULL;
}

const struct blockdev *disks_boot(void)
{
	for (size_t i = 0; i < nr_disks; i++)
		if (disks[i].config->image && disks[i].image)
			return &disks[i].dev;
	return NULL;
}
