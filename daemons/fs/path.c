// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "call.h"
#include "path.h"

#define ROOM 4096

/* On its way: what is left of the name, at "at" in one of the buffers */
struct walk {
	const struct path_from *from;
	struct path *p;
	unsigned int flags;
	const char *at;
	int links;
	int buffer; /* the one that is in use */
	char text[2][ROOM];
};

static int core_rc(struct walk *w, const struct place *in, int rc)
{
	if (rc == MFS_WAIT)
		w->p->waits = in->dev;
	return rc;
}

static int attr_get(struct walk *w, const struct place *at,
		    struct mfs_attr *attr)
{
	const struct mount *m = mount_find(at->dev);

	if (!m)
		return -ENOENT;
	return core_rc(w, at, mfs_getattr(m->core, at->ino, attr));
}

/* The root of what is mounted there, if anything is */
static void cross_down(struct place *at)
{
	const struct mount *m;

	while ((m = mount_covering(at)))
		*at = m->root;
}

/* Where ".." is to be looked for; a root is its own parent. */
static bool cross_up(const struct walk *w, struct place *at)
{
	const struct mount *m;

	for (;;) {
		if (place_is(at, &w->from->root))
			return false;
		m = mount_of_root(at);
		if (!m)
			return true;
		if (!m->covers.dev)
			return false;
		*at = m->covers;
	}
}

static int component_find(struct walk *w, struct place *to)
{
	struct path *p = w->p;
	struct place in = p->dir;
	const struct mount *m;
	int rc;

	*to = in;
	if (p->end == PATH_DOT)
		return 0;
	if (p->end == PATH_DOTDOT && !cross_up(w, &in)) {
		*to = in;
		return 0;
	}
	m = mount_find(in.dev);
	rc = core_rc(w, &in,
		     mfs_lookup(m->core, in.ino, p->name, p->length, &to->ino));
	to->dev = in.dev;
	if (!rc)
		cross_down(to);
	return rc;
}

/* The next component, from w->at on; what is behind it is w->at then. */
static int component_take(struct walk *w)
{
	struct path *p = w->p;
	const size_t length = strcspn(w->at, "/");

	if (length > PATH_NAME)
		return -ENAMETOOLONG;
	memcpy(p->name, w->at, length);
	p->name[length] = '\0';
	p->length = length;
	p->end = !strcmp(p->name, ".")  ? PATH_DOT :
		 !strcmp(p->name, "..") ? PATH_DOTDOT :
					  PATH_NORMAL;
	w->at += length;
	p->slash = *w->at == '/';
	w->at += strspn(w->at, "/");
	return 0;
}

static int dir_enter(struct walk *w, const struct place *at)
{
	struct path *p = w->p;
	int rc;

	p->dir = *at;
	rc = attr_get(w, at, &p->dir_attr);
	if (rc)
		return rc;
	if (!S_ISDIR(p->dir_attr.mode))
		return -ENOTDIR;
	return perm_check(&w->from->who, &p->dir_attr, PERM_EXEC);
}

/* What the link says, and what was left behind it */
static int link_follow(struct walk *w)
{
	const struct mount *m = mount_find(w->p->at.dev);
	char *text = w->text[!w->buffer];
	const size_t rest = strlen(w->at);
	size_t size = ROOM - 1;
	int rc;

	if (++w->links > PATH_LINKS)
		return -ELOOP;
	rc = core_rc(w, &w->p->at,
		     mfs_readlink(m->core, w->p->at.ino, text, &size));
	if (rc)
		return rc;
	if (!size)
		return -ENOENT;
	if (size + 1 + rest >= ROOM)
		return -ENAMETOOLONG;
	if (w->p->slash)
		text[size++] = '/';
	memcpy(text + size, w->at, rest + 1);
	w->buffer = !w->buffer;
	w->at = text;
	return 0;
}

/* The beginning of a name, or of what a link says */
static int walk_begin(struct walk *w, const struct place *in)
{
	struct path *p = w->p;
	struct place from = *w->at == '/' ? w->from->root : *in;
	int rc;

	w->at += strspn(w->at, "/");
	rc = dir_enter(w, &from);
	if (rc)
		return rc;
	p->end = PATH_ROOT;
	p->name[0] = '\0';
	p->length = 0;
	p->slash = false;
	p->at = p->dir;
	p->attr = p->dir_attr;
	return 0;
}

static bool is_to_follow(const struct walk *w)
{
	return S_ISLNK(w->p->attr.mode) &&
	       (*w->at || w->flags & PATH_FOLLOW ||
		(w->p->slash && !(w->flags & PATH_ITSELF)));
}

static int missing(struct walk *w, int rc)
{
	if (rc != -ENOENT || *w->at || !(w->flags & PATH_MISSING))
		return rc;
	w->p->at = (struct place){ 0, 0 };
	w->p->attr = (struct mfs_attr){ .mode = 0 };
	return 0;
}

static int walk_step(struct walk *w)
{
	struct path *p = w->p;
	struct place to;
	int rc = component_take(w);

	if (!rc)
		rc = component_find(w, &to);
	if (rc)
		return missing(w, rc);
	p->at = to;
	rc = attr_get(w, &to, &p->attr);
	if (rc)
		return rc;
	if (S_ISLNK(p->attr.mode) && *w->at && w->flags & PATH_NO_LINKS)
		return -ESTALE;
	if (is_to_follow(w)) {
		rc = link_follow(w);
		return rc ? rc : walk_begin(w, &p->dir);
	}
	if (*w->at)
		return dir_enter(w, &to);
	return p->slash && !S_ISDIR(p->attr.mode) && !(w->flags & PATH_ITSELF) ?
		       -ENOTDIR :
		       0;
}

int path_walk(const struct path_from *from, const char *name,
	      unsigned int flags, struct path *p)
{
	struct walk w;
	int rc;

	memset(p, 0, sizeof(*p));
	if (!*name)
		return -ENOENT;
	/* Its texts are empty as long as there is no link. */
	w.from = from;
	w.p = p;
	w.flags = flags;
	w.at = name;
	w.links = w.buffer = 0;
	rc = walk_begin(&w, &from->cwd);
	while (!rc && *w.at)
		rc = walk_step(&w);
	return rc;
}
