// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files of /proc/drvs.
 *
 * To remove an entry of /proc is to wait for all operations of it that are
 * under way, and a read may be for ever: into memory that a FUSE server should
 * fill, which is silent.  No end, of a VM, of a namespace or of the module, may
 * wait for that.  So an entry has one operation, which touches no memory of
 * others: it is opened, and from then on the file has operations of its own
 * that /proc knows nothing of.  An open file holds the module, and what it
 * shows, but only as memory: that ends all the same, and reads fail.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/string_helpers.h>
#include <net/net_namespace.h>
#include "compat.h"
#include "node.h"
#include "proc.h"
#include "procfs.h"
#include "proxy.h"
#include "vm.h"

#define NAME_ESCAPED	(4 * M3IPC_NAME_LEN)	/* bytes; "\\xff" for each */

static struct proc_dir_entry *link;

/*
 * A row is a line of ASCII, and a name that anybody may have given itself is
 * any bytes: it must neither end the row nor steer the terminal of the reader.
 */
static const char *escape(char text[NAME_ESCAPED], const char *name)
{
	int len = string_escape_str(name, text, NAME_ESCAPED - 1,
				    ESCAPE_SPACE | ESCAPE_SPECIAL | ESCAPE_HEX |
				    ESCAPE_NAP | ESCAPE_APPEND, "\\");

	text[len] = '\0';
	return text;
}

static int node_info_show(struct seq_file *s, void *v)
{
	struct m3_node *node = s->private;
	drvs_usr_t d;

	m3_drvs_info(node, &d);
	seq_printf(s, "nodeid      %d\n", d.d_nodeid);
	seq_printf(s, "nr_vms      %d\n", d.d_nr_vms);
	seq_printf(s, "nr_nodes    %d\n", d.d_nr_nodes);
	seq_printf(s, "nr_procs    %d\n", d.d_nr_procs);
	seq_printf(s, "nr_tasks    %d\n", d.d_nr_tasks);
	seq_printf(s, "nr_sysprocs %d\n", d.d_nr_sysprocs);
	seq_printf(s, "max_copybuf %d\n", d.d_max_copybuf);
	seq_printf(s, "max_copylen %d\n", d.d_max_copylen);
	seq_printf(s, "dbglvl      %#llx\n", d.d_dbglvl);
	seq_printf(s, "version     %d.%d\n", d.d_version, d.d_subver);
	return 0;
}

static void show_node(struct seq_file *s, const node_usr_t *n)
{
	char vms[M3IPC_MAX_VMS / 4 + 1], name[NAME_ESCAPED];
	char *p = vms;
	int i;

	/* the highest VM first, as a number; without leading zeros */
	for (i = ARRAY_SIZE(n->n_vms) - 1; i > 0 && !n->n_vms[i]; i--)
		;
	p += sprintf(p, "%llx", n->n_vms[i]);
	while (i--)
		p += sprintf(p, "%016llx", n->n_vms[i]);
	seq_printf(s, "%4d %5x %7d %5s %s\n", n->n_nodeid, n->n_flags,
		   n->n_proxies, vms, escape(name, n->n_name));
}

static int node_nodes_show(struct seq_file *s, void *v)
{
	struct m3_node *node = s->private;
	node_usr_t n = { };
	int i;

	seq_puts(s, "Node Flags Proxies -VMs- Name\n");
	for (i = 0; i < M3IPC_MAX_NODES; i++) {
		n.n_nodeid = i;
		if (m3_node_info(node, &n))
			break;
		if (n.n_flags != NODE_FREE)
			show_node(s, &n);
	}
	return 0;
}

static int proxies_info_show(struct seq_file *s, void *v)
{
	struct m3_node *node = s->private;
	struct m3ipc_proxyinfo info;
	char name[NAME_ESCAPED];
	int i;

	seq_puts(s, "Proxies Flags Maxbytes Maxbatch Name\n");
	for (i = 0; i < M3IPC_MAX_NODES; i++) {
		info.px.px_id = i;
		if (!m3_proxy_info(node, &info))
			seq_printf(s, "%7d %5x %8d %8d %s\n", info.px.px_id,
				   info.px.px_flags, info.px.px_maxbytes,
				   info.px.px_maxbatch,
				   escape(name, info.px.px_name));
	}
	return 0;
}

static void show_proxy(struct seq_file *s, const char *role,
		       const proc_usr_t *p)
{
	char name[NAME_ESCAPED];

	seq_printf(s, "%7d %-8s %8d %5x %s\n", p->p_proxy, role, p->p_lpid,
		   p->p_misc_flags, escape(name, p->p_name));
}

static int proxies_procs_show(struct seq_file *s, void *v)
{
	struct m3_node *node = s->private;
	struct m3ipc_proxyinfo info;
	const struct cred *own = override_creds(s->file->f_cred);
	int i;

	seq_puts(s, "Proxies Role         lpid  misc Name\n");
	for (i = 0; i < M3IPC_MAX_NODES; i++) {
		info.px.px_id = i;
		if (m3_proxy_info(node, &info))
			continue;
		show_proxy(s, "sender", &info.sproc);
		show_proxy(s, "receiver", &info.rproc);
	}
	revert_creds(own);
	return 0;
}

static int vm_info_show(struct seq_file *s, void *v)
{
	struct m3_vm *vm = s->private;
	const VM_usr_t *u = &vm->usr;
	int i;

	seq_printf(s, "vmid        %d\n", u->vm_vmid);
	seq_printf(s, "name        %s\n", u->vm_name);
	seq_printf(s, "flags       %#x\n", u->vm_flags);
	seq_printf(s, "nr_procs    %d\n", u->vm_nr_procs);
	seq_printf(s, "nr_tasks    %d\n", u->vm_nr_tasks);
	seq_printf(s, "nr_sysprocs %d\n", u->vm_nr_sysprocs);
	seq_printf(s, "nr_nodes    %d\n", u->vm_nr_nodes);
	seq_printf(s, "nodes       %#llx\n", u->vm_nodes);
	seq_puts(s, "cpumask     ");
	for (i = M3IPC_CPU_WORDS - 1; i >= 0; i--)
		seq_printf(s, "%016llx%s", u->vm_cpumask[i], i ? "," : "\n");
	seq_printf(s, "warn2proc   %d\n", u->vm_warn2proc);
	seq_printf(s, "warnmsg     %d\n", u->vm_warnmsg);
	return 0;
}

/* Tables of a VM: a header, then each slot that is bound */

static struct m3_proc *next_bound(struct m3_vm *vm, loff_t *pos)
{
	struct m3_proc *p;

	for (; *pos <= vm->nr_slots; ++*pos) {
		p = rcu_dereference(vm->slots[*pos - 1].proc);
		if (p)
			return p;
	}
	return NULL;
}

static void *procs_start(struct seq_file *s, loff_t *pos)
	__acquires(RCU)
{
	rcu_read_lock();
	return *pos ? next_bound(s->private, pos) : SEQ_START_TOKEN;
}

static void *procs_next(struct seq_file *s, void *v, loff_t *pos)
{
	++*pos;
	return next_bound(s->private, pos);
}

static void procs_stop(struct seq_file *s, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

/* A row of the table of processes */
void m3_procs_line(char line[M3_PROCS_LINE], const struct m3_proc *p)
{
	char name[NAME_ESCAPED];
	proc_usr_t u;

	m3_proc_info(p, &u);
	scnprintf(line, M3_PROCS_LINE,
		  "%2d %4d %5d %8d %7d %4x %5x %-10d %-10d %-10d %4d %s\n",
		  u.p_vmid, u.p_nr, u.p_endpoint, u.p_lpid, u.p_nodeid,
		  u.p_rts_flags, u.p_misc_flags, u.p_getfrom, u.p_sendto,
		  u.p_waitmigr, u.p_proxy, escape(name, u.p_name));
}

/* What a file shows of processes is for whoever opened it. */
static int procs_show(struct seq_file *s, void *v)
{
	char line[M3_PROCS_LINE];
	const struct cred *own;

	if (v == SEQ_START_TOKEN) {
		seq_puts(s, M3_PROCS_HEADER);
		return 0;
	}
	own = override_creds(s->file->f_cred);
	m3_procs_line(line, v);
	revert_creds(own);
	seq_puts(s, line);
	return 0;
}

static int stats_show(struct seq_file *s, void *v)
{
	const struct cred *own;
	proc_usr_t u;

	if (v == SEQ_START_TOKEN) {
		seq_puts(s, "VM p_nr  endp     lpid    node lsnt       rsnt       lcpy       rcpy\n");
		return 0;
	}
	own = override_creds(s->file->f_cred);
	m3_proc_info(v, &u);
	revert_creds(own);
	seq_printf(s, "%2d %4d %5d %8d %7d %-10llu %-10llu %-10llu %llu\n",
		   u.p_vmid, u.p_nr, u.p_endpoint, u.p_lpid, u.p_nodeid,
		   u.p_lclsent, u.p_rmtsent, u.p_lclcopy, u.p_rmtcopy);
	return 0;
}

/* Files that are no tables are shown at once. */

static void *whole_start(struct seq_file *s, loff_t *pos)
{
	return *pos ? NULL : SEQ_START_TOKEN;
}

static void *whole_next(struct seq_file *s, void *v, loff_t *pos)
{
	++*pos;
	return NULL;
}

static void whole_stop(struct seq_file *s, void *v)
{
}

/* Open files */

static void *shown_by(const struct file *file)
{
	const struct seq_file *s = file->private_data;

	return s->private;
}

static ssize_t node_read(struct kiocb *iocb, struct iov_iter *to)
{
	const struct m3_node *node = shown_by(iocb->ki_filp);

	return READ_ONCE(node->dead) ? -EIO : seq_read_iter(iocb, to);
}

static int node_release(struct inode *inode, struct file *file)
{
	struct m3_node *node = shown_by(file);

	seq_release(inode, file);
	m3_node_put(node);
	return 0;
}

static const struct file_operations node_fops = {
	.owner = THIS_MODULE,
	.read_iter = node_read,
	.splice_read = m3_splice_read,
	.llseek = seq_lseek,
	.release = node_release,
};

static ssize_t vm_read(struct kiocb *iocb, struct iov_iter *to)
{
	const struct m3_vm *vm = shown_by(iocb->ki_filp);

	return READ_ONCE(vm->ended) ? -EIO : seq_read_iter(iocb, to);
}

static int vm_release(struct inode *inode, struct file *file)
{
	struct m3_vm *vm = shown_by(file);

	seq_release(inode, file);
	m3_vm_put(vm);
	return 0;
}

static const struct file_operations vm_fops = {
	.owner = THIS_MODULE,
	.read_iter = vm_read,
	.splice_read = m3_splice_read,
	.llseek = seq_lseek,
	.release = vm_release,
};

/* A file becomes one of fops, which shows what. */
static int open_shown(struct file *file, const struct seq_operations *ops,
		      const struct file_operations *fops, void *what)
{
	struct seq_file *s;
	int rc;

	if (!fops_get(fops))
		return -ENODEV;
	rc = seq_open(file, ops);
	if (rc) {
		fops_put(fops);
		return rc;
	}
	s = file->private_data;
	s->private = what;
	replace_fops(file, fops);
	return 0;
}

/*
 * While an entry is being opened it is not removed, and whoever removes it has
 * a reference to what it is of.
 */
static int open_of_node(struct inode *inode, struct file *file,
			const struct seq_operations *ops)
{
	struct m3_node *node = pde_data(inode);
	int rc = open_shown(file, ops, &node_fops, node);

	if (!rc)
		refcount_inc(&node->ref);
	return rc;
}

static int open_of_vm(struct inode *inode, struct file *file,
		      const struct seq_operations *ops)
{
	struct m3_vm *vm = pde_data(inode);
	int rc = open_shown(file, ops, &vm_fops, vm);

	if (!rc)
		refcount_inc(&vm->ref);
	return rc;
}

/* An entry of a node or VM, shown as a whole or as procs, by name_show() */
#define M3_ENTRY(name, what, how)					\
	static int name##_open(struct inode *inode, struct file *file)	\
	{								\
		static const struct seq_operations ops = {		\
			.start = how##_start,				\
			.next = how##_next,				\
			.stop = how##_stop,				\
			.show = name##_show,				\
		};							\
									\
		return open_of_##what(inode, file, &ops);		\
	}								\
									\
	static const struct proc_ops name##_entry = {			\
		.proc_open = name##_open,				\
		.proc_lseek = seq_lseek, /* else none can be sought */	\
	}

M3_ENTRY(node_info, node, whole);
M3_ENTRY(node_nodes, node, whole);
M3_ENTRY(proxies_info, node, whole);
M3_ENTRY(proxies_procs, node, whole);
M3_ENTRY(vm_info, vm, whole);
M3_ENTRY(procs, vm, procs);
M3_ENTRY(stats, vm, procs);

struct proc_dir_entry *m3_procfs_node(struct net *net, struct m3_node *node)
{
	struct proc_dir_entry *dir, *px;

	dir = proc_net_mkdir(net, "drvs", net->proc_net);
	if (!dir)
		return NULL;
	px = proc_mkdir("proxies", dir);
	if (px &&
	    proc_create_data("info", 0444, dir, &node_info_entry, node) &&
	    proc_create_data("nodes", 0444, dir, &node_nodes_entry, node) &&
	    proc_create_data("info", 0444, px, &proxies_info_entry, node) &&
	    proc_create_data("procs", 0444, px, &proxies_procs_entry, node))
		return dir;
	proc_remove(dir);
	return NULL;
}

struct proc_dir_entry *m3_procfs_vm(struct proc_dir_entry *parent,
				    struct m3_vm *vm)
{
	struct proc_dir_entry *dir;

	dir = proc_mkdir(vm->usr.vm_name, parent);
	if (!dir)
		return NULL;
	if (proc_create_data("info", 0444, dir, &vm_info_entry, vm) &&
	    proc_create_data("procs", 0444, dir, &procs_entry, vm) &&
	    proc_create_data("stats", 0444, dir, &stats_entry, vm))
		return dir;
	proc_remove(dir);
	return NULL;
}

/* When this returns nobody opens the files any more. */
void m3_procfs_remove(struct proc_dir_entry *dir)
{
	proc_remove(dir);
}

int m3_procfs_init(void)
{
	link = proc_symlink("drvs", NULL, "thread-self/net/drvs");
	return link ? 0 : -ENOMEM;
}

void m3_procfs_exit(void)
{
	proc_remove(link);
}
