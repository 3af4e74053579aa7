// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <molipc/molipc.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "common/log.h"
#include "common/vm.h"

#define AGAIN 50 /* ms, between requests to one who is away */
/* FS answers within 10 s, whatever its device does; who does not is stopped. */
#define ANSWER 15000

static VM_usr_t client_vm;
static int patience; /* ms */

/* Of the calling thread: its endpoint, and whether it has asked twice */
static _Thread_local int self;
static _Thread_local bool was_away;

static bool is_taken(int rc)
{
	rc = MNX_ERR(rc);
	return rc == EMOLSLOTUSED || rc == EMOLBADOWNER || rc == EMOLOVERRUN;
}

/* Of the main thread it is the process, without which no other can be. */
static int thread_bind(void)
{
	int p_nr = client_vm.vm_nr_sysprocs - client_vm.vm_nr_tasks;
	int rc = EMOLSLOTUSED;

	for (; p_nr < client_vm.vm_nr_procs; p_nr++) {
		rc = mnx_tbind(client_vm.vm_vmid, p_nr);
		/* It is bound, and has been told otherwise of another one. */
		if (MNX_ERR(rc) == EMOLBUSY)
			rc = mnx_getep(gettid());
		if (!mnx_bind_failed(rc)) {
			self = rc;
			return 0;
		}
		if (!is_taken(rc))
			break;
	}
	return MNX_ERR(rc);
}

bool client_start(const struct config *config, const struct config_vm *vm)
{
	int rc;

	patience = config->proxy.link_timeout;
	if (!vm_look(vm, &client_vm))
		return false;
	rc = thread_bind();
	if (rc)
		log_line(SD_ERR, "%s: a slot: %s", vm->name, mnx_strerror(rc));
	return !rc;
}

uint64_t client_server(void)
{
	proc_usr_t info;

	return mnx_getprocinfo(client_vm.vm_vmid, FS_PROC_NR, &info) ?
		       0 :
		       info.p_incarnation;
}

/* What may be over when the request is made again */
static bool is_away(int rc)
{
	switch (rc) {
	case EMOLDSTDIED:
	case EMOLSRCDIED:
	case EMOLNOTCONN:
	case EMOLNOPROXY:
	case EMOLAGAIN:
	case EMOLNOTBIND:
		return true;
	default:
		return false;
	}
}

/* Has FS perhaps done what it was asked? */
static bool is_answer_lost(int rc)
{
	return rc == EMOLSRCDIED || rc == EMOLNOTCONN;
}

static int ask_once(int type, message *m)
{
	int rc;

	m->m_type = type;
	rc = mnx_sendrec_T(FS_PROC_NR, m, ANSWER);
	return rc ? rc : m->m_type;
}

static int ask_bound(int type, message *m)
{
	int rc = self ? 0 : thread_bind();

	return rc ? rc : ask_once(type, m);
}

/* It was to be made if it was not there, which it is perhaps since. */
static void take_back_excl(int type, message *m)
{
	fs_path_t arg;

	if (type != FS_OPEN)
		return;
	com_get(m, &arg);
	arg.flags &= ~(uint32_t)O_EXCL;
	com_put(m, &arg);
}

static bool is_done_before(int type, int rc)
{
	switch (type) {
	case FS_LINK:
	case FS_MKDIR:
	case FS_MKNOD:
	case FS_SYMLINK:
		return rc == -EEXIST;
	case FS_RENAME:
	case FS_RMDIR:
	case FS_UNLINK:
		return rc == -ENOENT;
	default:
		return false;
	}
}

/* Numbers above EMOLERRCODE are those of errno. */
static int error_of(int rc)
{
	if (rc > EMOLERRCODE)
		return rc;
	switch (rc) {
	case EMOLOVERRUN:
	case EMOLSLOTUSED:
		return -EAGAIN;
	case EMOLBADCALL:
		return -EIO;
	default:
		return -ENOTCONN;
	}
}

int client_ask(int type, message *m)
{
	const struct timespec pause = { .tv_nsec = AGAIN * 1000000L };
	const int64_t end = log_now() + patience;
	message request = *m;
	bool again = false;
	int rc;

	for (;;) {
		*m = request;
		rc = ask_bound(type, m);
		if (!rc || !is_away(rc))
			break;
		if (is_answer_lost(rc)) {
			take_back_excl(type, &request);
			again = true;
		}
		if (rc == EMOLNOTBIND)
			self = 0;
		if (log_now() >= end)
			break;
		was_away = true;
		nanosleep(&pause, NULL);
	}
	if (again && is_done_before(type, rc))
		return 0;
	return rc ? error_of(rc) : 0;
}

bool client_was_away(void)
{
	const bool was = was_away;

	was_away = false;
	return was;
}

/* Names */

static void path_take(fs_path_t *arg, const char *path, struct who who)
{
	const size_t length = strlen(path);

	arg->uid = who.uid;
	arg->gid = who.gid;
	arg->length = (uint32_t)length | FS_NO_LINKS;
	if (length <= FS_SHORT)
		memcpy(arg->text, path, length);
	else
		arg->at = (uintptr_t)path;
}

int client_path(int type, const char *path, struct who who, fs_path_t *arg)
{
	message m;
	int rc;

	path_take(arg, path, who);
	com_put(&m, arg);
	rc = client_ask(type, &m);
	if (!rc)
		com_get(&m, arg);
	return rc;
}

int client_stat(const char *path, fs_stat_t *attr)
{
	fs_path_t arg = { .flags = 0 };
	message m;
	int rc;

	path_take(&arg, path, WHO_SELF);
	com_put(&m, &arg);
	rc = client_ask(FS_LSTAT, &m);
	if (!rc)
		com_get(&m, attr);
	return rc;
}

int client_paths(int type, const char *first, const char *second,
		 struct who who, uint32_t flags)
{
	const size_t n = strlen(first), k = strlen(second);
	fs_paths_t arg = {
		.uid = who.uid,
		.gid = who.gid,
		.flags = flags,
		.length = { (uint16_t)n, (uint16_t)k },
	};
	message m;

	if (n + k <= FS_SHORT_TWO) {
		memcpy(arg.text, first, n);
		memcpy(arg.text + n, second, k);
	} else {
		arg.at[0] = (uintptr_t)first;
		arg.at[1] = (uintptr_t)second;
	}
	com_put(&m, &arg);
	return client_ask(type, &m);
}

/* Descriptors */

int client_open(const char *path, struct who who, uint32_t flags, mode_t mode,
		fs_head_t *opened)
{
	fs_path_t arg = { .flags = flags, .value = { mode | FS_NO_UMASK } };
	int rc = client_path(FS_OPEN, path, who, &arg);

	if (rc)
		return rc;
	memcpy(opened, &arg, sizeof(*opened));
	opened->owner = self;
	return 0;
}

/* An ordinary user may not name an owner, and has one thread. */
int client_fd(int type, const fs_head_t *opened, message *m)
{
	fs_head_t head = *opened;

	if (head.owner == self)
		head.owner = 0;
	memcpy(m->m_raw, &head, sizeof(head));
	return client_ask(type, m);
}

void client_close(const fs_head_t *opened)
{
	const fs_fd_t arg = CLIENT_FD;
	message m;

	com_put(&m, &arg);
	client_fd(FS_CLOSE, opened, &m);
}
