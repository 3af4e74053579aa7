// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * common/image and common/journal: what they do, and, in histories by seed that
 * end at each of their writes, that a group is there wholly or not at all and
 * nothing is lost that was made durable.  A failure names the seed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/image.h"
#include "common/journal.h"
#include "common/log.h"
#include "common/util.h"
#include "suite.h"
#include "torn.h"

#define BLOCK  TORN_SECTOR
#define BLOCKS 48
#define SIZE   (BLOCK * BLOCKS)

static char folder[] = "/tmp/m3ipc-image-XXXXXX";
static char path[64], journal[80];

static void file_make(const char *name, const void *data, size_t size)
{
	FILE *f = fopen(name, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, size, f), size);
	ck_assert_int_eq(fclose(f), 0);
}

static void image_make(void)
{
	static const char zeros[SIZE];

	file_make(path, zeros, sizeof(zeros));
}

static void set_up(void)
{
	strcpy(strrchr(folder, '-'), "-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/disk", folder);
	snprintf(journal, sizeof(journal), "%s.journal", path);
	image_make();
}

static void tear_down(void)
{
	unlink(path);
	unlink(journal);
	rmdir(folder);
}

/* What was logged last */
static char logged[256];

static void log_take(const char *fmt, va_list args)
{
	vsnprintf(logged, sizeof(logged), fmt, args);
}

void log_line(const char *level, const char *fmt, ...)
{
	va_list args;

	(void)level;
	va_start(args, fmt);
	log_take(fmt, args);
	va_end(args);
}

void log_limited(struct log_limit *limit, int64_t now, const char *level,
		 const char *fmt, ...)
{
	va_list args;

	(void)limit;
	(void)now;
	(void)level;
	va_start(args, fmt);
	log_take(fmt, args);
	va_end(args);
}

int64_t log_now(void)
{
	return 0;
}

/* The line has all of it, and names the file. */
static bool was_logged(const char *what)
{
	return strstr(logged, path) && strstr(logged, what);
}

static int put(struct image *im, int64_t at, const char *text)
{
	const struct iovec iov = { .iov_base = (void *)text,
				   .iov_len = strlen(text) };

	return image_write(im, &iov, 1, at);
}

static bool has(struct image *im, int64_t at, const char *text)
{
	char is[64] = { 0 };
	const struct iovec iov = { .iov_base = is, .iov_len = strlen(text) };

	ck_assert_uint_le(strlen(text), sizeof(is));
	return !image_read(im, &iov, 1, at) && !memcmp(is, text, strlen(text));
}

static bool has_zeros(struct image *im, int64_t at, size_t nr)
{
	static const char zeros[64];
	char is[64] = { 0 };
	const struct iovec iov = { .iov_base = is, .iov_len = nr };

	return !image_read(im, &iov, 1, at) && !memcmp(is, zeros, nr);
}

static struct piece piece(int64_t at, const char *text)
{
	return (struct piece){ .position = at,
			       .data = text,
			       .bytes = strlen(text) };
}

static struct image *image_up(enum image_mode mode)
{
	struct image *im = image_open(path, mode);

	ck_assert_ptr_nonnull(im);
	ck_assert_int_eq(image_bytes(im), SIZE);
	return im;
}

/* What it does */

START_TEST(a_file_that_is_written)
{
	const struct piece group[] = { piece(100, "group"), piece(3, "of two"),
				       piece(102, "ou") };
	struct image *im = image_up(IMAGE_SYNC);

	ck_assert_ptr_null(image_memory(im));
	ck_assert_int_eq(put(im, 10, "ten"), 0);
	ck_assert_int_eq(put(im, SIZE - 3, "end"), 0);
	ck_assert_int_eq(image_commit(im, group, 3), 0);
	ck_assert(has(im, 10, "ten") && has(im, 3, "of two"));
	ck_assert_int_eq(access(journal, F_OK), 0);
	ck_assert(image_close(im));
	ck_assert_int_eq(access(journal, F_OK), -1);
	im = image_up(IMAGE_READ_ONLY);
	ck_assert(has(im, 10, "ten") && has(im, SIZE - 3, "end"));
	ck_assert(
		has(im, 100, "grou" /* and the third piece after the first */));
	ck_assert(image_close(im));
}
END_TEST

START_TEST(pieces_are_written_in_their_order)
{
	const struct piece group[] = { piece(0, "aaaa"), piece(1, "bb"),
				       piece(2, "c") };
	struct image *im = image_up(IMAGE_SYNC);

	ck_assert_int_eq(image_commit(im, group, 3), 0);
	ck_assert(has(im, 0, "abca"));
	ck_assert(image_close(im));
}
END_TEST

START_TEST(nobody_writes_a_file_that_is_read_only)
{
	const struct piece group = piece(0, "x");
	struct image *im = image_up(IMAGE_READ_ONLY);

	ck_assert_int_eq(put(im, 0, "x"), -EROFS);
	ck_assert_int_eq(image_commit(im, &group, 1), -EROFS);
	ck_assert(image_close(im));
}
END_TEST

START_TEST(the_file_learns_nothing_of_a_copy)
{
	const struct piece group = piece(7, "group");
	struct image *im = image_up(IMAGE_COPY), *other;

	ck_assert_int_eq(put(im, 0, "copy"), 0);
	ck_assert_int_eq(image_commit(im, &group, 1), 0);
	ck_assert(has(im, 0, "copy") && has(im, 7, "group"));
	ck_assert(!memcmp((char *)image_memory(im) + 7, "group", 5));
	/* And it is not in use. */
	other = image_up(IMAGE_SYNC);
	ck_assert(has_zeros(other, 0, 12));
	ck_assert(image_close(im) && image_close(other));
}
END_TEST

START_TEST(memory)
{
	const struct piece group[] = { piece(7, "group"), piece(4095, "e") };
	struct image *im = image_empty("ram", 4096);

	ck_assert_int_eq(image_bytes(im), 4096);
	ck_assert_int_eq(image_commit(im, group, 2), 0);
	ck_assert(has(im, 7, "group") && has(im, 4095, "e"));
	ck_assert_int_eq(image_flush(im), 0);
	ck_assert(image_close(im));
	ck_assert_ptr_null(image_empty("ram", INT64_C(1) << 46));
}
END_TEST

START_TEST(groups_that_do_not_fit)
{
	static struct piece many[JOURNAL_PIECES + 1];
	static char data[JOURNAL_BYTES];
	struct piece p = piece(SIZE - 1, "ab");
	struct image *im = image_up(IMAGE_SYNC);

	ck_assert_int_eq(image_commit(im, &p, 1), -EINVAL);
	p.position = SIZE + 1;
	p.bytes = 0;
	ck_assert_int_eq(image_commit(im, &p, 1), -EINVAL);
	p.position = -1;
	ck_assert_int_eq(image_commit(im, &p, 1), -EINVAL);
	p = (struct piece){ .position = 1, .data = data, .bytes = SIZE_MAX };
	ck_assert_int_eq(image_commit(im, &p, 1), -EINVAL);
	p.bytes = (size_t)INT64_MAX;
	ck_assert_int_eq(image_commit(im, &p, 1), -EINVAL);
	ck_assert_int_eq(image_commit(im, &p, 0), -EINVAL);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = piece((int64_t)i, "x");
	ck_assert_int_eq(image_commit(im, many, JOURNAL_PIECES + 1), -EINVAL);
	ck_assert_int_eq(image_commit(im, many, JOURNAL_PIECES), 0);
	ck_assert(has(im, JOURNAL_PIECES - 1, "x") &&
		  has_zeros(im, JOURNAL_PIECES, 1));
	ck_assert(image_close(im));
}
END_TEST

START_TEST(one_server_an_image)
{
	struct image *im = image_up(IMAGE_SYNC), *other;

	ck_assert_ptr_null(image_open(path, IMAGE_SYNC));
	ck_assert(was_logged("another server has it in use"));
	ck_assert_ptr_null(image_open(path, IMAGE_READ_ONLY));
	ck_assert_ptr_null(image_open(path, IMAGE_COPY));
	/* It is the other's journal. */
	ck_assert_int_eq(access(journal, F_OK), 0);
	ck_assert(image_close(im));
	im = image_up(IMAGE_READ_ONLY);
	other = image_up(IMAGE_READ_ONLY);
	ck_assert_ptr_null(image_open(path, IMAGE_SYNC));
	ck_assert(image_close(im) && image_close(other));
}
END_TEST

START_TEST(no_image)
{
	char other[80];

	ck_assert_ptr_null(image_open(folder, IMAGE_READ_ONLY));
	ck_assert_int_eq(truncate(path, 0), 0);
	ck_assert_ptr_null(image_open(path, IMAGE_SYNC));
	unlink(path);
	ck_assert_ptr_null(image_open(path, IMAGE_SYNC));
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_ptr_null(image_open(path, IMAGE_READ_ONLY));
	ck_assert_ptr_null(image_open(path, IMAGE_SYNC));
	unlink(path);
	image_make();
	/* A journal that leads to what is another's */
	snprintf(other, sizeof(other), "%s/other", folder);
	file_make(other, "precious", 8);
	ck_assert_int_eq(symlink(other, journal), 0);
	ck_assert_ptr_null(image_open(path, IMAGE_SYNC));
	unlink(journal);
	ck_assert_int_eq(link(other, journal), 0);
	ck_assert_ptr_null(image_open(path, IMAGE_SYNC));
	unlink(other);
	unlink(journal);
	/* One that another may write */
	file_make(journal, "", 0);
	ck_assert_int_eq(chmod(journal, 0620), 0);
	ck_assert_ptr_null(image_open(path, IMAGE_SYNC));
	ck_assert_ptr_null(image_open(path, IMAGE_READ_ONLY));
	ck_assert_int_eq(chmod(journal, 0602), 0);
	ck_assert_ptr_null(image_open(path, IMAGE_SYNC));
	ck_assert_int_eq(chmod(journal, 0600), 0);
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(journal, 1, 1), 0);
		ck_assert_ptr_null(image_open(path, IMAGE_SYNC));
	}
}
END_TEST

START_TEST(a_file_that_shrinks)
{
	const struct piece group = piece(0, "group");
	struct image *im = image_up(IMAGE_SYNC);
	struct stat st;

	ck_assert_int_eq(put(im, 0, "before"), 0);
	ck_assert_int_eq(truncate(path, SIZE / 2), 0);
	ck_assert(has(im, 0, "before"));
	ck_assert(has_zeros(im, SIZE / 2 - 1, 1));
	ck_assert(!has_zeros(im, SIZE / 2 - 1, 2));
	ck_assert(was_logged("shorter, reading block 12:"));
	ck_assert_int_eq(put(im, 4096, "x"), -EIO);
	ck_assert(was_logged("shorter, writing block 4:"));
	ck_assert_int_eq(put(im, SIZE - 1, "x"), -EIO);
	ck_assert_int_eq(image_commit(im, &group, 1), -EIO);
	ck_assert(!stat(path, &st) && st.st_size == SIZE / 2);
	ck_assert(has(im, 0, "before"));
	image_close(im);
}
END_TEST

/* A process that ends with a group that only the journal has */
static void leave_group(void)
{
	struct image *im = image_open(path, IMAGE_SYNC);
	const struct piece group[] = { piece(0, "in the"),
				       piece(600, "journal") };
	const struct iovec zeros = { .iov_base = calloc(1, 1024),
				     .iov_len = 1024 };

	if (!im || image_commit(im, group, 2))
		_exit(1);
	_exit(pwritev(open(path, O_RDWR), &zeros, 1, 0) != 1024);
}

static void group_left(void)
{
	const pid_t pid = fork();
	int status;

	if (!pid)
		leave_group();
	waitpid(pid, &status, 0);
	ck_assert_int_eq(status, 0);
}

START_TEST(who_only_reads_does_not_go_past_a_journal)
{
	struct image *im;

	group_left();
	ck_assert_ptr_null(image_open(path, IMAGE_READ_ONLY));
	im = image_up(IMAGE_COPY);
	ck_assert(has(im, 0, "in the") && has(im, 600, "journal"));
	ck_assert(image_close(im));
	im = image_up(IMAGE_SYNC);
	ck_assert(has(im, 0, "in the") && has(im, 600, "journal"));
	ck_assert(image_close(im));
	image_close(image_up(IMAGE_READ_ONLY));
}
END_TEST

/* Journals that somebody has changed: as they were, or none */
START_TEST(a_damaged_journal)
{
	struct dice dice = { 1 };
	char whole[200], bad[200];
	struct image *im;
	ssize_t n;
	int fd;

	group_left();
	fd = open(journal, O_RDONLY);
	n = read(fd, whole, sizeof(whole));
	ck_assert_int_gt(n, 80);
	close(fd);
	for (int i = 0; i < 2000; i++) {
		const size_t size = dice_hit(&dice, 20) ?
					    dice_throw(&dice, (unsigned int)n) :
					    (size_t)n;

		image_make();
		memcpy(bad, whole, sizeof(bad));
		for (unsigned int k = dice_throw(&dice, 4); k--;)
			bad[dice_throw(&dice, (unsigned int)n)] =
				(char)dice_throw(&dice, 256);
		file_make(journal, bad, size);
		im = image_up(IMAGE_SYNC);
		ck_assert(memcmp(bad, whole, (size_t)n) || size < (size_t)n ?
				  has_zeros(im, 0, 6) && has_zeros(im, 600, 7) :
				  has(im, 0, "in the") &&
					  has(im, 600, "journal"));
		ck_assert(image_close(im));
	}
}
END_TEST

/* Histories */

#define STEPS    12
#define VERSIONS 32
#define GROUP    6

/* What each block may hold: shared with the process that ends */
static struct shared {
	struct block {
		uint32_t may[VERSIONS];
		uint32_t nr;
	} blocks[BLOCKS];
	uint32_t version;

	/* A group that is being written */
	uint32_t group[GROUP * 3];
	uint32_t nr_group;
} * shared;

static unsigned int seed;

#define HOLDS(expression)                                         \
	do {                                                      \
		if (!(expression))                                \
			ck_abort_msg("seed %u: not so: %s", seed, \
				     #expression);                \
	} while (0)

static void block_fill(char *to, uint32_t block, uint32_t version)
{
	const uint32_t word[2] = { block, version };

	for (size_t i = 0; i < BLOCK; i += sizeof(word))
		memcpy(to + i, word, sizeof(word));
}

static void block_may(uint32_t i, uint32_t version)
{
	struct block *b = &shared->blocks[i];

	b->may[b->nr++] = version;
}

static void block_is(uint32_t i, uint32_t version)
{
	shared->blocks[i].nr = 0;
	block_may(i, version);
}

static uint32_t block_now(uint32_t i)
{
	const struct block *b = &shared->blocks[i];

	return b->may[b->nr - 1];
}

/* What was written last is durable. */
static void all_durable(void)
{
	for (uint32_t i = 0; i < BLOCKS; i++)
		block_is(i, block_now(i));
}

static void step_write(struct image *im, struct dice *dice, enum torn torn)
{
	const uint32_t nr = 1 + dice_throw(dice, 4);
	const uint32_t at = dice_throw(dice, BLOCKS - nr + 1);
	const uint32_t version = ++shared->version;
	struct iovec iov[4];
	char data[4 * BLOCK];

	for (uint32_t i = 0; i < nr; i++) {
		block_fill(data + i * BLOCK, at + i, version);
		block_may(at + i, version);
		iov[i].iov_base = data + i * BLOCK;
		iov[i].iov_len = BLOCK;
	}
	if (image_write(im, iov, nr, at * BLOCK))
		_exit(1);
	for (uint32_t i = 0; torn == TORN_KILLED && i < nr; i++)
		block_is(at + i, version);
}

/* Up to GROUP runs of up to 3 blocks */
static size_t group_make(struct dice *dice, struct piece *pieces, char *data)
{
	const uint32_t nr = 1 + dice_throw(dice, GROUP);
	uint32_t at = 0, n = 0;
	size_t i;

	for (i = 0; i < nr && at + 4 < BLOCKS; i++) {
		const uint32_t run = 1 + dice_throw(dice, 3);

		at += dice_throw(dice, BLOCKS / GROUP - 3);
		pieces[i].position = at * BLOCK;
		pieces[i].data = data + n * BLOCK;
		pieces[i].bytes = run * BLOCK;
		for (uint32_t k = 0; k < run; k++, at++) {
			block_fill(data + n * BLOCK, at, shared->version + 1);
			shared->group[n++] = at;
		}
	}
	shared->version++;
	shared->nr_group = n;
	return i;
}

static void step_commit(struct image *im, struct dice *dice)
{
	struct piece pieces[GROUP];
	char data[GROUP * 3 * BLOCK];
	const size_t nr = group_make(dice, pieces, data);

	if (image_commit(im, pieces, nr))
		_exit(1);
	for (uint32_t i = 0; i < shared->nr_group; i++)
		block_may(shared->group[i], shared->version);
	shared->nr_group = 0;
	all_durable();
}

static void history_run(struct dice *dice, enum torn torn, unsigned int last)
{
	struct image *im;

	torn_begin(torn, last, dice);
	im = image_open(path, IMAGE_SYNC);
	if (!im)
		_exit(1);
	for (int i = 0; i < STEPS; i++) {
		switch (dice_throw(dice, 5)) {
		case 0:
			if (image_flush(im))
				_exit(1);
			all_durable();
			break;
		case 1:
		case 2:
			step_commit(im, dice);
			break;
		default:
			step_write(im, dice, torn);
		}
	}
	_exit(!image_close(im));
}

/* Returns whether it ended at the call with that number. */
static bool history_ends(enum torn torn, unsigned int last)
{
	struct dice dice = { seed };
	const pid_t pid = fork();
	int status;

	if (!pid)
		history_run(&dice, torn, last);
	waitpid(pid, &status, 0);
	HOLDS(WIFEXITED(status));
	HOLDS(!WEXITSTATUS(status) || WEXITSTATUS(status) == TORN_STATUS);
	return WEXITSTATUS(status) == TORN_STATUS;
}

/* Who opens it afterwards is ended, too. */
static void opening_ends(enum torn torn, unsigned int last)
{
	struct dice dice = { seed + 1 };
	const pid_t pid = fork();
	int status;

	if (!pid) {
		torn_begin(torn, last, &dice);
		_exit(!image_open(path, IMAGE_SYNC));
	}
	waitpid(pid, &status, 0);
	HOLDS(WIFEXITED(status) && WEXITSTATUS(status) != 1);
}

/* The version that a block has, which is one and that of this block */
static uint32_t block_version(const char *data, uint32_t block)
{
	char whole[BLOCK];
	uint32_t version;

	memcpy(&version, data + sizeof(version), sizeof(version));
	block_fill(whole, version ? block : 0, version);
	HOLDS(!memcmp(whole, data, BLOCK));
	return version;
}

static bool block_is_in_group(uint32_t i)
{
	for (uint32_t k = 0; k < shared->nr_group; k++)
		if (shared->group[k] == i)
			return true;
	return false;
}

static void image_check(void)
{
	static char data[SIZE];
	const struct iovec iov = { .iov_base = data, .iov_len = SIZE };
	struct image *im = image_open(path, IMAGE_SYNC);
	uint32_t nr_new = 0;

	HOLDS(im && !image_read(im, &iov, 1, 0));
	for (uint32_t i = 0; i < BLOCKS; i++) {
		const uint32_t is = block_version(data + i * BLOCK, i);
		const struct block *b = &shared->blocks[i];
		bool may = false;

		if (block_is_in_group(i) && is == shared->version) {
			nr_new++;
			continue;
		}
		for (uint32_t k = 0; k < b->nr; k++)
			may |= b->may[k] == is;
		HOLDS(may);
	}
	HOLDS(!nr_new || nr_new == shared->nr_group);
	HOLDS(image_close(im));
}

static void histories(enum torn torn, unsigned int nr)
{
	for (unsigned int first = seed = 1; first <= nr; first++) {
		bool ended = true;

		for (unsigned int last = 0; ended; last++) {
			seed = first * 1000 + last;
			image_make();
			memset(shared, 0, sizeof(*shared));
			for (uint32_t i = 0; i < BLOCKS; i++)
				block_may(i, 0);
			ended = history_ends(torn, last);
			if (seed % 2)
				opening_ends(torn, seed / 2 % 5);
			image_check();
		}
	}
}

START_TEST(killed_at_each_write)
{
	histories(TORN_KILLED, 25);
}
END_TEST

START_TEST(switched_off_at_each_write)
{
	histories(TORN_OFF, 25);
}
END_TEST

/* After an error: all of the group that failed, or nothing, once it is anew */
static void error_at(unsigned int last, unsigned int throw)
{
	struct dice dice = { throw };
	const struct piece before[] = { piece(0, "before"), piece(600, "11") };
	const struct piece group[] = { piece(0, "after!"), piece(600, "22") };
	struct image *im = image_up(IMAGE_SYNC);
	int rc;
	bool is_new;

	ck_assert_int_eq(image_commit(im, before, 2), 0);
	torn_begin(TORN_ERROR, last, &dice);
	rc = image_commit(im, group, 2);
	if (rc) {
		ck_assert_int_eq(rc, -EIO);
		put(im, 700, "later");
	}
	torn_end();
	image_close(im);
	im = image_up(IMAGE_SYNC);
	is_new = has(im, 0, "after!");
	ck_assert(has(im, 600, is_new ? "22" : "11"));
	ck_assert(is_new || (rc && has(im, 0, "before")));
	image_close(im);
	image_make();
}

START_TEST(errors_of_each_write)
{
	for (unsigned int i = 0; i < 200; i++)
		error_at(i % 8, i);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_file_that_is_written);
	tcase_add_test(tc, pieces_are_written_in_their_order);
	tcase_add_test(tc, nobody_writes_a_file_that_is_read_only);
	tcase_add_test(tc, the_file_learns_nothing_of_a_copy);
	tcase_add_test(tc, memory);
	tcase_add_test(tc, groups_that_do_not_fit);
	tcase_add_test(tc, one_server_an_image);
	tcase_add_test(tc, no_image);
	tcase_add_test(tc, a_file_that_shrinks);
	tcase_add_test(tc, who_only_reads_does_not_go_past_a_journal);
	tcase_add_test(tc, a_damaged_journal);
	tcase_add_test(tc, killed_at_each_write);
	tcase_add_test(tc, switched_off_at_each_write);
	tcase_add_test(tc, errors_of_each_write);
}

int main(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return suite_run("image", add);
}
