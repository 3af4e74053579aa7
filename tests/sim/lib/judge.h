/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A judge of images of MINIX file systems that is stricter than fsck.minix, and
 * takes blocks of any size: who owns each zone, what has how many names, that
 * names and sizes are such that can be, and that nothing is lost.
 */
#ifndef SIM_JUDGE_H
#define SIM_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * NULL: nothing is wrong; or a sentence, which the next call overwrites.  What
 * is cut off in the middle of a write may have blocks behind its end.
 */
enum judge_how {
	JUDGE_QUIET,
	JUDGE_CUT
};

const char *judge_image(const unsigned char *data, size_t size,
			enum judge_how how);

/* An empty V3 file system, of blocks of 1, 2 or 4 KiB */
void judge_format(unsigned char *data, size_t size, unsigned int block_size,
		  unsigned int inodes);

#endif /* SIM_JUDGE_H */
