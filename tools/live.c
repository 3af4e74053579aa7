// SPDX-License-Identifier: GPL-2.0-or-later
/* "migrate --live": a process moves as it is.  The protocol is in live.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <molipc/sys.h>

#include "commands.h"
#include "find.h"
#include "live.h"
#include "say.h"

#define LOOK_MS        20
#define SYSTASK_MS     10000 /* longer than it has patience with a node */
#define ARCHIVE        "images.tar"
#define LIVE_NO_ANSWER 1

/* Times in ms, for who wants to know what a move takes */
struct times {
	long begin;
	long stopped; /* the process, from then on */
	long dumped;
	long sent;
	long restore; /* how long */
	long moved;
	long runs;
};

struct mover {
	const struct args *args;
	VM_usr_t vm;
	drvs_usr_t node;
	int endpoint;
	int to;    /* the node */
	int taker; /* there */
	pid_t pid;
	struct live_asker asker;
	bool is_stopped; /* by the dump */
	bool is_gone;    /* the endpoint has moved */
	char dir[64];
	int images; /* the archive, or -1 */
	int64_t bytes;
	struct times t;
	char why[160]; /* it failed */
};

/* The first that fails is why. */
static bool fails(struct mover *m, const char *why, int rc)
{
	if (m->why[0])
		return false;
	snprintf(m->why, sizeof(m->why), "%s%s%s", why, rc ? ": " : "",
		 rc ? mnx_strerror(rc) : "");
	return false;
}

/* Before anything is done */

static bool is_possible(struct mover *m)
{
	proc_usr_t info;
	int rc =
		mnx_getprocinfo(m->vm.vm_vmid, _ENDPOINT_P(m->endpoint), &info);
	const char *obstacle = live_criu_missing();

	if (rc || info.p_endpoint != m->endpoint ||
	    info.p_rts_flags & SLOT_FREE)
		return fails(m, "nobody has this endpoint", rc);
	if (info.p_nodeid != m->node.d_nodeid) {
		snprintf(m->why, sizeof(m->why),
			 "it is on node %d: --live is for that node",
			 info.p_nodeid);
		return false;
	}
	m->pid = info.p_lpid;
	if (!obstacle)
		obstacle =
			live_obstacle(m->pid, info.p_misc_flags & MIS_THREAD);
	return obstacle ? fails(m, obstacle, 0) : true;
}

/* The other node may not have heard yet that this process is there. */
static int hello(const struct mover *m, message *msg)
{
	const live_what_t what = { .endpoint = m->endpoint };
	const long end = live_now() + SYSTASK_MS;
	int rc;

	do {
		com_put(msg, &what);
		msg->m_type = LIVE_HELLO;
		rc = mnx_sendrec_T(m->taker, msg, LIVE_PATIENCE);
	} while (rc == EMOLNOTBIND && live_now() < end &&
		 !usleep(LOOK_MS * 1000));
	return rc;
}

/* Somebody there can take it. */
static bool taker_find(struct mover *m)
{
	message msg;
	live_why_t answer;
	int rc;

	m->taker = sys_lookup(live_name(m->to).text, 0);
	if (mnx_bind_failed(m->taker))
		return fails(m, "\"m3ipc live\" does not run there",
			     MNX_ERR(m->taker));
	rc = hello(m, &msg);
	if (rc)
		return fails(m, "the other node", rc);
	com_get(&msg, &answer);
	answer.why[sizeof(answer.why) - 1] = '\0';
	return msg.m_type ? fails(m, answer.why, answer.rc) : true;
}

/* The move */

static bool mover_starts(struct mover *m)
{
	const sys_migrate_t what = { .endpoint = m->endpoint,
				     .nodeid = m->to,
				     .ms = LIVE_PATIENCE };

	return live_asker_start(&m->asker, &m->vm, m->node.d_nodeid, &what) ?
		       fails(m, strerror(errno), 0) :
		       true;
}

static int recall(const struct mover *m)
{
	const struct m3ipc_migr req = { .vmid = m->vm.vm_vmid,
					.endpoint = m->endpoint };

	return ioctl(mnx_fd(), M3IPC_IOC_MIGR_RECALL, &req) ? -errno : 0;
}

/* The move has begun, and what the process waits for can begin elsewhere. */
static bool is_still(struct mover *m)
{
	const long end = live_now() + LIVE_PATIENCE;
	int rc, answer;

	do {
		answer = live_asker_answer(&m->asker, LOOK_MS);
		if (answer != LIVE_NO_ANSWER)
			return fails(m, "it does not move", answer);
		rc = recall(m);
		if (!rc)
			return true;
	} while ((rc == -EBUSY || rc == EMOLPROCSTS) && live_now() < end);
	return rc == -EBUSY ? fails(m, "it waits for another one's answer", 0) :
			      fails(m, "it does not move", rc);
}

/* Images */

static bool archive_make(struct mover *m)
{
	const char *const argv[] = {
		"tar", "-cf", ARCHIVE, "--exclude=" ARCHIVE, "--exclude=*.log",
		".",   NULL,
	};
	char path[sizeof(m->dir) + sizeof(ARCHIVE) + 1];
	struct stat st;

	snprintf(path, sizeof(path), "%s/" ARCHIVE, m->dir);
	if (live_run(m->dir, argv))
		return fails(m, "no archive of the images", 0);
	m->images = open(path, O_RDONLY | O_CLOEXEC);
	if (m->images < 0 || fstat(m->images, &st))
		return fails(m, strerror(errno), 0);
	m->bytes = st.st_size;
	return true;
}

static bool images_make(struct mover *m)
{
	const char *tmp = getenv("TMPDIR");
	char why[96];

	snprintf(m->dir, sizeof(m->dir), "%.32s/m3ipc-live.XXXXXX",
		 tmp ? tmp : "/var/tmp");
	if (!mkdtemp(m->dir)) {
		m->dir[0] = '\0';
		return fails(m, "no folder for images", -errno);
	}
	m->t.stopped = live_now();
	if (live_dump(m->pid, m->dir, why, sizeof(why))) {
		snprintf(m->why, sizeof(m->why), "criu does not dump it: %s",
			 why);
		return false;
	}
	m->is_stopped = true;
	m->t.dumped = live_now();
	return archive_make(m);
}

/* The taker's requests */

static int bytes_copy(struct mover *m, const message *msg)
{
	static char buffer[LIVE_CHUNK];
	live_where_t where;
	ssize_t size;

	com_get(msg, &where);
	if (where.bytes < 0 || where.bytes > LIVE_CHUNK)
		return EMOLRANGE;
	size = read(m->images, buffer, (size_t)where.bytes);
	if (size != where.bytes)
		return size < 0 ? -errno : EMOLBADREQUEST;
	return mnx_vcopy(SELF, buffer, m->taker, (void *)(uintptr_t)where.addr,
			 size);
}

/* It has been restored there: has it moved, too?  Then its page goes there. */
static int moved_tell(struct mover *m, const message *msg)
{
	struct m3ipc_page page;
	live_where_t where;
	int rc = live_asker_answer(&m->asker, LIVE_PATIENCE + SYSTASK_MS);

	com_get(msg, &where);
	m->t.restore = where.ms;
	if (rc == LIVE_NO_ANSWER)
		rc = EMOLTIMEDOUT;
	if (rc) {
		fails(m, "it does not move", rc);
		return rc;
	}
	m->is_gone = true;
	m->t.moved = live_now();
	if (!live_page_read(m->pid, &page))
		memset(&page, 0, sizeof(page));
	return mnx_vcopy(SELF, &page, m->taker, (void *)(uintptr_t)where.addr,
			 sizeof(page));
}

static void failed_there(struct mover *m, const message *msg)
{
	live_why_t said;

	com_get(msg, &said);
	said.why[sizeof(said.why) - 1] = '\0';
	fails(m, said.why, said.rc);
}

/* Answers one; true if it was the last. */
static bool request_answer(struct mover *m, message *msg)
{
	const live_what_t what = { .bytes = m->bytes,
				   .endpoint = m->endpoint,
				   .pid = live_inner_pid(m->pid) };
	const int type = msg->m_type;

	switch (type) {
	case LIVE_IMAGES:
		com_put(msg, &what);
		msg->m_type = m->images < 0 ? EMOLBADREQUEST : OK;
		break;
	case LIVE_BYTES:
		msg->m_type = bytes_copy(m, msg);
		m->t.sent = live_now();
		break;
	case LIVE_READY:
		msg->m_type = moved_tell(m, msg);
		break;
	case LIVE_FAILED:
		failed_there(m, msg);
		msg->m_type = OK;
		break;
	case LIVE_RUNS:
		m->t.runs = live_now();
		msg->m_type = OK;
		break;
	default:
		msg->m_type = EMOLBADREQUEST;
	}
	mnx_reply(msg->m_source, msg);
	return type == LIVE_RUNS || type == LIVE_FAILED ||
	       (type == LIVE_IMAGES && msg->m_type) ||
	       (type == LIVE_READY && msg->m_type);
}

/* Serves the taker until it has the process, or something has failed. */
static void taker_serve(struct mover *m)
{
	message msg;
	int rc;

	do {
		rc = mnx_receive_T(m->taker, &msg, LIVE_PATIENCE);
		if (rc) {
			fails(m, "the other node", rc);
			return;
		}
	} while (!request_answer(m, &msg));
}

/* The end */

/* It goes on here, and is the one that has the endpoint. */
static void go_back(struct mover *m)
{
	/* The taker has said that nothing comes, or will be missed. */
	if (m->asker.pid > 0 && !m->is_gone)
		m->is_gone = !live_asker_answer(&m->asker,
						LIVE_PATIENCE + SYSTASK_MS);
	if (m->is_stopped && !m->is_gone)
		kill(m->pid, SIGCONT);
}

static int report(const struct mover *m)
{
	const struct times *t = &m->t;

	if (!m->why[0] && t->runs) {
		printf("endpoint %d: %ld ms, of which it was stopped %ld: "
		       "dump %ld, %lld bytes to node %d %ld, restore %ld, "
		       "the rest %ld\n",
		       m->endpoint, t->runs - t->begin, t->runs - t->stopped,
		       t->dumped - t->stopped, (long long)m->bytes, m->to,
		       t->sent - t->dumped, t->restore,
		       t->runs - t->sent - t->restore);
		return EXIT_SUCCESS;
	}
	return say_error(m->args, "%s %d: %s%s", m->vm.vm_name, m->endpoint,
			 m->why,
			 m->is_gone ? "; the endpoint is there, its former "
				      "process is stopped here" :
				      "");
}

static int move(struct mover *m)
{
	int self, rc;

	if (!is_possible(m))
		return report(m);
	rc = find_self(m->args, &m->vm, find_first_user(&m->vm) - 1, 0, &self);
	if (rc)
		return rc;
	if (taker_find(m)) {
		m->t.begin = live_now();
		recall(m); /* Now the start is not refused for a send. */
		/* What fails, the taker learns when it asks for images. */
		if (mover_starts(m) && is_still(m))
			images_make(m);
		if (m->why[0] && m->images >= 0)
			close(m->images), m->images = -1;
		taker_serve(m);
		if (!m->t.runs)
			go_back(m);
		else
			kill(m->pid, SIGKILL);
	}
	if (m->dir[0])
		live_remove(m->dir);
	return report(m);
}

int live_migrate(const struct args *args)
{
	static struct mover m;
	int rc;

	if (geteuid())
		return say_error(args, "--live is for root");
	m.args = args;
	m.images = -1;
	rc = find_peer(args, args->operand[1], &m.vm, &m.endpoint);
	if (!rc)
		rc = find_other_node(args, args->operand[2], &m.to);
	if (!rc)
		rc = find_node(args, &m.node);
	if (!rc && m.to == m.node.d_nodeid)
		rc = say_error(args, "%s: that is this node", args->operand[2]);
	return rc ? rc : move(&m);
}
