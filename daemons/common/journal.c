// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "journal.h"
#include "le.h"
#include "memory.h"
#include "vio.h"

#define MAGIC "m3ipcJ01"

enum header_at {
	AT_MAGIC = 0,
	AT_IMAGE_BYTES = 8,
	AT_BYTES = 16,
	AT_PIECES = 24,
	AT_CHECKSUM = 32,
	HEADER = 40,
};

#define PIECE    16 /* bytes of one in the table */
#define HEAD_MAX (HEADER + JOURNAL_PIECES * PIECE)

/*
 * A step loses nothing of "sum", so one word that differs always shows; of
 * several, as many as chance lets through in 64 bits do not.
 */
static uint64_t sum_word(uint64_t sum, uint64_t word)
{
	sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return sum ^ sum >> 29;
}

static uint64_t sum_bytes(uint64_t sum, const void *from, size_t bytes)
{
	size_t at;

	for (at = 0; bytes - at >= 8; at += 8)
		sum = sum_word(sum, le_get64(from, at));
	for (; at < bytes; at++)
		sum = sum_word(sum, ((const unsigned char *)from)[at]);
	return sum_word(sum, bytes);
}

static uint64_t group_sum(const void *head, const void *table,
			  const struct piece *pieces, size_t nr)
{
	uint64_t sum = sum_bytes(0, head, AT_CHECKSUM);

	sum = sum_bytes(sum, table, nr * PIECE);
	for (size_t i = 0; i < nr; i++)
		sum = sum_bytes(sum, pieces[i].data, pieces[i].bytes);
	return sum;
}

bool journal_fits(const struct piece *pieces, size_t nr, int64_t image_bytes)
{
	size_t left = JOURNAL_BYTES;

	if (!nr || nr > JOURNAL_PIECES)
		return false;
	for (size_t i = 0; i < nr; i++) {
		const struct piece *p = &pieces[i];

		if (p->bytes > left || p->position < 0 ||
		    p->position > image_bytes ||
		    (int64_t)p->bytes > image_bytes - p->position)
			return false;
		left -= p->bytes;
	}
	return true;
}

static size_t head_fill(unsigned char *head, const struct piece *pieces,
			size_t nr, int64_t image_bytes)
{
	uint64_t bytes = 0;

	memcpy(head, MAGIC, strlen(MAGIC));
	for (size_t i = 0; i < nr; i++) {
		le_put64(head, HEADER + i * PIECE,
			 (uint64_t)pieces[i].position);
		le_put64(head, HEADER + i * PIECE + 8, pieces[i].bytes);
		bytes += pieces[i].bytes;
	}
	le_put64(head, AT_IMAGE_BYTES, (uint64_t)image_bytes);
	le_put64(head, AT_BYTES, bytes);
	le_put32(head, AT_PIECES, (uint32_t)nr);
	le_put64(head, AT_CHECKSUM, group_sum(head, head + HEADER, pieces, nr));
	return HEADER + nr * PIECE;
}

int journal_write(int fd, const struct piece *pieces, size_t nr,
		  int64_t image_bytes)
{
	struct iovec iov[JOURNAL_PIECES + 1];
	unsigned char head[HEAD_MAX] = { 0 };

	iov[0].iov_base = head;
	iov[0].iov_len = head_fill(head, pieces, nr, image_bytes);
	for (size_t i = 0; i < nr; i++) {
		iov[i + 1].iov_base = (void *)pieces[i].data;
		iov[i + 1].iov_len = pieces[i].bytes;
	}
	return vio_write(fd, iov, nr + 1, 0);
}

static ssize_t file_read(int fd, void *to, size_t bytes, int64_t position)
{
	const struct iovec iov = { .iov_base = to, .iov_len = bytes };

	return vio_read(fd, &iov, 1, position);
}

static bool head_makes_sense(const unsigned char *head, int64_t image_bytes)
{
	const uint32_t nr = le_get32(head, AT_PIECES);

	return !memcmp(head, MAGIC, strlen(MAGIC)) &&
	       le_get64(head, AT_IMAGE_BYTES) == (uint64_t)image_bytes &&
	       le_get64(head, AT_BYTES) <= JOURNAL_BYTES && nr &&
	       nr <= JOURNAL_PIECES && !le_get32(head, AT_PIECES + 4);
}

/* False: together they are not what the head says. */
static bool pieces_take(struct journal_group *group, const unsigned char *head)
{
	const uint64_t bytes = le_get64(head, AT_BYTES);
	const unsigned char *data;
	uint64_t at = 0;

	data = (unsigned char *)group->memory + group->nr * PIECE;
	for (size_t i = 0; i < group->nr; i++) {
		struct piece *p = &group->pieces[i];

		p->position = (int64_t)le_get64(group->memory, i * PIECE);
		p->bytes = le_get64(group->memory, i * PIECE + 8);
		p->data = data + at;
		if (p->bytes > bytes - at)
			return false;
		at += p->bytes;
	}
	return at == bytes;
}

static bool group_is_whole(const struct journal_group *group,
			   const unsigned char *head, int64_t image_bytes)
{
	return group_sum(head, group->memory, group->pieces, group->nr) ==
		       le_get64(head, AT_CHECKSUM) &&
	       journal_fits(group->pieces, group->nr, image_bytes);
}

static enum journal_state group_read(int fd, int64_t image_bytes,
				     const unsigned char *head,
				     struct journal_group *group)
{
	const size_t bytes = group->nr * PIECE + le_get64(head, AT_BYTES);
	const ssize_t n = file_read(fd, group->memory, bytes, HEADER);

	if (n < 0)
		return JOURNAL_ERROR;
	return (size_t)n == bytes && pieces_take(group, head) &&
			       group_is_whole(group, head, image_bytes) ?
		       JOURNAL_WHOLE :
		       JOURNAL_TORN;
}

enum journal_state journal_read(int fd, int64_t image_bytes,
				struct journal_group *group)
{
	unsigned char head[HEADER];
	const ssize_t n = file_read(fd, head, sizeof(head), 0);
	enum journal_state state;

	if (n <= 0)
		return n ? JOURNAL_ERROR : JOURNAL_EMPTY;
	if (n < HEADER || !head_makes_sense(head, image_bytes))
		return JOURNAL_TORN;
	group->nr = le_get32(head, AT_PIECES);
	group->pieces = memory_alloc(group->nr * sizeof(*group->pieces));
	group->memory =
		memory_alloc(group->nr * PIECE + le_get64(head, AT_BYTES));
	state = group_read(fd, image_bytes, head, group);
	if (state != JOURNAL_WHOLE)
		journal_free(group);
	return state;
}

void journal_free(struct journal_group *group)
{
	free(group->pieces);
	free(group->memory);
}
