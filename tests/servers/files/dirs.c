// SPDX-License-Identifier: GPL-2.0-or-later
/* Directories as they are read */
#include "files.h"

#define MANY 150

static void many_make(void)
{
	char name[16];

	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "d/n%d", i);
		file_make(name, "");
	}
}

/* Each name once, and "." and ".." */
static void all_there(DIR *d)
{
	bool found[MANY] = { false };
	const struct dirent *e;
	int dots = 0, n = 0;

	while ((errno = 0, e = readdir(d))) {
		if (e->d_name[0] == '.') {
			dots++;
			continue;
		}
		CHECK(e->d_name[0] == 'n' && !found[atoi(e->d_name + 1)]);
		found[atoi(e->d_name + 1)] = true;
		n++;
	}
	CHECK(!errno && dots == 2 && n == MANY);
}

static void all_entries(void)
{
	DIR *d;

	CHECK(!mkdir("d", 0777));
	many_make();
	d = opendir("d");
	CHECK(d);
	all_there(d);
	CHECK(!readdir(d));
	rewinddir(d);
	all_there(d);
	CHECK(!closedir(d));
}

static void positions(void)
{
	char names[MANY + 2][32];
	long at[MANY + 2];
	const struct dirent *e;
	DIR *d;

	CHECK(!mkdir("d", 0777));
	many_make();
	d = opendir("d");
	for (int i = 0; i < MANY + 2; i++) {
		at[i] = telldir(d);
		e = readdir(d);
		CHECK(e);
		snprintf(names[i], sizeof(names[i]), "%.31s", e->d_name);
	}
	for (int i = MANY + 1; i >= 0; i -= 37) {
		seekdir(d, at[i]);
		e = readdir(d);
		CHECK(e && !strcmp(e->d_name, names[i]));
	}
	CHECK(!closedir(d));
}

static void numbers(void)
{
	const struct dirent *e;
	struct stat st;
	DIR *d;

	file_make("f", "");
	CHECK(!mkdir("g", 0777) && !symlink("f", "l"));
	d = opendir(".");
	while ((e = readdir(d))) {
		CHECK(!lstat(e->d_name, &st));
		if (strcmp(e->d_name, "..") != 0)
			CHECK(e->d_ino == st.st_ino);
	}
	CHECK(!fstat_of(dirfd(d), &st) && S_ISDIR(st.st_mode));
	CHECK(fcntl(dirfd(d), F_GETFD) == FD_CLOEXEC);
	CHECK(!closedir(d));
}

/* What is removed while it is read is not missed by the others. */
static void removed_meanwhile(void)
{
	const struct dirent *e;
	char name[300];
	int n = 0;
	DIR *d;

	CHECK(!mkdir("d", 0777));
	many_make();
	d = opendir("d");
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "d/%s", e->d_name);
		CHECK(!unlink(name));
		n++;
	}
	CHECK(n == MANY && !closedir(d) && !rmdir("d"));
}

static void no_directory(void)
{
	file_make("f", "");
	CHECK(!opendir("f") && errno == ENOTDIR);
	CHECK(!opendir("none") && errno == ENOENT);
}

const struct one_case dir_cases[] = {
	CASE(all_entries),       CASE(positions),    CASE(numbers),
	CASE(removed_meanwhile), CASE(no_directory), { NULL, NULL },
};
