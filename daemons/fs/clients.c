// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stddef.h>

#include "clients.h"
#include "common/log.h"
#include "common/vm.h"
#include "fs.h"

/* Of a process of another node nothing is known, and endpoints do. */
#define NO_INCARNATION 1

static bool process_look(int endpoint, proc_usr_t *info)
{
	return fproc_slot(endpoint) >= 0 &&
	       !mnx_getprocinfo(fs.vmid, _ENDPOINT_P(endpoint), info) &&
	       info->p_rts_flags != SLOT_FREE && info->p_endpoint == endpoint;
}

static uint64_t incarnation_of(const proc_usr_t *info)
{
	return info->p_nodeid == fs.node ? info->p_incarnation : NO_INCARNATION;
}

/* A later binding of a user slot has another endpoint. */
static struct fproc *process_known(int client)
{
	return _ENDPOINT_G(client) ? fproc_find(&fs.procs, client) : NULL;
}

int client_node(int client)
{
	const struct fproc *p = process_known(client);
	proc_usr_t info;

	if (p)
		return p->node;
	return process_look(client, &info) ? info.p_nodeid : fs.node;
}

/* Its calls first, then its locks, then its files */
static void process_ends(struct fproc *p)
{
	calls_end(p);
	lock_release_all(&fs.locks, (uint32_t)p->endpoint);
	fproc_end(&fs.procs, p);
}

/* Its end is told from now on. */
static void process_watch(const struct fproc *p)
{
	if (p->node != fs.node)
		sys_rfork(p->endpoint, p->node, "remote");
}

static struct fproc *process_new(const proc_usr_t *info)
{
	struct fproc *p = fproc_new(&fs.procs, info->p_endpoint,
				    incarnation_of(info), &fs.root);

	if (!p)
		return NULL;
	fproc_set_node(p, info->p_nodeid);
	process_watch(p);
	return p;
}

/* Who was in its slot has ended. */
static struct fproc *process_enter(const proc_usr_t *info)
{
	struct fproc *p = fproc_in_slot(&fs.procs, info->p_endpoint);

	if (p && p->endpoint == info->p_endpoint &&
	    p->incarnation == incarnation_of(info))
		return p;
	if (p)
		process_ends(p);
	return process_new(info);
}

/* For whom a request asks; PROC_NO_ID: for the asker */
static void wish_read(const struct call *c, uint32_t *uid, uint32_t *gid)
{
	fs_paths_t paths;
	fs_path_t path;
	fs_fd_t fd;

	*uid = *gid = PROC_NO_ID;
	if (c->row->has & (CALL_IN | CALL_OUT))
		return;
	if (c->row->has & (CALL_PATH | CALL_TEXT)) {
		com_get(&c->m, &path);
		*uid = path.uid;
		*gid = path.gid;
	} else if (c->row->has & CALL_PATHS) {
		com_get(&c->m, &paths);
		*uid = paths.uid;
		*gid = paths.gid;
	} else if (c->row->has & CALL_FD && c->row->has & CALL_USER) {
		com_get(&c->m, &fd);
		*uid = fd.uid;
		*gid = fd.gid;
	}
}

static int wish_take(struct call *c)
{
	uint32_t uid, gid;

	wish_read(c, &uid, &gid);
	if (uid == PROC_NO_ID && gid == PROC_NO_ID)
		return 0;
	if (c->uid)
		return -EPERM;
	if (uid != PROC_NO_ID)
		c->uid = uid;
	if (gid != PROC_NO_ID)
		c->gid = gid;
	return 0;
}

/* The user of one of this node is the driver's word, of others their node's. */
static int identify(struct call *c, const proc_usr_t *info)
{
	if (!c->node && info->p_uid == PROC_NO_ID)
		return EMOLAGAIN;
	if (!c->node)
		call_identify(c, info->p_uid, info->p_gid);
	if (c->identified)
		c->proc->uid = c->asker;
	return wish_take(c);
}

int client_begin(struct call *c)
{
	proc_usr_t info;

	/* It is root, and has no files. */
	if (c->client == NONE)
		return 0;
	/* Bytes alone move for who has opened the file. */
	c->proc = process_known(c->client);
	if (c->proc && !call_needs_user(c))
		return 0;
	if (!process_look(c->client, &info))
		return EMOLAGAIN;
	c->proc = process_enter(&info);
	return c->proc ? identify(c, &info) : EMOLAGAIN;
}

/* Another's descriptors are for root alone, whoever it asks for. */
static int owner_find(const struct call *c, int owner, struct fproc **p)
{
	*p = c->proc;
	if (!owner || owner == c->client)
		return 0;
	if (!c->identified || c->asker)
		return -EPERM;
	*p = fproc_find(&fs.procs, owner);
	return *p ? 0 : -EBADF;
}

/* Structures that have a descriptor begin with it. */
#define HAS_HEAD(type)                                                  \
	_Static_assert(offsetof(type, fd) == offsetof(fs_head_t, fd) && \
			       offsetof(type, owner) ==                 \
				       offsetof(fs_head_t, owner) &&    \
			       offsetof(type, opening) ==               \
				       offsetof(fs_head_t, opening),    \
		       "fs_head_t is its beginning")
HAS_HEAD(fs_fd_t);
HAS_HEAD(fs_rw_t);
HAS_HEAD(fs_fcntl_t);

struct file *client_file(struct call *c, struct fproc **p, int *rc)
{
	fs_head_t head;
	struct file *f;

	com_get(&c->m, &head);
	*rc = owner_find(c, head.owner, p);
	if (*rc)
		return NULL;
	f = fd_file(*p, head.fd);
	if (f == &fs.files.lost)
		*rc = -EIO;
	else if (!f || (head.opening && head.opening != f->opening))
		*rc = -EBADF;
	return *rc ? NULL : f;
}

/* Children */

/* As PM would enter it: of the same node and user, bound by sys_fork() */
static int child_check(const struct call *c, int endpoint, proc_usr_t *info)
{
	proc_usr_t own;

	if (fproc_slot(endpoint) < 0)
		return EMOLNOTBIND;
	if (!_ENDPOINT_G(endpoint) || (c->node && c->child_uid != c->asker))
		return EMOLPERM;
	if (!process_look(endpoint, info)) {
		/* It is of another node, and has not been heard of here. */
		if (c->proc->node == fs.node ||
		    sys_rfork(endpoint, c->proc->node, "remote") ||
		    !process_look(endpoint, info))
			return EMOLNOTBIND;
	}
	if (info->p_nodeid != c->proc->node)
		return EMOLPERM;
	if (info->p_nodeid != fs.node)
		return 0;
	return process_look(c->client, &own) && own.p_uid == info->p_uid ?
		       0 :
		       EMOLPERM;
}

int do_fork(struct call *c)
{
	struct fproc *p;
	proc_usr_t info;
	fs_fork_t arg;
	int rc;

	com_get(&c->m, &arg);
	rc = child_check(c, arg.endpoint, &info);
	if (rc)
		return rc;
	arg.has = fproc_has_own(c->proc, &fs.root);
	com_put(&c->m, &arg);
	p = fproc_in_slot(&fs.procs, arg.endpoint);
	if (p && p->endpoint == arg.endpoint)
		return p->parent == c->client ? 0 : EMOLPERM;
	if (p)
		process_ends(p);
	p = fproc_fork(&fs.procs, c->proc, arg.endpoint, incarnation_of(&info));
	if (!p)
		return EMOLAGAIN;
	process_watch(p);
	return 0;
}

/* Its record locks on what is closed go; others stay, as POSIX has it. */
int do_exec(struct call *c)
{
	fproc_exec(&fs.procs, c->proc);
	return 0;
}

void fproc_leaves(const struct fproc *p, const struct file *f)
{
	if (f != &fs.files.lost)
		lock_release(&fs.locks, (uint32_t)p->endpoint, f->at.dev,
			     f->at.ino);
}

void file_closed(const struct files *t, const struct file *f)
{
	lock_release(&fs.locks, LOCK_OF_FILE | file_number(t, f), f->at.dev,
		     f->at.ino);
}

/* Ends */

static bool process_is_there(const struct fproc *p)
{
	proc_usr_t info;

	if (p->node != fs.node)
		return vm_has_remote(p->endpoint, p->node);
	return process_look(p->endpoint, &info) &&
	       incarnation_of(&info) == p->incarnation;
}

void ends_missed(void)
{
	for (int i = 0; i < FPROCS_MAX; i++) {
		struct fproc *p = &fs.procs.proc[i];

		if (p->there && !process_is_there(p))
			process_ends(p);
	}
}

/* A later one may have the same endpoint, if that is a system slot's. */
static void end_take(const sys_end_t *end)
{
	struct fproc *p = fproc_find(&fs.procs, end->endpoint);

	if (p && end->uid == PROC_NO_ID &&
	    (_ENDPOINT_G(p->endpoint) || !process_is_there(p)))
		process_ends(p);
}

void ends_follow(void)
{
	sys_end_t ends[SYS_ENDS_MAX];
	int n;

	do {
		n = sys_getends(&fs.ends_seen, ends);
		for (int i = 0; i < n; i++)
			end_take(&ends[i]);
	} while (n > 0);
	if (n == EMOLOVERRUN)
		ends_missed();
	else if (n)
		log_line(SD_WARNING, "ends of processes: %s", mnx_strerror(n));
}
