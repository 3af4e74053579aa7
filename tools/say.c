// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <molipc/molipc.h>

#include "say.h"

static void say_what(const struct args *args, const char *gap, const char *what,
		     va_list ap)
{
	char text[256];

	vsnprintf(text, sizeof(text), what, ap);
	fflush(stdout);
	fprintf(stderr, "m3ipc: %s%s%s", args->command->name, *text ? gap : "",
		text);
}

/* Errors of the device, whatever the call was */
static bool is_of_device(int code)
{
	code = MNX_ERR(code);
	return code == EMOLNOENT || code == EMOLNODEV || code == EMOLNOSYS ||
	       code == -EACCES;
}

int say_fail(const struct args *args, int code, const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	say_what(args, " ", what, ap);
	va_end(ap);
	fprintf(stderr, ": %s%s\n", is_of_device(code) ? "/dev/m3ipc: " : "",
		mnx_strerror(code));
	return EXIT_FAILURE;
}

int say_error(const struct args *args, const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	say_what(args, " ", what, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_FAILURE;
}

int say_usage(const struct args *args, const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	say_what(args, ": ", what, ap);
	va_end(ap);
	fprintf(stderr, "\nTry 'm3ipc %s --help'.\n", args->command->name);
	return EXIT_USAGE;
}
