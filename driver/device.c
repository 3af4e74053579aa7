// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/m3ipc.  This is the edge: user memory is touched here, by what carries
 * commands (carry.c), and by copies (vcopy.c, pages.c), and nowhere else.
 *
 * Primitives have the index of a call in the message page for an argument and
 * go straight to ipc.c, and copies, which are made as often, have a way of
 * their own.  The other ioctls have a structure of fixed size, which is copied
 * in, handed to a function of the concept it belongs to, and copied out.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include "backup.h"
#include "bind.h"
#include "call.h"
#include "carry.h"
#include "compat.h"
#include "debug.h"
#include "device.h"
#include "event.h"
#include "ipc.h"
#include "lease.h"
#include "link.h"
#include "migrate.h"
#include "msgpage.h"
#include "node.h"
#include "notify.h"
#include "owner.h"
#include "poll.h"
#include "priv.h"
#include "proc.h"
#include "proxy.h"
#include "remote.h"
#include "replica.h"
#include "vcopy.h"
#include "vm.h"
#include "wait4bind.h"
#include "wait4ep.h"

/* The largest argument */
#define MAX_SIZE	sizeof(struct m3ipc_proxyinfo)

static int get_version(struct m3_node *node, void *arg)
{
	u32 *version = arg;

	*version = M3IPC_IOC_VERSION;
	return 0;
}

struct call {
	unsigned int cmd;
	int (*make)(struct m3_node *node, void *arg);
};

/* Each finds its argument in memory of the kernel. */
static const struct call calls[] = {
	{ M3IPC_IOC_GET2RMT, m3_carry_get2rmt },
	{ M3IPC_IOC_PUT2LCL, m3_carry_put2lcl },
	{ M3IPC_IOC_SELF, m3_self },
	{ M3IPC_IOC_HDW_NOTIFY, m3_ntfy_hardware },
	{ M3IPC_IOC_BIND, m3_bind },
	{ M3IPC_IOC_WAIT4BIND, m3_wait4bind },
	{ M3IPC_IOC_UNBIND, m3_unbind },
	{ M3IPC_IOC_GETEP, m3_getep },
	{ M3IPC_IOC_GETPROCINFO, m3_proc_getinfo },
	{ M3IPC_IOC_SETPRIV, m3_priv_set },
	{ M3IPC_IOC_GETPRIV, m3_priv_get },
	{ M3IPC_IOC_GETEVENTS, m3_events_get },
	{ M3IPC_IOC_WAIT4EP, m3_wait4ep },
	{ M3IPC_IOC_WAKEUP, m3_wakeup },
	{ M3IPC_IOC_LEASE, m3_lease },
	{ M3IPC_IOC_MIGR_START, m3_migr_start },
	{ M3IPC_IOC_MIGR_COMMIT, m3_migr_commit },
	{ M3IPC_IOC_MIGR_ROLLBACK, m3_migr_rollback },
	{ M3IPC_IOC_MIGR_RECALL, m3_migr_recall },
	{ M3IPC_IOC_BKUPBIND, m3_backup_bind },
	{ M3IPC_IOC_REPLBIND, m3_replica_bind },
	{ M3IPC_IOC_GETVERSION, get_version },
	{ M3IPC_IOC_DRVS_INIT, m3_drvs_init },
	{ M3IPC_IOC_DRVS_END, m3_drvs_end },
	{ M3IPC_IOC_GETDRVSINFO, m3_drvs_info },
	{ M3IPC_IOC_VM_INIT, m3_vm_init },
	{ M3IPC_IOC_VM_END, m3_vm_end },
	{ M3IPC_IOC_GETVMINFO, m3_vm_info },
	{ M3IPC_IOC_GETNODEINFO, m3_node_info },
	{ M3IPC_IOC_RMTBIND, m3_remote_bind },
	{ M3IPC_IOC_ADD_NODE, m3_link_add_vm },
	{ M3IPC_IOC_DEL_NODE, m3_link_del_vm },
	{ M3IPC_IOC_NODE_UP, m3_link_up },
	{ M3IPC_IOC_NODE_DOWN, m3_link_down },
	{ M3IPC_IOC_PROXIES_BIND, m3_proxies_bind },
	{ M3IPC_IOC_PROXIES_UNBIND, m3_proxies_unbind },
	{ M3IPC_IOC_PROXY_CONN, m3_proxy_conn },
	{ M3IPC_IOC_GETPROXYINFO, m3_proxy_info },
	{ M3IPC_IOC_PROXY_TIMEOUT, m3_proxy_timeout },
	{ M3IPC_IOC_VM_DUMP, m3_vm_dump },
	{ M3IPC_IOC_PROC_DUMP, m3_proc_dump },
};

static const struct call *find_call(unsigned int cmd)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].cmd == cmd)
			return &calls[i];
	return NULL;
}

/*
 * What is copied out must be writable before anything is done, so that no
 * result is lost.  It is copied out even after an error: m3_wait4bind().  The
 * stack frame is its own, for primitives pay for what dev_ioctl() has.
 */
static noinline int admin_ioctl(struct m3_node *node, unsigned int cmd,
				void __user *uarg)
{
	const struct call *call = find_call(cmd);
	size_t size = _IOC_SIZE(cmd);
	u64 arg[MAX_SIZE / sizeof(u64)];
	int rc;

	if (!call)
		return -ENOTTY;
	if (WARN_ON_ONCE(size > sizeof(arg)))
		return -ENOTTY;
	memset(arg, 0, size);
	if (_IOC_DIR(cmd) & _IOC_WRITE && copy_from_user(arg, uarg, size))
		return -EFAULT;
	if (_IOC_DIR(cmd) & _IOC_READ && copy_to_user(uarg, arg, size))
		return -EFAULT;
	rc = call->make(node, arg);
	pr_debug("m3ipc: %s: ioctl %u: %d\n", current->comm, _IOC_NR(cmd), rc);
	if (_IOC_DIR(cmd) & _IOC_READ && copy_to_user(uarg, arg, size))
		return -EFAULT;
	return rc;
}

/* Member by member: copy_from_user() costs a tenth of a small copy. */
static noinline int vcopy_ioctl(struct m3_node *node,
				const struct m3ipc_vcopy __user *ureq)
{
	struct m3ipc_vcopy req;

	if (!user_read_access_begin(ureq, sizeof(*ureq)))
		return -EFAULT;
	unsafe_get_user(req.src, &ureq->src, fault);
	unsafe_get_user(req.dst, &ureq->dst, fault);
	unsafe_get_user(req.saddr, &ureq->saddr, fault);
	unsafe_get_user(req.daddr, &ureq->daddr, fault);
	unsafe_get_user(req.bytes, &ureq->bytes, fault);
	unsafe_get_user(req.nr_src, &ureq->nr_src, fault);
	unsafe_get_user(req.nr_dst, &ureq->nr_dst, fault);
	user_read_access_end();
	return m3_vcopy(node, &req);

fault:
	user_read_access_end();
	return -EFAULT;
}

/* It is too large for the stack. */
static noinline int owners_ioctl(struct m3_node *node, const void __user *uarg)
{
	struct m3ipc_owners *req = memdup_user(uarg, sizeof(*req));
	int rc;

	if (IS_ERR(req))
		return PTR_ERR(req);
	rc = m3_owners_set(node, req);
	kfree(req);
	return rc;
}

static long dev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct m3_file *f = file->private_data;

	switch (cmd) {
	case M3IPC_IOC_SEND:
	case M3IPC_IOC_RECEIVE:
	case M3IPC_IOC_SENDREC:
	case M3IPC_IOC_RCVRQST:
	case M3IPC_IOC_REPLY:
	case M3IPC_IOC_REPLY_RCVRQST:
	case M3IPC_IOC_RELAY:
	case M3IPC_IOC_NOTIFY:
	case M3IPC_IOC_CANCEL:
		return m3_ipc_call(f->node, _IOC_NR(cmd), arg);
	case M3IPC_IOC_VCOPY:
		return vcopy_ioctl(f->node, (void __user *)arg);
	case M3IPC_IOC_SETOWNERS:
		return owners_ioctl(f->node, (void __user *)arg);
	}
	return admin_ioctl(f->node, cmd, (void __user *)arg);
}

/* Map the caller's message page.  A private mapping would be a copy. */
static int dev_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct m3_file *f = file->private_data;
	struct m3_proc *p;
	int rc;

	if (vma->vm_pgoff || vma_pages(vma) != 1 ||
	    !(vma->vm_flags & VM_SHARED) || vma->vm_flags & VM_EXEC)
		return -EINVAL;
	p = m3_caller_get_any(f->node);
	if (IS_ERR(p))
		return PTR_ERR(p);
	m3_vma_flags(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP,
		     VM_MAYEXEC);
	rc = m3_msgpage_map(p, vma);
	m3_proc_put(p);
	return rc;
}

static int dev_open(struct inode *inode, struct file *file)
{
	struct m3_node *node = m3_node_get_current();

	file->private_data = m3_file_new(node);
	if (!file->private_data) {
		m3_node_put(node);
		return -ENOMEM;
	}
	return nonseekable_open(inode, file);
}

static int dev_release(struct inode *inode, struct file *file)
{
	m3_file_free(file->private_data);
	return 0;
}

static __poll_t dev_poll(struct file *file, poll_table *wait)
{
	return m3_file_poll(file->private_data, file, wait);
}

static const struct file_operations dev_fops = {
	.owner = THIS_MODULE,
	.open = dev_open,
	.release = dev_release,
	.unlocked_ioctl = dev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = dev_mmap,
	.poll = dev_poll,
	.llseek = no_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "m3ipc",
	.fops = &dev_fops,
	.mode = 0660,
};

int m3_device_init(void)
{
	return misc_register(&device);
}

void m3_device_exit(void)
{
	misc_deregister(&device);
}
