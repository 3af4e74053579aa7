// SPDX-License-Identifier: GPL-2.0-or-later
/* A call has failed: what is said is made of its error and of what was named */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <molipc/molipc.h>

#include "say.h"

/* Errors of the device, whatever the call was */
static bool is_of_device(int code)
{
	code = MNX_ERR(code);
	return code == EMOLNOENT || code == EMOLNODEV || code == EMOLNOSYS ||
	       code == -EACCES;
}

static void fail_print(int code, const struct explain *about)
{
	struct explain_facts facts;
	char more[EXPLAIN_TEXT];

	explain_ask(&facts, about);
	explain_print(more, code, about, &facts);
	fprintf(stderr, ": %s%s%s%s\n",
		is_of_device(code) ? "/dev/m3ipc: " : "", mnx_strerror(code),
		*more ? ": " : "", more);
}

int say_fail(const struct args *args, int code, const char *what, ...)
{
	const struct explain nothing = { .kind = EXPLAIN_NOTHING };
	va_list ap;

	va_start(ap, what);
	say_what(args, " ", what, ap);
	va_end(ap);
	fail_print(code, &nothing);
	return EXIT_FAILURE;
}

int say_fail_with(const struct args *args, int code,
		  const struct explain *about, const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	say_what(args, " ", what, ap);
	va_end(ap);
	fail_print(code, about);
	return EXIT_FAILURE;
}
