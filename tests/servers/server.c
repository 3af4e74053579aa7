// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <molipc/fs.h>

#include "server.h"

#define CONFIG          "/tmp/servers.conf"
#define SYSTASK_PROGRAM "../../daemons/systask/m3ipc-systask"
#define PM_PROGRAM      "../../daemons/pm/m3ipc-pm"
#define IS_PROGRAM      "../../daemons/is/m3ipc-is"
#define MEMORY_PROGRAM  "../../daemons/memory/m3ipc-memory"
#define FS_PROGRAM      "../../daemons/fs/m3ipc-fs"
#define INIT_PROGRAM    "../../daemons/init/m3ipc-init"

static const char text[] = "local = \"node0\"\n"
			   "node \"node0\" { id = 0 }\n"
			   "vm \"stage\" { id = 0 %s }\n";

static pid_t systask, pm, is, init, memory, fs;

/* It has a system slot, and so does not count itself. */
static struct actor *counter;

/* It is bound before it serves; who asks waits until it does. */
static int getuptime(struct call *call)
{
	uint64_t ticks;

	(void)call;
	return sys_getuptime(&ticks);
}

static pid_t spawn(const char *program)
{
	const pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (!pid) {
		signal(SIGPIPE, SIG_DFL);
		execl(program, program, "-c", CONFIG, "stage", (char *)NULL);
		_exit(127);
	}
	return pid;
}

void systask_spawn(void)
{
	systask = spawn(SYSTASK_PROGRAM);
}

void systask_start(void)
{
	struct actor *a;

	systask_spawn();
	AWAIT(!slot_is(SYSTASK(0), SLOT_FREE));
	/* Users get slots when its group has said that they are this node's. */
	a = actor_new(PROCESS, 20);
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = getuptime), OK);
	AWAIT(slots_used(SYS_SLOT_FREE) + slots_used(SYS_SLOT_USED) ==
	      NR_PROCS - FIRST_USER_NR);
	actor_kill(a);
	AWAIT(slot_is(20, SLOT_FREE));
}

pid_t systask_pid(void)
{
	return systask;
}

static void server_kill(pid_t *pid, int p_nr, int signal)
{
	kill(*pid, signal);
	waitpid(*pid, NULL, 0);
	*pid = 0;
	AWAIT(slot_is(p_nr, SLOT_FREE));
}

void systask_kill(int signal)
{
	server_kill(&systask, SYSTASK(0), signal);
}

void pm_start(void)
{
	pm = spawn(PM_PROGRAM);
	AWAIT(!slot_is(PM_PROC_NR, SLOT_FREE));
}

void pm_kill(int signal)
{
	server_kill(&pm, PM_PROC_NR, signal);
}

void is_start(void)
{
	is = spawn(IS_PROGRAM);
	AWAIT(!slot_is(IS_PROC_NR, SLOT_FREE));
}

void is_kill(int signal)
{
	server_kill(&is, IS_PROC_NR, signal);
}

void memory_start(void)
{
	memory = spawn(MEMORY_PROGRAM);
	AWAIT(!slot_is(MEM_PROC_NR, SLOT_FREE));
}

void memory_kill(int signal)
{
	server_kill(&memory, MEM_PROC_NR, signal);
}

pid_t memory_pid(void)
{
	return memory;
}

int memory_fails(void)
{
	int status;

	waitpid(spawn(MEMORY_PROGRAM), &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void fs_spawn(void)
{
	fs = spawn(FS_PROGRAM);
}

/* A name is looked up when there is a root. */
static int root_is_there(struct call *call)
{
	fs_path_t arg = { .uid = PROC_NO_ID,
			  .gid = PROC_NO_ID,
			  .length = 1,
			  .text = "/" };
	message m = { .m_type = FS_STAT };
	int rc;

	(void)call;
	com_put(&m, &arg);
	rc = mnx_sendrec(FS_PROC_NR, &m);
	return rc ? rc : m.m_type;
}

void fs_start(void)
{
	struct actor *a;

	fs_spawn();
	AWAIT(!slot_is(FS_PROC_NR, SLOT_FREE));
	a = actor_new(PROCESS, 19);
	ASSERT_RC(CALL_RC(a, .op = OP_RUN, .run = root_is_there), OK);
	actor_kill(a);
	AWAIT(slot_is(19, SLOT_FREE));
}

void fs_kill(int signal)
{
	server_kill(&fs, FS_PROC_NR, signal);
}

int fs_wait(void)
{
	int status;

	waitpid(fs, &status, 0);
	fs = 0;
	return status;
}

pid_t fs_pid(void)
{
	return fs;
}

void init_start(void)
{
	init = spawn(INIT_PROGRAM);
	AWAIT(!slot_is(INIT_PROC_NR, SLOT_FREE));
}

int init_kill(int signal)
{
	int status;

	kill(init, signal);
	waitpid(init, &status, 0);
	init = 0;
	AWAIT(slot_is(INIT_PROC_NR, SLOT_FREE));
	return status;
}

pid_t init_pid(void)
{
	return init;
}

void server_configure(const char *servers)
{
	FILE *f = fopen(CONFIG, "we");

	ck_assert_ptr_nonnull(f);
	fprintf(f, text, servers);
	fclose(f);
}

void server_up(void)
{
	VM_usr_t vm = VM_USR_INIT(VMID, "stage");

	server_configure("");
	mnx_vm_end(VMID);
	vm.vm_warn2proc = SYSTASK(0);
	ASSERT_RC(mnx_vm_init(&vm), OK);
	systask_start();
}

void server_down(void)
{
	stage_down();
	if (systask)
		waitpid(systask, NULL, 0);
	if (pm)
		waitpid(pm, NULL, 0);
	if (is)
		waitpid(is, NULL, 0);
	if (init)
		waitpid(init, NULL, 0);
	if (memory)
		waitpid(memory, NULL, 0);
	if (fs)
		waitpid(fs, NULL, 0);
	systask = pm = is = init = memory = fs = 0;
	counter = NULL;
}

static int count_slots(struct call *call)
{
	static sys_slot_t slots[NR_PROCS];
	int nr = sys_getinfo(GET_SLOTSTAB, 0, slots, sizeof(slots));
	int n = 0;

	if (nr < 0)
		return nr;
	for (int i = 0; i < nr; i++)
		n += slots[i].use == call->value;
	return n;
}

int slots_used(enum sys_use use)
{
	if (!counter)
		counter = actor_new(PROCESS, 21);
	return CALL_RC(counter, .op = OP_RUN, .run = count_slots,
		       .value = (int)use);
}
