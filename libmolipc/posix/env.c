// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What goes along with an exec, in the environment of the new program, which
 * finds nothing of it there:
 *
 *	LD_PRELOAD	this library, beside what the program has
 *	M3IPC_CHILDREN	both numbers of each child: PID:LINUX_PID,...
 *
 * It is there also if the program that calls exec leaves all out.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../mol/internal.h"
#include "posix.h"

#define PRELOAD  "LD_PRELOAD="
#define CHILDREN "M3IPC_CHILDREN="
#define LIBRARY  "libm3posix.so"

#define CHILD_SIZE 24 /* of a child, as text */

/* As the program was started with it; empty: it was not */
static char library[PATH_MAX];

static bool is_of(const char *entry, const char *name)
{
	return !strncmp(entry, name, strlen(name));
}

/* Takes the library out of the value of LD_PRELOAD. */
static void preload_take(char *value)
{
	const char *const gaps = ": ";
	char *at = strstr(value, LIBRARY), *end;

	if (!at)
		return;
	while (at > value && !strchr(gaps, at[-1]))
		at--;
	end = at + strcspn(at, gaps);
	if (end - at >= (ptrdiff_t)sizeof(library))
		return;
	memcpy(library, at, (size_t)(end - at));
	library[end - at] = '\0';
	end += strspn(end, gaps);
	memmove(at, end, strlen(end) + 1);
	if (!*at && at > value)
		at[-1] = '\0';
}

static void children_take(const char *value)
{
	long pid, linux_pid;
	char *end;

	while (*value) {
		pid = strtol(value, &end, 10);
		if (*end != ':')
			return;
		linux_pid = strtol(end + 1, &end, 10);
		mol_children_add((pid_t)pid, (pid_t)linux_pid);
		value = end + (*end == ',');
	}
}

/* Is the entry to go? */
static bool entry_take(char *entry)
{
	if (is_of(entry, PRELOAD)) {
		preload_take(entry + strlen(PRELOAD));
		return *library && !entry[strlen(PRELOAD)];
	}
	if (!is_of(entry, CHILDREN))
		return false;
	children_take(entry + strlen(CHILDREN));
	return true;
}

/* In its place, as main() has the same one */
void env_take(void)
{
	char **to = environ;

	for (char **from = environ; from && *from; from++)
		if (!entry_take(*from))
			*to++ = *from;
	if (to)
		*to = NULL;
}

size_t env_count(char *const envp[])
{
	size_t n = 0;

	for (char *const *entry = envp; entry && *entry; entry++)
		n++;
	return n;
}

static const char *preload_of(char *const envp[])
{
	for (size_t i = 0; envp && envp[i]; i++)
		if (is_of(envp[i], PRELOAD))
			return envp[i] + strlen(PRELOAD);
	return "";
}

static size_t nr_children(void)
{
	pid_t pid, linux_pid;
	size_t n = 0;

	while (mol_children_get(n, &pid, &linux_pid))
		n++;
	return n;
}

size_t env_size(char *const envp[])
{
	return sizeof(PRELOAD) + strlen(library) + 1 +
	       strlen(preload_of(envp)) + sizeof(CHILDREN) +
	       nr_children() * CHILD_SIZE;
}

static void children_fill(char *text, size_t size)
{
	pid_t pid, linux_pid;
	size_t used = (size_t)snprintf(text, size, CHILDREN);

	for (size_t i = 0; used < size && mol_children_get(i, &pid, &linux_pid);
	     i++)
		used += (size_t)snprintf(text + used, size - used, "%d:%d,",
					 (int)pid, (int)linux_pid);
}

void env_fill(char *to[], char *text, size_t size, char *const envp[])
{
	const char *const own = preload_of(envp);
	size_t n = 0, used;

	for (size_t i = 0; envp && envp[i]; i++)
		if (!is_of(envp[i], PRELOAD) && !is_of(envp[i], CHILDREN))
			to[n++] = envp[i];
	to[n++] = text;
	used = (size_t)snprintf(text, size, PRELOAD "%s%s%s", library,
				*own ? ":" : "", own) +
	       1;
	if (nr_children() && used < size) {
		to[n++] = text + used;
		children_fill(text + used, size - used);
	}
	to[n] = NULL;
}
