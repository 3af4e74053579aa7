// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/m3ipc.  This is the edge: user memory is touched here and nowhere else.
 *
 * Primitives have a slot number for an argument and go straight to ipc.c.  The
 * other ioctls have a structure of fixed size, which is copied in, handed to a
 * function of the concept it belongs to, and copied out.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>
#include "bind.h"
#include "compat.h"
#include "device.h"
#include "ipc.h"
#include "node.h"
#include "notify.h"
#include "poll.h"
#include "proc.h"
#include "vm.h"

/* The argument of any ioctl but the primitives */
union arg {
	u32 version;
	drvs_usr_t drvs;
	VM_usr_t vm;
	proc_usr_t proc;
	node_usr_t node;
	struct m3ipc_vmid vmid;
	struct m3ipc_bind bind;
	struct m3ipc_wait4bind wait4bind;
	struct m3ipc_unbind unbind;
	struct m3ipc_getep getep;
	struct m3ipc_self self;
	struct m3ipc_hdw_notify hdw_notify;
};

static int admin_call(struct m3_node *node, unsigned int cmd, union arg *a)
{
	switch (cmd) {
	case M3IPC_IOC_GETVERSION:
		a->version = M3IPC_IOC_VERSION;
		return 0;
	case M3IPC_IOC_SELF:
		return m3_self(node, &a->self);
	case M3IPC_IOC_HDW_NOTIFY:
		return m3_ntfy_hardware(node, &a->hdw_notify);
	case M3IPC_IOC_BIND:
		return m3_bind(node, &a->bind);
	case M3IPC_IOC_WAIT4BIND:
		return m3_wait4bind(node, &a->wait4bind);
	case M3IPC_IOC_UNBIND:
		return m3_unbind(node, &a->unbind);
	case M3IPC_IOC_GETEP:
		return m3_getep(node, &a->getep);
	case M3IPC_IOC_GETPROCINFO:
		return m3_proc_getinfo(node, &a->proc);
	case M3IPC_IOC_DRVS_INIT:
		return m3_drvs_init(node, &a->drvs);
	case M3IPC_IOC_DRVS_END:
		return m3_drvs_end(node);
	case M3IPC_IOC_GETDRVSINFO:
		return m3_drvs_info(node, &a->drvs);
	case M3IPC_IOC_VM_INIT:
		return m3_vm_init(node, &a->vm);
	case M3IPC_IOC_VM_END:
		return a->vmid.reserved ? -EINVAL :
		       m3_vm_end(node, a->vmid.vmid);
	case M3IPC_IOC_GETVMINFO:
		return m3_vm_info(node, &a->vm);
	case M3IPC_IOC_GETNODEINFO:
		return m3_node_info(node, &a->node);
	}
	return -ENOTTY;
}

/*
 * What is copied out must be writable before anything is done, so that no
 * result is lost.  It is copied out even after an error: m3_wait4bind().
 */
static int admin_ioctl(struct m3_node *node, unsigned int cmd,
		       void __user *uarg)
{
	size_t size = _IOC_SIZE(cmd);
	union arg arg = { };
	int rc;

	if (size > sizeof(arg))
		return -ENOTTY;
	if (_IOC_DIR(cmd) & _IOC_WRITE && copy_from_user(&arg, uarg, size))
		return -EFAULT;
	if (_IOC_DIR(cmd) & _IOC_READ && copy_to_user(uarg, &arg, size))
		return -EFAULT;
	rc = admin_call(node, cmd, &arg);
	if (_IOC_DIR(cmd) & _IOC_READ && copy_to_user(uarg, &arg, size))
		return -EFAULT;
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
	}
	return admin_ioctl(f->node, cmd, (void __user *)arg);
}

/*
 * Map the caller's message page.  The mapping holds the page, not the binding:
 * it outlives it as dead memory.  A private mapping would be a copy.
 */
static int dev_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct m3_file *f = file->private_data;
	struct m3_proc *p;
	int rc;

	if (vma->vm_pgoff || vma_pages(vma) != 1 ||
	    !(vma->vm_flags & VM_SHARED) || vma->vm_flags & VM_EXEC)
		return -EINVAL;
	p = m3_caller_get(f->node);
	if (IS_ERR(p))
		return PTR_ERR(p);
	m3_vma_flags(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP,
		     VM_MAYEXEC);
	rc = vm_insert_page(vma, vma->vm_start, virt_to_page(p->page));
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
