/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two files of the process table share: pst.c has it */
#ifndef SYSTASK_PST_PARTS_H
#define SYSTASK_PST_PARTS_H

#include "pst.h"

/* What that node says, or NULL */
struct pst_entry *pst_entry(struct pst *t, uint32_t node,
			    const struct pst_fact *fact);
struct pst_entry *pst_put(struct pst *t, uint32_t node,
			  const struct pst_fact *fact);
void pst_drop(struct pst *t, struct pst_entry *e);
/* A name of this node is to go, or a process has gone. */
void pst_leave(struct pst *t, struct pst_entry *e);
void pst_send(struct pst *t, enum pst_type type, const struct pst_fact *fact);
void pst_act(struct pst *t, enum pst_act act, uint32_t node,
	     const struct pst_fact *fact, enum pst_refusal refusal);

#endif /* SYSTASK_PST_PARTS_H */
