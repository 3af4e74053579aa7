// SPDX-License-Identifier: GPL-2.0-or-later
/* fuse/inodes: names of inodes, and how long either is there */
#include <errno.h>
#include <string.h>

#include "fuse/inodes.h"
#include "sim/lib/dice.h"
#include "suite.h"

static struct inodes t;

static void set_up(void)
{
	inodes_init(&t);
	inodes_set_root(&t, 1, 1);
}

static struct node *enter(struct node *dir, const char *name, uint32_t ino)
{
	struct node *n = inodes_enter(&t, dir, name, 1, ino);

	ck_assert_ptr_nonnull(n);
	return n;
}

#define PATH_IS(node, path)                                 \
	do {                                                \
		char p_[INODES_PATH];                       \
		ck_assert_int_eq(inodes_path(&t, node, p_), \
				 (int)strlen(path));        \
		ck_assert_str_eq(p_, path);                 \
	} while (0)
#define NO_PATH(node)                                                 \
	do {                                                          \
		char p_[INODES_PATH];                                 \
		ck_assert_int_eq(inodes_path(&t, node, p_), -ESTALE); \
	} while (0)

/* The sanitizer looks whether anything is left. */
static void nothing_left(void)
{
	ck_assert_uint_eq(t.nodes, 0);
}

START_TEST(paths)
{
	struct node *a = enter(&t.root, "a", 2), *b = enter(a, "b", 3);
	char path[INODES_PATH];

	PATH_IS(&t.root, "/");
	PATH_IS(a, "/a");
	PATH_IS(b, "/a/b");
	ck_assert_int_eq(inodes_path_in(&t, &t.root, "x", path), 2);
	ck_assert_str_eq(path, "/x");
	ck_assert_int_eq(inodes_path_in(&t, b, "x", path), 6);
	ck_assert_str_eq(path, "/a/b/x");
	/* It stays as long as something in it is known. */
	inodes_forget(&t, a, 1);
	PATH_IS(b, "/a/b");
	inodes_forget(&t, b, 1);
	nothing_left();
}
END_TEST

START_TEST(links)
{
	struct node *a = enter(&t.root, "a", 2), *d = enter(&t.root, "d", 3);

	ck_assert_ptr_eq(enter(d, "b", 2), a);
	PATH_IS(a, "/d/b");
	inodes_remove(&t, d, "b");
	PATH_IS(a, "/a");
	inodes_remove(&t, &t.root, "a");
	NO_PATH(a);
	inodes_forget(&t, a, 2);
	inodes_forget(&t, d, 1);
	nothing_left();
}
END_TEST

/* A name that is another file's now; numbers that are another file's */
START_TEST(replaced)
{
	struct node *a = enter(&t.root, "a", 2), *b = enter(&t.root, "a", 3);
	struct node *again;

	ck_assert_ptr_ne(a, b);
	NO_PATH(a);
	PATH_IS(b, "/a");
	again = enter(&t.root, "c", 2);
	ck_assert_ptr_ne(again, a);
	inodes_forget(&t, a, 1);
	inodes_forget(&t, b, 1);
	inodes_forget(&t, again, 1);
	nothing_left();
}
END_TEST

/* FS holds its number as long as it is open there, and may have ended. */
START_TEST(held)
{
	struct node *a = enter(&t.root, "a", 2), *later;

	inodes_hold(&t, a);
	inodes_remove(&t, &t.root, "a");
	NO_PATH(a);
	later = enter(&t.root, "b", 2);
	ck_assert_ptr_ne(later, a);
	NO_PATH(a);
	inodes_forget(&t, a, 1);
	inodes_release(&t, a);
	ck_assert_ptr_eq(enter(&t.root, "c", 2), later);
	inodes_forget(&t, later, 2);
	nothing_left();
}
END_TEST

START_TEST(moved)
{
	struct node *a = enter(&t.root, "a", 2), *d = enter(&t.root, "d", 3);
	struct node *f = enter(a, "f", 4), *g = enter(d, "g", 5);

	inodes_move(&t, &t.root, "a", d, "a");
	PATH_IS(f, "/d/a/f");
	inodes_move(&t, a, "f", d, "g");
	PATH_IS(f, "/d/g");
	NO_PATH(g);
	/* To itself, and of a name that nobody knows */
	inodes_move(&t, d, "g", d, "g");
	PATH_IS(f, "/d/g");
	inodes_move(&t, &t.root, "x", d, "g");
	NO_PATH(f);
	inodes_forget(&t, a, 1);
	inodes_forget(&t, d, 1);
	inodes_forget(&t, f, 1);
	inodes_forget(&t, g, 1);
	nothing_left();
}
END_TEST

START_TEST(long_paths)
{
	char name[256], path[INODES_PATH];
	struct node *at = &t.root, *all[16];
	int rc, n;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (n = 0; n < 16; n++)
		all[n] = at = enter(at, name, (uint32_t)n + 2);
	/* 16 times 256 are one more than a path may have. */
	rc = inodes_path(&t, all[14], path);
	ck_assert_int_eq(rc, 15 * 256);
	ck_assert_int_eq(inodes_path(&t, at, path), -ENAMETOOLONG);
	ck_assert_int_eq(inodes_path_in(&t, at, "y", path), -ENAMETOOLONG);
	while (n--)
		inodes_forget(&t, all[n], 1);
	nothing_left();
}
END_TEST

/* A circle, which others can make by moving directories, has no path. */
START_TEST(circle)
{
	struct node *a = enter(&t.root, "a", 2), *b = enter(a, "b", 3);
	char path[INODES_PATH];

	ck_assert_ptr_eq(enter(b, "a", 2), a);
	ck_assert_int_eq(inodes_path(&t, a, path), -ENAMETOOLONG);
	inodes_remove(&t, b, "a");
	PATH_IS(b, "/a/b");
	inodes_forget(&t, a, 2);
	inodes_forget(&t, b, 1);
	nothing_left();
}
END_TEST

/* Whatever comes, all is freed when the kernel has forgotten all. */
#define KNOWN 256

static struct node *known[KNOWN];
static unsigned int nr;

static void step_by_chance(struct dice *d)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	struct node *dir = nr && dice_hit(d, 70) ? known[dice_throw(d, nr)] :
						   &t.root;
	const char *name = names[dice_throw(d, 4)];
	unsigned int i;

	switch (dice_throw(d, 5)) {
	case 0:
		inodes_remove(&t, dir, name);
		break;
	case 1:
		inodes_move(&t, dir, name, dir, names[dice_throw(d, 4)]);
		break;
	case 2:
		if (!nr)
			break;
		i = dice_throw(d, nr);
		inodes_forget(&t, known[i], 1);
		known[i] = known[--nr];
		break;
	default:
		/* What is in a directory has higher numbers: no circles. */
		if (nr < KNOWN)
			known[nr++] = enter(dir, name,
					    dir->ino + 1 + dice_throw(d, 9));
	}
}

START_TEST(by_chance)
{
	struct dice d = { (uint64_t)_i };

	for (int i = 0; i < 5000; i++)
		step_by_chance(&d);
	while (nr)
		inodes_forget(&t, known[--nr], 1);
	nothing_left();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, paths);
	tcase_add_test(tc, links);
	tcase_add_test(tc, replaced);
	tcase_add_test(tc, held);
	tcase_add_test(tc, moved);
	tcase_add_test(tc, long_paths);
	tcase_add_test(tc, circle);
	tcase_add_loop_test(tc, by_chance, 0, 20);
}

int main(void)
{
	return suite_run("inodes of the mount", add);
}
