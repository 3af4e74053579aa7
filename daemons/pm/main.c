// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * m3ipc-pm: starts, serves, ends.
 *
 *	start: bound as PM -> without rights -> the table of an earlier one ->
 *	ends that there were
 *	serving: requests; ends of processes, alarms
 *	SIGTERM, or the VM ends: ends
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "common/util.h"
#include "common/vm.h"
#include "keep.h"
#include "pm.h"

struct pm pm;

static void on_notification(int p_nr, int value)
{
	if (p_nr == CLOCK)
		alarms_due();
	else if (p_nr == SYSTASK(pm.node) && value & SYS_ENDED)
		ends_follow();
}

static const struct serve server = {
	.first = PM_BASE,
	.nr = ARRAY_SIZE(pm_calls),
	.calls = pm_calls,
	.notified = on_notification,
	.done = keep_store,
};

/* False: it was logged why not. */
static bool pm_start(const struct config_vm *vm)
{
	/* It has its slot by them; what it does to processes, SYSTASK does. */
	if (!vm_bind(vm, PM_PROC_NR) || !daemon_keep_capabilities(0))
		return false;
	mproc_init(&pm.procs);
	timers_init(&pm.timers);
	if (!keep_open()) {
		log_line(SD_ERR, "the table of processes: %m");
		return false;
	}
	ends_follow();
	ends_missed();
	alarms_arm();
	keep_store();
	sd_notify(0, "READY=1");
	log_line(SD_INFO, "serving %s", vm->name);
	return true;
}

int main(int argc, char **argv)
{
	struct daemon daemon = {
		.synopsis = "m3ipc-pm [-c FILE] [-tv] VM",
		.about = "The process manager of a VM.",
		.options = "",
		.letters = "",
	};
	const struct config_vm *vm;
	struct config *config;
	int status;

	vm = vm_begin(&daemon, argc, argv, &config);
	if (daemon.check)
		return EXIT_SUCCESS;
	pm.vmid = vm->usr.vm_vmid;
	pm.node = config_local(config)->id;
	if (!pm_start(vm))
		return EXIT_FAILURE;
	status = vm_status(vm, serve_run(&server));
	sd_notify(0, "STOPPING=1");
	config_free(config);
	return status;
}
