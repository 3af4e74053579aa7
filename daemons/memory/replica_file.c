// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/image_file.h"
#include "common/le.h"
#include "common/log.h"
#include "common/memory.h"
#include "replica_file.h"

#define MAGIC  "m3ipcE01"
#define APART  512
#define SUFFIX ".replica"

enum record_at {
	AT_MAGIC = 0,
	AT_SERIAL = 8,
	AT_COUNT = 16,
	AT_NODE = 24,
	AT_PARTIAL = 28,
	AT_IN_SYNC = 32,
	AT_CHECKSUM = 40,
	RECORD = 48,
};

static int record_fd = -1;
static char *record_path;
static uint64_t record_serial; /* of the last that was written */

static uint64_t record_sum(const unsigned char *from)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < AT_CHECKSUM; i++)
		sum = (sum ^ from[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static bool record_take(const unsigned char *from,
			struct replica_record *record)
{
	const uint64_t serial = le_get64(from, AT_SERIAL);

	if (memcmp(from, MAGIC, strlen(MAGIC)) != 0 ||
	    le_get64(from, AT_CHECKSUM) != record_sum(from) ||
	    serial <= record_serial)
		return false;
	record_serial = serial;
	record->epoch.count = le_get64(from, AT_COUNT);
	record->epoch.node = le_get32(from, AT_NODE);
	record->partial = le_get32(from, AT_PARTIAL);
	record->in_sync = le_get64(from, AT_IN_SYNC);
	return true;
}

static bool record_failed(void)
{
	log_line(SD_ERR, "%s: %m", record_path);
	return false;
}

/* Something is there, and nothing of it is whole: nobody knows what it was. */
static bool record_read(struct replica_record *record)
{
	unsigned char both[2 * APART] = { 0 };
	const ssize_t n = pread(record_fd, both, sizeof(both), 0);
	bool any;

	if (n < 0)
		return record_failed();
	any = record_take(both, record);
	any |= record_take(both + APART, record);
	if (any || !n)
		return true;
	log_line(SD_ERR, "%s: is none, or is damaged", record_path);
	return false;
}

bool replica_file_open(const char *image, struct replica_record *record)
{
	memset(record, 0, sizeof(*record));
	memory_checked(asprintf(&record_path, "%s" SUFFIX, image) < 0 ?
			       NULL :
			       record_path);
	record_fd = open(record_path,
			 O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
			 0600);
	if (record_fd < 0 || !image_file_name_lasts(image))
		return record_failed();
	return record_read(record);
}

bool replica_file_write(const struct replica_record *record)
{
	unsigned char bytes[RECORD] = { 0 };
	off_t at;

	record_serial++;
	at = record_serial % 2 ? APART : 0;
	memcpy(bytes, MAGIC, strlen(MAGIC));
	le_put64(bytes, AT_SERIAL, record_serial);
	le_put64(bytes, AT_COUNT, record->epoch.count);
	le_put32(bytes, AT_NODE, record->epoch.node);
	le_put32(bytes, AT_PARTIAL, record->partial);
	le_put64(bytes, AT_IN_SYNC, record->in_sync);
	le_put64(bytes, AT_CHECKSUM, record_sum(bytes));
	if (pwrite(record_fd, bytes, sizeof(bytes), at) == RECORD &&
	    !fdatasync(record_fd))
		return true;
	return record_failed();
}
