// SPDX-License-Identifier: GPL-2.0-only
/*
 * The floor of what a driver can do, for the benchmark: two processes that wake
 * each other and sleep inside one ioctl each.  Nothing is looked up, checked or
 * copied.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "m3floor.h"

struct party {
	wait_queue_head_t queue;
	bool turn;		/* set by the other, cleared by itself */
};

static int floor_open(struct inode *inode, struct file *file)
{
	struct party *parties = kcalloc(2, sizeof(*parties), GFP_KERNEL);

	if (!parties)
		return -ENOMEM;
	init_waitqueue_head(&parties[0].queue);
	init_waitqueue_head(&parties[1].queue);
	file->private_data = parties;
	return 0;
}

static int floor_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static void wake(struct party *party)
{
	WRITE_ONCE(party->turn, true);
	wake_up_interruptible_sync(&party->queue);
}

static long sleep(struct party *party)
{
	if (wait_event_interruptible(party->queue, READ_ONCE(party->turn)))
		return -EINTR;
	WRITE_ONCE(party->turn, false);
	return 0;
}

static long floor_ioctl(struct file *file, unsigned int cmd, unsigned long me)
{
	struct party *parties = file->private_data;

	if (me > 1)
		return -EINVAL;
	switch (cmd) {
	case FLOOR_HAND_OFF:
		wake(&parties[!me]);
		return sleep(&parties[me]);
	case FLOOR_WAIT:
		return sleep(&parties[me]);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations floor_fops = {
	.owner = THIS_MODULE,
	.open = floor_open,
	.release = floor_release,
	.unlocked_ioctl = floor_ioctl,
};

static struct miscdevice floor_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "m3floor",
	.fops = &floor_fops,
};

module_misc_device(floor_device);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("The floor of hand-offs between two processes");
