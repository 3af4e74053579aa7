// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config_text.h"
#include "memory.h"

/* What is in no unquoted string */
#define ENDS_WORD " #\"'\t\n\r={}()+,*"

enum expected {
	ANYTHING,
	ARGUMENT,
	SEPARATOR
};

struct cursor {
	char *at;
	int line;
	int depth;  /* of braces */
	int opened; /* line of the outermost one */
	enum expected expected;
	struct config_fault *fault;
};

static bool set_fault(struct cursor *c, int line, const char *what)
{
	*c->fault = (struct config_fault){ line, what };
	return false;
}

/* Goes on to "end", through blanks if "comment". */
static void skip_to(struct cursor *c, const char *end, bool comment)
{
	for (; c->at < end; c->at++) {
		if (*c->at == '\n')
			c->line++;
		else if (comment)
			*c->at = ' ';
	}
}

static bool skip_comment(struct cursor *c)
{
	const char *end = strstr(c->at + 2, "*/");

	if (!end)
		return set_fault(c, c->line, "a comment does not end");
	skip_to(c, end + 2, true);
	return true;
}

/* Behind "${...}", if that is here */
static const char *after_variable(const char *at)
{
	const char *end = at[0] == '$' && at[1] == '{' ? strchr(at, '}') : NULL;

	return end ? end + 1 : at;
}

static bool skip_string(struct cursor *c)
{
	int line = c->line;
	char quote = *c->at++;

	while (*c->at && *c->at != quote) {
		const char *end = c->at;

		if (quote == '"')
			end = after_variable(end);
		if (end == c->at)
			end += *end == '\\' && end[1] ? 2 : 1;
		skip_to(c, end, false);
	}
	if (!*c->at)
		return set_fault(c, line, "a string does not end");
	c->at++;
	return true;
}

static void skip_word(struct cursor *c)
{
	const char *end = after_variable(c->at);

	if (end == c->at)
		end += strcspn(end, ENDS_WORD);
	skip_to(c, end, false);
}

/* A token, any letter for a string, may be here in or between parentheses. */
static bool in_order(struct cursor *c, char token)
{
	if (c->expected == ANYTHING)
		c->expected = token == '(' ? ARGUMENT : ANYTHING;
	else if (token == ')')
		c->expected = ANYTHING;
	else if (c->expected == ARGUMENT && isalpha((unsigned char)token))
		c->expected = SEPARATOR;
	else if (c->expected == SEPARATOR && token == ',')
		c->expected = ARGUMENT;
	else
		return set_fault(c, c->line, "syntax error in parentheses");
	return true;
}

/* libconfuse takes the end of the file for that of a section. */
static void count_brace(struct cursor *c)
{
	if (*c->at == '{' && !c->depth++)
		c->opened = c->line;
	else if (*c->at == '}' && c->depth)
		c->depth--;
}

static bool skip_token(struct cursor *c)
{
	if (*c->at == '"' || *c->at == '\'')
		return in_order(c, 's') && skip_string(c);
	if (strchr("{}()=,", *c->at)) {
		if (!in_order(c, *c->at))
			return false;
		count_brace(c);
		c->at++;
	} else if (strchr(ENDS_WORD, *c->at)) {
		skip_to(c, c->at + 1, false);
	} else {
		skip_word(c);
		return in_order(c, 'w');
	}
	return true;
}

static bool blank_comments(char *text, struct config_fault *fault)
{
	struct cursor c = { .at = text, .line = 1, .fault = fault };
	bool good = true;

	while (good && *c.at) {
		if (*c.at == '#' || !strncmp(c.at, "//", 2))
			skip_to(&c, c.at + strcspn(c.at, "\n"), true);
		else if (!strncmp(c.at, "/*", 2))
			good = skip_comment(&c);
		else
			good = skip_token(&c);
	}
	if (good && c.expected != ANYTHING)
		return set_fault(&c, c.line - 1, "a parenthesis is not closed");
	if (good && c.depth)
		return set_fault(&c, c.opened, "a brace is not closed");
	return good;
}

/* What is no file of texts may wait for ever. */
static bool is_file(FILE *f)
{
	struct stat st;

	return !fstat(fileno(f), &st) &&
	       (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode));
}

/* Editors write a byte order mark that they do not show: blanks. */
static void blank_mark(char *text)
{
	static const char mark[] = "\xef\xbb\xbf";

	if (!strncmp(text, mark, strlen(mark)))
		memset(text, ' ', strlen(mark));
}

static bool is_utf16(const char *text)
{
	return !strncmp(text, "\xff\xfe", 2) || !strncmp(text, "\xfe\xff", 2);
}

/* The file, with a newline at its end */
static char *read_all(FILE *f, struct config_fault *fault)
{
	char *text = memory_alloc(CONFIG_TEXT_MOST + 2);
	size_t length = fread(text, 1, CONFIG_TEXT_MOST + 1, f);

	*fault = (struct config_fault){ 0, NULL };
	if (ferror(f))
		fault->what = strerror(errno);
	else if (length > CONFIG_TEXT_MOST)
		fault->what = "larger than 1 MiB";
	else if (is_utf16(text))
		fault->what = "in UTF-16, it must be in UTF-8";
	else if (memchr(text, 0, length))
		fault->what = "not a text, it has a NUL";
	if (fault->what) {
		free(text);
		return NULL;
	}
	if (!length || text[length - 1] != '\n')
		text[length] = '\n';
	blank_mark(text);
	return text;
}

char *config_text_read(const char *path, struct config_fault *fault)
{
	FILE *f = fopen(path, "re");
	char *text;

	if (!f) {
		*fault = (struct config_fault){ 0, strerror(errno) };
		return NULL;
	}
	if (is_file(f)) {
		text = read_all(f, fault);
	} else {
		*fault = (struct config_fault){ 0, "not a regular file" };
		text = NULL;
	}
	fclose(f);
	if (!text || blank_comments(text, fault))
		return text;
	free(text);
	return NULL;
}
