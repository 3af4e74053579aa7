/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tracing instance: buffers that are ours alone, with their own trace_pipe.
 *
 * Its folder is instances/m3ipc.PID.  The kernel removes no instance whose
 * trace_pipe is open, so one that can be removed belongs to nobody: whoever
 * made it was killed.
 */
#ifndef TOOLS_INSTANCE_H
#define TOOLS_INSTANCE_H

#define INSTANCE_TRACING "/sys/kernel/tracing"

struct instance {
	char folder[64]; /* "": there is none */
	int pipe;        /* trace_pipe; it does not block */
};

/*
 * Removes what was left behind and makes an instance.  Returns 0, or -1 and
 * errno; instance_close() is for both.
 */
int instance_open(struct instance *instance);
void instance_close(struct instance *instance);

/* KB for each CPU; returns 0, or -1 and errno. */
int instance_resize(const struct instance *instance, long kb);

/* Turns m3ipc_EVENT on; returns 0, or -1 and errno. */
int instance_enable(const struct instance *instance, const char *event);

/* From now on nothing is added. */
void instance_stop(const struct instance *instance);

/*
 * How many events nobody will read: the buffers were full, or they are still
 * there.
 */
unsigned long instance_lost(const struct instance *instance);

#endif /* TOOLS_INSTANCE_H */
