// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long the spinlocks of the driver are held: see lockstats.h.
 */
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/sched/clock.h>

static unsigned long lock_max_ns;
module_param(lock_max_ns, ulong, 0644);
MODULE_PARM_DESC(lock_max_ns, "how long a lock was held at most");

static DEFINE_PER_CPU(unsigned int, locks_held);
static DEFINE_PER_CPU(u64, first_taken);

void m3_lock_taken(void)
{
	if (this_cpu_inc_return(locks_held) == 1)
		this_cpu_write(first_taken, local_clock());
}

/* Of two CPUs at once the shorter time may win: the next one will tell. */
void m3_lock_released(void)
{
	u64 ns;

	if (this_cpu_dec_return(locks_held))
		return;
	ns = local_clock() - this_cpu_read(first_taken);
	if (ns > READ_ONCE(lock_max_ns))
		WRITE_ONCE(lock_max_ns, ns);
}
