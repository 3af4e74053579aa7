// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "link_state.h"

#define FOLDER    "/run/m3ipc"
#define NAME_SIZE 80

/* Puts the names of the file and of its successor together: 0 or -errno. */
static int link_state_names(char file[NAME_SIZE], char fresh[NAME_SIZE],
			    int peer)
{
	struct stat st;

	if (stat("/proc/self/ns/net", &st))
		return -errno;
	snprintf(file, NAME_SIZE, FOLDER "/link-%ju-%d", (uintmax_t)st.st_ino,
		 peer);
	snprintf(fresh, NAME_SIZE, "%s.new", file);
	return 0;
}

/* Who reads finds the old file or the new one. */
static int put_file(const char *file, const char *fresh,
		    const struct link_state *state)
{
	FILE *f;

	if (mkdir(FOLDER, 0755) && errno != EEXIST)
		return -errno;
	f = fopen(fresh, "we");
	if (!f)
		return -errno;
	fprintf(f, "%s\n%s\n", state->name, state->why);
	if (fclose(f) || rename(fresh, file))
		return -errno;
	return 0;
}

int link_state_write(int peer, const struct link_state *state)
{
	char file[NAME_SIZE], fresh[NAME_SIZE];
	int rc = link_state_names(file, fresh, peer);

	if (rc)
		return rc;
	if (state)
		return put_file(file, fresh, state);
	return unlink(file) && errno != ENOENT ? -errno : 0;
}

static void read_line(FILE *f, char *to, int size)
{
	if (!fgets(to, size, f))
		*to = '\0';
	to[strcspn(to, "\n")] = '\0';
}

void link_state_read(int peer, struct link_state *state)
{
	char file[NAME_SIZE], fresh[NAME_SIZE];
	FILE *f = NULL;

	*state = (struct link_state){ .name = "" };
	if (!link_state_names(file, fresh, peer))
		f = fopen(file, "re");
	if (!f)
		return;
	read_line(f, state->name, LINK_STATE_NAME);
	read_line(f, state->why, LINK_STATE_WHY);
	fclose(f);
}
