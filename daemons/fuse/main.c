// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * m3ipc-fuse: mounts, serves, ends.
 *
 *	start: in the background, if it is to be there -> bound -> FS has said
 *	what its root is -> mounted -> without rights -> ready
 *	serving: threads take requests of the kernel, as many at once as there
 *	are threads
 *	unmounted, or SIGTERM: no longer mounted -> ends
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/log.h"
#include "common/vm.h"
#include "fuse.h"

#define THREADS     8
#define THREADS_MAX 64
#define TIMEOUT     1 /* s */

struct options options;

static bool foreground;
static int parent = -1; /* where the status goes that the parent ends with */

/* What -o has that is not for libfuse */
static const struct fuse_opt own_options[] = {
	{ "threads=%u", offsetof(struct options, threads), 0 },
	{ "timeout=%lf", offsetof(struct options, timeout), 0 },
	FUSE_OPT_END,
};

/* The parent waits until it is mounted, or not. */
static bool background_enter(void)
{
	int ends[2], log;
	char status = EXIT_FAILURE;

	if (pipe2(ends, O_CLOEXEC)) {
		log_line(SD_ERR, "pipe: %m");
		return false;
	}
	switch (fork()) {
	case -1:
		log_line(SD_ERR, "fork: %m");
		return false;
	case 0:
		break;
	default:
		close(ends[1]);
		if (read(ends[0], &status, 1) != 1)
			status = EXIT_FAILURE;
		_exit(status);
	}
	close(ends[0]);
	parent = ends[1];
	setsid();
	log = open("/dev/null", O_RDWR | O_CLOEXEC);
	dup2(log, STDIN_FILENO);
	dup2(log, STDOUT_FILENO);
	close(log);
	return !chdir("/");
}

/* From here on the log is the journal's, if there is one. */
static void background_told(void)
{
	const char status = EXIT_SUCCESS;
	int log;

	if (parent < 0)
		return;
	if (write(parent, &status, 1) != 1)
		log_line(SD_WARNING, "the parent has gone");
	close(parent);
	log = sd_journal_stream_fd("m3ipc-fuse", LOG_INFO, 1);
	if (log < 0)
		log = open("/dev/null", O_WRONLY | O_CLOEXEC);
	dup2(log, STDERR_FILENO);
	close(log);
}

static bool root_look(void)
{
	fs_stat_t attr;
	int rc = client_stat("/", &attr);

	if (rc) {
		log_line(SD_ERR, "the root of FS: %s", strerror(-rc));
		return false;
	}
	inodes_set_root(&inodes, attr.dev, attr.ino);
	return true;
}

/* Root unmounts by itself; others need fusermount3, which is root's. */
static bool rights_drop(void)
{
	return !options.for_all ||
	       daemon_keep_capabilities(CAP_BIT(CAP_SYS_ADMIN));
}

static int session_loop(struct fuse_session *session)
{
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	int rc;

	if (!config)
		return -ENOMEM;
	/* With a thread its endpoint would end, and what it has open. */
	fuse_loop_cfg_set_max_threads(config, options.threads);
	fuse_loop_cfg_set_idle_threads(config, options.threads);
	rc = fuse_session_loop_mt(session, config);
	fuse_loop_cfg_destroy(config);
	return rc;
}

/* A signal that ends it is a number above 0. */
static int session_serve(struct fuse_session *session)
{
	int rc;

	if (!rights_drop())
		return EXIT_FAILURE;
	sd_notify(0, "READY=1");
	background_told();
	rc = session_loop(session);
	sd_notify(0, "STOPPING=1");
	if (rc >= 0)
		return EXIT_SUCCESS;
	log_line(SD_ERR, "requests of the kernel: %s", strerror(-rc));
	return EXIT_FAILURE;
}

static int session_run(struct fuse_args *args, const char *point)
{
	const struct fuse_lowlevel_ops ops = ops_table();
	struct fuse_session *session =
		fuse_session_new(args, &ops, sizeof(ops), NULL);
	int status = EXIT_FAILURE;

	if (!session)
		return DAEMON_USAGE;
	if (!fuse_set_signal_handlers(session)) {
		if (!fuse_session_mount(session, point)) {
			status = session_serve(session);
			fuse_session_unmount(session);
		}
		fuse_remove_signal_handlers(session);
	}
	fuse_session_destroy(session);
	return status;
}

/* False: it was logged why not. */
static bool options_take(struct fuse_args *args, const char *vm)
{
	char more[128];

	options.threads = THREADS;
	options.timeout = TIMEOUT;
	options.for_all = !geteuid();
	if (fuse_opt_parse(args, &options, own_options, NULL))
		return false;
	if (!options.threads || options.threads > THREADS_MAX ||
	    !(options.timeout >= 0)) {
		log_line(SD_ERR, "threads are 1 to %d, timeout is 0 or more",
			 THREADS_MAX);
		return false;
	}
	/* Descriptors of other threads are for root. */
	if (!options.for_all)
		options.threads = 1;
	snprintf(more, sizeof(more),
		 "default_permissions,fsname=%s,subtype=m3ipc", vm);
	return !fuse_opt_add_arg(args, "-o") && !fuse_opt_add_arg(args, more);
}

/* "point" is the whole path, as the folder changes. */
static int fuse_run(const struct config *config, const struct config_vm *vm,
		    struct fuse_args *args, const char *point)
{
	paths_init();
	inodes_init(&inodes);
	if (!foreground && !background_enter())
		return EXIT_FAILURE;
	if (!client_start(config, vm) || !root_look())
		return EXIT_FAILURE;
	log_line(SD_INFO, "%s at %s", vm->name, point);
	return session_run(args, point);
}

static void option_take(struct daemon *daemon, struct fuse_args *args,
			int option)
{
	switch (option) {
	case 'f':
		foreground = true;
		break;
	case 'o':
		if (fuse_opt_add_arg(args, "-o") ||
		    fuse_opt_add_arg(args, optarg))
			exit(EXIT_FAILURE);
		break;
	case 'n':
	case 's':
		/* mount(8) may say so: no mtab, and no strict options. */
		break;
	default:
		daemon_misused(daemon);
	}
}

int main(int argc, char **argv)
{
	struct daemon daemon = {
		.synopsis = "m3ipc-fuse [-c FILE] [-ftv] [-o OPTION,...] VM "
			    "MOUNTPOINT",
		.about = "The files of a VM as a file system of Linux.",
		.options =
			"  -f       stay in the foreground\n"
			"  -o ...   options of FUSE, such as allow_other; and\n"
			"           threads=N    requests at once (8)\n"
			"           timeout=S    seconds that names and\n"
			"                        attributes may be old (1)\n",
		.letters = "fo:ns",
	};
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	const struct config_vm *vm;
	struct config *config;
	int option, status;
	char *point;

	fuse_opt_add_arg(&args, "m3ipc-fuse");
	while ((option = daemon_option(&daemon, argc, argv)) != -1)
		option_take(&daemon, &args, option);
	if (optind + 2 != argc)
		daemon_misused(&daemon);
	if (!options_take(&args, argv[optind]))
		return DAEMON_USAGE;
	config = config_read(daemon.path, stderr);
	if (!config)
		return EXIT_FAILURE;
	vm = vm_choose(config, argv[optind]);
	if (!vm || daemon.check)
		return vm ? EXIT_SUCCESS : EXIT_FAILURE;
	point = realpath(argv[optind + 1], NULL);
	if (!point) {
		log_line(SD_ERR, "%s: %m", argv[optind + 1]);
		return EXIT_FAILURE;
	}
	status = fuse_run(config, vm, &args, point);
	free(point);
	fuse_opt_free_args(&args);
	config_free(config);
	return status;
}
