// SPDX-License-Identifier: GPL-2.0-only
/*
 * m3ipc: synchronous, location-transparent message passing.
 *
 *	main		this file: load and unload
 *	device		/dev/m3ipc: ioctls, the message page
 *	node, vm	what is initialised and ended; the order of all locks
 *	link		the other nodes
 *	proc, bind	endpoints: descriptors, and who has which
 *	unbind		and how it ends
 *	msgpage		the page that messages go in and out by
 *	cpus		who runs where
 *	exit		deaths and execs of processes
 *	ipc, notify	the primitives
 *	wait, poll	blocking, timeouts, signals; event loops
 *	linger		staying awake for a moment before sleeping
 *	vcopy, pages	copies of memory
 *	remote		processes of other nodes, and operations with them
 *	cmd, proxy	commands for other nodes, and who carries them
 *	inbound		commands from other nodes
 *	rcopy		copies between processes of several nodes
 *	priv		who may call what, and whom
 *	rights		what the caller may do to a process of another
 *	procfs		/proc/drvs
 *	trace, debug	static trace points; debug levels, dumps
 */
#include <linux/module.h>
#include "device.h"
#include "exit.h"
#include "node.h"
#include "proc.h"
#include "procfs.h"
#include "proxy.h"

static int __init m3ipc_init(void)
{
	int rc;

	rc = m3_procs_init();
	if (rc)
		return rc;
	rc = m3_proxies_init();
	if (rc)
		goto procs_exit;
	rc = m3_nodes_init();
	if (rc)
		goto proxies_exit;
	rc = m3_procfs_init();
	if (rc)
		goto nodes_exit;
	rc = m3_exit_init();
	if (rc)
		goto procfs_exit;
	rc = m3_device_init();
	if (rc)
		goto exit_exit;
	return 0;

exit_exit:
	m3_exit_exit();
procfs_exit:
	m3_procfs_exit();
nodes_exit:
	m3_nodes_exit();
proxies_exit:
	m3_proxies_exit();
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
	m3_exit_exit();
	m3_procfs_exit();
	m3_procs_exit();
	m3_proxies_exit();
}

module_init(m3ipc_init);
module_exit(m3ipc_exit);

MODULE_DESCRIPTION("Synchronous, location-transparent message passing");
MODULE_AUTHOR("The m3ipc developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(M3IPC_VERSION);
