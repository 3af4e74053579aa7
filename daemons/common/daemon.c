// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
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

static bool drop_capabilities(uint64_t caps)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct word[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &head, word))
		return false;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		word[i].permitted &= (uint32_t)(caps >> 32 * i);
		word[i].effective &= word[i].permitted;
		word[i].inheritable = 0;
	}
	return !syscall(SYS_capset, &head, word);
}

static bool capabilities_logged(bool done)
{
	if (!done)
		log_line(SD_ERR, "capabilities: %m");
	return done;
}

bool daemon_hold_capabilities(uint64_t caps)
{
	return capabilities_logged(
		drop_capabilities(caps | CAP_BIT(CAP_DAC_READ_SEARCH)));
}

bool daemon_keep_capabilities(uint64_t caps)
{
	return daemon_hold_capabilities(caps) &&
	       capabilities_logged(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}
