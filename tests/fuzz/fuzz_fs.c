// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests to m3ipc-fs that make sense or do not, from clients of two nodes and
 * several users, some of which stop and end in the middle, over disks that are
 * late, fail or say nothing.
 *
 *	fuzz_fs SEED RUNS SECONDS
 *
 * RUNS histories, or if it is 0 as many as there are in SECONDS, each in a
 * process of its own.  Sanitizers see to memory, and fs_world.h to what is
 * copied from and to whom.  Looked at here is that root's secret is in nobody
 * else's memory, that who waits is answered or has ended, that nothing is left
 * of clients that have, and that the disks are whole at the end.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/util.h"
#include "fs/clients.h"
#include "fs/fs.h"
#include "fs/node.h"
#include "fs_request.h"
#include "fs_world.h"
#include "lib/judge.h"

#define REQUESTS 4000 /* of a history */
#define LONGEST  60   /* seconds, of one */
#define CACHE    (64 << 10)
#define FOR_EVER 10000 /* rounds, until what has to end has */
#define MARK     "nobody but root has this"

struct fs fs;

static unsigned char *made[WORLD_DISKS];
static int commits;

int64_t fs_now(void)
{
	return world.clock / 1000;
}

void fs_serve(const struct place *root)
{
	fs.root = *root;
}

/* The loop, as main.c has it */

static void loop_done(void)
{
	nodes_take();
	calls_go_on();
}

static void loop_ticks(void)
{
	fs.ticks++;
	world.clock += 50 + below(1000);
	if (++commits % 5 == 0)
		mounts_commit();
	calls_tick(world.clock);
	loop_done();
}

static void loop_io(void)
{
	if (world_io())
		loop_done();
}

static void loop_ends(void)
{
	if (!world_has_ends())
		return;
	ends_follow();
	loop_done();
}

static void root_mount(void)
{
	static const struct call_row row = { do_root, CALL_FIRST };
	const message none = { .m_type = 0 };

	call_start(call_new(NONE, &none), &row);
	loop_done();
	for (int i = 0; !fs.root.dev && !fs.failed && i < FOR_EVER; i++)
		loop_io();
}

static bool fs_begin(void)
{
	static struct fproc_kept kept[FPROCS_MAX];

	memset(kept, 0, sizeof(kept));
	fs.vmid = WORLD_VM;
	fs.node = WORLD_NODE;
	fs.root_device = "root";
	fs.cache_bytes = CACHE;
	files_init(&fs.files, 1);
	locks_init(&fs.locks);
	fprocs_init(&fs.procs, &fs.files, kept);
	root_mount();
	return fs.root.dev;
}

/* Requests */

static void ask(struct client *c, message m)
{
	struct serve_request rq = { .client = c->endpoint, .m = &m };
	int rc;

	c->waits = true;
	rc = call_take(&rq);
	if (rc != SERVE_LATER)
		serve_answer(c->endpoint, &m, rc);
	loop_done();
}

static void request(void)
{
	struct client *c = &world.clients[below(WORLD_CLIENTS)];

	if (!c->incarnation)
		world_client_begins(c);
	else if (!c->waits && !c->stopped)
		ask(c, request_make(c));
}

/* Root's secret: a file of several blocks, which are as secret afterwards */

static void wait_for(const struct client *c)
{
	for (int i = 0; c->waits && i < FOR_EVER; i++) {
		loop_io();
		loop_ticks();
	}
	WORLD_EXPECT(!c->waits);
}

static void ask_and_wait(struct client *c, message *m)
{
	ask(c, *m);
	wait_for(c);
}

static void secret_make(void)
{
	struct client *root = &world.clients[0];
	message m = { .m_source = root->endpoint, .m_type = FS_OPEN };
	static char text[8000];

	for (size_t i = 0; i + sizeof(MARK) < sizeof(text); i += sizeof(MARK))
		memcpy(text + i, MARK, sizeof(MARK));
	com_put(&m, &((fs_path_t){ .uid = PROC_NO_ID,
				   .gid = PROC_NO_ID,
				   .flags = O_RDWR | O_CREAT,
				   .length = sizeof(SECRET) - 1,
				   .value = { 0600 },
				   .text = SECRET }));
	ask_and_wait(root, &m);
	m.m_type = FS_WRITE;
	com_put(&m, &((fs_rw_t){ .at = memory_put(root, text, sizeof(text)),
				 .bytes = sizeof(text) }));
	ask_and_wait(root, &m);
	m.m_type = FS_CLOSE;
	com_put(&m, &((fs_fd_t){ .fd = 0 }));
	ask_and_wait(root, &m);
	memset(root->memory, 0, sizeof(root->memory));
}

/* Where everybody may do anything */
static void folder_make(const char *path)
{
	struct client *root = &world.clients[0];
	message m = { .m_source = root->endpoint, .m_type = FS_MKDIR };
	fs_path_t arg = { .uid = PROC_NO_ID,
			  .gid = PROC_NO_ID,
			  .length = (uint32_t)strlen(path),
			  .value = { 0777 } };

	memcpy(arg.text, path, arg.length);
	com_put(&m, &arg);
	ask_and_wait(root, &m);
	m.m_type = FS_CHMOD;
	com_put(&m, &arg);
	ask_and_wait(root, &m);
}

static void secret_is_kept(void)
{
	for (int i = 0; i < WORLD_CLIENTS; i++)
		WORLD_EXPECT(!memmem(world.clients[i].memory, WORLD_BYTES, MARK,
				     sizeof(MARK)));
}

/* A history */

static void something(void)
{
	struct client *c = &world.clients[below(WORLD_CLIENTS)];

	switch (below(100)) {
	case 0:
		world_client_ends(c);
		break;
	case 1:
		c->stopped = hit(30);
		break;
	case 2:
	case 3:
		loop_ends();
		break;
	case 4:
		world.silent = hit(10);
		break;
	default:
		if (hit(50))
			request();
		else if (hit(90))
			loop_io();
		else
			loop_ticks();
		break;
	}
}

static void all_end(void)
{
	world.silent = false;
	for (int i = 0; i < WORLD_CLIENTS; i++)
		world_client_ends(&world.clients[i]);
	for (int i = 0; i < FOR_EVER; i++) {
		loop_ends();
		loop_io();
		if (i % 16 == 0)
			loop_ticks();
		if (!world_stages() && !calls_are_parked() && !world_has_ends())
			break;
	}
	WORLD_EXPECT(!calls_are_parked() && !world_stages());
	for (int i = 0; i < FPROCS_MAX; i++)
		WORLD_EXPECT(!fs.procs.proc[i].there);
}

static void disks_are_whole(void)
{
	const char *wrong;

	mounts_end(100000);
	for (int i = 0; i < WORLD_DISKS; i++) {
		wrong = judge_image(world.disks[i], WORLD_KIB << 10,
				    world.failed ? JUDGE_CUT : JUDGE_QUIET);
		if (wrong)
			world_fail(__FILE__, __LINE__, wrong);
	}
}

static int history(unsigned long seed)
{
	alarm(LONGEST);
	world_begin(seed, made);
	if (!fs_begin())
		return EXIT_SUCCESS; /* it had no threads */
	secret_make();
	folder_make("/");
	folder_make("/d");
	folder_make("/m");
	world.failing = seed % 8 == 7;
	for (int i = 0; i < REQUESTS; i++)
		something();
	secret_is_kept();
	all_end();
	disks_are_whole();
	if (getenv("FUZZ_VERBOSE"))
		printf("seed %lu: %lu answers, %lu of them errors; %lu copies, "
		       "%lu I/O\n",
		       seed, world.answers, world.errors, world.copies,
		       world.ios);
	return EXIT_SUCCESS;
}

static void run(unsigned long seed)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		exit(history(seed));
	if (pid > 0 && waitpid(pid, &status, 0) == pid && !status)
		return;
	fprintf(stderr, "fuzz: fs: seed %lu\n", seed);
	exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	unsigned long seed, runs, n;
	time_t end;

	if (argc != 4)
		return EXIT_FAILURE;
	seed = strtoul(argv[1], NULL, 0);
	runs = strtoul(argv[2], NULL, 0);
	end = time(NULL) + (time_t)strtoul(argv[3], NULL, 0);
	for (int i = 0; i < WORLD_DISKS; i++) {
		made[i] = malloc(WORLD_KIB << 10);
		if (!made[i])
			return EXIT_FAILURE;
		judge_format(made[i], WORLD_KIB << 10, 1024, 100);
	}
	for (n = 0; runs ? n < runs : time(NULL) < end; n++)
		run(seed + n);
	printf("fuzz: %lu histories of %d steps with requests to FS from seed "
	       "%lu\n",
	       n, REQUESTS, seed);
	for (int i = 0; i < WORLD_DISKS; i++)
		free(made[i]);
	return EXIT_SUCCESS;
}
