/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a test of libminixfs looks at, and does, behind its back */
#ifndef SIM_INSIDE_H
#define SIM_INSIDE_H

#include "disk.h"

/* All that can be is evicted: whatever is needed next has to be read. */
void inside_chill(struct disk *d);
/* Of all that is not on the disk: what was undone leaves it as it was. */
uint64_t inside_print(const struct disk *d);
/* NULL, or a sentence: blocks, lists and numbers against each other */
const char *inside_check(const struct disk *d);

#endif /* SIM_INSIDE_H */
