/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What PM leaves to the one that is started after it: its table, in a file, see
 * common/kept.h, as one record a process.
 *
 *	a request, an end	what it has changed is stored before anybody is
 *				answered: who asks again finds that done
 *	start			the table is built from the records.  Who is
 *				not there any more has ended, as SYSTASK says
 *
 * A record is stored twice, by turns, and the newer one that is whole counts:
 * so PM may be killed in the middle.  A parent is named by its pid; one that is
 * not there, as the records of a change were not all stored yet, has ended.
 */
#ifndef PM_KEEP_H
#define PM_KEEP_H

#include "pm.h"

/* What an earlier PM has left.  False, and errno: there is no place for it. */
bool keep_open(void);
/* All that has been touched */
void keep_store(void);

#endif /* PM_KEEP_H */
