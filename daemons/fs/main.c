// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * m3ipc-fs: starts, serves, ends.
 *
 *	start: bound as FS -> without rights -> the root is being mounted, and
 *	requests wait for that -> processes that an earlier FS has left -> ready
 *	serving: requests; what threads have done; ends of processes; the timer
 *	SIGTERM, or the VM ends: all is written -> ends
 */
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "clients.h"
#include "common/daemon.h"
#include "common/kept.h"
#include "common/log.h"
#include "common/util.h"
#include "common/vm.h"
#include "fs.h"
#include "node.h"

#define TICK        1000 /* ms */
#define TICK_CLIENT 20   /* as long as a client is stopped */
#define COMMIT      5000 /* ms: what was changed is written as often */
#define END         8000 /* ms, to write the rest */

struct fs fs;

static bool timer_runs;
static int64_t committed;

int64_t fs_now(void)
{
	return time(NULL);
}

/* The timer runs only if something waits for it. */
static void timer_start(bool wanted)
{
	const bool soon = calls_wait_for_clients();

	if (timer_runs || !(wanted || soon))
		return;
	timer_runs = !sys_setalarm(soon ? TICK_CLIENT : TICK, 0, NULL);
}

static void on_timer(void)
{
	const int64_t now = log_now();

	timer_runs = false;
	fs.ticks++;
	if (now - committed >= COMMIT) {
		committed = now;
		mounts_commit();
	}
	calls_tick(now);
}

static void on_notification(int p_nr, int value)
{
	if (p_nr == CLOCK)
		on_timer();
	else if (p_nr == SYSTASK(fs.node) && value & SYS_ENDED)
		ends_follow();
}

/* After each message, whatever it was */
static void on_done(void)
{
	nodes_take();
	calls_go_on();
	timer_start(calls_are_parked() || mounts_dirty());
	if (fs.failed)
		kill(getpid(), SIGTERM);
}

static serve_handler *fs_calls[FS_END - FS_BASE];

static const struct serve server = {
	.first = FS_BASE,
	.nr = ARRAY_SIZE(fs_calls),
	.calls = fs_calls,
	.notified = on_notification,
	.done = on_done,
};

static void processes_restore(void)
{
	int nr = 0;

	for (int i = 0; i < FPROCS_MAX; i++)
		nr += fproc_restore(&fs.procs, i) != NULL;
	if (nr)
		log_line(SD_INFO, "processes of an earlier FS: %d", nr);
	fs.ends_seen = 0;
	ends_follow();
}

void fs_serve(const struct place *root)
{
	fs.root = *root;
	processes_restore();
	sd_notify(0, "READY=1");
	log_line(SD_INFO, "serving %s", fs.usr.vm_name);
}

/* False: it was logged why not. */
static bool fs_keep(void)
{
	struct fproc_kept *kept =
		kept_map("fs", fs.vmid, FPROCS_MAX * sizeof(*kept));
	uint32_t opening;

	if (!kept) {
		log_line(SD_ERR, "the table of processes: %m");
		return false;
	}
	while (getrandom(&opening, sizeof(opening), 0) != sizeof(opening))
		;
	files_init(&fs.files, opening);
	locks_init(&fs.locks);
	fprocs_init(&fs.procs, &fs.files, kept);
	return true;
}

static bool root_mount(void)
{
	static const struct call_row row = { do_root, CALL_FIRST };
	const message none = { .m_type = 0 };
	struct call *c = call_new(NONE, &none);

	if (!c)
		return false;
	call_start(c, &row);
	on_done();
	return true;
}

/* What a request may have goes at once. */
static bool copies_are_large(void)
{
	drvs_usr_t node;

	if (mnx_getdrvsinfo(&node) || node.d_max_copylen < FS_BYTES_MAX) {
		log_line(SD_ERR, "max_copylen is less than %d", FS_BYTES_MAX);
		return false;
	}
	return true;
}

static bool fs_start(const struct config_vm *vm)
{
	if (!copies_are_large())
		return false;
	/* It has its slot by them; SYSTASK binds its threads. */
	if (!vm_look(vm, &fs.usr) || !vm_bind(vm, FS_PROC_NR) ||
	    !daemon_keep_capabilities(0))
		return false;
	return fs_keep() && root_mount();
}

static const struct config_fs *fs_choose(const struct config *config,
					 const struct config_vm *vm)
{
	const char *here = config_local(config)->name;

	for (size_t i = 0; i < vm->nr_fss; i++) {
		if (strcmp(vm->fss[i].node, here) != 0)
			continue;
		if (vm->fss[i].root)
			return &vm->fss[i];
		log_line(SD_ERR, "%s: fs has no root", vm->name);
		return NULL;
	}
	log_line(SD_ERR, "%s: no fs is at this node", vm->name);
	return NULL;
}

static void fs_init(const struct config *config, const struct config_vm *vm,
		    const struct config_fs *as)
{
	fs.vmid = vm->usr.vm_vmid;
	fs.node = config_local(config)->id;
	fs.root_device = as->root;
	fs.cache_bytes = (size_t)as->cache;
	for (size_t i = 0; i < ARRAY_SIZE(fs_calls); i++)
		fs_calls[i] = call_take;
}

static int fs_run(const struct config_vm *vm)
{
	int status;

	if (!fs_start(vm))
		return EXIT_FAILURE;
	status = vm_status(vm, serve_run(&server));
	sd_notify(0, "STOPPING=1");
	mounts_end(END);
	return fs.failed ? EXIT_FAILURE : status;
}

int main(int argc, char **argv)
{
	struct daemon daemon = {
		.synopsis = "m3ipc-fs [-c FILE] [-tv] VM",
		.about = "The file system of a VM.",
		.options = "",
		.letters = "",
	};
	const struct config_vm *vm;
	const struct config_fs *as;
	struct config *config;
	int status;

	vm = vm_begin(&daemon, argc, argv, &config);
	as = fs_choose(config, vm);
	if (!as || daemon.check)
		return as ? EXIT_SUCCESS : EXIT_FAILURE;
	fs_init(config, vm, as);
	status = fs_run(vm);
	config_free(config);
	return status;
}
