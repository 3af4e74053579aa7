// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a memory driver does first with an image that another has left, and
 * nothing else: what its journal holds is put there, and the journal goes.
 *
 *	recover IMAGE
 */
#include <stdlib.h>

#include "common/image.h"

int main(int argc, char **argv)
{
	struct image *image;

	if (argc != 2)
		return 2;
	image = image_open(argv[1], IMAGE_SYNC);
	return image && image_close(image) ? EXIT_SUCCESS : EXIT_FAILURE;
}
