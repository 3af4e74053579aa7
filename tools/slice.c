// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include "machine.h"
#include "say.h"
#include "slice.h"

#define MS_TO_ENTER 5000
#define MS_AGAIN    10

#define UNIT_LEN (M3IPC_NAME_LEN + 64)

static void slice_name(const char *vm, char unit[UNIT_LEN])
{
	snprintf(unit, UNIT_LEN, "m3ipc-%s.slice", vm);
}

static bool has_systemd(void)
{
	return !access("/run/systemd/system", F_OK);
}

int slice_limit(const struct args *args, const struct config_vm *vm)
{
	char unit[UNIT_LEN], memory[64] = "MemoryMax=infinity";
	char cpu[64] = "CPUQuota=";
	const char *const argv[] = { "systemctl", "set-property", "--runtime",
				     unit,        memory,         cpu,
				     NULL };

	if (!machine_is_node(args) || !has_systemd())
		return 0;
	slice_name(vm->name, unit);
	if (vm->memory_max)
		snprintf(memory, sizeof(memory), "MemoryMax=%lld",
			 (long long)vm->memory_max);
	if (vm->cpu_max)
		snprintf(cpu, sizeof(cpu), "CPUQuota=%d%%", vm->cpu_max);
	return machine_run(argv, false) ?
		       say_error(args, "%s: limits of %s", vm->name, unit) :
		       0;
}

/* The group of processes that it is in by now */
static bool is_in(const char *unit)
{
	char *of = NULL;
	const bool is = sd_pid_get_slice(0, &of) >= 0 && !strcmp(of, unit);

	free(of);
	return is;
}

static int scope_make(const char *slice, const char *vm, sd_bus_error *error)
{
	char scope[UNIT_LEN];
	sd_bus *bus = NULL;
	int rc;

	snprintf(scope, sizeof(scope), "m3ipc-%s-%d.scope", vm, getpid());
	rc = sd_bus_open_system(&bus);
	if (rc >= 0)
		rc = sd_bus_call_method(bus, "org.freedesktop.systemd1",
					"/org/freedesktop/systemd1",
					"org.freedesktop.systemd1.Manager",
					"StartTransientUnit", error, NULL,
					"ssa(sv)a(sa(sv))", scope, "fail", 3,
					"Slice", "s", slice, "CollectMode", "s",
					"inactive-or-failed", "PIDs", "au", 1,
					(uint32_t)getpid(), 0);
	sd_bus_flush_close_unref(bus);
	return rc;
}

int slice_enter(const struct args *args, const char *vm)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char unit[UNIT_LEN];
	int rc;

	slice_name(vm, unit);
	if (!machine_is_node(args) || !has_systemd() || is_in(unit))
		return 0;
	rc = scope_make(unit, vm, &error);
	if (rc < 0)
		rc = say_error(args, "a scope in %s: %s", unit,
			       error.message ? error.message : strerror(-rc));
	else
		rc = 0;
	sd_bus_error_free(&error);
	for (int ms = 0; !rc && !is_in(unit); ms += MS_AGAIN) {
		if (ms >= MS_TO_ENTER)
			return say_error(args,
					 "a scope in %s: systemd does "
					 "not make it",
					 unit);
		usleep(MS_AGAIN * 1000);
	}
	return rc;
}
