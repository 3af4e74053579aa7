// SPDX-License-Identifier: GPL-2.0-or-later
/* Whom FS knows, what it has of each, and who is told. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "users.h"
#include "volume.h"

#define USER  40
#define OTHER 41

static int knows(struct call *call)
{
	static fs_process_t table[M3IPC_MAX_SLOTS];
	const int nr = mol_getfsproctab(table, M3IPC_MAX_SLOTS);
	struct stat st;

	if (nr < 0)
		return -errno;
	REQUIRE(mol_getfsproctab(NULL, 0) == nr);
	for (int i = 0; i < nr; i++) {
		if (table[i].endpoint != call->peer)
			continue;
		REQUIRE(!mol_stat("/m", &st) && table[i].node == 0);
		REQUIRE(table[i].uid == ALICE && table[i].umask == 077);
		REQUIRE(table[i].cwd_dev == 1 && table[i].cwd_ino == st.st_ino);
		REQUIRE(table[i].root_dev == 1 && table[i].root_ino == 1);
		REQUIRE(table[i].nr_open == 3);
		return nr;
	}
	return call->peer ? -ESRCH : nr;
}

static int knows_how_many(struct call *call)
{
	(void)call;
	return RC(mol_getfsproctab(NULL, 0));
}

static int becomes_known(struct call *call)
{
	(void)call;
	REQUIRE(!mol_mkdir("/m", 0755) && !mol_chdir("/m"));
	REQUIRE(mol_open("/", O_RDONLY) == 0 && mol_dup2(0, 200) == 200);
	REQUIRE(mol_open("/m", O_RDONLY) == 1 && mol_umask(077) == 022);
	become_user(ALICE);
	return RC(mol_access("/", F_OK));
}

/* FORK says whether there is anything that a child would miss. */
static int has_what(struct call *call)
{
	message m = { .m_type = FS_FORK };
	fs_fork_t arg = { .endpoint = call->peer };

	com_put(&m, &arg);
	REQUIRE(!mnx_sendrec(FS_PROC_NR, &m));
	com_get(&m, &arg);
	return m.m_type ? m.m_type : arg.has;
}

START_TEST(whom_it_knows)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, OTHER);

	ASSERT_RC(ASK(b, knows), 1);
	ASSERT_RC(ASK(a, becomes_known), OK);
	ASSERT_RC(ASK(b, knows, .peer = a->ep), 2);
	/* Others are not told of root's. */
	ASSERT_RC(ASK(a, knows, .peer = a->ep), 1);
	actor_kill(a);
	AWAIT(ASK(b, knows_how_many) == 1);
}
END_TEST

static int opens_one(struct call *call)
{
	(void)call;
	return RC(mol_open("/", O_RDONLY));
}

START_TEST(what_a_child_would_miss)
{
	struct actor *a = actor_new(PROCESS, USER);

	ASSERT_RC(ASK(a, has_what, .peer = actor_new(PROCESS, OTHER)->ep), 0);
	ASSERT_RC(ASK(a, opens_one), 0);
	ASSERT_RC(ASK(a, has_what, .peer = actor_new(PROCESS, OTHER + 1)->ep),
		  1);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ whom_it_knows, 1 },
		{ what_a_child_would_miss, 1 },
	};

	device_open_to_all();
	stage_init();
	return RUN_TESTS("file system: table", 120, volume_up, volume_down,
			 tests);
}
