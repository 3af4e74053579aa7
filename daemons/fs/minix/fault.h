/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults that a simulation puts in, and that it then has to find.  Without
 * MINIX_FAULTS there are none, and nothing is left of them in the code.
 */
#ifndef MINIX_FAULT_H
#define MINIX_FAULT_H

enum mx_fault {
	MX_FAULT_NONE,
	MX_FAULT_ORDER,  /* a group does not wait for its data */
	MX_FAULT_REUSE,  /* a zone is used again before the commit */
	MX_FAULT_UNDO,   /* what has to wait is not undone */
	MX_FAULT_ORPHAN, /* an orphan's zones are taken to be free */
	MX_FAULT_SPLIT,  /* a group lacks its last block */
};

#ifdef MINIX_FAULTS
extern enum mx_fault mx_fault;
#else
#define mx_fault MX_FAULT_NONE
#endif

#endif /* MINIX_FAULT_H */
