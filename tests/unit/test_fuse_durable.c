// SPDX-License-Identifier: GPL-2.0-or-later
/* fuse/durable: what is told of changes that an FS has taken with it */
#include <errno.h>
#include <string.h>

#include "fuse/durable.h"
#include "fuse/fuse.h"
#include "suite.h"

struct inodes inodes;

static uint32_t server; /* that is there */
static uint32_t next;   /* that is there when the driver is asked; 0: that */
static bool away;       /* a request was made twice */

uint64_t client_server(void)
{
	if (next)
		server = next;
	next = 0;
	return server;
}

bool client_was_away(void)
{
	const bool was = away;

	away = false;
	return was;
}

int client_open(const char *path, struct who who, uint32_t flags, mode_t mode,
		fs_head_t *opened)
{
	ck_assert_str_eq(path, "/");
	ck_assert_uint_eq(who.uid, PROC_NO_ID);
	(void)flags;
	(void)mode;
	*opened = (fs_head_t){ .opening = server };
	return 0;
}

void client_close(const fs_head_t *opened)
{
	(void)opened;
}

int client_fd(int type, const fs_head_t *opened, message *m)
{
	(void)m;
	ck_assert_int_eq(type, FS_FSTAT);
	return opened->opening == server ? 0 : -EBADF;
}

/* Of the root's mount, and of another one */
static struct node a, b, elsewhere;

static void set_up(void)
{
	inodes.root.dev = 1;
	a = b = (struct node){ .dev = 1 };
	elsewhere = (struct node){ .dev = 2 };
	server++;
	durable_end(&a, durable_begin(), DURABLE_ALL);
	durable_tell(&a);
	away = false;
}

static int sync_of(struct node *node)
{
	return durable_end(node, durable_begin(), DURABLE_MOUNT);
}

START_TEST(nothing_is_lost)
{
	durable_changed(&a);
	durable_changed(&b);
	ck_assert_int_eq(sync_of(&a), 0);
	server++;
	/* FS syncs a whole mount, and no other. */
	ck_assert_int_eq(sync_of(&a), 0);
	ck_assert_int_eq(sync_of(&b), 0);
	durable_changed(&a);
	ck_assert_int_eq(sync_of(&a), 0);
	ck_assert_int_eq(durable_tell(&a), 0);
}
END_TEST

START_TEST(lost_is_told_once)
{
	durable_changed(&a);
	durable_changed(&b);
	durable_changed(&elsewhere);
	server++;
	ck_assert_int_eq(sync_of(&a), -EIO);
	ck_assert_int_eq(sync_of(&a), 0);
	durable_changed(&b);
	ck_assert_int_eq(sync_of(&b), -EIO);
	ck_assert_int_eq(sync_of(&b), 0);
	ck_assert_int_eq(sync_of(&elsewhere), -EIO);
}
END_TEST

/* It was begun by the one who had the changes, and ended by the next. */
START_TEST(cut)
{
	uint64_t begun;

	durable_changed(&a);
	durable_changed(&b);
	begun = durable_begin();
	server++;
	ck_assert_int_eq(durable_end(&a, begun, DURABLE_ALL), -EIO);
	ck_assert_int_eq(sync_of(&a), 0);
	ck_assert_int_eq(sync_of(&b), -EIO);
}
END_TEST

/* FS ends between its answer and the note of the change. */
START_TEST(answered_and_gone)
{
	next = server + 1;
	durable_changed(&a);
	ck_assert_int_eq(sync_of(&a), -EIO);
	ck_assert_int_eq(sync_of(&a), 0);
}
END_TEST

/* The request has waited for the next one. */
START_TEST(asked_twice)
{
	next = server + 1;
	away = true;
	durable_changed(&a);
	ck_assert_int_eq(sync_of(&a), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, nothing_is_lost);
	tcase_add_test(tc, lost_is_told_once);
	tcase_add_test(tc, cut);
	tcase_add_test(tc, answered_and_gone);
	tcase_add_test(tc, asked_twice);
}

int main(void)
{
	return suite_run("fuse_durable", add);
}
