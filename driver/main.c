// SPDX-License-Identifier: GPL-2.0-only
/*
 * m3ipc: synchronous, location-transparent message passing.
 *
 *	main		this file: load and unload
 *	device		/dev/m3ipc: ioctls, the message page
 *	node, vm	what is initialised and ended; the order of all locks
 *	proc, bind	endpoints: descriptors, and who has which
 *	owner		which node the slots of users belong to
 *	lease		how long they are used without a system task
 *	unbind, death	how a binding ends; deaths and execs of processes
 *	msgpage		the page that messages go in and out by
 *	cpus		who runs where
 *	call		primitives suspended, restarted, cancelled, dropped
 *	ipc, notify	the primitives
 *	wait, poll	blocking, timeouts, signals; event loops
 *	wait4bind	waiting to be bound
 *	wait4ep		waiting until an endpoint is bound, or gone
 *	linger		staying awake for a moment before sleeping
 *	vcopy, pages	copies of memory
 *	faultin		memory that is not there, and who has to provide it
 *	migrate		endpoints that move to another node
 *	migrate_call	calls that meet that: of the migrant, and copies
 *	migrate_commit	one has moved: another descriptor has its place
 *	migrate_told	what the nodes tell each other when it is over
 *	waitmigr	what waits for that, and how it goes on
 *	backup		processes that stand by for an endpoint of another node
 *	replica		system slots that are local on several nodes
 *	link, proxy	the other nodes; pairs of proxies that lead there
 *	cmd, carry	commands for other nodes: their queues, who takes them
 *	inbound		commands from other nodes
 *	remote		processes of other nodes, and operations with them
 *	obit		how other nodes learn of deaths
 *	rcopy		copies between processes of several nodes: a node's part
 *	rcopy_request	requesters of this node
 *	rcopy_source	frames that leave
 *	rcopy_dest	frames that come
 *	recall		calls that move with their process
 *	aside		those that wait for memory, which no link is to wait for
 *	priv		who may call what, and whom
 *	rights		what the caller may do to a process of another
 *	procfs		/proc/drvs
 *	trace, debug	static trace points; debug levels, dumps
 *	lockstats	how long locks are held, in builds that measure it
 */
#include <linux/module.h>
#include "aside.h"
#include "cmd.h"
#include "device.h"
#include "death.h"
#include "node.h"
#include "proc.h"
#include "procfs.h"

static int __init m3ipc_init(void)
{
	int rc;

	rc = m3_procs_init();
	if (rc)
		return rc;
	rc = m3_aside_init();
	if (rc)
		goto procs_exit;
	rc = m3_cmds_init();
	if (rc)
		goto aside_exit;
	rc = m3_nodes_init();
	if (rc)
		goto cmds_exit;
	rc = m3_procfs_init();
	if (rc)
		goto nodes_exit;
	rc = m3_death_init();
	if (rc)
		goto procfs_exit;
	rc = m3_device_init();
	if (rc)
		goto death_exit;
	return 0;

death_exit:
	m3_death_exit();
procfs_exit:
	m3_procfs_exit();
nodes_exit:
	m3_nodes_exit();
cmds_exit:
	m3_cmds_exit();
aside_exit:
	m3_aside_exit();
procs_exit:
	m3_procs_exit();
	return rc;
}

/*
 * Descriptors and mappings hold the module; processes that are bound but have
 * closed theirs do not, and are unbound here.
 */
static void __exit m3ipc_exit(void)
{
	m3_device_exit();
	m3_nodes_exit();
	m3_death_exit();
	m3_procfs_exit();
	m3_aside_exit();
	m3_procs_exit();
	m3_cmds_exit();
}

module_init(m3ipc_init);
module_exit(m3ipc_exit);

MODULE_DESCRIPTION("Synchronous, location-transparent message passing");
MODULE_AUTHOR("The m3ipc developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(M3IPC_VERSION);
