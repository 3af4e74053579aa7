// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "server.h"

static const char configured[] =
	" memory { node = \"node0\""
	" disk \"empty\" { size = 131072 }"
	" disk \"ro\" { image = \"" DISK_RO_IMAGE "\" mode = read-only }"
	" disk \"copy\" { image = \"" DISK_COPY_IMAGE "\" }"
	" disk \"sync\" { image = \"" DISK_SYNC_IMAGE "\" mode = sync } }";

/* Each word of a block has its number. */
void disk_fill(void *block, int n)
{
	int32_t *word = block;

	for (int i = 0; i < DISK_BLOCK / 4; i++)
		word[i] = n;
}

int disk_number(const void *block)
{
	const int32_t *word = block;

	for (int i = 1; i < DISK_BLOCK / 4; i++)
		if (word[i] != word[0])
			return -1;
	return word[0];
}

int disk_image_number(const char *image, int block)
{
	char data[DISK_BLOCK];
	const int fd = open(image, O_RDONLY | O_CLOEXEC);

	ck_assert_int_eq(pread(fd, data, sizeof(data), block * DISK_BLOCK),
			 sizeof(data));
	close(fd);
	return disk_number(data);
}

static void image_make(const char *path)
{
	char data[DISK_BLOCK];
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	for (int i = 0; i < DISK_BLOCKS; i++) {
		disk_fill(data, i);
		ck_assert_uint_eq(fwrite(data, sizeof(data), 1, f), 1);
	}
	ck_assert_int_eq(fclose(f), 0);
}

void disk_up(void)
{
	server_up();
	image_make(DISK_RO_IMAGE);
	image_make(DISK_COPY_IMAGE);
	image_make(DISK_SYNC_IMAGE);
	unlink(DISK_JOURNAL);
	server_configure(configured);
	memory_start();
}

void disk_down(void)
{
	server_down();
	unlink(DISK_RO_IMAGE);
	unlink(DISK_COPY_IMAGE);
	unlink(DISK_SYNC_IMAGE);
	unlink(DISK_JOURNAL);
}

void disk_restart(int signal)
{
	memory_kill(signal);
	memory_start();
}

int disk_open(int minor, uint32_t flags)
{
	const dev_open_t arg = { .minor = minor, .flags = flags };
	message m;

	com_put(&m, &arg);
	return disk_ask(&m, DEV_OPEN);
}

int disk_close(int minor)
{
	const dev_open_t arg = { .minor = minor };
	message m;

	com_put(&m, &arg);
	return disk_ask(&m, DEV_CLOSE);
}

int disk_ioctl(int minor, int request, int64_t *value)
{
	dev_ioctl_t arg = { .minor = minor, .request = request };
	message m;
	int rc;

	com_put(&m, &arg);
	rc = disk_ask(&m, DEV_IOCTL);
	com_get(&m, &arg);
	*value = arg.value;
	return rc;
}
