// SPDX-License-Identifier: GPL-2.0-or-later
/* An image file of this node.  One thread at a time uses it. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "bdev.h"
#include "common/image.h"

/* As many as a group of the core has at most */
#define PIECES 1024

struct bdev_image {
	struct bdev d;
	pthread_mutex_t lock;
	struct image *image;
	struct piece pieces[PIECES];
};

static struct bdev_image *image_of(struct bdev *d)
{
	return (struct bdev_image *)d;
}

static int bdev_image_open(struct bdev *d)
{
	struct bdev_image *i = image_of(d);

	i->image = image_open(d->name,
			      d->read_only ? IMAGE_READ_ONLY : IMAGE_SYNC);
	if (!i->image)
		return -ENODEV;
	d->bytes = (uint64_t)image_bytes(i->image);
	return 0;
}

static void bdev_image_close(struct bdev *d)
{
	struct bdev_image *i = image_of(d);

	if (i->image)
		image_close(i->image);
	i->image = NULL;
}

static int bdev_image_read(struct bdev *d, const struct iovec *iov,
			   unsigned int nr, uint64_t position)
{
	struct bdev_image *i = image_of(d);
	int rc;

	pthread_mutex_lock(&i->lock);
	rc = image_read(i->image, iov, nr, (int64_t)position);
	pthread_mutex_unlock(&i->lock);
	return rc;
}

static int bdev_image_write(struct bdev *d, const struct iovec *iov,
			    unsigned int nr, uint64_t position)
{
	struct bdev_image *i = image_of(d);
	int rc;

	pthread_mutex_lock(&i->lock);
	rc = image_write(i->image, iov, nr, (int64_t)position);
	pthread_mutex_unlock(&i->lock);
	return rc;
}

static int bdev_image_group(struct bdev *d, const struct bdev_group *group)
{
	struct bdev_image *i = image_of(d);
	int rc;

	if (group->nr > PIECES)
		return -EINVAL;
	for (unsigned int n = 0; n < group->nr; n++)
		i->pieces[n] = (struct piece){
			.position = (int64_t)group->positions[n],
			.data = group->blocks + (size_t)n * group->block_size,
			.bytes = group->block_size,
		};
	pthread_mutex_lock(&i->lock);
	rc = image_commit(i->image, i->pieces, group->nr);
	pthread_mutex_unlock(&i->lock);
	return rc;
}

static int bdev_image_flush(struct bdev *d)
{
	struct bdev_image *i = image_of(d);
	int rc;

	pthread_mutex_lock(&i->lock);
	rc = image_flush(i->image);
	pthread_mutex_unlock(&i->lock);
	return rc;
}

static void bdev_image_free(struct bdev *d)
{
	struct bdev_image *i = image_of(d);

	bdev_image_close(d);
	pthread_mutex_destroy(&i->lock);
	free(i);
}

static const struct bdev_ops image_ops = {
	.open = bdev_image_open,
	.close = bdev_image_close,
	.read = bdev_image_read,
	.write = bdev_image_write,
	.group = bdev_image_group,
	.flush = bdev_image_flush,
	.free = bdev_image_free,
};

struct bdev *bdev_new_image(void)
{
	struct bdev_image *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->d.ops = &image_ops;
	pthread_mutex_init(&i->lock, NULL);
	return &i->d;
}
