// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "terminal.h"

#define HOME_AND_CLEAR "\033[H\033[J"

static struct termios saved_termios;

/* Where keys come from; not polled if they do not, or do no more. */
static struct pollfd keys_pollfd = { .fd = -1, .events = POLLIN };

bool terminal_is_there(void)
{
	return isatty(STDOUT_FILENO);
}

/*
 * However this ends.  Who was sent to the background has no terminal any more
 * to give back, and would be stopped for trying.
 */
static void give_back_keys(void)
{
	pid_t owner = tcgetpgrp(STDIN_FILENO);

	if (owner < 0 || owner == getpgrp())
		tcsetattr(STDIN_FILENO, TCSANOW, &saved_termios);
}

void terminal_take_keys(void)
{
	struct termios raw;

	if (!terminal_is_there() || tcgetattr(STDIN_FILENO, &saved_termios) ||
	    atexit(give_back_keys))
		return;
	raw = saved_termios;
	raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
	if (!tcsetattr(STDIN_FILENO, TCSANOW, &raw))
		keys_pollfd.fd = STDIN_FILENO;
	/* Standard error may be a pipe. */
	signal(SIGPIPE, SIG_IGN);
}

/*
 * What there is to read may be no key but the end of the keys, as when the
 * terminal has gone.  That is no "q": who counts or waits for a signal goes on.
 */
static bool read_quit(void)
{
	char key = 0;
	ssize_t n = read(STDIN_FILENO, &key, 1);

	if (n == 0 || (n < 0 && errno != EAGAIN))
		keys_pollfd.fd = -1;
	return key == 'q';
}

bool terminal_wait_quit(double seconds, const sigset_t *waiting)
{
	struct timespec ts = {
		.tv_sec = (time_t)seconds,
		.tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9),
	};

	return ppoll(&keys_pollfd, 1, &ts, waiting) > 0 && read_quit();
}

static struct winsize window_size(void)
{
	struct winsize size = { 0 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	return size;
}

size_t terminal_height(void)
{
	return window_size().ws_row;
}

/*
 * Prints lines as far as they fit, whole if the width is not known.  A byte
 * counts as a column, which is never too few, and no character is cut in two.
 */
static void put_lines(const char *text, size_t width)
{
	size_t at = 0, length;

	for (; *text; text += length) {
		length = 1;
		while ((text[length] & 0xc0) == 0x80)
			length++;
		if (*text == '\033') {
			/* A colour, up to its "m", takes no place. */
			length = strcspn(text, "m");
			length += text[length] == 'm';
		} else if (*text == '\n') {
			at = 0;
		} else {
			at += length;
			if (width && at > width)
				continue;
		}
		fwrite(text, 1, length, stdout);
	}
}

void terminal_show(const char *text)
{
	fputs(HOME_AND_CLEAR, stdout);
	put_lines(text, window_size().ws_col);
}
