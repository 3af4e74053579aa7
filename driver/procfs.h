/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/drvs: a link into the reader's network namespace, where each node has
 * a folder with its tables and one for each VM.  Reading takes RCU only; a row
 * shows one process at one moment, a table is no snapshot.
 */
#ifndef _M3IPC_PROCFS_H
#define _M3IPC_PROCFS_H

struct m3_node;
struct m3_vm;
/* The table of processes */
#define M3_PROCS_HEADER \
	"VM p_nr  endp     lpid    node flag  misc getf       sndt       " \
	"wmig       prxy name\n"
#define M3_PROCS_LINE	192	/* bytes that any row fits into */

struct m3_proc;
struct net;
struct proc_dir_entry;

void m3_procs_line(char line[M3_PROCS_LINE], const struct m3_proc *p);

int m3_procfs_init(void);
void m3_procfs_exit(void);
struct proc_dir_entry *m3_procfs_node(struct net *net, struct m3_node *node);
struct proc_dir_entry *m3_procfs_vm(struct proc_dir_entry *parent,
				    struct m3_vm *vm);
void m3_procfs_remove(struct proc_dir_entry *dir);

#endif /* _M3IPC_PROCFS_H */
