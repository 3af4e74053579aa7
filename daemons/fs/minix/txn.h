/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transactions: what operations have changed goes to the disk so that what is
 * there is always a state between two operations.
 *
 * There is one that is running, and at most one that is being committed:
 *
 *	IDLE		begin: the running one's metadata are copied, it is the
 *			committing one, and the next one is running
 *	FLUSHING	data that were dirty then are written; when no write is
 *			under way any more its group is handed out
 *	GROUP		done: IDLE; failed: the file system is read-only
 *
 * Nobody waits for the copy: metadata may change on, for the next transaction.
 * Data may too, and are written as they are when their turn comes.
 *
 * A zone that was freed is not used again before that is on the disk: what is
 * written to it would be seen in the file that had it.  And as a group begins
 * when no write of data is under way, none of them comes late to a zone that
 * has another owner.
 *
 * The superblock is never written.  Linux takes MINIX_VALID_FS away as long as
 * it has the image mounted, since it may be anything then; here each state that
 * is committed is clean, so that what is valid stays valid, and what was not is
 * left to fsck.
 */
#ifndef MINIX_TXN_H
#define MINIX_TXN_H

#include "fs.h"

int mx_txn_init(struct mfs *fs);
void mx_txn_free(struct mfs *fs);

#endif /* MINIX_TXN_H */
