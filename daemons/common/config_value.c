// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <assert.h>
#include <confuse.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "config_value.h"
#include "memory.h"
#include "util.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"
#define NR_CPUS (M3IPC_CPU_WORDS * 64)

static_assert(sizeof(enum config_disk_mode) == sizeof(int32_t) &&
		      sizeof(enum config_membership) == sizeof(int32_t),
	      "words are stored as int32_t");

/* How far the text is of such characters only */
static bool consists_of(const char *text, const char *characters)
{
	return *text && !text[strspn(text, characters)];
}

bool value_is_name(const char *text)
{
	return strlen(text) < M3IPC_NAME_LEN &&
	       consists_of(text, LETTERS DIGITS "_-.") &&
	       isalnum((unsigned char)*text) && !consists_of(text, DIGITS);
}

static bool is_address(const char *text)
{
	unsigned char binary[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET6, text, binary) == 1 ||
	    inet_pton(AF_INET, text, binary) == 1)
		return true;
	/* Host names are not of digits and dots only. */
	return strlen(text) <= 253 && consists_of(text, LETTERS DIGITS "-.") &&
	       isalnum((unsigned char)*text) && !consists_of(text, DIGITS ".");
}

static bool is_key(const char *text)
{
	return strlen(text) == CONFIG_KEY_LENGTH &&
	       consists_of(text, LETTERS DIGITS ".-:+=^!/*?&<>()[]{}@%$#");
}

static bool is_text_for(const struct option_rule *rule, const char *text)
{
	switch (rule->type) {
	case OPTION_NAME:
	case OPTION_NAMES:
		return value_is_name(text);
	case OPTION_PATH:
		return *text == '/';
	case OPTION_ADDRESS:
		return is_address(text);
	case OPTION_KEY:
		return is_key(text);
	default:
		return *text;
	}
}

/* What K, M or G multiplies by; 0 for what is neither these nor nothing */
static int64_t unit(const char *text)
{
	static const struct {
		const char *text;
		int64_t factor;
	} units[] = { { "", 1 },
		      { "K", 1 << 10 },
		      { "M", 1 << 20 },
		      { "G", 1 << 30 } };

	for (size_t i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(text, units[i].text))
			return units[i].factor;
	return 0;
}

static bool parse_number(const struct option_rule *rule, const char *text,
			 int64_t *number)
{
	const char *digits = text + (*text == '-');
	int base = digits[0] == '0' && tolower(digits[1]) == 'x' ? 16 : 10;
	int64_t factor;
	char *end;

	if (!isdigit((unsigned char)*digits))
		return false;
	errno = 0;
	*number = strtoll(text, &end, base);
	factor = rule->type == OPTION_NUMBER ? !*end : unit(end);
	return !errno && factor &&
	       !__builtin_mul_overflow(*number, factor, number) &&
	       *number >= rule->min && *number <= rule->max;
}

static bool store_number(const struct option_rule *rule, const char *text,
			 void *field)
{
	int64_t number;
	int32_t small;

	if (!parse_number(rule, text, &number))
		return false;
	small = (int32_t)number;
	if (rule->type == OPTION_SIZE)
		memcpy(field, &number, sizeof(number));
	else
		memcpy(field, &small, sizeof(small));
	return true;
}

static bool store_word(const struct option_rule *rule, const char *text,
		       void *field)
{
	for (int32_t i = 0; rule->words[i]; i++) {
		if (!*text || strcmp(rule->words[i], text))
			continue;
		memcpy(field, &i, sizeof(i));
		return true;
	}
	return false;
}

static bool store_bool(const char *text, bool *field)
{
	int value = cfg_parse_boolean(text);

	if (value >= 0)
		*field = value;
	return value >= 0;
}

/* A number at *text, and behind it */
static bool take_cpu(const char **text, unsigned long *cpu)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	*cpu = strtoul(*text, &end, 10);
	*text = end;
	return *cpu < NR_CPUS;
}

static bool parse_cpus(const char *text, uint64_t *words)
{
	unsigned long first, last;

	for (;; text++) {
		if (!take_cpu(&text, &first))
			return false;
		last = first;
		if (*text == '-') {
			text++;
			if (!take_cpu(&text, &last) || last < first)
				return false;
		}
		for (; first <= last; first++)
			words[first / 64] |= UINT64_C(1) << first % 64;
		if (*text != ',')
			return !*text;
	}
}

static bool store_cpus(const char *text, void *field)
{
	uint64_t words[M3IPC_CPU_WORDS] = { 0 };

	if (!parse_cpus(text, words))
		return false;
	memcpy(field, words, sizeof(words));
	return true;
}

char *value_text(const void *field)
{
	char *text;

	memcpy(&text, field, sizeof(text));
	return text;
}

char **value_list(const void *field)
{
	char **list;

	memcpy(&list, field, sizeof(list));
	return list;
}

static void append(const char *text, void *field)
{
	char **list = value_list(field);
	size_t nr = 0;

	while (list && list[nr])
		nr++;
	list = memory_grow(list, nr + 1, sizeof(*list));
	list[nr] = memory_strdup(text);
	list[nr + 1] = NULL;
	memcpy(field, &list, sizeof(list));
}

static bool store_text(const struct option_rule *rule, const char *text,
		       void *field)
{
	char *copy;

	if (!is_text_for(rule, text))
		return false;
	if (schema_is_list(rule)) {
		append(text, field);
		return true;
	}
	copy = memory_strdup(text);
	memcpy(field, &copy, sizeof(copy));
	return true;
}

bool value_parse(const struct option_rule *rule, const char *text, void *field)
{
	switch (rule->type) {
	case OPTION_NUMBER:
	case OPTION_BYTES:
	case OPTION_SIZE:
		return store_number(rule, text, field);
	case OPTION_BOOL:
		return store_bool(text, field);
	case OPTION_WORD:
		return store_word(rule, text, field);
	case OPTION_CPUS:
		return store_cpus(text, field);
	default:
		return store_text(rule, text, field);
	}
}

static void print_words(const struct option_rule *rule, FILE *f)
{
	const char *separator = "";

	for (size_t i = 0; rule->words[i]; i++) {
		if (!*rule->words[i])
			continue;
		fprintf(f, "%s\"%s\"", separator, rule->words[i]);
		separator = " or ";
	}
}

static void print_range(const struct option_rule *rule, FILE *f)
{
	if (rule->min == INT32_MIN)
		fputs("a whole number", f);
	else
		fprintf(f, "%lld..%lld", (long long)rule->min,
			(long long)rule->max);
	if (rule->type != OPTION_NUMBER)
		fputs(" bytes, such as 64K", f);
}

void value_allowed(const struct option_rule *rule, FILE *f)
{
	static const char *const texts[] = {
		[OPTION_BOOL] = "true or false",
		[OPTION_NAME] = VALUE_NAME,
		[OPTION_NAMES] = VALUE_NAME,
		[OPTION_TEXT] = "not empty",
		[OPTION_TEXTS] = "not empty",
		[OPTION_PATH] = "a path from /",
		[OPTION_ADDRESS] = "an IP address or a host name",
		[OPTION_KEY] = "40 characters of Z85",
		[OPTION_CPUS] = "CPUs below 1024, such as 0-3,8",
	};

	if (rule->words)
		print_words(rule, f);
	else if (rule->type <= OPTION_SIZE)
		print_range(rule, f);
	else
		fputs(texts[rule->type], f);
}

bool value_is_quoted(const struct option_rule *rule)
{
	return rule->type > OPTION_BOOL;
}

void value_free(const struct option_rule *rule, void *field)
{
	if (schema_is_list(rule)) {
		char **list = value_list(field);

		for (size_t i = 0; list && list[i]; i++)
			free(list[i]);
		free(list);
	} else if (rule->type >= OPTION_NAME && rule->type != OPTION_CPUS) {
		free(value_text(field));
	}
}

int64_t value_number(const struct option_rule *rule, const void *field)
{
	int64_t number;
	int32_t small;

	if (rule->type == OPTION_SIZE) {
		memcpy(&number, field, sizeof(number));
		return number;
	}
	memcpy(&small, field, sizeof(small));
	return small;
}
