// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "filter.h"
#include "text.h"

#define READ_END  0
#define WRITE_END 1

static void setenv_int(const char *name, int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", value);
	setenv(name, text, 1);
}

static void run_child(char *const *argv, const message *request, int in,
		      int out)
{
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	setenv_int("M3IPC_SOURCE", request->m_source);
	setenv_int("M3IPC_TYPE", request->m_type);
	execvp(argv[0], argv);
	fprintf(stderr, "m3ipc: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* A text fits in a pipe, so this never waits for the program. */
static void write_text(int fd, const message *request)
{
	char text[TEXT_SIZE + 2];
	size_t length = text_unpack(request, text);

	text[length++] = '\n';
	/* A program that reads nothing is no error. */
	if (write(fd, text, length) < 0 && errno != EPIPE)
		perror("m3ipc: write");
}

static ssize_t read_some(int fd, char *buffer, size_t size)
{
	ssize_t got;

	do {
		got = read(fd, buffer, size);
	} while (got < 0 && errno == EINTR);
	return got;
}

static void read_answer(int fd, struct filter_answer *answer)
{
	size_t room = answer->size - 1, used = 0;
	char buffer[4096], last = '\0';
	ssize_t got;

	answer->length = 0;
	while (answer->length <= FILTER_MOST &&
	       (got = read_some(fd, buffer, sizeof(buffer))) > 0) {
		for (ssize_t i = 0; i < got && used < room; i++)
			answer->text[used++] = buffer[i];
		answer->length += (size_t)got;
		last = buffer[got - 1];
	}
	answer->endless = answer->length > FILTER_MOST;
	if (last == '\n')
		answer->length--;
	if (used > answer->length)
		used--;
	answer->text[used] = '\0';
}

static int wait_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 127;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

static int pipe_pair(int in[2], int out[2])
{
	if (pipe2(in, O_CLOEXEC))
		return -1;
	if (!pipe2(out, O_CLOEXEC))
		return 0;
	close(in[READ_END]);
	close(in[WRITE_END]);
	return -1;
}

int filter_run(char *const *argv, const message *request,
	       struct filter_answer *answer)
{
	int in[2], out[2];
	pid_t pid;

	if (pipe_pair(in, out))
		return -1;
	pid = fork();
	if (!pid)
		run_child(argv, request, in[READ_END], out[WRITE_END]);
	close(in[READ_END]);
	close(out[WRITE_END]);
	if (pid > 0)
		write_text(in[WRITE_END], request);
	close(in[WRITE_END]);
	if (pid > 0) {
		read_answer(out[READ_END], answer);
		if (answer->endless)
			kill(pid, SIGKILL);
		answer->status = wait_status(pid);
	}
	close(out[READ_END]);
	return pid < 0 ? -1 : 0;
}
