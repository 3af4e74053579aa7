// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "bdev.h"

struct bdev *bdev_new(const char *name, bool read_only)
{
	struct bdev *d = *name == '/' ? bdev_new_image() : bdev_new_driver();

	if (!d)
		return NULL;
	snprintf(d->name, sizeof(d->name), "%s", name);
	d->read_only = read_only;
	return d;
}

void bdev_free(struct bdev *d)
{
	if (d)
		d->ops->free(d);
}

void bdev_stop(struct bdev *d)
{
	d->stopped = true;
}
