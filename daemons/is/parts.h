/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of another node, that comes in parts (sys_getpart()).  What that node
 * says is another's word: it has to bring us on, and to fit.
 */
#ifndef IS_PARTS_H
#define IS_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include <molipc/sys.h>

/* A table of a VM: entries of one size */
struct table {
	int what;
	int nr;
	size_t size; /* of an entry */
	char *at;
};

/* As empty as it can be; false: there is no such table, or no memory. */
bool table_make(struct table *t, int what, const VM_usr_t *vm);
void table_free(struct table *t);

struct parts {
	struct table *table;
	int first; /* slot of entry 0 */
	int vmid;
	int which; /* what is asked for: entry, and from where on */
	int offset;
	bool has_some; /* of that entry, with this serial */
	uint32_t serial;
};

/* Prepares a table of a VM, and what is to be asked first. */
void parts_begin(struct parts *p, struct table *table, const VM_usr_t *vm,
		 sys_part_t *part);

#define PARTS_DONE 1

/*
 * The answer becomes the next question: 0.  PARTS_DONE: there is none; or
 * EMOLBADMSG
 */
int parts_take(struct parts *p, sys_part_t *part);

#endif /* IS_PARTS_H */
