// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin of CRIU for processes that are bound: "m3ipc migrate --live" dumps
 * one with it, and "m3ipc live" at the other node restores it.
 *
 *	dump	a descriptor of the device is a file of ours, its mapping, the
 *		message page, one that CRIU leaves alone
 *	restore	in the task that becomes the process, before its memory is: it
 *		stands by for the endpoint, then a descriptor is a new one, and
 *		what is mapped at the page's address is the page of that binding
 *
 * The page's contents are not in the images: what the process had asked for is
 * known when its endpoint has moved, and whoever started CRIU puts it there
 * before the process runs.
 *
 * What to stand by for is in the environment: M3IPC_LIVE, the VM, the endpoint
 * and its node.
 */
#include <criu/criu-plugin.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <molipc/m3ipc.h>

#define DEVICE "/dev/m3ipc"

static bool is_device(const struct stat *st)
{
	struct stat device;

	return S_ISCHR(st->st_mode) && !stat(DEVICE, &device) &&
	       st->st_rdev == device.st_rdev;
}

/* Named after the file that CRIU gives a number, as a mark that it is ours */
static void mark_name(char name[32], int id)
{
	snprintf(name, 32, "m3ipc-%x.img", (unsigned int)id);
}

static int dump_file(int fd, int id)
{
	struct stat st;
	char name[32];
	int mark;

	if (fstat(fd, &st))
		return -errno;
	if (!is_device(&st))
		return -ENOTSUP;
	mark_name(name, id);
	mark = openat(criu_get_image_dir(), name, O_CREAT | O_WRONLY, 0600);
	if (mark < 0)
		return -errno;
	close(mark);
	return 0;
}

static int dump_mapping(int fd, const struct stat *st)
{
	(void)fd;
	return is_device(st) ? 0 : -ENOTSUP;
}

/* This process, once, stands by for what M3IPC_LIVE says. */
static int stand_by(int fd)
{
	static bool stands;
	struct m3ipc_bkupbind req = { .pid = getpid() };
	const char *what = getenv("M3IPC_LIVE");

	if (stands)
		return 0;
	if (!what || sscanf(what, "%d %d %d", &req.vmid, &req.endpoint,
			    &req.nodeid) != 3)
		return -EINVAL;
	if (ioctl(fd, M3IPC_IOC_BKUPBIND, &req))
		return -errno;
	stands = true;
	return 0;
}

static int device_open(void)
{
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	int rc = fd < 0 ? -errno : stand_by(fd);

	if (!rc)
		return fd;
	fprintf(stderr, "m3ipc: endpoint %s: error %d\n", getenv("M3IPC_LIVE"),
		-rc);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int restore_file(int id)
{
	char name[32];

	mark_name(name, id);
	if (faccessat(criu_get_image_dir(), name, F_OK, 0))
		return -ENOTSUP;
	return device_open();
}

/*
 * CRIU opens the device for it by its path: a descriptor of ours would be left
 * to the process.
 */
static int restore_mapping(const char *path, const uint64_t addr,
			   const uint64_t old_pgoff, uint64_t *new_pgoff,
			   int *plugin_fd)
{
	int fd;

	(void)addr;
	if (strcmp(path, DEVICE) != 0)
		return -ENOTSUP;
	fd = device_open();
	if (fd < 0)
		return fd;
	close(fd);
	*new_pgoff = old_pgoff;
	*plugin_fd = -1;
	return 1;
}

cr_plugin_desc_t CR_PLUGIN_DESC = {
	.name = "m3ipc",
	.init = cr_plugin_dummy_init,
	.exit = cr_plugin_dummy_exit,
	.version = CRIU_PLUGIN_VERSION,
	.max_hooks = CR_PLUGIN_HOOK__MAX,
	.hooks = {
		[CR_PLUGIN_HOOK__DUMP_EXT_FILE] = (void *)dump_file,
		[CR_PLUGIN_HOOK__RESTORE_EXT_FILE] = (void *)restore_file,
		[CR_PLUGIN_HOOK__HANDLE_DEVICE_VMA] = (void *)dump_mapping,
		[CR_PLUGIN_HOOK__UPDATE_VMA_MAP] = (void *)restore_mapping,
	},
};
