/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A group whose messages are those of the process table */
#ifndef SIM_GROUP_PST_H
#define SIM_GROUP_PST_H

#include "systask/pst.h"

typedef struct pst_msg group_msg;

static inline void group_msg_copy(group_msg *to, const group_msg *m)
{
	*to = *m;
}

#endif /* SIM_GROUP_PST_H */
