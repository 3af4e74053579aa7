// SPDX-License-Identifier: GPL-2.0-or-later
/* The system task of one node: it starts anew, and ends with its VM. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asks.h"

/* It starts anew on a live node: processes, names and alarms are there. */
static void restart(int signal)
{
	struct actor *a = actor_new(PROCESS, USER);
	struct actor *b = actor_new(PROCESS, USER + 1);
	struct actor *s = actor_new(PROCESS, SERVER);
	int child = ASK(a, ask_fork), ep = a->ep;

	ck_assert(!mnx_bind_failed(child));
	ASSERT_RC(PUBLISH(a, "kv"), OK);
	ASSERT_RC(PUBLISH(s, "server"), OK);
	ASSERT_RC(PUBLISH(b, "gone"), OK);
	ASSERT_RC(ASK(s, set_alarm, .ms = 1500), 0);
	ASSERT_RC(ASK(a, name_it, .peer = ep, .m = text_of("mine")), OK);
	ASSERT_RC(ASK(s, name_it, .peer = s->ep, .m = text_of("own")), OK);
	systask_kill(signal);
	actor_kill(b);
	systask_start();
	ck_assert_int_eq(slots_used(SYS_SLOT_USED), 2);
	ck_assert_int_eq(slots_used(SYS_SLOT_FREE), USERS - 2);
	ASSERT_RC(LOOKUP(s, "kv", 0), ep);
	ASSERT_RC(LOOKUP(a, "server", 0), SERVER);
	ASSERT_RC(MNX_ERR(LOOKUP(a, "gone", 0)), EMOLNOTBIND);
	ASSERT_RC(ASK(s, is_named, .peer = ep, .m = text_of("mine")), OK);
	ASSERT_RC(ASK(a, is_named, .peer = s->ep, .m = text_of("own")), OK);
	ASSERT_RC(ASK(s, wait_alarm, .ms = 5000), NOTIFY_FROM(CLOCK));
	ASSERT_RC(WITHDRAW(a, "kv"), OK);
	actor_kill(a);
	AWAIT(slots_used(SYS_SLOT_USED) == 1);
	kill(slot_on(0, _ENDPOINT_P(child)).p_lpid, SIGKILL);
	AWAIT(slots_used(SYS_SLOT_FREE) == USERS);
}

START_TEST(restart_after_kill)
{
	restart(SIGKILL);
}
END_TEST

START_TEST(restart_after_term)
{
	restart(SIGTERM);
}
END_TEST

/* The messages that systemd gets come to this descriptor. */
static int notify_socket(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX,
				       .sun_path = "/tmp/notify" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	unlink(address.sun_path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)),
			 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	return fd;
}

/* When it says that it is ready users can bind. */
START_TEST(ready)
{
	int fd = notify_socket();
	char said[256];
	ssize_t size;

	systask_kill(SIGTERM);
	systask_spawn();
	do {
		size = recv(fd, said, sizeof(said) - 1, 0);
		ck_assert_int_gt(size, 0);
		said[size] = '\0';
	} while (!strstr(said, "READY=1"));
	ck_assert_int_eq(_ENDPOINT_P(actor_new(PROCESS, USER)->ep), USER);
	unsetenv("NOTIFY_SOCKET");
	close(fd);
}
END_TEST

/* While it is not there nobody binds where it could give the slot away. */
START_TEST(ends_with_the_vm)
{
	int status;

	ASSERT_RC(mnx_vm_end(VMID), OK);
	ck_assert_int_eq(waitpid(systask_pid(), &status, 0), systask_pid());
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}
END_TEST

/* As systemd stops it: it leaves the group all the same. */
START_TEST(ends_with_the_vm_and_a_signal)
{
	int status;

	kill(systask_pid(), SIGSTOP);
	ASSERT_RC(mnx_vm_end(VMID), OK);
	kill(systask_pid(), SIGTERM);
	kill(systask_pid(), SIGCONT);
	ck_assert_int_eq(waitpid(systask_pid(), &status, 0), systask_pid());
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 3);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ restart_after_kill, 3 },
		{ restart_after_term, 1 },
		{ ready, 3 },
		{ ends_with_the_vm, 1 },
		{ ends_with_the_vm_and_a_signal, 3 },
	};

	stage_init();
	return RUN_TESTS("ends of the system task", 60, server_up, server_down,
			 tests);
}
