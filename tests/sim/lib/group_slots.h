/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A group whose messages are those of slots: only what is in use counts. */
#ifndef SIM_GROUP_SLOTS_H
#define SIM_GROUP_SLOTS_H

#include <stddef.h>
#include <string.h>

#include "systask/slots.h"

typedef struct slots_msg group_msg;

static inline void group_msg_copy(group_msg *to, const group_msg *m)
{
	memcpy(to, m, offsetof(group_msg, id));
	memcpy(to->id, m->id, m->nr_ids * sizeof(*m->id));
	memcpy(to->entry, m->entry, m->nr_entries * sizeof(*m->entry));
}

#endif /* SIM_GROUP_SLOTS_H */
