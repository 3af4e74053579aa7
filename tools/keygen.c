// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The one command that needs libzmq, with the sixteen libraries that it brings
 * along: loaded here, they do not make the start of all others twice as long.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

/* Its folder is made, too; that of /etc is the only one that is missing. */
static void make_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *end = strrchr(path, '/');

	if (!end || end == path || end - path >= PATH_MAX)
		return;
	memcpy(folder, path, (size_t)(end - path));
	folder[end - path] = '\0';
	mkdir(folder, 0755); /* if it cannot be, open() says why */
}

/* Returns 0, or an error number; then there is no new file. */
static int save_secret(const char *path, const char *secret)
{
	int fd, rc;

	make_folder(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		  S_IRUSR | S_IWUSR);
	if (fd < 0)
		return errno;
	rc = write_key(fd, secret) ? errno : 0;
	if (close(fd) && !rc)
		rc = errno;
	if (rc)
		unlink(path);
	return rc;
}

/* Returns 0, or an error number: EINVAL for what is not the size of a key. */
static int load_secret(const char *path, char *secret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
	ssize_t length;

	if (fd < 0)
		return errno;
	length = read(fd, secret, KEY_SIZE);
	if (length < 0)
		rc = errno;
	else if (length < CONFIG_KEY_LENGTH)
		rc = EINVAL;
	close(fd);
	secret[CONFIG_KEY_LENGTH] = '\0';
	return rc;
}

/* In a string "${" would be the begin of a variable. */
static int make_pair(const struct args *args, void *zmq, char *public,
		     char *secret)
{
	int (*keypair)(char *public, char *secret);
	int rc;

	*(void **)&keypair = dlsym(zmq, "zmq_curve_keypair");
	do {
		rc = keypair ? keypair(public, secret) : -1;
	} while (!rc && strstr(public, "${"));
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

/* A pair whose public key nobody has seen is of no use. */
static int make_keys(const struct args *args, void *zmq, const char *path,
		     char *secret)
{
	char public[KEY_SIZE];
	int rc;

	if (make_pair(args, zmq, public, secret))
		return EXIT_FAILURE;
	rc = save_secret(path, secret);
	if (rc)
		return say_error(args, "%s: %s", path, strerror(rc));
	print_keys(args, public, path);
	if (fflush(stdout))
		unlink(path);
	return EXIT_SUCCESS;
}

static int show_public(const struct args *args, void *zmq, const char *path,
		       char *secret)
{
	int (*derive)(char *public, const char *secret);
	char public[KEY_SIZE];
	int rc = load_secret(path, secret);

	if (rc && rc != EINVAL)
		return say_error(args, "%s: %s", path, strerror(rc));
	*(void **)&derive = dlsym(zmq, "zmq_curve_public");
	if (rc || !derive || derive(public, secret))
		return say_error(args, "%s: not a secret key", path);
	print_keys(args, public, path);
	return EXIT_SUCCESS;
}

int cmd_keygen(const struct args *args)
{
	const char *path = args->secret ? args->secret : CONFIG_SECRET_KEY;
	void *zmq = dlopen("libzmq.so.5", RTLD_NOW);
	char secret[KEY_SIZE];
	int rc;

	if (!zmq)
		return say_error(args, "%s", dlerror());
	/* No core, and nobody traces it. */
	prctl(PR_SET_DUMPABLE, 0);
	if (args->public)
		rc = show_public(args, zmq, path, secret);
	else
		rc = make_keys(args, zmq, path, secret);
	explicit_bzero(secret, sizeof(secret));
	dlclose(zmq);
	return rc;
}
