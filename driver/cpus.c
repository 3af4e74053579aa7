// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs.
 */
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "cpus.h"
#include "vm.h"

#define NR_BITS		min_t(unsigned int, nr_cpu_ids, M3IPC_CPU_WORDS * 64)

/* No mask is every CPU. */
static bool is_all(const u64 *words)
{
	return !memchr_inv(words, 0, M3IPC_CPU_WORDS * sizeof(*words));
}

static int get_mask(cpumask_var_t *mask, const u64 *words)
{
	if (!zalloc_cpumask_var(mask, GFP_KERNEL))
		return -ENOMEM;
	bitmap_from_arr64(cpumask_bits(*mask), words, NR_BITS);
	return 0;
}

/* Can a VM with these CPUs run here? */
int m3_cpus_check(const u64 *words)
{
	cpumask_var_t mask;
	int rc;

	if (is_all(words))
		return 0;
	rc = get_mask(&mask, words);
	if (rc)
		return rc;
	if (!cpumask_intersects(mask, cpu_online_mask))
		rc = EMOLRANGE;
	free_cpumask_var(mask);
	return rc;
}

/* Narrow the affinity of a task that was bound; sleeps. */
int m3_cpus_apply(const struct m3_vm *vm, struct task_struct *task)
{
	cpumask_var_t mask;
	int rc;

	if (is_all(vm->usr.vm_cpumask))
		return 0;
	rc = get_mask(&mask, vm->usr.vm_cpumask);
	if (rc)
		return rc;
	if (cpumask_and(mask, mask, &task->cpus_mask))
		rc = set_cpus_allowed_ptr(task, mask);
	else
		rc = -EINVAL;
	free_cpumask_var(mask);
	return rc;
}

/* The CPUs that a task may use now */
void m3_cpus_info(const struct task_struct *task, u64 *words)
{
	bitmap_to_arr64(words, cpumask_bits(&task->cpus_mask), NR_BITS);
}
