// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "say.h"

void say_what(const struct args *args, const char *gap, const char *what,
	      va_list ap)
{
	char text[256];

	vsnprintf(text, sizeof(text), what, ap);
	fflush(stdout);
	fprintf(stderr, "m3ipc: %s%s%s", args->command->name, *text ? gap : "",
		text);
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
