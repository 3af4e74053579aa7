// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <molipc/dev.h>

#include "common/le.h"
#include "common/log.h"
#include "common/memory.h"
#include "shared_data.h"

#define PIECE_BYTES (512 << 10)

#define WRITE_HEAD 16
#define ENTRY      16
#define PIECE_HEAD 24
#define DATA_MAX   (WRITE_HEAD + DEV_COMMIT_MAX * ENTRY + DEV_BYTES_MAX)

static struct shared {
	char *name;
	struct image *image;
} * shared;
static uint32_t nr_shared;
static unsigned char buffer[DATA_MAX];

uint32_t shared_data_add(const char *name, struct image *image)
{
	shared = memory_grow(shared, nr_shared, sizeof(*shared));
	shared[nr_shared] = (struct shared){ memory_strdup(name), image };
	return nr_shared++;
}

uint32_t shared_data_nr(void)
{
	return nr_shared;
}

static uint64_t params_add(uint64_t sum, const void *from, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum = (sum ^ ((const unsigned char *)from)[i]) *
		      UINT64_C(0x100000001b3);
	return sum;
}

uint64_t shared_data_params(void)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);
	unsigned char bytes[8];

	for (uint32_t i = 0; i < nr_shared; i++) {
		le_put64(bytes, 0, (uint64_t)image_bytes(shared[i].image));
		sum = params_add(sum, bytes, sizeof(bytes));
		sum = params_add(sum, shared[i].name,
				 strlen(shared[i].name) + 1);
	}
	return sum;
}

static uint32_t image_pieces(const struct image *image)
{
	return (uint32_t)((image_bytes(image) + PIECE_BYTES - 1) / PIECE_BYTES);
}

uint32_t shared_data_pieces(void)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < nr_shared; i++)
		nr += image_pieces(shared[i].image);
	return nr;
}

/* Writes */

struct wire_data shared_data_write(uint32_t disk, bool is_group,
				   const struct piece *pieces, size_t nr)
{
	size_t at = WRITE_HEAD + nr * ENTRY;

	le_put32(buffer, 0, disk);
	le_put32(buffer, 4, is_group);
	le_put32(buffer, 8, (uint32_t)nr);
	le_put32(buffer, 12, 0);
	for (size_t i = 0; i < nr; i++) {
		const size_t entry = WRITE_HEAD + i * ENTRY;

		le_put64(buffer, entry, (uint64_t)pieces[i].position);
		le_put64(buffer, entry + 8, pieces[i].bytes);
		memcpy(buffer + at, pieces[i].data, pieces[i].bytes);
		at += pieces[i].bytes;
	}
	return (struct wire_data){ buffer, at };
}

static bool data_refuse(void)
{
	log_line(SD_ERR, "what another node says of a disk makes no sense");
	return false;
}

static bool is_within(const struct image *image, uint64_t position,
		      uint64_t bytes)
{
	const uint64_t all = (uint64_t)image_bytes(image);

	return position <= all && bytes <= all - position;
}

/* The pieces of a write; false: it is none. */
static bool pieces_take(const struct wire_data *data, const struct image *image,
			struct piece *pieces, uint32_t nr)
{
	size_t at = WRITE_HEAD + nr * ENTRY;

	if (nr < 1 || nr > DEV_COMMIT_MAX || at > data->size)
		return false;
	for (uint32_t i = 0; i < nr; i++) {
		const size_t entry = WRITE_HEAD + i * ENTRY;
		const uint64_t position = le_get64(data->bytes, entry);
		const uint64_t bytes = le_get64(data->bytes, entry + 8);

		if (bytes > data->size - at ||
		    !is_within(image, position, bytes))
			return false;
		pieces[i] = (struct piece){ (int64_t)position, data->bytes + at,
					    bytes };
		at += bytes;
	}
	return at == data->size;
}

bool shared_data_take_write(const struct wire_data *data)
{
	static struct piece pieces[DEV_COMMIT_MAX];
	struct image *image;
	struct iovec iov;
	uint32_t nr;

	if (data->size < WRITE_HEAD || le_get32(data->bytes, 0) >= nr_shared)
		return data_refuse();
	image = shared[le_get32(data->bytes, 0)].image;
	nr = le_get32(data->bytes, 8);
	if (!pieces_take(data, image, pieces, nr))
		return data_refuse();
	if (le_get32(data->bytes, 4))
		return !image_commit(image, pieces, nr);
	iov.iov_base = (void *)pieces[0].data;
	iov.iov_len = pieces[0].bytes;
	return nr == 1 ? !image_write(image, &iov, 1, pieces[0].position) :
			 data_refuse();
}

/* Copies */

static bool is_zero(const unsigned char *from, size_t size)
{
	return !size || (!from[0] && !memcmp(from, from + 1, size - 1));
}

static struct wire_data piece_put(uint32_t disk, uint64_t position)
{
	const uint64_t left =
		(uint64_t)image_bytes(shared[disk].image) - position;
	const uint64_t bytes = left < PIECE_BYTES ? left : PIECE_BYTES;
	const struct iovec iov = { buffer + PIECE_HEAD, bytes };
	bool zeros;

	if (image_read(shared[disk].image, &iov, 1, (int64_t)position))
		return (struct wire_data){ NULL, 0 };
	zeros = is_zero(buffer + PIECE_HEAD, bytes);
	le_put32(buffer, 0, disk);
	le_put32(buffer, 4, zeros);
	le_put64(buffer, 8, bytes);
	le_put64(buffer, 16, position);
	return (struct wire_data){ buffer, PIECE_HEAD + (zeros ? 0 : bytes) };
}

struct wire_data shared_data_piece(uint32_t piece)
{
	for (uint32_t i = 0; i < nr_shared; i++) {
		if (piece < image_pieces(shared[i].image))
			return piece_put(i, (uint64_t)piece * PIECE_BYTES);
		piece -= image_pieces(shared[i].image);
	}
	return (struct wire_data){ NULL, 0 };
}

bool shared_data_take_piece(const struct wire_data *data)
{
	static const unsigned char zeros[PIECE_BYTES];
	uint64_t bytes, position;
	struct image *image;
	struct iovec iov;
	bool is_zeros;

	if (data->size < PIECE_HEAD || le_get32(data->bytes, 0) >= nr_shared)
		return data_refuse();
	image = shared[le_get32(data->bytes, 0)].image;
	is_zeros = le_get32(data->bytes, 4);
	bytes = le_get64(data->bytes, 8);
	position = le_get64(data->bytes, 16);
	if (bytes > PIECE_BYTES || !is_within(image, position, bytes) ||
	    data->size - PIECE_HEAD != (is_zeros ? 0 : bytes))
		return data_refuse();
	iov.iov_base = (void *)(is_zeros ? zeros : data->bytes + PIECE_HEAD);
	iov.iov_len = bytes;
	return !image_write(image, &iov, 1, (int64_t)position);
}

bool shared_data_flush(void)
{
	bool done = true;

	for (uint32_t i = 0; i < nr_shared; i++)
		if (image_flush(shared[i].image))
			done = false;
	return done;
}
