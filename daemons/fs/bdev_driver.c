// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A disk of a driver process, of this node or another: requests of
 * <molipc/dev.h>, one at a time by each of both threads, which share an
 * opening by its key.
 *
 *	closed -> opened, by whoever needs it first, with a key of the driver
 *	opened, and the driver says -EBADF, as it is another one: closed
 *
 * What has not been acknowledged is asked again: to write something twice does
 * no harm, as nobody else writes there.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <molipc/dev.h>
#include <molipc/molipc.h>

#include "bdev.h"
#include "common/log.h"

#define ANSWER 5000 /* ms for one */
#define AGAIN  100  /* ms, until it is looked for again */
#define OPENS  150  /* so often the first time */

struct bdev_driver {
	struct bdev d;
	pthread_mutex_t lock; /* of opening */
	uint64_t key;
	int32_t minor;
	bool commits;
	bool opened[BDEV_USERS];
	bool known; /* it has been opened before */
	bool away;  /* that was logged */
	struct log_limit limit;
	dev_iovec_t segments[BDEV_USERS][DEV_VECTOR_MAX];
	dev_piece_t pieces[DEV_COMMIT_MAX];
};

static struct bdev_driver *driver_of(struct bdev *d)
{
	return (struct bdev_driver *)d;
}

/*
 * It has not answered, and may be asked again.  NOTBIND: its node has not heard
 * yet of the thread that asks.
 */
static bool driver_is_away(int rc)
{
	switch (rc) {
	case EMOLAGAIN:
	case EMOLDSTDIED:
	case EMOLINTR:
	case EMOLNOPROXY:
	case EMOLNOTBIND:
	case EMOLNOTCONN:
	case EMOLSRCDIED:
	case EMOLTIMEDOUT:
		return true;
	default:
		return false;
	}
}

static int driver_send(int type, message *m)
{
	int rc;

	m->m_type = type;
	rc = mnx_sendrec_T(MEM_PROC_NR, m, ANSWER);
	return rc ? rc : m->m_type;
}

static void driver_pause(void)
{
	const struct timespec pause = { .tv_nsec = AGAIN * 1000000L };

	nanosleep(&pause, NULL);
}

static int open_send(struct bdev_driver *v, dev_open_t *arg, bool writable)
{
	message m;
	int rc;

	*arg = (dev_open_t){ .minor = DEV_MINOR_NAMED,
			     .flags = writable ? DEV_WRITABLE : 0,
			     .key = v->key };
	memcpy(arg->name, v->d.name, strnlen(v->d.name, sizeof(arg->name) - 1));
	com_put(&m, arg);
	rc = driver_send(DEV_OPEN, &m);
	com_get(&m, arg);
	return rc;
}

/* The key is not one of a driver that has been started anew. */
static int open_once(struct bdev_driver *v, dev_open_t *arg)
{
	int rc = open_send(v, arg, !v->d.read_only);

	if (rc == -EKEYREJECTED) {
		v->key = 0;
		rc = open_send(v, arg, !v->d.read_only);
	}
	if (rc == -EROFS && !v->known) {
		v->d.read_only = true;
		rc = open_send(v, arg, false);
	}
	return rc;
}

static int open_take(struct bdev_driver *v, enum bdev_user user,
		     const dev_open_t *arg)
{
	if (v->known && (uint64_t)arg->bytes != v->d.bytes) {
		log_line(SD_ERR, "%s: its size has changed", v->d.name);
		return -EIO;
	}
	v->key = arg->key;
	v->minor = arg->minor;
	v->commits = arg->flags & DEV_COMMITS;
	v->d.bytes = (uint64_t)arg->bytes;
	v->opened[user] = v->known = true;
	return 0;
}

/* -EAGAIN: later, perhaps */
static int driver_open(struct bdev_driver *v, enum bdev_user user)
{
	dev_open_t arg;
	int rc;

	pthread_mutex_lock(&v->lock);
	rc = open_once(v, &arg);
	if (!rc)
		rc = open_take(v, user, &arg);
	else if (driver_is_away(rc) || rc == -EBUSY)
		rc = -EAGAIN;
	pthread_mutex_unlock(&v->lock);
	return rc;
}

static void away_log(struct bdev_driver *v, bool away)
{
	if (v->away == away)
		return;
	v->away = away;
	log_line(SD_WARNING,
		 away ? "%s: its driver does not answer" :
			"%s: its driver is there again",
		 v->d.name);
}

/* One attempt: -EAGAIN: another one is due, later. */
static int driver_try(struct bdev_driver *v, enum bdev_user user, int type,
		      const message *request, message *m)
{
	int rc = v->opened[user] ? 0 : driver_open(v, user);

	if (rc)
		return rc;
	*m = *request;
	rc = driver_send(type, m);
	if (rc == -EBADF)
		v->opened[user] = false;
	return rc == -EBADF || driver_is_away(rc) ? -EAGAIN : rc;
}

static int driver_ask(struct bdev_driver *v, enum bdev_user user, int type,
		      message *m)
{
	const message request = *m;
	int rc, tries = 0;

	while ((rc = driver_try(v, user, type, &request, m)) == -EAGAIN &&
	       !v->d.stopped) {
		away_log(v, tries++ > 0);
		driver_pause();
	}
	if (!rc)
		away_log(v, false);
	return rc ? -EIO : 0;
}

static int bdev_driver_open(struct bdev *d)
{
	struct bdev_driver *v = driver_of(d);
	int rc = -ENAMETOOLONG;

	if (strlen(d->name) >= DEV_NAME_LEN)
		return rc;
	for (int i = 0; i < OPENS && !d->stopped; i++) {
		rc = driver_open(v, BDEV_WRITER);
		if (rc != -EAGAIN)
			break;
		driver_pause();
	}
	if (rc) {
		log_line(SD_ERR, "%s: %s", d->name, mnx_strerror(rc));
		return -ENODEV;
	}
	if (!d->read_only && !v->commits)
		log_line(SD_WARNING,
			 "%s: its driver writes no groups: a crash may damage "
			 "it",
			 d->name);
	return 0;
}

static void bdev_driver_close(struct bdev *d)
{
	struct bdev_driver *v = driver_of(d);
	message m;

	if (!v->opened[BDEV_WRITER])
		return;
	com_put(&m, &((dev_open_t){ .minor = v->minor }));
	driver_send(DEV_CLOSE, &m);
	v->opened[BDEV_WRITER] = false;
}

static int driver_move(struct bdev_driver *v, enum bdev_user user, int type,
		       const struct iovec *iov, unsigned int nr,
		       uint64_t position)
{
	dev_vector_t arg = { .position = (int64_t)position,
			     .address = (uintptr_t)v->segments[user],
			     .nr = (int32_t)nr,
			     .minor = v->minor };
	int64_t bytes = 0;
	message m;
	int rc;

	if (!nr || nr > DEV_VECTOR_MAX)
		return -EINVAL;
	for (unsigned int i = 0; i < nr; i++) {
		v->segments[user][i] =
			(dev_iovec_t){ (uintptr_t)iov[i].iov_base,
				       iov[i].iov_len };
		bytes += (int64_t)iov[i].iov_len;
	}
	com_put(&m, &arg);
	rc = driver_ask(v, user, type, &m);
	com_get(&m, &arg);
	return !rc && arg.bytes != bytes ? -EIO : rc;
}

static int bdev_driver_read(struct bdev *d, const struct iovec *iov,
			    unsigned int nr, uint64_t position)
{
	return driver_move(driver_of(d), BDEV_READER, DEV_GATHER, iov, nr,
			   position);
}

static int bdev_driver_write(struct bdev *d, const struct iovec *iov,
			     unsigned int nr, uint64_t position)
{
	return driver_move(driver_of(d), BDEV_WRITER, DEV_SCATTER, iov, nr,
			   position);
}

static int bdev_driver_flush(struct bdev *d)
{
	struct bdev_driver *v = driver_of(d);
	message m;

	com_put(&m,
		&((dev_ioctl_t){ .minor = v->minor, .request = DIOC_FLUSH }));
	return driver_ask(v, BDEV_WRITER, DEV_IOCTL, &m);
}

/* A driver without groups gets its blocks one by one. */
static int group_write(struct bdev *d, const struct bdev_group *group)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < group->nr; i++) {
		const struct iovec block = {
			(void *)(uintptr_t)(group->blocks +
					    (size_t)i * group->block_size),
			group->block_size
		};

		rc = bdev_driver_write(d, &block, 1, group->positions[i]);
	}
	return rc ? rc : bdev_driver_flush(d);
}

static int bdev_driver_group(struct bdev *d, const struct bdev_group *group)
{
	struct bdev_driver *v = driver_of(d);
	const dev_vector_t arg = { .address = (uintptr_t)v->pieces,
				   .nr = (int32_t)group->nr,
				   .minor = v->minor };
	message m;

	if (!v->commits)
		return group_write(d, group);
	if (!group->nr || group->nr > DEV_COMMIT_MAX)
		return -EINVAL;
	for (unsigned int i = 0; i < group->nr; i++)
		v->pieces[i] = (dev_piece_t){
			.position = (int64_t)group->positions[i],
			.address = (uintptr_t)(group->blocks +
					       (size_t)i * group->block_size),
			.bytes = group->block_size,
		};
	com_put(&m, &arg);
	return driver_ask(v, BDEV_WRITER, DEV_COMMIT, &m);
}

static void bdev_driver_free(struct bdev *d)
{
	struct bdev_driver *v = driver_of(d);

	pthread_mutex_destroy(&v->lock);
	free(v);
}

static const struct bdev_ops driver_ops = {
	.open = bdev_driver_open,
	.close = bdev_driver_close,
	.read = bdev_driver_read,
	.write = bdev_driver_write,
	.group = bdev_driver_group,
	.flush = bdev_driver_flush,
	.free = bdev_driver_free,
};

struct bdev *bdev_new_driver(void)
{
	struct bdev_driver *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->d.ops = &driver_ops;
	pthread_mutex_init(&v->lock, NULL);
	return &v->d;
}
