// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"

const unsigned long raw_prims[8] = {
	M3IPC_IOC_SEND,    M3IPC_IOC_RECEIVE, M3IPC_IOC_SENDREC,
	M3IPC_IOC_RCVRQST, M3IPC_IOC_REPLY,   M3IPC_IOC_REPLY_RCVRQST,
	M3IPC_IOC_RELAY,   M3IPC_IOC_NOTIFY,
};

int raw_open(void)
{
	int fd = open("/dev/m3ipc", O_RDWR | O_CLOEXEC);

	ck_assert_msg(fd >= 0, "open: %s", strerror(errno));
	return fd;
}

int raw_ioctl(int fd, unsigned long request, const volatile void *arg)
{
	return ioctl(fd, request, arg) ? -errno : 0;
}

static int bind_as(int fd, struct m3ipc_bind arg)
{
	int rc = raw_ioctl(fd, M3IPC_IOC_BIND, &arg);

	return rc ? rc : arg.endpoint > 0 ? arg.endpoint : 0;
}

int raw_bind_in(int fd, int vmid, int p_nr)
{
	return bind_as(fd, (struct m3ipc_bind){ .vmid = vmid, .p_nr = p_nr });
}

int raw_bind(int fd, int p_nr)
{
	return raw_bind_in(fd, VMID, p_nr);
}

int raw_lclbind(int fd, int vmid, int p_nr, pid_t pid)
{
	return bind_as(fd, (struct m3ipc_bind){ .vmid = vmid,
						.p_nr = p_nr,
						.who = M3IPC_BIND_OTHER,
						.pid = pid });
}

int raw_unbind(int fd, int vmid, int endpoint)
{
	struct m3ipc_unbind arg = { .vmid = vmid, .endpoint = endpoint };

	return raw_ioctl(fd, M3IPC_IOC_UNBIND, &arg);
}

int raw_self(int fd)
{
	struct m3ipc_self self;
	int rc = raw_ioctl(fd, M3IPC_IOC_SELF, &self);

	return rc ? rc : self.endpoint;
}

cmd_t raw_command(int snode, int kind, int src, int dst)
{
	return (cmd_t){
		.c_cmd = kind,
		.c_vmid = VMID,
		.c_src = src,
		.c_dst = dst,
		.c_snode = snode,
		.c_dnode = 0,
		.c_snd_seq = 1,
	};
}

struct m3ipc_page *raw_map(int fd)
{
	void *page = mmap(NULL, M3IPC_PAGE_SIZE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);

	ck_assert_msg(page != MAP_FAILED, "mmap: error %d", errno);
	return page;
}

int raw_enter(int fd, struct m3ipc_page *page, int i, unsigned long request)
{
	atomic_signal_fence(memory_order_seq_cst);
	*(volatile uint32_t *)&page->call[i].op = _IOC_NR(request);
	return raw_ioctl(fd, request, (void *)(intptr_t)i);
}

int raw_prim(int fd, struct m3ipc_page *page, int i, unsigned long request,
	     int peer, int64_t ms)
{
	page->call[i].peer = peer;
	page->call[i].timeout = ms;
	page->call[i].src_nr = SELF;
	return raw_enter(fd, page, i, request);
}

pid_t child_start(void (*fn)(void *arg), void *arg)
{
	pid_t pid = fork();

	ck_assert_msg(pid >= 0, "fork: %s", strerror(errno));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fn(arg);
		_exit(0);
	}
	return pid;
}

int child_status(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

void child_end(pid_t pid)
{
	int status = child_status(pid);

	ck_assert_msg(!status, "a child ended with status %#x", status);
}

void child_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	child_status(pid);
}

void child_run(void (*fn)(void *arg), void *arg)
{
	child_end(child_start(fn, arg));
}

void *shared_new(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	return p;
}

int file_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

int dir_count(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	if (!dir)
		return -errno;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}
