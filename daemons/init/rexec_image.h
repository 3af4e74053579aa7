/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program as it comes from another process, in one piece of memory:
 * molipc/init.h has the layout.  Nothing of it is believed.
 */
#ifndef INIT_REXEC_IMAGE_H
#define INIT_REXEC_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

struct rexec_image {
	char *text; /* all that the others point into */
	const char *file;
	bool of_fs; /* the file; as the request says, and no text of it */
	const char *cwd;
	char **argv; /* one at least */
	char **envp;
};

/*
 * Takes over "text", of so many bytes, until rexec_image_free().  False: it is
 * none, and still the caller's.
 */
bool rexec_image_read(struct rexec_image *image, char *text, size_t bytes);
void rexec_image_free(struct rexec_image *image);

#endif /* INIT_REXEC_IMAGE_H */
