// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs that come in one piece: whole ones, and what is none */
#include <stdlib.h>
#include <string.h>

#include <molipc/init.h>

#include "common/memory.h"
#include "init/rexec_image.h"
#include "suite.h"

static const char whole[] = "f\0/d\0a0\0\0a2\0x=y\0";
#define BYTES (sizeof(init_image_t) + sizeof(whole) - 1)

/* Such a text, with that many arguments and variables, cut to "bytes" */
static char *text_make(uint32_t nr_args, uint32_t nr_env, size_t bytes)
{
	const init_image_t head = { nr_args, nr_env };
	char *text = memory_alloc(BYTES), *cut = memory_alloc(bytes + !bytes);

	memcpy(text, &head, sizeof(head));
	memcpy(text + sizeof(head), whole, sizeof(whole) - 1);
	memcpy(cut, text, bytes);
	free(text);
	return cut;
}

START_TEST(takes_a_whole_one)
{
	struct rexec_image image;

	ck_assert(rexec_image_read(&image, text_make(3, 1, BYTES), BYTES));
	ck_assert_str_eq(image.file, "f");
	ck_assert_str_eq(image.cwd, "/d");
	ck_assert_str_eq(image.argv[0], "a0");
	ck_assert_str_eq(image.argv[1], "");
	ck_assert_str_eq(image.argv[2], "a2");
	ck_assert_ptr_null(image.argv[3]);
	ck_assert_str_eq(image.envp[0], "x=y");
	ck_assert_ptr_null(image.envp[1]);
	rexec_image_free(&image);
}
END_TEST

static void refused(uint32_t nr_args, uint32_t nr_env, size_t bytes)
{
	char *text = text_make(nr_args, nr_env, bytes);
	struct rexec_image image;

	ck_assert(!rexec_image_read(&image, text, bytes));
	free(text);
}

START_TEST(refuses_one_that_is_cut)
{
	for (size_t bytes = 0; bytes < BYTES; bytes++)
		refused(3, 1, bytes);
}
END_TEST

START_TEST(refuses_other_numbers)
{
	refused(0, 4, BYTES);
	refused(3, 0, BYTES);
	refused(2, 1, BYTES);
	refused(3, 2, BYTES);
	refused(UINT32_MAX, 1, BYTES);
	refused(3, UINT32_MAX, BYTES);
	refused(UINT32_MAX, UINT32_MAX, BYTES);
}
END_TEST

/* An empty name of a file is none. */
START_TEST(refuses_no_file)
{
	const init_image_t head = { 1, 0 };
	char *text = memory_alloc(sizeof(head) + 3);
	struct rexec_image image;

	memcpy(text, &head, sizeof(head));
	ck_assert(!rexec_image_read(&image, text, sizeof(head) + 3));
	free(text);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, takes_a_whole_one);
	tcase_add_test(tc, refuses_one_that_is_cut);
	tcase_add_test(tc, refuses_other_numbers);
	tcase_add_test(tc, refuses_no_file);
}

int main(void)
{
	return suite_run("programs for others", add);
}
