// SPDX-License-Identifier: GPL-2.0-or-later
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "users.h"

static mode_t mode;

void device_open_to_all(void)
{
	struct stat st;

	if (stat(DEVICE, &st) || chmod(DEVICE, 0666)) {
		perror(DEVICE);
		exit(EXIT_FAILURE);
	}
	mode = st.st_mode & 07777;
}

void device_close(void)
{
	chmod(DEVICE, mode);
}

mode_t device_mode(void)
{
	return mode;
}

void become(uid_t ruid, uid_t euid, uid_t suid)
{
	ck_assert(!setgroups(0, NULL));
	ck_assert(!setresgid(euid, euid, euid));
	ck_assert(!setresuid(ruid, euid, suid));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void become_user(uid_t uid)
{
	become(uid, uid, uid);
}

struct ids {
	uid_t ruid, euid, suid;
	atomic_int ready;
};

static void idle(void *arg)
{
	struct ids *ids = arg;

	signal(SIGPIPE, SIG_DFL);
	become(ids->ruid, ids->euid, ids->suid);
	ids->ready = 1;
	for (;;)
		pause();
}

pid_t idler(uid_t ruid, uid_t euid, uid_t suid)
{
	struct ids *ids = shared_new(sizeof(*ids));
	pid_t pid;

	*ids = (struct ids){ ruid, euid, suid, 0 };
	pid = child_start(idle, ids);
	AWAIT(ids->ready);
	return pid;
}

int alices_node(void)
{
	drvs_usr_t drvs = { .d_nodeid = 1 };
	VM_usr_t vm = VM_USR_INIT(VMID, "alices");
	int file;

	become_user(ALICE);
	ck_assert(!unshare(CLONE_NEWUSER | CLONE_NEWNET));
	file = raw_open();
	ASSERT_RC(raw_ioctl(file, M3IPC_IOC_DRVS_INIT, &drvs), OK);
	ASSERT_RC(raw_ioctl(file, M3IPC_IOC_VM_INIT, &vm), OK);
	return file;
}

bool is_running(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       !info.si_pid;
}
