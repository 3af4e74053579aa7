/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Servers of a VM that are daemons of m3ipc: each is the unit
 * PROGRAM@VM.service where systemd brings up this node, and a process in the
 * background elsewhere.
 */
#ifndef TOOLS_SERVER_H
#define TOOLS_SERVER_H

#include <stdbool.h>

#include <molipc/m3ipc.h>

#include "common/config.h"
#include "args.h"

struct server_kind {
	const char *program;
	const char *built; /* where, from the top of the source */
	const char *log;   /* its name */
};

/* Whoever of this node has that slot; else false */
bool server_find(int vmid, int p_nr, proc_usr_t *proc);
bool server_is_missing(int vmid, int p_nr);

/*
 * Has the one of a VM started that runs.  Waits until it is ready, but for a
 * unit with --systasks.  Reports what is wrong; 0 or EXIT_FAILURE.
 */
int server_start(const struct args *args, const struct config_vm *vm,
		 const struct server_kind *kind);

/*
 * One that is to end: to be called before, for a descriptor, or -1 if it is not
 * there, or not of that kind; and then, with that, to wait until it has ended.
 * The latter closes it, and says if that takes too long.
 */
int server_watch(int vmid, int p_nr, const struct server_kind *kind);
void server_wait(const struct args *args, int fd, const char *name,
		 const char *what);

/* The process manager: is it to be at this node? */
bool pm_is_wanted(const struct config *config, const struct config_vm *vm);
int pm_start(const struct args *args, const struct config_vm *vm);

/* The memory driver, likewise */
bool memory_is_wanted(const struct config *config, const struct config_vm *vm);
int memory_start(const struct args *args, const struct config_vm *vm);
/* Before the VM ends, for a descriptor; and then: its images are free. */
int memory_watch(int vmid);
void memory_wait(const struct args *args, int fd, const char *name);

/* The file system, likewise; it writes to its disk as long as that is there. */
bool fs_is_wanted(const struct config *config, const struct config_vm *vm);
int fs_start(const struct args *args, const struct config_vm *vm);
void fs_stop(const struct args *args, int vmid, const char *name);

/* The information server, likewise */
bool infos_is_wanted(const struct config *config, const struct config_vm *vm);
int infos_start(const struct args *args, const struct config_vm *vm);

/* Likewise INIT of this node */
bool init_is_wanted(const struct config *config, const struct config_vm *vm);
int init_start(const struct args *args, const struct config_vm *vm);
/* It ends its jobs, and then itself: before the VM, and links to PM, go. */
void init_stop(const struct args *args, int vmid, int nodeid, const char *name);

#endif /* TOOLS_SERVER_H */
