// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "blockdriver.h"
#include "block_access.h"
#include "block_move.h"
#include "journal.h"
#include "serve.h"
#include "util.h"

_Static_assert(DEV_COMMIT_MAX <= JOURNAL_PIECES &&
		       DEV_BYTES_MAX <= JOURNAL_BYTES,
	       "an image takes each group that a request can have");

static const struct blockdriver *driver;

/* Where data is on its way between a client and a device */
static unsigned char buffer[DEV_BYTES_MAX] __attribute__((aligned(4096)));
static struct iovec theirs[DEV_VECTOR_MAX];

/* Which device */

static const struct blockdev *device_of(int minor)
{
	return minor >= 0 && minor < driver->nr_minors ? driver->minors[minor] :
							 NULL;
}

/* The highest one: those before the disks are other names of them. */
static int minor_named(const char *name)
{
	int minor = driver->nr_minors;

	while (minor-- > 0) {
		const struct blockdev *dev = driver->minors[minor];

		if (dev && dev->name && !strcmp(dev->name, name))
			break;
	}
	return minor;
}

/* May the client do that with it?  0 or an error */
static int device_use(int client, int minor, bool writes,
		      const struct blockdev **dev)
{
	*dev = device_of(minor);
	if (!*dev)
		return -ENXIO;
	if ((*dev)->for_all)
		return 0;
	return access_has(client, *dev, writes) ? 0 : -EBADF;
}

/* Opening and closing */

static int open_check(dev_open_t *arg, const struct blockdev **dev)
{
	if (arg->flags & ~(uint32_t)DEV_WRITABLE ||
	    !memchr(arg->name, '\0', sizeof(arg->name)))
		return -EINVAL;
	if (arg->minor == DEV_MINOR_NAMED)
		arg->minor = minor_named(arg->name);
	else if (arg->name[0])
		return -EINVAL;
	*dev = device_of(arg->minor);
	if (!*dev)
		return -ENXIO;
	if (!(*dev)->ops)
		return -EPERM;
	return arg->flags && (*dev)->flags & DEV_READ_ONLY ? -EROFS : 0;
}

static void open_answer(dev_open_t *arg, const struct blockdev *dev)
{
	arg->flags |= dev->flags | (dev->ops->commit ? DEV_COMMITS : 0);
	arg->bytes = dev->bytes;
	memset(arg->name, 0, sizeof(arg->name));
	if (dev->name)
		strncpy(arg->name, dev->name, sizeof(arg->name) - 1);
}

static int do_open(struct serve_request *rq)
{
	const struct blockdev *dev;
	dev_open_t arg;
	int rc;

	com_get(rq->m, &arg);
	rc = open_check(&arg, &dev);
	if (!rc && !dev->for_all)
		rc = access_open(rq->client, dev, arg.flags & DEV_WRITABLE,
				 &arg.key);
	if (!rc)
		open_answer(&arg, dev);
	com_put(rq->m, &arg);
	return rc;
}

static int device_flush(const struct blockdev *dev)
{
	return dev->ops->flush ? dev->ops->flush(dev->of) : 0;
}

static int do_close(struct serve_request *rq)
{
	const struct blockdev *dev;
	dev_open_t arg;
	int rc;

	com_get(rq->m, &arg);
	rc = device_use(rq->client, arg.minor, false, &dev);
	if (rc || dev->for_all)
		return rc;
	return access_close(rq->client, dev) ? 0 : device_flush(dev);
}

/* Data */

/* How much of that is within the device */
static int64_t bytes_within(const struct blockdev *dev, int64_t position,
			    int64_t bytes, bool writes)
{
	const int64_t left = dev->bytes - position;

	if (writes && dev->endless)
		return bytes;
	if (left <= 0)
		return 0;
	return bytes < left ? bytes : left;
}

static unsigned char *device_memory(const struct blockdev *dev)
{
	return dev->ops->memory ? dev->ops->memory(dev->of) : NULL;
}

static int device_read(const struct blockdev *dev, int64_t position, int client,
		       int64_t bytes)
{
	const struct iovec own = { .iov_base = buffer,
				   .iov_len = (size_t)bytes };
	unsigned char *from = device_memory(dev);
	int rc;

	if (from)
		return move_out(client, theirs, from + position, bytes);
	rc = dev->ops->read(dev->of, &own, 1, position);
	return rc ? rc : move_out(client, theirs, buffer, bytes);
}

static int device_write(const struct blockdev *dev, int64_t position,
			int client, int64_t bytes)
{
	const struct iovec own = { .iov_base = buffer,
				   .iov_len = (size_t)bytes };
	unsigned char *to = device_memory(dev);
	int rc;

	if (to)
		return move_in(client, theirs, to + position, bytes);
	rc = move_in(client, theirs, buffer, bytes);
	return rc ? rc : dev->ops->write(dev->of, &own, 1, position);
}

/* Returns in *bytes how many were moved from or to the client's pieces. */
static int device_move(const struct blockdev *dev, int64_t position, int client,
		       bool writes, int64_t *bytes)
{
	const int64_t wanted = bytes_within(dev, position, *bytes, writes);
	int rc = 0;

	if (wanted)
		rc = writes ? device_write(dev, position, client, wanted) :
			      device_read(dev, position, client, wanted);
	*bytes = rc ? 0 : wanted;
	return rc;
}

static int io_do(int client, dev_io_t *arg, bool writes)
{
	const struct blockdev *dev;
	int rc = device_use(client, arg->minor, writes, &dev);

	if (rc)
		return rc;
	if (arg->position < 0 || arg->bytes < 0 || arg->bytes > DEV_BYTES_MAX ||
	    arg->reserved)
		return -EINVAL;
	theirs[0].iov_base = (void *)(uintptr_t)arg->address;
	theirs[0].iov_len = (size_t)arg->bytes;
	return device_move(dev, arg->position, client, writes, &arg->bytes);
}

static int io(struct serve_request *rq, bool writes)
{
	dev_io_t arg;
	int rc;

	com_get(rq->m, &arg);
	rc = io_do(rq->client, &arg, writes);
	if (rc)
		arg.bytes = 0;
	com_put(rq->m, &arg);
	return rc;
}

static int do_read(struct serve_request *rq)
{
	return io(rq, false);
}

static int do_write(struct serve_request *rq)
{
	return io(rq, true);
}

/* The client's pieces, and how much they are */
static int vector_take(int client, const dev_vector_t *arg, int64_t *bytes)
{
	static dev_iovec_t asked[DEV_VECTOR_MAX];
	int rc = move_array(client, arg->address, asked, arg->nr,
			    sizeof(asked[0]));

	*bytes = 0;
	for (int i = 0; !rc && i < arg->nr; i++) {
		if (asked[i].bytes > (uint64_t)(DEV_BYTES_MAX - *bytes))
			return -EINVAL;
		theirs[i].iov_base = (void *)(uintptr_t)asked[i].address;
		theirs[i].iov_len = asked[i].bytes;
		*bytes += (int64_t)asked[i].bytes;
	}
	return rc;
}

static int vector_do(int client, dev_vector_t *arg, bool writes)
{
	const struct blockdev *dev;
	int rc = device_use(client, arg->minor, writes, &dev);

	if (rc)
		return rc;
	if (arg->position < 0 || arg->bytes || arg->nr < 1 ||
	    arg->nr > DEV_VECTOR_MAX)
		return -EINVAL;
	rc = vector_take(client, arg, &arg->bytes);
	return rc ? rc :
		    device_move(dev, arg->position, client, writes,
				&arg->bytes);
}

static int vector(struct serve_request *rq, bool writes)
{
	dev_vector_t arg;
	int rc;

	com_get(rq->m, &arg);
	rc = vector_do(rq->client, &arg, writes);
	if (rc)
		arg.bytes = 0;
	com_put(rq->m, &arg);
	return rc;
}

static int do_gather(struct serve_request *rq)
{
	return vector(rq, false);
}

static int do_scatter(struct serve_request *rq)
{
	return vector(rq, true);
}

/* Groups */

static bool piece_is_within(const struct blockdev *dev, const dev_piece_t *p)
{
	return !p->reserved && p->position >= 0 && p->position <= dev->bytes &&
	       p->bytes <= dev->bytes - p->position;
}

/* What the pieces are to hold comes into the buffer. */
static int group_take(int client, const dev_vector_t *arg,
		      const struct blockdev *dev, struct piece *pieces,
		      int64_t *bytes)
{
	static dev_piece_t group[DEV_COMMIT_MAX];
	int rc = move_array(client, arg->address, group, arg->nr,
			    sizeof(group[0]));

	*bytes = 0;
	for (int i = 0; !rc && i < arg->nr; i++) {
		if (!piece_is_within(dev, &group[i]) ||
		    group[i].bytes > DEV_BYTES_MAX - *bytes)
			return -EINVAL;
		pieces[i].position = group[i].position;
		pieces[i].data = buffer + *bytes;
		pieces[i].bytes = group[i].bytes;
		theirs[i].iov_base = (void *)(uintptr_t)group[i].address;
		theirs[i].iov_len = group[i].bytes;
		*bytes += group[i].bytes;
	}
	return rc ? rc : move_in(client, theirs, buffer, *bytes);
}

static int commit_do(int client, dev_vector_t *arg)
{
	static struct piece pieces[DEV_COMMIT_MAX];
	const struct blockdev *dev;
	int rc = device_use(client, arg->minor, true, &dev);

	if (rc)
		return rc;
	if (!dev->ops->commit)
		return -EOPNOTSUPP;
	if (arg->position || arg->bytes || arg->nr < 1 ||
	    arg->nr > DEV_COMMIT_MAX)
		return -EINVAL;
	rc = group_take(client, arg, dev, pieces, &arg->bytes);
	return rc ? rc : dev->ops->commit(dev->of, pieces, (size_t)arg->nr);
}

static int do_commit(struct serve_request *rq)
{
	dev_vector_t arg;
	int rc;

	com_get(rq->m, &arg);
	rc = commit_do(rq->client, &arg);
	if (rc)
		arg.bytes = 0;
	com_put(rq->m, &arg);
	return rc;
}

static int do_ioctl(struct serve_request *rq)
{
	const struct blockdev *dev;
	dev_ioctl_t arg;
	int rc;

	com_get(rq->m, &arg);
	rc = device_use(rq->client, arg.minor, false, &dev);
	if (rc)
		return rc;
	if (arg.value)
		return -EINVAL;
	switch (arg.request) {
	case DIOC_FLUSH:
		return device_flush(dev);
	case DIOC_SIZE:
		arg.value = dev->bytes;
		com_put(rq->m, &arg);
		return 0;
	default:
		return -ENOTTY;
	}
}

static serve_handler *const calls[] = {
	[DEV_READ - DEV_BASE] = do_read,
	[DEV_WRITE - DEV_BASE] = do_write,
	[DEV_IOCTL - DEV_BASE] = do_ioctl,
	[DEV_OPEN - DEV_BASE] = do_open,
	[DEV_CLOSE - DEV_BASE] = do_close,
	[DEV_SCATTER - DEV_BASE] = do_scatter,
	[DEV_GATHER - DEV_BASE] = do_gather,
	[DEV_COMMIT - DEV_BASE] = do_commit,
};

static const struct serve server = {
	.first = DEV_BASE,
	.nr = ARRAY_SIZE(calls),
	.calls = calls,
};

int blockdriver_run(const struct blockdriver *of)
{
	int rc;

	driver = of;
	rc = access_init(of->vmid, of->node);
	if (!rc)
		rc = move_init();
	return rc ? rc : serve_run(&server);
}
