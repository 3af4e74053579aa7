// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/memory.h"
#include "commands.h"
#include "compare.h"
#include "corosync.h"
#include "corosync_map.h"
#include "corosync_text.h"
#include "machine.h"
#include "say.h"

#define FILE_CONF "/etc/corosync/corosync.conf"
#define FILE_KEY  "/etc/corosync/authkey"
#define UNIT      "corosync.service"

#define MOST_BYTES (1 << 20) /* of a file that is worth to be looked at */

/* Files */

/* Its text in the caller's memory, or NULL and errno */
static char *read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text;
	size_t size;

	if (!f)
		return NULL;
	text = memory_alloc(MOST_BYTES);
	size = fread(text, 1, MOST_BYTES - 1, f);
	text[size] = '\0';
	if (ferror(f)) {
		free(text);
		text = NULL;
	}
	fclose(f);
	return text;
}

static int write_all(int fd, const char *text)
{
	ssize_t size = (ssize_t)strlen(text), written = write(fd, text, size);

	if (written >= 0 && written < size)
		errno = ENOSPC;
	return written == size && !fchmod(fd, 0644) && !fsync(fd) ? 0 : -1;
}

/* Whoever reads it finds all of it, or the one before: 0, or an error number */
static int replace_file(const char *path, const char *text)
{
	char fresh[] = FILE_CONF ".XXXXXX";
	int fd = mkostemp(fresh, O_CLOEXEC), rc = 0;

	if (fd < 0)
		return errno;
	if (write_all(fd, text))
		rc = errno;
	if (close(fd) && !rc)
		rc = errno;
	if (!rc && rename(fresh, path))
		rc = errno;
	if (rc)
		unlink(fresh);
	return rc;
}

/* Sets file; true if it is to be written, or may be some day. */
static bool is_ours(const char *text, const char *wanted,
		    enum corosync_file *file)
{
	*file = text ? corosync_classify(text, wanted) : COROSYNC_OLD;
	return *file == COROSYNC_OLD || *file == COROSYNC_CURRENT;
}

static int check_file(const struct args *args, const struct config *config,
		      const char *text, const char *wanted)
{
	enum corosync_file file;

	if (!text && errno != ENOENT)
		return say_error(args, FILE_CONF ": %s", strerror(errno));
	if (!is_ours(text, wanted, &file))
		return file != COROSYNC_DEBIAN ?
			       0 :
			       say_error(args, FILE_CONF
					 " is the example of Debian, a cluster "
					 "of one node that none can reach: "
					 "remove it, and m3ipc up writes one");
	if (!corosync_takes(config->cluster))
		return say_error(args,
				 "cluster = \"%s\": for corosync it must be "
				 "without blanks and braces",
				 config->cluster);
	if (!config->proxy.insecure && access(FILE_KEY, F_OK))
		return say_error(args,
				 FILE_KEY ": %s: make it on one node by "
					  "corosync-keygen, and copy it to "
					  "the others",
				 strerror(errno));
	return 0;
}

/* The daemon */

/* The first thing in which the one that runs is of no use; NULL: none */
static char *find_difference(const struct config *config, bool *runs)
{
	struct corosync_map *map = corosync_map_open();
	char *text = NULL;

	*runs = map != NULL;
	if (!map)
		return NULL;
	text = corosync_difference(config, corosync_map_get, map);
	corosync_map_close(map);
	return text;
}

static int check_daemon(const struct args *args, const struct config *config)
{
	bool runs;
	char *text = find_difference(config, &runs);
	int rc = 0;

	if (text)
		rc = say_error(args, "corosync runs, but not for m3ipc: %s",
			       text);
	free(text);
	return rc;
}

int corosync_check(const struct args *args, const struct config *config)
{
	bool machine = machine_is_node(args);
	char *wanted = corosync_text(config);
	char *text = machine ? read_file(FILE_CONF) : NULL;
	enum corosync_file file;
	int rc = machine ? check_file(args, config, text, wanted) : 0;

	if (!rc && (!machine || !is_ours(text, wanted, &file)))
		rc = check_daemon(args, config);
	free(text);
	free(wanted);
	return rc;
}

static int start_daemon(const struct args *args)
{
	if (!machine_is_node(args) || !machine_has_unit(UNIT))
		return say_error(args, "corosync does not run: it has to be "
				       "started");
	return machine_systemctl(args, "start", UNIT);
}

/* It reads its file again, as those of the other nodes do theirs. */
static void reload_daemon(void)
{
	static const char *const reload[] = { "corosync-cfgtool", "-R", NULL };

	machine_run(reload, true);
}

/* "file" is what it has been told, or what that was before it was written. */
static int raise_daemon(const struct args *args, const struct config *config,
			enum corosync_file file,
			void (*report)(void *arg, const char *change),
			void *arg)
{
	bool runs;
	char *text = find_difference(config, &runs);
	int rc = 0;

	if (!runs) {
		if (start_daemon(args))
			return EXIT_FAILURE;
		report(arg, "started");
		text = find_difference(config, &runs);
	} else if (file == COROSYNC_OLD || (file == COROSYNC_CURRENT && text)) {
		free(text);
		reload_daemon();
		text = find_difference(config, &runs);
		if (!text)
			report(arg, "has read its configuration again");
	}
	if (text)
		rc = say_error(args, "corosync has to be started again: %s",
			       text);
	free(text);
	return rc;
}

int corosync_raise(const struct args *args, const struct config *config,
		   void (*report)(void *arg, const char *change), void *arg)
{
	char *wanted, *text;
	enum corosync_file file;
	int rc = 0;

	if (!machine_is_node(args))
		return raise_daemon(args, config, COROSYNC_FOREIGN, report,
				    arg);
	wanted = corosync_text(config);
	text = read_file(FILE_CONF);
	is_ours(text, wanted, &file);
	if (file == COROSYNC_OLD)
		rc = replace_file(FILE_CONF, wanted);
	free(text);
	free(wanted);
	if (rc)
		return say_error(args, FILE_CONF ": %s", strerror(rc));
	if (file == COROSYNC_OLD)
		report(arg, "has a new " FILE_CONF);
	return raise_daemon(args, config, file, report, arg);
}

int cmd_corosync_conf(const struct args *args)
{
	struct config *config = compare_config(args);
	char *text;

	if (!config)
		return EXIT_FAILURE;
	text = corosync_text(config);
	fputs(text, stdout);
	free(text);
	config_free(config);
	return EXIT_SUCCESS;
}
