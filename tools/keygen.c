// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The one command that needs libzmq, with the sixteen libraries that it brings
 * along: loaded here, they do not make the start of all others twice as long.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/config.h"
#include "commands.h"
#include "out.h"
#include "say.h"

/* A key and what ends its line, or it */
#define KEY_SIZE (CONFIG_KEY_LENGTH + 1)

static int write_key(int fd, const char *secret)
{
	char line[KEY_SIZE];
	ssize_t length;

	memcpy(line, secret, CONFIG_KEY_LENGTH);
	line[CONFIG_KEY_LENGTH] = '\n';
	length = write(fd, line, sizeof(line));
	explicit_bzero(line, sizeof(line));
	if (length < 0)
		return -1;
	if (length != sizeof(line)) {
		errno = ENOSPC;
		return -1;
	}
	return fsync(fd);
}

/* Returns 0, or an error number; then there is no new file. */
static int save_secret(const char *path, const char *secret)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		      S_IRUSR | S_IWUSR);
	int rc;

	if (fd < 0)
		return errno;
	rc = write_key(fd, secret) ? errno : 0;
	if (close(fd) && !rc)
		rc = errno;
	if (rc)
		unlink(path);
	return rc;
}

/* In a string "${" would be the begin of a variable. */
static int make_pair(const struct args *args, char *public, char *secret)
{
	int (*keypair)(char *public, char *secret);
	void *zmq = dlopen("libzmq.so.5", RTLD_NOW);
	int rc;

	if (!zmq)
		return say_error(args, "%s", dlerror());
	*(void **)&keypair = dlsym(zmq, "zmq_curve_keypair");
	do {
		rc = keypair ? keypair(public, secret) : -1;
	} while (!rc && strstr(public, "${"));
	dlclose(zmq);
	return rc ? say_error(args, "libzmq.so.5 is without CURVE") : 0;
}

static void print_keys(const struct args *args, const char *public,
		       const char *path)
{
	if (args->json)
		out_json(json_pack("{s:s, s:o}", "public_key", public,
				   "secret_key", out_json_string(path)));
	else
		printf("public_key = \"%s\"\n", public);
}

int cmd_keygen(const struct args *args)
{
	const char *path = args->secret ? args->secret : CONFIG_SECRET_KEY;
	char public[KEY_SIZE], secret[KEY_SIZE];
	int rc;

	/* No core, and nobody traces it. */
	prctl(PR_SET_DUMPABLE, 0);
	if (make_pair(args, public, secret)) {
		explicit_bzero(secret, sizeof(secret));
		return EXIT_FAILURE;
	}
	rc = save_secret(path, secret);
	explicit_bzero(secret, sizeof(secret));
	if (rc)
		return say_error(args, "%s: %s", path, strerror(rc));
	print_keys(args, public, path);
	return EXIT_SUCCESS;
}
