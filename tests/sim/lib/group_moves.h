/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A group whose messages are those of endpoints that move */
#ifndef SIM_GROUP_MOVES_H
#define SIM_GROUP_MOVES_H

#include "systask/moves.h"

typedef struct moves_msg group_msg;

static inline void group_msg_copy(group_msg *to, const group_msg *m)
{
	*to = *m;
}

#endif /* SIM_GROUP_MOVES_H */
