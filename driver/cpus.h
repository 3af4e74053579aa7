/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs: the mask of a VM, and who runs where.
 *
 * A bind narrows the affinity of the thread that is bound (of a process, its
 * main thread) to the CPUs of the VM, for good: threads and children that it
 * makes later inherit that, and it may change it as ever.  The driver never
 * widens an affinity: a process stays within its cpuset, and one that may use
 * none of the VM's CPUs is not bound.  When the CPUs of that cpuset change, or
 * the process is moved to another, Linux gives it all of the new ones: modules
 * cannot have it remember a narrower mask, nor keep cpusets from changing while
 * they narrow one, after which it may have a CPU that its cpuset has just lost.
 *
 * Who has handed a message on and waits gives way to the receiver on its own
 * CPU, or watches another for it (linger.h): that touches no affinity, and
 * nothing has to be put back.
 */
#ifndef _M3IPC_CPUS_H
#define _M3IPC_CPUS_H

#include <linux/types.h>

struct m3_vm;
struct task_struct;

int m3_cpus_check(const u64 *words);
int m3_cpus_apply(const struct m3_vm *vm, struct task_struct *task);
void m3_cpus_info(const struct task_struct *task, u64 *words);

#endif /* _M3IPC_CPUS_H */
