// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/util.h"
#include "instance.h"

#define INSTANCES INSTANCE_TRACING "/instances"

static int write_file(const struct instance *instance, const char *name,
		      const char *text)
{
	char path[160];
	ssize_t rc;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", instance->folder, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = write(fd, text, strlen(text));
	close(fd);
	return rc < 0 ? -1 : 0;
}

/* EBUSY tells that one is in use. */
static void remove_strays(void)
{
	const struct dirent *entry;
	DIR *dir = opendir(INSTANCES);

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, "m3ipc.", strlen("m3ipc.")))
			unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
	closedir(dir);
}

static int open_pipe(const struct instance *instance)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/trace_pipe", instance->folder);
	return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

int instance_open(struct instance *instance)
{
	snprintf(instance->folder, sizeof(instance->folder),
		 INSTANCES "/m3ipc.%d", (int)getpid());
	/* Another one may take it for a stray until its pipe is open. */
	do {
		remove_strays();
		if (mkdir(instance->folder, 0700)) {
			instance->folder[0] = '\0';
			instance->pipe = -1;
			return -1;
		}
		instance->pipe = open_pipe(instance);
	} while (instance->pipe < 0 && (errno == ENOENT || errno == ENODEV));
	return instance->pipe < 0 ? -1 : 0;
}

void instance_close(struct instance *instance)
{
	if (instance->pipe >= 0)
		close(instance->pipe);
	if (*instance->folder)
		rmdir(instance->folder);
}

int instance_resize(const struct instance *instance, long kb)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", kb);
	return write_file(instance, "buffer_size_kb", text);
}

int instance_enable(const struct instance *instance, const char *event)
{
	char name[64];

	snprintf(name, sizeof(name), "events/m3ipc/m3ipc_%s/enable", event);
	return write_file(instance, name, "1");
}

void instance_stop(const struct instance *instance)
{
	write_file(instance, "tracing_on", "0");
}

static unsigned long lost_of_cpu(const char *path)
{
	static const char *const lines[] = { "entries: %lu", "overrun: %lu",
					     "commit overrun: %lu",
					     "dropped events: %lu" };
	unsigned long lost = 0, number;
	char line[80];
	FILE *f = fopen(path, "re");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
			if (sscanf(line, lines[i], &number) == 1)
				lost += number;
	fclose(f);
	return lost;
}

unsigned long instance_lost(const struct instance *instance)
{
	unsigned long lost = 0;
	const struct dirent *entry;
	char path[512];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/per_cpu", instance->folder);
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s/per_cpu/%s/stats",
			 instance->folder, entry->d_name);
		lost += lost_of_cpu(path);
	}
	closedir(dir);
	return lost;
}
