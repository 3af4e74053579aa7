/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a configuration file, such that libconfuse reads it well.
 *
 * libconfuse 3.3 miscounts lines after comments, takes a string or a comment
 * that does not end for the end of the file, stops at a NUL, loses memory where
 * parentheses are wrong, and ends the program when it cannot read.  So it is
 * given text in memory that has no comments, and in which these are right.
 */
#ifndef COMMON_CONFIG_TEXT_H
#define COMMON_CONFIG_TEXT_H

/* A file may have that many bytes. */
#define CONFIG_TEXT_MOST (1 << 20)

struct config_fault {
	int line; /* 0: of the file as a whole */
	const char *what;
};

/*
 * Reads a file and puts blanks in the place of comments.  The text is the
 * caller's, and ends with a newline; NULL: the fault says why.
 */
char *config_text_read(const char *path, struct config_fault *fault);

#endif /* COMMON_CONFIG_TEXT_H */
