/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libmol: tables of the nodes of a VM, which IS, the information server of the
 * caller's node (m3ipc-is(8)), gathers.
 *
 * Each call puts a table of node `nodeid', or LOCALNODE, the caller's own, into
 * its last argument: what the system task there knows, as sys_getinfo() of
 * <molipc/sys.h> has it of the own node.  Another node is waited for: 5 seconds
 * if it keeps silent, 30 if it is slow.
 *
 * PM's table is mol_getpmproctab() of <mol/mol.h>, that of FS
 * mol_getfsproctab() of <mol/fs.h>.
 *
 * RETURN VALUES
 *	0, or the number of entries that there are, of which as many were copied
 *	as fit; or -1 and errno
 *
 *	EAGAIN		no user slot is left from where to ask another node
 *	EFAULT		there is no memory of the caller
 *	EHOSTUNREACH	that node, or its system task, does not answer
 *	EINTR		a signal handler ran
 *	EINVAL		there is no such node in the VM, or `nr' is negative
 *	ENOTCONN	the VM has no IS here
 *	EPROTO		what that node says makes no sense
 *	ESRCH		the caller is not bound
 */
#ifndef _MOL_IS_H
#define _MOL_IS_H

#include <molipc/sys.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The node, and the VM there */
int mol_getkinfo(int nodeid, drvs_usr_t *node);
int mol_getmachine(int nodeid, VM_usr_t *vm);

/*
 * Of each slot, from the lowest: its process, and its privileges, or zeros if
 * it has none of that node.
 */
int mol_getkproctab(int nodeid, proc_usr_t *procs, int nr);
int mol_getprivtab(int nodeid, priv_usr_t *privs, int nr);

/* Of each user slot: whose it is */
int mol_getslotstab(int nodeid, sys_slot_t *slots, int nr);

#ifdef __cplusplus
}
#endif

#endif /* _MOL_IS_H */
