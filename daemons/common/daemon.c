// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config.h"
#include "daemon.h"
#include "log.h"

static void print_usage(const struct daemon *d, FILE *to)
{
	fprintf(to,
		"usage: %s\n"
		"%s\n"
		"%s"
		"  -c FILE  the configuration (" CONFIG_PATH ")\n"
		"  -t       check the configuration and leave\n"
		"  -v       log more\n"
		"  -h       print this and leave\n",
		d->synopsis, d->about, d->options);
}

void daemon_misused(const struct daemon *d)
{
	print_usage(d, stderr);
	exit(DAEMON_USAGE);
}

int daemon_option(struct daemon *d, int argc, char **argv)
{
	char letters[32];
	int option;

	if (!d->path)
		d->path = CONFIG_PATH;
	snprintf(letters, sizeof(letters), "c:htv%s", d->letters);
	while ((option = getopt(argc, argv, letters)) != -1) {
		switch (option) {
		case 'c':
			d->path = optarg;
			break;
		case 'h':
			print_usage(d, stdout);
			exit(EXIT_SUCCESS);
		case 't':
			d->check = true;
			break;
		case 'v':
			log_verbose(true);
			break;
		case '?':
			daemon_misused(d);
		default:
			return option;
		}
	}
	return -1;
}

sigset_t daemon_take_signals(const int *signals, size_t nr)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < nr; i++)
		sigaddset(&set, signals[i]);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
	return set;
}
