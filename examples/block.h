/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the block server, blockd.c, and its clients say to each other. */
#ifndef BLOCK_H
#define BLOCK_H

/*
 * A client asks for m2_i1 bytes of the file, BLOCK_MAX at most, from byte m2_l1
 * on, to be put to m2_p1 in its own memory.  In the answer m_type is OK or an
 * error, and m2_i1 how many bytes there were: 0 at the end of the file.
 */
#define BLOCK_READ 1
#define BLOCK_MAX  65536

#endif /* BLOCK_H */
