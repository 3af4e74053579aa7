// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs that are files of the VM: what goes along with an exec, what does
 * not, and what cannot be executed.  execed.c is such a program.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pm.h"
#include "users.h"
#include "volume.h"

#define USER    40
#define OTHER   41
#define PROGRAM "/execed"

static char *const env[] = { "A=b", NULL };

static int put_it(struct call *call)
{
	(void)call;
	return file_bring("./execed", PROGRAM);
}

/* How it has ended that is executed in a child, which "before" prepares */
static int end_of(int (*before)(void), const char *path, char *const argv[])
{
	const pid_t pid = mol_fork();
	int status;

	if (!pid) {
		if (!before || !before())
			mol_exec(path, argv, env);
		_exit(errno);
	}
	REQUIRE(pid > 0 && mol_waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#define END_OF(before, path, ...) \
	end_of((before), (path),  \
	       (char *const[]){ (char *)(path), ##__VA_ARGS__, NULL })

static int runs(struct call *call)
{
	char pid[12], ep[12];

	snprintf(pid, sizeof(pid), "%d", (int)mol_getpid());
	snprintf(ep, sizeof(ep), "%d", mnx_getep(getpid()));
	if (call->value)
		return END_OF(NULL, PROGRAM, "status", "7");
	mol_exec(PROGRAM,
		 (char *const[]){ "x", "self", pid, ep, "execed", NULL }, env);
	return -errno;
}

static int child_runs(struct call *call)
{
	const pid_t pid = mol_fork();
	int status;

	if (!pid)
		_exit(-runs(call));
	REQUIRE(pid > 0 && mol_waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Files */

static void number_text(char text[12], int number)
{
	snprintf(text, 12, "%d", number);
}

static int files_left(struct call *call)
{
	char open[12], closed[12];
	int files[2];

	(void)call;
	REQUIRE(!mol_mkdir("/d", 0755) &&
		!file_make("/d/here", "abcdefgh", 8, 0644));
	files[0] = mol_open("/d/here", O_RDONLY | O_CLOEXEC);
	files[1] = mol_open("/d/here", O_RDONLY);
	REQUIRE(files[0] == 0 && files[1] == 1 && !mol_chdir("/d"));
	number_text(open, files[1]);
	number_text(closed, files[0]);
	return END_OF(NULL, PROGRAM, "files", open, closed);
}

/* One of Linux's files is left with the same. */
static int files_left_by_execve(struct call *call)
{
	char *const argv[] = { "execed", "files", "1", "0", NULL };
	const pid_t pid = mol_fork();
	int status;

	(void)call;
	if (!pid) {
		mol_execve("./execed", argv, env);
		_exit(errno);
	}
	REQUIRE(pid > 0 && mol_waitpid(pid, &status, 0) == pid);
	return WEXITSTATUS(status);
}

/* A child of who has no files has none, and FS is not asked again. */
static int fork_ends(struct call *call)
{
	const pid_t pid = mol_fork();

	(void)call;
	if (!pid)
		_exit(0);
	REQUIRE(pid > 0 && mol_waitpid(pid, NULL, 0) == pid);
	return OK;
}

/* Signals, the program itself, the user */

static void on_signal(int signal)
{
	(void)signal;
}

static int signals_set(void)
{
	struct sigaction act = { .sa_handler = on_signal };
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	return signal(SIGUSR2, SIG_IGN) == SIG_ERR ||
	       mol_sigaction(SIGUSR1, &act, NULL) ||
	       sigprocmask(SIG_SETMASK, &mask, NULL);
}

static int other_things(struct call *call)
{
	(void)call;
	REQUIRE(!END_OF(signals_set, PROGRAM, "signals"));
	REQUIRE(!END_OF(NULL, PROGRAM, "sealed"));
	REQUIRE(!END_OF(NULL, PROGRAM, "descriptors"));
	REQUIRE(!mol_chown(PROGRAM, ALICE, ALICE));
	REQUIRE(!mol_chmod(PROGRAM, 06755));
	REQUIRE(!END_OF(NULL, PROGRAM, "user", "0"));
	return OK;
}

/* Scripts: with an interpreter of this node */

static int scripts(struct call *call)
{
	static const char text[] = "#!/bin/sh -u\n"
				   "[ \"$1$A\" = ab ] && exit 6\n",
			  nowhere[] = "#!/execed status\n";

	(void)call;
	REQUIRE(!file_make("/s", text, sizeof(text) - 1, 0755));
	REQUIRE(END_OF(NULL, "/s", "a") == 6);
	REQUIRE(!file_make("/n", nowhere, sizeof(nowhere) - 1, 0755));
	REQUIRE(END_OF(NULL, "/n", "8") == ENOENT);
	return OK;
}

/* What is not executed */

static int exec_it(const char *path)
{
	char *const argv[] = { "x", NULL };

	return RC(mol_exec(path, argv, env));
}

static int not_to_be_found(struct call *call)
{
	static char longest[PATH_MAX + 2];

	(void)call;
	memset(longest, '/', PATH_MAX + 1);
	REQUIRE(exec_it("/none") == -ENOENT && exec_it("") == -ENOENT);
	REQUIRE(exec_it(longest) == -ENAMETOOLONG && exec_it(NULL) == -EFAULT);
	REQUIRE(exec_it(PROGRAM "/x") == -ENOTDIR && exec_it("/") == -EACCES);
	REQUIRE(!mol_symlink("/l", "/l") && exec_it("/l") == -ELOOP);
	REQUIRE(!mol_mknod("/f", S_IFIFO | 0777, 0) &&
		exec_it("/f") == -EACCES);
	return OK;
}

static int no_programs(struct call *call)
{
	static const char elf[64] = "\177ELF";

	(void)call;
	REQUIRE(!file_make("/text", "text", 4, 0644));
	REQUIRE(exec_it("/text") == -EACCES && !mol_chmod("/text", 0755));
	REQUIRE(exec_it("/text") == -ENOEXEC);
	REQUIRE(!file_make("/empty", "", 0, 0755));
	REQUIRE(exec_it("/empty") == -ENOEXEC);
	REQUIRE(!file_make("/elf", elf, sizeof(elf), 0755));
	REQUIRE(exec_it("/elf") == -ENOEXEC);
	REQUIRE(!mol_truncate("/elf", 10) && exec_it("/elf") == -ENOEXEC);
	return OK;
}

static int too_large(struct call *call)
{
	const struct rlimit little = { 4096, 4096 };

	(void)call;
	REQUIRE(!file_make("/large", "#!", 2, 0755));
	REQUIRE(!mol_truncate("/large", MOL_EXEC_MAX + 1L));
	REQUIRE(exec_it("/large") == -ENOMEM);
	REQUIRE(!setrlimit(RLIMIT_FSIZE, &little));
	REQUIRE(exec_it(PROGRAM) == -ENOMEM);
	return OK;
}

static int nr_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = -3;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* What is to be closed is so by the program that comes, and none has come. */
static int nothing_is_lost(struct call *call)
{
	const int fd = mol_open("/text", O_RDONLY | O_CLOEXEC);
	const int nr = nr_descriptors();
	char c;

	(void)call;
	REQUIRE(fd >= 0 && exec_it("/text") == -ENOEXEC);
	REQUIRE(exec_it("/none") == -ENOENT);
	REQUIRE(mol_read(fd, &c, 1) == 1 && !mol_close(fd));
	REQUIRE(nr_descriptors() == nr && mol_getpid() > 0);
	return OK;
}

static int opens_to_write(struct call *call)
{
	(void)call;
	return RC(mol_open(PROGRAM, O_WRONLY));
}

static int closes(struct call *call)
{
	return RC(mol_close(call->value));
}

static int is_busy(struct call *call)
{
	(void)call;
	REQUIRE(exec_it(PROGRAM) == -ETXTBSY);
	return OK;
}

/* Who may only read it, or only execute it, may not. */
static int as_user(struct call *call)
{
	become_user(ALICE);
	REQUIRE(mol_bindproc() > 0);
	(void)call;
	REQUIRE(exec_it("/read") == -EACCES && exec_it("/run") == -EACCES);
	REQUIRE(END_OF(NULL, PROGRAM, "user", "1001") == 0);
	return OK;
}

static int puts_more(struct call *call)
{
	(void)call;
	REQUIRE(!file_bring("./execed", "/read") && !mol_chmod("/read", 0744));
	REQUIRE(!file_bring("./execed", "/run") && !mol_chmod("/run", 0711));
	return OK;
}

static int only_to_execute(struct call *call)
{
	const int bad[] = { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC };

	(void)call;
	for (int i = 0; i < NR_OF(bad); i++)
		REQUIRE(RC(mol_open(PROGRAM, bad[i] | FS_TO_EXECUTE, 0)) ==
			-EINVAL);
	return OK;
}

static struct actor *process(int p_nr)
{
	struct actor *a = actor_new(PROCESS, p_nr);

	ck_assert_int_gt(ASK(a, bind_it), 0);
	return a;
}

static void exec_up(void)
{
	volume_up();
	pm_start();
}

START_TEST(itself)
{
	struct actor *a = process(USER);

	ASSERT_RC(ASK(a, put_it), OK);
	ASSERT_RC(ASK(a, runs, .value = 1), 7);
	ASSERT_RC(ASK(a, child_runs), 0);
}
END_TEST

START_TEST(its_files)
{
	struct actor *a = process(USER), *b = process(OTHER);

	ASSERT_RC(ASK(b, fork_ends), OK);
	ASSERT_RC(ASK(a, put_it), OK);
	ASSERT_RC(ASK(a, files_left), 0);
	ASSERT_RC(ASK(a, files_left_by_execve), 0);
	fs_kill(SIGTERM);
	volume_check(VOLUME);
	/* Those that have none do not miss it. */
	ASSERT_RC(ASK(b, fork_ends), OK);
}
END_TEST

START_TEST(the_rest)
{
	struct actor *a = process(USER);

	ASSERT_RC(ASK(a, put_it), OK);
	ASSERT_RC(ASK(a, other_things), OK);
	ASSERT_RC(ASK(a, scripts), OK);
}
END_TEST

START_TEST(errors)
{
	struct actor *a = process(USER), *b = process(OTHER);
	int fd;

	ASSERT_RC(ASK(a, put_it), OK);
	ASSERT_RC(ASK(a, not_to_be_found), OK);
	ASSERT_RC(ASK(a, no_programs), OK);
	ASSERT_RC(ASK(a, nothing_is_lost), OK);
	ASSERT_RC(ASK(a, only_to_execute), OK);
	fd = ASK(b, opens_to_write);
	ck_assert_int_ge(fd, 0);
	ASSERT_RC(ASK(a, is_busy), OK);
	ASSERT_RC(ASK(b, closes, .value = fd), OK);
	ASSERT_RC(ASK(a, runs, .value = 1), 7);
	ASSERT_RC(ASK(a, too_large), OK);
}
END_TEST

START_TEST(users)
{
	ASSERT_RC(ASK(process(USER), put_it), OK);
	ASSERT_RC(ASK(process(USER + 2), puts_more), OK);
	ASSERT_RC(ASK(actor_new(PROCESS, OTHER), as_user), OK);
}
END_TEST

/* PM has to know who is another program: it hears of what becomes of it. */
static int is_unknown(struct call *call)
{
	(void)call;
	REQUIRE(!put_it(call) && exec_it(PROGRAM) == -ESRCH);
	return OK;
}

START_TEST(unknown)
{
	ASSERT_RC(ASK(actor_new(PROCESS, USER), is_unknown), OK);
}
END_TEST

int main(void)
{
	const struct test tests[] = {
		{ itself, 1 }, { its_files, 1 }, { the_rest, 1 },
		{ errors, 1 }, { users, 1 },     { unknown, 1 },
	};

	device_open_to_all();
	stage_init();
	return RUN_TESTS("exec", 120, exec_up, volume_down, tests);
}
