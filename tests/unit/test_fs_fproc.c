// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fs/fproc and fs/file: what processes have open, through dup, fork, exec and
 * ends, and what the next FS finds; and by chance beside a count of all that is
 * held.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "fs/fproc.h"
#include "sim/lib/dice.h"
#include "suite.h"

#define SLOTS 8
#define INOS  6

static struct fprocs t;
static struct files files;
static struct fproc_kept kept[FPROCS_MAX];
static int held[INOS]; /* of mount 1, by inode */
static int nr_closed, nr_left;
static const struct place root = { 1, 1 };

bool place_hold(const struct place *at)
{
	if (at->dev != 1 || at->ino >= INOS)
		return false;
	held[at->ino]++;
	return true;
}

void place_drop(const struct place *at)
{
	if (!at->dev)
		return;
	ck_assert_int_gt(held[at->ino], 0);
	held[at->ino]--;
}

void file_closed(const struct files *of, const struct file *f)
{
	ck_assert_ptr_eq(of, &files);
	ck_assert_uint_eq(f->refs, 0);
	nr_closed++;
}

void fproc_leaves(const struct fproc *p, const struct file *f)
{
	ck_assert(p->there && f);
	nr_left++;
}

static void set_up(void)
{
	memset(kept, 0, sizeof(kept));
	memset(held, 0, sizeof(held));
	files_init(&files, UINT32_MAX - 3);
	fprocs_init(&t, &files, kept);
	nr_closed = nr_left = 0;
}

/* Endpoints of user slots: 29 is the first. */
static int endpoint(int n)
{
	return _ENDPOINT(n / 100 + 1, 29 + n % 100);
}

static struct fproc *process_of(int n, uint64_t incarnation)
{
	struct fproc *p = fproc_new(&t, endpoint(n), incarnation, &root);

	ck_assert_ptr_nonnull(p);
	return p;
}

static struct fproc *process(int n)
{
	return process_of(n, 5);
}

static int opened(struct fproc *p, uint32_t ino)
{
	const struct place at = { 1, ino };

	return fd_new(p, file_new(&files, &at, 0), 0, false);
}

START_TEST(by_endpoint)
{
	struct fproc *p = process(1);

	ck_assert_ptr_eq(fproc_find(&t, endpoint(1)), p);
	ck_assert_ptr_null(fproc_find(&t, endpoint(2)));
	ck_assert_ptr_null(fproc_find(&t, endpoint(101)));
	ck_assert_ptr_eq(fproc_in_slot(&t, endpoint(101)), p);
	ck_assert_ptr_null(fproc_find(&t, INT32_MAX));
	ck_assert_ptr_null(fproc_find(&t, INT32_MIN));
	ck_assert_ptr_null(fproc_find(&t, -NR_TASKS - 1));
	ck_assert_uint_eq(p->umask, 022);
	ck_assert_int_eq(held[1], 2);
	fproc_end(&t, p);
	ck_assert_ptr_null(fproc_find(&t, endpoint(1)));
	ck_assert_int_eq(held[1], 0);
}
END_TEST

START_TEST(descriptors)
{
	struct fproc *p = process(1);
	uint32_t opening = 0;
	struct file *f;

	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(opened(p, 2), i);
		ck_assert_uint_ne(fd_file(p, i)->opening, opening);
		opening = fd_file(p, i)->opening;
		ck_assert_uint_ne(opening, 0);
	}
	f = fd_file(p, 7);
	ck_assert_int_eq(fd_dup(p, f, 3, true), 20);
	ck_assert_uint_eq(f->refs, 2);
	fd_close(&t, p, 4);
	ck_assert_int_eq(nr_closed, 1);
	ck_assert_ptr_null(fd_file(p, 4));
	ck_assert_int_eq(fd_free(p, 0), 4);
	ck_assert_int_eq(fd_dup(p, f, 100, false), 100);
	ck_assert_int_eq(fd_replace(&t, p, 5, file_get(f), false), 0);
	ck_assert_int_eq(nr_closed, 2);
	ck_assert_uint_eq(f->refs, 4);
	ck_assert_ptr_null(fd_file(p, -1));
	ck_assert_ptr_null(fd_file(p, 1000));
	fproc_exec(&t, p);
	ck_assert_uint_eq(f->refs, 3);
	ck_assert_ptr_null(fd_file(p, 20));
	fproc_end(&t, p);
	ck_assert_int_eq(nr_closed, 20);
	ck_assert_int_eq(held[2], 0);
}
END_TEST

START_TEST(own_things)
{
	const struct place other = { 1, 3 };
	struct fproc *p = process(1);
	int fd;

	ck_assert(!fproc_has_own(p, &root));
	ck_assert(fproc_has_own(p, &other));
	fd = opened(p, 2);
	ck_assert_int_eq(fproc_nr_open(p), 1);
	ck_assert(fproc_has_own(p, &root));
	fd_close(&t, p, fd);
	ck_assert_int_eq(fproc_nr_open(p), 0);
	ck_assert(!fproc_has_own(p, &root));
	fproc_set_umask(p, 0);
	ck_assert(fproc_has_own(p, &root));
	fproc_set_umask(p, 022);
	ck_assert_int_eq(fproc_set_cwd(p, &other), 0);
	ck_assert(fproc_has_own(p, &root));
	ck_assert_int_eq(fproc_set_cwd(p, &root), 0);
	ck_assert_int_eq(fproc_set_root(p, &other), 0);
	ck_assert(fproc_has_own(p, &root));
	fproc_end(&t, p);
}
END_TEST

START_TEST(written)
{
	const struct place at = { 1, 2 }, other = { 1, 3 };
	struct file *f = file_new(&files, &at, O_RDONLY), *g;

	ck_assert(!files_written(&files, &at));
	g = file_new(&files, &at, O_RDWR | O_APPEND);
	ck_assert(files_written(&files, &at));
	ck_assert(!files_written(&files, &other));
	file_put(&files, g);
	ck_assert(!files_written(&files, &at));
	g = file_new(&files, &at, O_WRONLY);
	ck_assert(files_written(&files, &at));
	file_put(&files, f);
	ck_assert(files_written(&files, &at));
	file_put(&files, g);
}
END_TEST

START_TEST(too_many)
{
	struct fproc *p = process(1);

	for (int i = 0; i < FS_OPEN_MAX; i++)
		ck_assert_int_eq(opened(p, 2), i);
	ck_assert_int_eq(fd_free(p, 0), FS_OPEN_MAX);
	ck_assert_int_eq(fd_dup(p, fd_file(p, 0), 0, false), -EMFILE);
	ck_assert_uint_eq(fd_file(p, 0)->refs, 1);
	fproc_end(&t, p);
}
END_TEST

START_TEST(no_more_files)
{
	const struct place at = { 1, 2 }, nowhere = { 2, 2 };
	int n = 0;

	ck_assert_ptr_null(file_new(&files, &nowhere, 0));
	while (file_new(&files, &at, 0))
		n++;
	ck_assert_int_eq(n, FILES_MAX);
	ck_assert_int_eq(held[2], FILES_MAX);
}
END_TEST

/* Its node was cut off, so that it seemed to have ended. */
START_TEST(it_asks_again)
{
	struct fproc *p = process(1);

	opened(p, 2);
	opened(p, 2);
	opened(p, 2);
	fd_close(&t, p, 1);
	fproc_end(&t, p);
	p = process(1);
	ck_assert_ptr_eq(fd_file(p, 0), &files.lost);
	ck_assert_ptr_eq(fd_file(p, 2), &files.lost);
	ck_assert_int_eq(opened(p, 2), 1);
	ck_assert_int_eq(opened(p, 2), 3);
	fd_close(&t, p, 0);
	fproc_end(&t, p);
	/* The VM has begun anew: it is another one's endpoint. */
	p = process_of(1, 6);
	ck_assert_int_eq(opened(p, 2), 0);
	fproc_end(&t, p);
	/* Another one is in its slot now. */
	p = process(101);
	ck_assert_int_eq(opened(p, 2), 0);
	fproc_end(&t, p);
	p = process(1);
	ck_assert_int_eq(opened(p, 2), 0);
	fproc_end(&t, p);
	ck_assert_int_eq(held[1] + held[2], 0);
}
END_TEST

START_TEST(fork_shares)
{
	struct fproc *p = process(1), *child;
	const struct place cwd = { 1, 3 };

	opened(p, 2);
	ck_assert_int_eq(fproc_set_cwd(p, &cwd), 0);
	fproc_set_umask(p, 077);
	child = fproc_fork(&t, p, endpoint(2), 6);
	ck_assert_ptr_nonnull(child);
	ck_assert_int_eq(child->parent, p->endpoint);
	ck_assert_ptr_eq(fd_file(child, 0), fd_file(p, 0));
	ck_assert_uint_eq(child->umask, 077);
	ck_assert_int_eq(held[3], 2);
	fproc_end(&t, p);
	ck_assert_uint_eq(fd_file(child, 0)->refs, 1);
	ck_assert_int_eq(nr_closed, 0);
	fproc_end(&t, child);
	ck_assert_int_eq(held[1] + held[2] + held[3], 0);
}
END_TEST

/* As if FS had been killed, and begun anew over the same memory */
static void next_fs(void)
{
	files_init(&files, UINT32_MAX - 3);
	memset(held, 0, sizeof(held));
	for (int i = 0; i < FPROCS_MAX; i++)
		free(t.proc[i].fd);
	fprocs_init(&t, &files, kept);
	for (int i = 0; i < FPROCS_MAX; i++)
		fproc_restore(&t, i);
}

START_TEST(what_the_next_finds)
{
	struct fproc *p = process(1), *gone = process(2), *child;
	const struct place cwd = { 1, 3 };

	opened(p, 2);
	opened(p, 2);
	opened(p, 2);
	fd_close(&t, p, 1);
	fproc_set_cwd(p, &cwd);
	fproc_set_umask(p, 0);
	fproc_set_node(p, 4);
	fproc_end(&t, gone);
	next_fs();
	p = fproc_find(&t, endpoint(1));
	ck_assert_ptr_nonnull(p);
	ck_assert_ptr_null(fproc_find(&t, endpoint(2)));
	ck_assert_ptr_eq(fd_file(p, 0), &files.lost);
	ck_assert_ptr_null(fd_file(p, 1));
	ck_assert_ptr_eq(fd_file(p, 2), &files.lost);
	ck_assert_int_eq(p->node, 4);
	ck_assert_uint_eq(p->umask, 0);
	ck_assert_uint_eq(p->incarnation, 5);
	ck_assert(place_is(&p->cwd, &cwd));
	ck_assert_int_eq(held[3], 1);
	/* And its child, and the one after that */
	child = fproc_fork(&t, p, endpoint(3), 7);
	ck_assert_ptr_eq(fd_file(child, 2), &files.lost);
	fd_close(&t, child, 2);
	next_fs();
	child = fproc_find(&t, endpoint(3));
	ck_assert_ptr_eq(fd_file(child, 0), &files.lost);
	ck_assert_ptr_null(fd_file(child, 2));
	fproc_end(&t, child);
	fproc_end(&t, fproc_find(&t, endpoint(1)));
	ck_assert_int_eq(held[1] + held[3], 0);
}
END_TEST

/* Directories that are not there any more, and a table of nonsense */
START_TEST(what_is_kept_lies)
{
	struct fproc *p = process(1);

	p->kept->cwd = (struct place){ 9, 1 };
	p->kept->root = (struct place){ 1, 77 };
	p->kept->umask = 0xffffffff;
	next_fs();
	p = fproc_find(&t, endpoint(1));
	ck_assert_uint_eq(p->cwd.dev, 0);
	ck_assert_uint_eq(p->root.dev, 0);
	ck_assert_uint_eq(p->umask, 0777);
	ck_assert_ptr_nonnull(fproc_fork(&t, p, endpoint(2), 1));
	fproc_end(&t, p);
	memset(kept, 0x5a, sizeof(kept));
	next_fs();
	for (int i = 0; i < FPROCS_MAX; i++)
		if (t.proc[i].there)
			fproc_end(&t, &t.proc[i]);
}
END_TEST

/* By chance */

static int descriptors_of(const struct file *f)
{
	int n = 0;

	for (int i = 0; i < FPROCS_MAX; i++)
		for (int fd = 0; fd < t.proc[i].nr_fds; fd++)
			n += t.proc[i].fd[fd].file == f;
	return n;
}

/* Each file has as many as it counts, each inode is held as often. */
static void all_count(void)
{
	int holds[INOS] = { 0 };

	for (int i = 0; i < FILES_MAX; i++) {
		const struct file *f = &files.file[i];
		const int n = descriptors_of(f);

		if (n)
			ck_assert_uint_eq(f->refs, (unsigned int)n);
		holds[f->at.ino] += n > 0;
	}
	for (int i = 0; i < FPROCS_MAX; i++) {
		if (!t.proc[i].there)
			continue;
		holds[t.proc[i].cwd.ino]++;
		holds[t.proc[i].root.ino]++;
	}
	for (int i = 1; i < INOS; i++)
		ck_assert_int_eq(holds[i], held[i]);
}

static void step(struct dice *d)
{
	const int n = (int)dice_throw(d, SLOTS);
	const int fd = (int)dice_throw(d, 12);
	struct fproc *p = fproc_find(&t, endpoint(n));
	const struct place at = { 1, 1 + dice_throw(d, INOS - 1) };
	struct file *f = p ? fd_file(p, fd) : NULL;

	if (!p) {
		process(n);
		return;
	}
	switch (dice_throw(d, 8)) {
	case 0:
	case 1:
		if (files.free)
			opened(p, at.ino);
		break;
	case 2:
		fd_close(&t, p, fd);
		break;
	case 3:
		if (f)
			fd_dup(p, f, (int)dice_throw(d, 12), dice_hit(d, 50));
		break;
	case 4:
		if (f)
			fd_replace(&t, p, (int)dice_throw(d, 12), file_get(f),
				   false);
		break;
	case 5:
		fproc_set_cwd(p, &at);
		break;
	case 6:
		if (!fproc_find(&t, endpoint((n + 1) % SLOTS)))
			fproc_fork(&t, p, endpoint((n + 1) % SLOTS), 9);
		else
			fproc_exec(&t, p);
		break;
	case 7:
		if (dice_hit(d, 30))
			fproc_end(&t, p);
		break;
	}
}

START_TEST(by_chance)
{
	struct dice d = { (uint64_t)_i + 1 };

	for (int i = 0; i < 3000; i++) {
		step(&d);
		all_count();
	}
	for (int i = 0; i < FPROCS_MAX; i++)
		if (t.proc[i].there)
			fproc_end(&t, &t.proc[i]);
	all_count();
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, by_endpoint);
	tcase_add_test(tc, descriptors);
	tcase_add_test(tc, own_things);
	tcase_add_test(tc, written);
	tcase_add_test(tc, too_many);
	tcase_add_test(tc, no_more_files);
	tcase_add_test(tc, it_asks_again);
	tcase_add_test(tc, fork_shares);
	tcase_add_test(tc, what_the_next_finds);
	tcase_add_test(tc, what_is_kept_lies);
	tcase_add_loop_test(tc, by_chance, 0, 10);
}

int main(void)
{
	return suite_run("fs_fproc", add);
}
