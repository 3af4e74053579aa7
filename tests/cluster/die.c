// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A death at a given moment in the life of a group: for m3ipc-systask, by
 * LD_PRELOAD, with DIE=FILE.
 *
 * Its events are each message that it sends to its group, and each message and
 * view that it is told of.  As long as FILE has the line "K PID", they are
 * counted; before the K-th, FILE is removed, and PID, or if that is 0 this
 * process, is killed by SIGKILL, or by the signal whose number comes after PID.
 * Whoever removes FILE before has prevented it.
 */
#include <corosync/cpg.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static cpg_model_v1_data_t told; /* as the program wants to be */

static void count_event(void)
{
	static int count;
	const char *path = getenv("DIE");
	FILE *file = path ? fopen(path, "r") : NULL;
	int at, pid, signal = SIGKILL;

	if (!file) {
		count = 0;
		return;
	}
	if (fscanf(file, "%d %d %d", &at, &pid, &signal) >= 2 &&
	    ++count >= at && !unlink(path))
		kill(pid ? pid : getpid(), signal);
	fclose(file);
}

static void deliver(cpg_handle_t handle, const struct cpg_name *name,
		    uint32_t node, uint32_t pid, void *data, size_t size)
{
	count_event();
	told.cpg_deliver_fn(handle, name, node, pid, data, size);
}

static void change(cpg_handle_t handle, const struct cpg_name *name,
		   const struct cpg_address *in, size_t nr_in,
		   const struct cpg_address *left, size_t nr_left,
		   const struct cpg_address *joined, size_t nr_joined)
{
	count_event();
	told.cpg_confchg_fn(handle, name, in, nr_in, left, nr_left, joined,
			    nr_joined);
}

cs_error_t cpg_model_initialize(cpg_handle_t *handle, cpg_model_t model,
				cpg_model_data_t *data, void *context)
{
	cs_error_t (*next)(cpg_handle_t * handle, cpg_model_t model,
			   cpg_model_data_t * data, void *context) =
		dlsym(RTLD_NEXT, "cpg_model_initialize");
	cpg_model_v1_data_t counted = *(cpg_model_v1_data_t *)data;

	told = counted;
	counted.cpg_deliver_fn = deliver;
	counted.cpg_confchg_fn = change;
	return next(handle, model, (cpg_model_data_t *)&counted, context);
}

cs_error_t cpg_mcast_joined(cpg_handle_t handle, cpg_guarantee_t guarantee,
			    const struct iovec *iovec, unsigned int length)
{
	cs_error_t (*next)(cpg_handle_t handle, cpg_guarantee_t guarantee,
			   const struct iovec *iovec, unsigned int length) =
		dlsym(RTLD_NEXT, "cpg_mcast_joined");

	count_event();
	return next(handle, guarantee, iovec, length);
}
