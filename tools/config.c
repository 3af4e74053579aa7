// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * check-config: the configuration as it was read, with all that it left out,
 * as a file or as JSON.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/config.h"
#include "common/memory.h"
#include "commands.h"
#include "compare.h"
#include "out.h"
#include "say.h"

/* As a file that says all of it */

static void text_indent(const int *depth)
{
	for (int i = 0; i < *depth; i++)
		putchar('\t');
}

/* Such that libconfuse reads it as it is */
static void print_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\' || (c == '$' && text[1] == '{'))
			printf("\\%c", c);
		else if (c < ' ')
			printf("\\x%02x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void text_enter(void *arg, const char *name, const char *title,
		       bool only)
{
	int *depth = arg;

	(void)only;
	text_indent(depth);
	printf("%s ", name);
	if (title)
		printf("\"%s\" ", title);
	puts("{");
	++*depth;
}

static void text_leave(void *arg)
{
	int *depth = arg;

	--*depth;
	text_indent(depth);
	puts("}");
}

static void text_number(void *arg, const char *name, int64_t number)
{
	text_indent(arg);
	printf("%s = %" PRId64 "\n", name, number);
}

static void text_boolean(void *arg, const char *name, bool value)
{
	text_indent(arg);
	printf("%s = %s\n", name, value ? "true" : "false");
}

static void text_text(void *arg, const char *name, const char *text)
{
	text_indent(arg);
	printf("%s = ", name);
	print_string(text);
	putchar('\n');
}

static void text_list(void *arg, const char *name, char *const *texts)
{
	text_indent(arg);
	printf("%s = {", name);
	for (; *texts; texts++) {
		putchar(' ');
		print_string(*texts);
		if (texts[1])
			putchar(',');
	}
	puts(" }");
}

static void text_cpus(void *arg, const char *name, const uint64_t *words)
{
	char *ranges = out_ranges(words, M3IPC_CPU_WORDS);

	text_text(arg, name, ranges);
	free(ranges);
}

static const struct config_visitor text_visitor = {
	.enter = text_enter,
	.leave = text_leave,
	.number = text_number,
	.boolean = text_boolean,
	.text = text_text,
	.list = text_list,
	.cpus = text_cpus,
};

/* As JSON: objects, those of a kind in an array */

#define MOST_DEPTH 8

struct nest {
	json_t *objects[MOST_DEPTH];
	int depth; /* of the object that is being filled */
};

static void json_put(void *arg, const char *name, json_t *value)
{
	const struct nest *nest = arg;

	json_object_set_new(nest->objects[nest->depth], name,
			    memory_checked(value));
}

static void json_kind(void *arg, const char *name)
{
	json_put(arg, name, json_array());
}

static void json_enter(void *arg, const char *name, const char *title,
		       bool only)
{
	struct nest *nest = arg;
	json_t *object = memory_checked(json_object());

	if (only)
		json_put(nest, name, object);
	else
		json_array_append_new(
			json_object_get(nest->objects[nest->depth], name),
			object);
	nest->objects[++nest->depth] = object;
	if (title)
		json_put(nest, "name", json_string(title));
}

static void json_leave(void *arg)
{
	struct nest *nest = arg;

	nest->depth--;
}

static void json_number(void *arg, const char *name, int64_t number)
{
	json_put(arg, name, json_integer(number));
}

static void json_bool(void *arg, const char *name, bool value)
{
	json_put(arg, name, json_boolean(value));
}

static void json_text(void *arg, const char *name, const char *text)
{
	json_put(arg, name, out_json_string(text));
}

static void json_list(void *arg, const char *name, char *const *texts)
{
	json_t *list = memory_checked(json_array());

	for (; *texts; texts++)
		json_array_append_new(list, out_json_string(*texts));
	json_put(arg, name, list);
}

static void json_cpus(void *arg, const char *name, const uint64_t *words)
{
	char *ranges = out_ranges(words, M3IPC_CPU_WORDS);

	json_put(arg, name, json_string(ranges));
	free(ranges);
}

static const struct config_visitor json_visitor = {
	.kind = json_kind,
	.enter = json_enter,
	.leave = json_leave,
	.number = json_number,
	.boolean = json_bool,
	.text = json_text,
	.list = json_list,
	.cpus = json_cpus,
};

int cmd_check_config(const struct args *args)
{
	struct nest nest = { .depth = 0 };
	const char *path = args->nr_operands ? args->operand[0] : args->config;
	struct config *config;
	int depth = 0;

	if (args->nr_operands && args->config)
		return say_usage(args, "two configurations");
	config = compare_read(args, path ? path : CONFIG_PATH);
	if (!config)
		return EXIT_FAILURE;
	if (args->json) {
		nest.objects[0] = memory_checked(json_object());
		config_visit(config, &json_visitor, &nest);
		out_json(nest.objects[0]);
	} else {
		config_visit(config, &text_visitor, &depth);
	}
	config_free(config);
	return EXIT_SUCCESS;
}
