/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What functions of the driver return to each other, beside 0 and errors, which
 * are negative: that something has to be done first, mostly without the lock,
 * before they are called again.  No program ever sees one of these.
 */
#ifndef _M3IPC_OUTCOME_H
#define _M3IPC_OUTCOME_H

enum m3_outcome {
	/* of a primitive, ipc.c */
	M3_BLOCKED = 1,		/* its caller waits from now on */
	M3_NEEDS_TABLE,		/* memory for notifications */
	M3_NEEDS_WORD,		/* how a suspended call has ended elsewhere */
	M3_NEEDS_HOME,		/* the end of a migration; or of a copy */

	/* of a command that has come, inbound.c; or M3_NEEDS_TABLE */
	M3_NEEDS_DESCRIPTOR,	/* memory for a process of another node */
	M3_NEEDS_ANSWER,	/* for a loose command */
	M3_NEEDS_COPY,		/* for a remote copy */
	M3_COPY_BUSY,		/* bytes are being copied, not for long */

	/* of a local copy, vcopy.c */
	M3_HELD,		/* its parties are */
	M3_ABROAD,		/* a party is of another node */
};

#endif /* _M3IPC_OUTCOME_H */
