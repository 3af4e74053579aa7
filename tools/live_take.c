// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "live": takes processes that "migrate --live" moves to this node, one after
 * the other.  The protocol is in live.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <molipc/sys.h>

#include "commands.h"
#include "find.h"
#include "live.h"
#include "say.h"

#define ARCHIVE  "images.tar"
#define FIRST_MS 2000
#define LOOK_US  50000

struct taker {
	const struct args *args;
	VM_usr_t vm;
	drvs_usr_t node;
	int mover;
	live_what_t what;
	char dir[64];
	pid_t init; /* of the process's namespace, or 0 */
	pid_t pid;
	long restore; /* ms */
	int rc;       /* why it failed, or 0 */
	char why[160];
};

static bool fails(struct taker *t, const char *why, int rc)
{
	if (!t->why[0])
		snprintf(t->why, sizeof(t->why), "%s", why);
	t->rc = rc;
	return false;
}

/* A request to the mover: what it answers */
static int mover_ask(const struct taker *t, int type, message *msg)
{
	int rc;

	msg->m_type = type;
	rc = mnx_sendrec_T(t->mover, msg, 3L * LIVE_PATIENCE);
	return rc ? rc : msg->m_type;
}

/* Which process stands by; or an error: none does. */
static int systask_tell(const struct taker *t, int pid)
{
	const sys_migrate_t arg = { .endpoint = t->what.endpoint, .pid = pid };
	message msg = { .m_type = SYS_MIGRTAKE };
	int rc;

	com_put(&msg, &arg);
	rc = mnx_sendrec(SYSTASK(t->node.d_nodeid), &msg);
	return rc ? rc : msg.m_type;
}

/* Images */

static int images_open(struct taker *t)
{
	const char *tmp = getenv("TMPDIR");
	char path[sizeof(t->dir) + sizeof(ARCHIVE) + 1];
	int fd, rc;

	snprintf(t->dir, sizeof(t->dir), "%.32s/m3ipc-live.XXXXXX",
		 tmp ? tmp : "/var/tmp");
	if (!mkdtemp(t->dir)) {
		t->dir[0] = '\0';
		fails(t, "no folder there", -errno);
		return -1;
	}
	snprintf(path, sizeof(path), "%s/" ARCHIVE, t->dir);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	/* Twice: the archive and what is in it */
	rc = fd < 0 ? errno : posix_fallocate(fd, 0, 2 * t->what.bytes);
	if (!rc && ftruncate(fd, 0))
		rc = errno;
	if (!rc)
		return fd;
	if (fd >= 0)
		close(fd);
	fails(t, "no room for the images there", -rc);
	return -1;
}

static bool images_get(struct taker *t, int fd)
{
	static char buffer[LIVE_CHUNK];
	int64_t left = t->what.bytes;
	message msg;
	int rc;

	while (left) {
		const live_where_t where = {
			.addr = (uintptr_t)buffer,
			.bytes = left < LIVE_CHUNK ? left : LIVE_CHUNK,
		};

		com_put(&msg, &where);
		rc = mover_ask(t, LIVE_BYTES, &msg);
		if (rc)
			return fails(t, "images do not arrive whole", rc);
		if (write(fd, buffer, (size_t)where.bytes) != where.bytes)
			return fails(t, "images are not written there", -errno);
		left -= where.bytes;
	}
	return true;
}

/* Of who had the mover's slot before this node may hear as late as now. */
static int images_ask(const struct taker *t, message *msg)
{
	const long end = live_now() + FIRST_MS;
	int rc;

	do
		rc = mover_ask(t, LIVE_IMAGES, msg);
	while ((rc == EMOLDSTDIED || rc == EMOLSRCDIED) && live_now() < end &&
	       !usleep(LOOK_US));
	return rc;
}

static bool images_take(struct taker *t)
{
	const char *const argv[] = { "tar", "-xf", ARCHIVE, NULL };
	message msg = { .m_type = 0 };
	int rc = images_ask(t, &msg), fd;
	bool ok;

	if (rc)
		return fails(t, "there are no images", rc);
	com_get(&msg, &t->what);
	if (t->what.bytes <= 0)
		return fails(t, "there are no images", EMOLBADREQUEST);
	fd = images_open(t);
	if (fd < 0)
		return false;
	ok = images_get(t, fd);
	close(fd);
	if (ok && live_run(t->dir, argv))
		ok = fails(t, "images are not unpacked there", EMOLBADREQUEST);
	return ok;
}

/* The process */

static bool restore(struct taker *t, int former)
{
	const long begin = live_now();
	char why[96];

	t->pid = live_restore(&t->what, t->vm.vm_vmid, former, t->dir, &t->init,
			      why, sizeof(why));
	t->restore = live_now() - begin;
	if (t->pid > 0)
		return true;
	snprintf(t->why, sizeof(t->why), "criu: %s", why);
	return fails(t, "", 0);
}

/* It stands by: now the endpoint comes, and then what its calls are. */
static bool commit(struct taker *t)
{
	struct m3ipc_page page;
	const live_where_t where = { .addr = (uintptr_t)&page,
				     .bytes = sizeof(page),
				     .ms = t->restore };
	message msg;
	int rc = systask_tell(t, t->pid);

	if (rc)
		return fails(t, "the system task there", rc);
	com_put(&msg, &where);
	rc = mover_ask(t, LIVE_READY, &msg);
	if (rc)
		return fails(t, "it does not move", rc);
	live_page_write(t->pid, &page);
	return !kill(t->pid, SIGCONT) ? true :
					fails(t, "it has ended there", -errno);
}

static bool is_here(const struct taker *t)
{
	proc_usr_t info;

	return !mnx_getprocinfo(t->vm.vm_vmid, _ENDPOINT_P(t->what.endpoint),
				&info) &&
	       info.p_endpoint == t->what.endpoint &&
	       info.p_nodeid == t->node.d_nodeid;
}

static void give_up(struct taker *t)
{
	live_why_t said = { .rc = t->rc };
	message msg;

	snprintf(said.why, sizeof(said.why), "%.51s", t->why);
	say_error(t->args, "%s %d: %s%s%s", t->vm.vm_name,
		  (int)t->what.endpoint, t->why, t->rc ? ": " : "",
		  t->rc ? mnx_strerror(t->rc) : "");
	systask_tell(t, EMOLBADPID);
	if (t->init > 0 && !is_here(t))
		kill(t->init, SIGKILL);
	com_put(&msg, &said);
	mover_ask(t, LIVE_FAILED, &msg);
}

/* The one with what: by whom it is asked, where it is */
static bool move_take(struct taker *t, int former)
{
	message msg = { .m_type = 0 };

	return images_take(t) && restore(t, former) && commit(t) &&
	       !mover_ask(t, LIVE_RUNS, &msg);
}

static int node_of(const struct taker *t, int endpoint)
{
	proc_usr_t info;

	if (mnx_getprocinfo(t->vm.vm_vmid, _ENDPOINT_P(endpoint), &info) ||
	    info.p_endpoint != endpoint)
		return -1;
	return info.p_nodeid;
}

/* Why not: who asks has to be root's, and to be where the endpoint is. */
static const char *hello_refuse(const struct taker *t, const message *msg)
{
	const int former = node_of(t, t->what.endpoint);

	if (_ENDPOINT_P(msg->m_source) >= find_first_user(&t->vm))
		return "it is not root who asks";
	if (former < 0)
		return "nobody has this endpoint, as is known there";
	if (former == t->node.d_nodeid)
		return "it is there already";
	return live_criu_missing();
}

/* A process that is to come, or a request that is none of ours */
static void hello_take(struct taker *t, message *msg)
{
	live_why_t said = { .rc = 0 };
	const char *why;

	com_get(msg, &t->what);
	t->mover = msg->m_source;
	why = msg->m_type == LIVE_HELLO ? hello_refuse(t, msg) :
					  "no such request";
	snprintf(said.why, sizeof(said.why), "%s", why ? why : "");
	com_put(msg, &said);
	msg->m_type = why ? EMOLBADREQUEST : OK;
	if (mnx_reply(t->mover, msg) || why)
		return;
	if (!move_take(t, node_of(t, t->what.endpoint)))
		give_up(t);
	if (t->dir[0])
		live_remove(t->dir);
}

/* Processes that have come, and have ended or gone on since */
static void namespaces_reap(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG);
	while (pid > 0);
}

static int serve(const struct args *args, struct taker *t)
{
	struct taker one;
	message msg;
	int rc;

	for (;;) {
		rc = mnx_rcvrqst(&msg);
		if (rc && rc != EMOLINTR)
			return say_fail(args, rc, "%s", t->vm.vm_name);
		namespaces_reap();
		if (rc || msg.m_type & NOTIFY_MESSAGE)
			continue;
		one = *t;
		hello_take(&one, &msg);
	}
}

int cmd_live(const struct args *args)
{
	static struct taker t;
	const char *missing = live_criu_missing();
	int rc;

	if (geteuid())
		return say_error(args, "this is for root");
	if (missing)
		return say_error(args, "%s", missing);
	t.args = args;
	rc = find_node(args, &t.node);
	if (!rc)
		rc = find_vm(args, &t.vm);
	if (!rc)
		rc = find_client(args, &t.vm);
	if (rc)
		return rc;
	rc = sys_publish(live_name(t.node.d_nodeid).text);
	return rc ? find_systask_failed(args, rc, t.vm.vm_name) :
		    serve(args, &t);
}
