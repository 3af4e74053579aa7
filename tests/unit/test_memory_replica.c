// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * daemons/memory: messages of replicas as bytes, what they do to images, and
 * what is kept beside those.  Who leads is in tests/sim/replica.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory/replica_file.h"
#include "memory/replica_wire.h"
#include "memory/shared_data.h"
#include "suite.h"

#define BYTES (1 << 20)

static char folder[] = "/tmp/m3ipc-replica.XXXXXX";
static char path[64];

static struct sent {
	unsigned char *bytes;
	size_t size;
} sent[16];
static size_t nr_sent;

static void part_sent(void *arg, const void *part, size_t size)
{
	ck_assert_ptr_eq(arg, sent);
	ck_assert_uint_lt(nr_sent, 16);
	ck_assert_uint_lt(size, 1000 << 10);
	sent[nr_sent].bytes = malloc(size);
	sent[nr_sent].size = size;
	memcpy(sent[nr_sent++].bytes, part, size);
}

static void send_all(const struct replica_msg *m, const unsigned char *bytes,
		     size_t size)
{
	const struct wire_data data = { bytes, size };

	while (nr_sent)
		free(sent[--nr_sent].bytes);
	wire_put(m, &data, part_sent, sent);
}

static const struct replica_msg full = {
	.type = REPLICA_STATE,
	.nonce = 1,
	.to = { 2, 3 },
	.epoch = { UINT64_C(1) << 40, 4 },
	.before = { UINT64_C(1) << 39, 5 },
	.seq = UINT64_C(1) << 33,
	.nodes = UINT64_C(1) << 63 | 1,
	.state = REPLICA_SYNC,
	.partial = true,
	.params = UINT64_MAX,
	.piece = 6,
};

START_TEST(wire_members)
{
	struct wire_parts parts = { .next = 0 };
	struct replica_msg m;
	struct wire_data data;

	memset(&m, 0, sizeof(m));
	send_all(&full, NULL, 0);
	ck_assert_uint_eq(nr_sent, 1);
	ck_assert(wire_take(&parts, sent[0].bytes, sent[0].size, &m, &data));
	ck_assert_int_eq(m.type, full.type);
	ck_assert_uint_eq(m.nonce, full.nonce);
	ck_assert_mem_eq(&m.to, &full.to, sizeof(m.to));
	ck_assert_uint_eq(m.epoch.count, full.epoch.count);
	ck_assert_uint_eq(m.epoch.node, full.epoch.node);
	ck_assert_uint_eq(m.before.count, full.before.count);
	ck_assert_uint_eq(m.before.node, full.before.node);
	ck_assert_uint_eq(m.seq, full.seq);
	ck_assert_uint_eq(m.nodes, full.nodes);
	ck_assert_int_eq(m.state, full.state);
	ck_assert(m.partial);
	ck_assert_uint_eq(m.params, full.params);
	ck_assert_uint_eq(m.piece, full.piece);
	ck_assert_uint_eq(data.size, 0);
}
END_TEST

/* As large as a request can be, and what was begun before is forgotten. */
START_TEST(wire_many_parts)
{
	const size_t size = 5 << 20;
	unsigned char *bytes = malloc(size);
	struct wire_parts parts = { .next = 0 };
	struct wire_data data;
	struct replica_msg m;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)(i * 7 + i / 253);
	send_all(&full, bytes, size);
	ck_assert_uint_gt(nr_sent, 5);
	ck_assert(!wire_take(&parts, sent[0].bytes, sent[0].size, &m, &data));
	for (size_t i = 0; i < nr_sent; i++)
		ck_assert_int_eq(wire_take(&parts, sent[i].bytes, sent[i].size,
					   &m, &data),
				 i + 1 == nr_sent);
	ck_assert_uint_eq(data.size, size);
	ck_assert_mem_eq(data.bytes, bytes, size);
	/* One is missing. */
	for (size_t i = 0; i < nr_sent; i++)
		ck_assert(i == 2 || !wire_take(&parts, sent[i].bytes,
					       sent[i].size, &m, &data));
	wire_forget(&parts);
	free(bytes);
}
END_TEST

START_TEST(wire_nonsense)
{
	struct wire_parts parts = { .next = 0 };
	struct wire_data data;
	struct replica_msg m;

	send_all(&full, NULL, 0);
	for (size_t i = 0; i < 96; i++)
		ck_assert(!wire_take(&parts, sent[0].bytes, i, &m, &data));
	sent[0].bytes[8] = 77; /* the type */
	ck_assert(!wire_take(&parts, sent[0].bytes, sent[0].size, &m, &data));
	sent[0].bytes[8] = REPLICA_ACK;
	sent[0].bytes[72] = 99; /* the state */
	ck_assert(!wire_take(&parts, sent[0].bytes, sent[0].size, &m, &data));
}
END_TEST

/* Images */

static struct image *images[2];

static void images_open(void)
{
	images[0] = image_empty("first", BYTES + 512);
	images[1] = image_empty("second", BYTES);
	ck_assert_uint_eq(shared_data_add("first", images[0]), 0);
	ck_assert_uint_eq(shared_data_add("second", images[1]), 1);
}

static const char *at(int image, int64_t position)
{
	return (char *)image_memory(images[image]) + position;
}

START_TEST(data_writes)
{
	const struct piece pieces[] = { { 3, "abc", 3 }, { 9, "de", 2 } };
	struct wire_data data;

	images_open();
	data = shared_data_write(1, true, pieces, 2);
	ck_assert(shared_data_take_write(&data));
	ck_assert_mem_eq(at(1, 0), "\0\0\0abc\0\0\0de", 12);
	data = shared_data_write(0, false, pieces, 1);
	ck_assert(shared_data_take_write(&data));
	ck_assert_mem_eq(at(0, 0), "\0\0\0abc", 7);
	ck_assert(shared_data_flush());
}
END_TEST

START_TEST(data_of_others)
{
	const struct piece outside = { BYTES - 1, "abc", 3 };
	const struct piece inside = { 0, "abc", 3 };
	struct wire_data data;

	/* It logs each. */
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	images_open();
	data = shared_data_write(1, true, &outside, 1);
	ck_assert(!shared_data_take_write(&data));
	data = shared_data_write(2, true, &inside, 1);
	ck_assert(!shared_data_take_write(&data));
	data = shared_data_write(0, true, &inside, 1);
	while (data.size--)
		ck_assert(!shared_data_take_write(&data));
	data = shared_data_piece(0);
	for (size_t i = 0; i < data.size; i++) {
		const struct wire_data some = { data.bytes, i };

		ck_assert(!shared_data_take_piece(&some));
	}
}
END_TEST

/* All pieces of both; those of zeros are short, and overwrite. */
START_TEST(data_copies)
{
	struct wire_data data;

	images_open();
	ck_assert_uint_eq(shared_data_pieces(), 3 + 2);
	memset(image_memory(images[0]), 'x', BYTES + 512);
	for (uint32_t i = 0; i < shared_data_pieces(); i++) {
		data = shared_data_piece(i);
		if (i >= 3)
			ck_assert_uint_lt(data.size, 100);
		if (i < 3)
			memset(image_memory(images[0]), 0, BYTES + 512);
		ck_assert(shared_data_take_piece(&data));
		ck_assert_int_eq(*at(0, i < 2 ? i << 19 : BYTES + 511),
				 i < 3 ? 'x' : 0);
		if (i < 2)
			memset(image_memory(images[0]), 'x', BYTES + 512);
		else
			memset(image_memory(images[0]), 0, BYTES + 512);
	}
	ck_assert_ptr_null(shared_data_piece(5).bytes);
}
END_TEST

START_TEST(data_params)
{
	uint64_t one, two;

	ck_assert_uint_eq(shared_data_add("a", image_empty("a", 512)), 0);
	one = shared_data_params();
	shared_data_add("b", image_empty("b", 512));
	two = shared_data_params();
	ck_assert_uint_ne(one, two);
	shared_data_add("c", image_empty("c", 1024));
	ck_assert_uint_ne(two, shared_data_params());
}
END_TEST

/* Records */

static void folder_make(void)
{
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/image.replica", folder);
}

static void folder_remove(void)
{
	unlink(path);
	rmdir(folder);
}

static bool file_open(struct replica_record *record)
{
	char image[64];

	snprintf(image, sizeof(image), "%s/image", folder);
	return replica_file_open(image, record);
}

static void file_damage(off_t position)
{
	const int fd = open(path, O_RDWR);

	ck_assert_int_eq(pwrite(fd, "?", 1, position), 1);
	close(fd);
}

START_TEST(record_lasts)
{
	struct replica_record record = { .epoch = { 7, 1 },
					 .in_sync = 3,
					 .partial = true };

	ck_assert(file_open(&record));
	ck_assert_uint_eq(record.epoch.count, 0);
	ck_assert(!record.partial);
	record = (struct replica_record){ { 7, 1 }, 3, true };
	ck_assert(replica_file_write(&record));
	record.epoch.count = 8;
	ck_assert(replica_file_write(&record));
}
END_TEST

/* Another process: of the two the later one, or the one that is whole */
START_TEST(record_is_read)
{
	struct replica_record record = { { 7, 1 }, 3, true };
	pid_t child;

	child = fork();
	if (!child) {
		if (!file_open(&record))
			_exit(1);
		record = (struct replica_record){ { 7, 1 }, 3, true };
		replica_file_write(&record);
		record.epoch.count = 8;
		_exit(!replica_file_write(&record));
	}
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	if (_i)
		file_damage(_i == 1 ? 20 : 530);
	if (_i == 3)
		file_damage(20);
	ck_assert_int_eq(file_open(&record), _i != 3);
	if (_i < 3) {
		ck_assert_uint_eq(record.epoch.count, _i == 1 ? 7 : 8);
		ck_assert_uint_eq(record.in_sync, 3);
		ck_assert(record.partial);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replica");
	TCase *bytes = tcase_create("bytes"), *files = tcase_create("files");

	tcase_add_test(bytes, wire_members);
	tcase_add_test(bytes, wire_many_parts);
	tcase_add_test(bytes, wire_nonsense);
	tcase_add_test(bytes, data_writes);
	tcase_add_test(bytes, data_of_others);
	tcase_add_test(bytes, data_copies);
	tcase_add_test(bytes, data_params);
	tcase_add_checked_fixture(files, folder_make, folder_remove);
	tcase_add_test(files, record_lasts);
	tcase_add_loop_test(files, record_is_read, 0, 4);
	suite_add_tcase(suite, bytes);
	suite_add_tcase(suite, files);
	return suite_run_all(suite);
}
