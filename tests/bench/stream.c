// SPDX-License-Identifier: GPL-2.0-or-later
/* Copies to another node over a connection of TCP, or of TIPC */
#include <sys/socket.h>

#include "bench.h"
#include "remote.h"

char *remote_from, *remote_to;
volatile long *remote_bytes;

/* A byte goes back when all is there. */
void remote_serve_stream(int connection)
{
	long done = 0;
	ssize_t got;

	for (;;) {
		got = recv(connection, remote_to + done,
			   (size_t)(REMOTE_COPY - done), 0);
		if (got <= 0)
			return;
		done += got;
		if (done < *remote_bytes)
			continue;
		bench_check(send(connection, "", 1, 0) == 1, "send");
		done = 0;
	}
}

void remote_copy_stream(int connection, long bytes)
{
	ssize_t sent;
	char c;

	for (long done = 0; done < bytes; done += sent) {
		sent = send(connection, remote_from + done,
			    (size_t)(bytes - done), 0);
		bench_check(sent > 0, "send");
	}
	bench_check(recv(connection, &c, 1, 0) == 1, "recv");
}
