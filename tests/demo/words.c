// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts the words of files on all nodes of VM 0 at once:
 *
 *	words master WORKERS LIST	has the work: when so many workers have
 *					asked, and a line has been read, each
 *					gets the next file, until none is left
 *	words farm WORKERS LIST		forks workers, and waits for them
 *
 * LIST has the name of a file in each line.  A worker finds the master by its
 * name; each of its requests says what came out of the one before.  How many
 * files it has counted is its exit status, which its parent says.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mol/mol.h>
#include <molipc/molipc.h>
#include <molipc/sys.h>

#include "../stage/user_slot.h"

#define MASTER_SLOT 12
#define MASTER_NAME "words"
#define MAX_FILES   255 /* as an exit status can say */

/* A request; the answer has the next file, or NONE_LEFT, in m2_i1. */
#define WORDS_NEXT 5 /* m2_l1: the words of the one before */
#define NONE_LEFT  (-1)

#define PATIENCE 60000 /* ms */

struct list {
	char *name[MAX_FILES];
	int nr;
};

static int failed(const char *what, int rc)
{
	fprintf(stderr, "words: %s: %s\n", what, mnx_strerror(rc));
	return EXIT_FAILURE;
}

static int failed_call(const char *what)
{
	perror(what);
	return EXIT_FAILURE;
}

static bool list_read(struct list *list, const char *path)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t size;

	while (f && list->nr < MAX_FILES && getline(&line, &size, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		list->name[list->nr++] = line;
		line = NULL;
	}
	if (!f)
		return !failed_call(path);
	fclose(f);
	return true;
}

/* As wc(1) does */
static long words_of(const char *path)
{
	FILE *f = fopen(path, "r");
	bool inside = false;
	long words = 0;
	int c;

	while (f && (c = getc(f)) != EOF) {
		if (isspace(c))
			inside = false;
		else if (isprint(c) && !inside)
			words += inside = true;
	}
	if (f)
		fclose(f);
	return words;
}

/* The master */

static int master_bind(void)
{
	int rc = mnx_bind(0, MASTER_SLOT);

	return mnx_bind_failed(rc) ? MNX_ERR(rc) : sys_publish(MASTER_NAME);
}

/* All that ask; their requests are answered later. */
static int workers_gather(int *worker, int nr)
{
	message m;

	for (int i = 0; i < nr; i++) {
		const int rc = mnx_rcvrqst_T(&m, PATIENCE);

		if (rc)
			return rc;
		worker[i] = m.m_source;
	}
	return 0;
}

static int file_give(int worker, int *next, const struct list *list)
{
	message m = { .m_type = OK };

	m.m2_i1 = *next < list->nr ? (*next)++ : NONE_LEFT;
	return mnx_reply(worker, &m);
}

static int master(int nr, const struct list *list)
{
	int worker[MAX_FILES], next = 0, rc = master_bind();
	long words = 0;
	message m;

	if (!rc)
		rc = workers_gather(worker, nr);
	if (rc)
		return failed("master", rc);
	puts("ready");
	fflush(stdout);
	getchar();
	for (int i = 0; !rc && i < nr; i++)
		rc = file_give(worker[i], &next, list);
	/* Each file comes back as a request, the last ones answered "none". */
	for (int i = 0; !rc && i < list->nr; i++) {
		rc = mnx_rcvrqst_T(&m, PATIENCE);
		words += m.m2_l1;
		if (!rc)
			rc = file_give(m.m_source, &next, list);
	}
	/*
	 * That this one has ended may be known at another node before its last
	 * answer is there.
	 */
	for (int i = 0; !rc && i < nr; i++)
		rc = mnx_wait4unbind_T(worker[i], PATIENCE);
	if (rc)
		return failed("master", rc);
	printf("%ld\n", words);
	return EXIT_SUCCESS;
}

/* Workers */

static int work(const struct list *list)
{
	int server = sys_lookup(MASTER_NAME, PATIENCE), rc, nr = 0;
	message m = { .m_type = WORDS_NEXT };

	if (mnx_bind_failed(server))
		exit(failed(MASTER_NAME, MNX_ERR(server)));
	for (;;) {
		rc = mnx_sendrec(server, &m);
		if (rc)
			exit(failed("worker", rc));
		if (m.m2_i1 < 0 || m.m2_i1 >= list->nr)
			return nr;
		nr++;
		m = (message){ .m_type = WORDS_NEXT,
			       .m2_l1 = words_of(list->name[m.m2_i1]) };
	}
}

static int farm(int nr, const struct list *list)
{
	int status, rc = user_slot_bind(0);
	pid_t pid;

	if (mnx_bind_failed(rc))
		return failed("farm", MNX_ERR(rc));
	if (mol_bindproc() < 0)
		return failed_call("words: farm");
	for (int i = 0; i < nr; i++) {
		pid = mol_fork();
		if (pid < 0)
			return failed_call("words: fork");
		if (!pid)
			exit(work(list));
	}
	while ((pid = mol_wait(&status)) > 0)
		printf("process %d has counted %d files\n", (int)pid,
		       WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static struct list list;
	int nr;

	if (argc != 4 || !list_read(&list, argv[3]))
		return 2;
	nr = atoi(argv[2]);
	if (nr < 1 || nr > list.nr)
		return 2;
	if (!strcmp(argv[1], "master"))
		return master(nr, &list);
	return farm(nr, &list);
}
