/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of a secret key, and what is done to keep a secret.
 *
 * A key is taken from a file only if nobody but its owner and root can read it,
 * or put another in its place: the owner is root or who runs this, and so are
 * those of all folders that lead to it, in which nobody else may write, unless
 * the folder is sticky (as /tmp is).
 */
#ifndef _PROXIES_SECRET_H
#define _PROXIES_SECRET_H

#include <stdbool.h>

#define SECRET_SIZE 41 /* of a key in Z85, with its NUL */

/*
 * Reads the key, which is alone on its line.  What is wrong is logged; then the
 * result is false, and the key is all zeros.
 */
bool secret_read(char key[SECRET_SIZE], const char *path);

/*
 * From now on no core is written of this process, and nobody without
 * capabilities traces it.
 */
void secret_protect(void);

#endif /* _PROXIES_SECRET_H */
