// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <sys/mman.h>

#include "copy.h"

char source[LEN + SLACK];
char sink[LEN + SLACK];

char *new_pages(size_t nr)
{
	char *pages = mmap(NULL, nr * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(pages, MAP_FAILED);
	return pages;
}

void fill(char *p, size_t size, int seed)
{
	size_t i;

	for (i = 0; i < size; i++)
		p[i] = (char)(seed + (int)i * 7 + (int)(i >> 8));
}

void copy_up(void)
{
	stage_up();
	fill(source, sizeof(source), 1);
	memset(sink, 0x55, sizeof(sink));
}

/* The first bytes of source are in sink, and nothing else. */
static bool sink_has(pid_t pid, size_t bytes)
{
	char got[sizeof(sink)], want[sizeof(sink)];

	memset(want, 0x55, sizeof(want));
	memcpy(want, source, bytes);
	peek(pid, sink, got, sizeof(got));
	return !memcmp(got, want, sizeof(got));
}

bool has_arrived(pid_t pid)
{
	return sink_has(pid, LEN);
}

bool is_untouched(pid_t pid)
{
	return sink_has(pid, 0);
}

int copy_in_role(struct actor *rqtr, int own, int with, enum role role)
{
	return role == FROM_PEER ?
		       CALL_RC(rqtr, VCOPY(with, source, own, sink, LEN)) :
		       CALL_RC(rqtr, VCOPY(own, source, with, sink, LEN));
}
