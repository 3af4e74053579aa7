// SPDX-License-Identifier: GPL-2.0-or-later
/* Entries of directories; the current and the root directory; umask */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "copy.h"
#include "fs.h"
#include "walk.h"

#define ENTRIES 256

/* Those that the core gives at once, as the client gets them */
static struct mfs_dirent entries[ENTRIES];
static _Alignas(
	8) char records[ENTRIES * (sizeof(fs_dirent_t) + MFS_NAME_MAX + 8)];

static size_t record_put(char *to, const struct mfs_dirent *from)
{
	fs_dirent_t d = { .ino = from->ino,
			  .next = (int64_t)from->next,
			  .length = (uint16_t)from->len };

	d.size = (uint16_t)((sizeof(d) + from->len + 1 + 7) & ~(size_t)7);
	memset(to, 0, d.size);
	memcpy(to, &d, sizeof(d));
	memcpy(to + sizeof(d), from->name, from->len);
	return d.size;
}

static size_t record_size(const struct mfs_dirent *e)
{
	return (sizeof(fs_dirent_t) + e->len + 1 + 7) & ~(size_t)7;
}

/* As many as there is room for; *next is where those begin that are left. */
static size_t records_fill(unsigned int nr, size_t room, uint64_t *next)
{
	size_t used = 0;

	for (unsigned int i = 0; i < nr; i++) {
		if (used + record_size(&entries[i]) > room)
			break;
		used += record_put(records + used, &entries[i]);
		*next = entries[i].next;
	}
	return used;
}

static int dents_read(struct call *c, const struct file *f, int64_t position,
		      uint64_t *next, size_t *used)
{
	const struct mount *m = mount_find(f->at.dev);
	unsigned int nr = ENTRIES;
	struct iovec iov = { .iov_base = records };
	int rc;

	*next = (uint64_t)position;
	rc = core_waits(c, m,
			mfs_readdir(m->core, f->at.ino, *next, entries, &nr));
	if (rc)
		return rc;
	*used = records_fill(nr, c->bytes, next);
	if (nr && !*used)
		return -EINVAL;
	iov.iov_len = *used;
	return copy_out(c, &iov, 1, 0, *used);
}

int do_getdents(struct call *c)
{
	uint64_t next = 0;
	struct file *f;
	size_t used = 0;
	fs_rw_t arg;
	int rc;

	com_get(&c->m, &arg);
	f = call_file(c, &rc);
	if (!f)
		return rc;
	if (!f->directory)
		return -ENOTDIR;
	if (arg.position < -1)
		return -EINVAL;
	rc = dents_read(c, f, arg.position == -1 ? f->position : arg.position,
			&next, &used);
	if (rc)
		return rc;
	if (arg.position == -1) {
		c->position = f->position;
		f->position = (int64_t)next;
	}
	arg.done = (int64_t)used;
	com_put(&c->m, &arg);
	return 0;
}

static int dir_check(const struct call *c, const struct mfs_attr *attr)
{
	const struct cred who = call_cred(c);

	return S_ISDIR(attr->mode) ? perm_check(&who, attr, PERM_EXEC) :
				     -ENOTDIR;
}

int do_chdir(struct call *c)
{
	struct path p;
	int rc = call_walk(c, 0, PATH_FOLLOW, &p);

	if (!rc)
		rc = dir_check(c, &p.attr);
	return rc ? rc : fproc_set_cwd(c->proc, &p.at);
}

int do_fchdir(struct call *c)
{
	struct mfs_attr attr;
	struct file *f;
	int rc;

	f = call_file(c, &rc);
	if (!f)
		return rc;
	rc = attr_read(c, &f->at, &attr);
	if (!rc)
		rc = dir_check(c, &attr);
	return rc ? rc : fproc_set_cwd(c->proc, &f->at);
}

int do_chroot(struct call *c)
{
	struct path p;
	int rc = call_walk(c, 0, PATH_FOLLOW, &p);

	if (!rc)
		rc = dir_check(c, &p.attr);
	if (!rc && c->uid)
		rc = -EPERM;
	return rc ? rc : fproc_set_root(c->proc, &p.at);
}

int do_umask(struct call *c)
{
	fs_umask_t arg;
	const uint32_t was = c->proc->umask;

	com_get(&c->m, &arg);
	fproc_set_umask(c->proc, arg.mask & 0777);
	arg.mask = was;
	com_put(&c->m, &arg);
	return 0;
}
