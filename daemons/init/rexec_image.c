// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <molipc/init.h>

#include "common/memory.h"
#include "rexec_image.h"

/* What is left of the text */
struct rest {
	char *at;
	size_t bytes;
};

/* The next string, or NULL: there is no whole one. */
static char *text_take(struct rest *rest)
{
	const size_t length = strnlen(rest->at, rest->bytes);
	char *text = rest->at;

	if (length == rest->bytes)
		return NULL;
	rest->at += length + 1;
	rest->bytes -= length + 1;
	return text;
}

/* A list of "nr" of them; NULL: there are not so many */
static char **texts_take(struct rest *rest, size_t nr)
{
	char **texts;

	if (nr > rest->bytes)
		return NULL;
	texts = memory_alloc((nr + 1) * sizeof(*texts));
	texts[nr] = NULL;
	for (size_t i = 0; i < nr; i++) {
		texts[i] = text_take(rest);
		if (!texts[i]) {
			free(texts);
			return NULL;
		}
	}
	return texts;
}

static bool strings_read(struct rexec_image *image, const init_image_t *head,
			 struct rest *rest)
{
	image->file = text_take(rest);
	image->cwd = image->file ? text_take(rest) : NULL;
	if (!image->cwd || !*image->file || !head->nr_args)
		return false;
	image->argv = texts_take(rest, head->nr_args);
	image->envp = image->argv ? texts_take(rest, head->nr_env) : NULL;
	return image->envp && !rest->bytes;
}

bool rexec_image_read(struct rexec_image *image, char *text, size_t bytes)
{
	init_image_t head;
	struct rest rest;

	*image = (struct rexec_image){ .text = NULL };
	if (bytes < sizeof(head))
		return false;
	memcpy(&head, text, sizeof(head));
	rest = (struct rest){ text + sizeof(head), bytes - sizeof(head) };
	if (strings_read(image, &head, &rest)) {
		image->text = text;
		return true;
	}
	rexec_image_free(image);
	return false;
}

void rexec_image_free(struct rexec_image *image)
{
	free(image->argv);
	free(image->envp);
	free(image->text);
	*image = (struct rexec_image){ .text = NULL };
}
