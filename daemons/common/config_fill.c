// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config_fill.h"
#include "config_value.h"
#include "memory.h"

static void *field_at(void *target, size_t offset)
{
	return (char *)target + offset;
}

static const struct option_rule *option_rule(const struct tree_section *section,
					     const char *name)
{
	return &section->rule->options[tree_option(section, name) -
				       section->options];
}

int64_t fill_number(const struct tree_section *section, const char *name)
{
	const struct option_rule *rule = option_rule(section, name);

	return value_number(rule, field_at(section->target, rule->offset));
}

void fill_error(struct tree *tree, const struct tree_section *section,
		const char *name, const char *value, const char *what, ...)
{
	struct tree_option *option = tree_option(section, name);
	const char *quote = value_is_quoted(option_rule(section, name)) ? "\"" :
									  "";
	char text[256];
	va_list ap;

	va_start(ap, what);
	vsnprintf(text, sizeof(text), what, ap);
	va_end(ap);
	tree_error_at(tree, option->nr_values ? option->place : section->place,
		      section, "%s = %s%s%s: %s", name, quote, value, quote,
		      text);
	option->bad = true;
}

static void report_not_allowed(struct tree *tree,
			       const struct tree_section *section,
			       const struct option_rule *rule,
			       const char *value)
{
	char allowed[160];
	FILE *f = fmemopen(allowed, sizeof(allowed), "w");

	if (!f)
		return;
	value_allowed(rule, f);
	fclose(f);
	fill_error(tree, section, rule->name, value, "must be %s", allowed);
}

static void fill_option(struct tree *tree, const struct tree_section *section,
			size_t i, void *target)
{
	const struct option_rule *rule = &section->rule->options[i];
	struct tree_option *option = &section->options[i];
	size_t nr = schema_is_list(rule) ? option->nr_values :
					   option->nr_values > 0;
	void *field = field_at(target, rule->offset);
	bool set = false;

	for (size_t j = 0; j < nr; j++) {
		if (value_parse(rule, option->values[j], field))
			set = true;
		else
			report_not_allowed(tree, section, rule,
					   option->values[j]);
	}
	if (rule->required && !nr) {
		if (!tree->broken)
			tree_error(tree, section, "%s is missing", rule->name);
		option->bad = true;
	}
	if (rule->preset && !set)
		value_parse(rule, rule->preset, field);
}

static void fill_section(struct tree *tree, struct tree_section *section,
			 void *target);

static void fill_only(struct tree *tree, struct tree_section *parent,
		      const struct section_rule *rule, void *target)
{
	struct tree_section *first = NULL, *section;

	for (size_t i = 0; (section = tree_next(parent, rule->name, &i));) {
		if (first)
			tree_error(tree, section,
				   "is given twice, first at %s:%d",
				   first->place.file, first->place.line);
		else
			first = section;
	}
	if (!first)
		first = tree_add(parent, rule, NULL, tree->root->place);
	fill_section(tree, first, target);
}

static void fill_title(struct tree *tree, const struct tree_section *section,
		       void *target)
{
	char *name = memory_strdup(section->title);

	memcpy(target, &name, sizeof(name));
	if (!value_is_name(name))
		tree_error(tree, section, "the name must be " VALUE_NAME);
}

static void fill_array(struct tree *tree, struct tree_section *parent,
		       const struct section_rule *rule, void *target)
{
	struct tree_section *section;
	size_t nr = 0;
	char *array;

	for (size_t i = 0; tree_next(parent, rule->name, &i);)
		nr++;
	array = memory_alloc(nr * rule->size);
	memcpy(field_at(target, rule->offset), &array, sizeof(array));
	memcpy(field_at(target, rule->count), &nr, sizeof(nr));
	for (size_t i = 0; (section = tree_next(parent, rule->name, &i));) {
		if (rule->titled)
			fill_title(tree, section, array);
		fill_section(tree, section, array);
		array += rule->size;
	}
}

static void fill_section(struct tree *tree, struct tree_section *section,
			 void *target)
{
	const struct section_rule *const *rule = section->rule->sections;

	section->target = target;
	for (size_t i = 0; section->rule->options[i].name; i++)
		fill_option(tree, section, i, target);
	for (; rule && *rule; rule++) {
		if ((*rule)->only)
			fill_only(tree, section, *rule,
				  field_at(target, (*rule)->offset));
		else
			fill_array(tree, section, *rule, target);
	}
}

void config_fill(struct tree *tree, struct config *config)
{
	fill_section(tree, tree->root, config);
}

static void release_array(const struct section_rule *rule, void *target)
{
	size_t nr;
	char *array;

	memcpy(&nr, field_at(target, rule->count), sizeof(nr));
	memcpy(&array, field_at(target, rule->offset), sizeof(array));
	for (size_t i = 0; i < nr; i++) {
		if (rule->titled)
			free(value_text(array + i * rule->size));
		config_release(rule, array + i * rule->size);
	}
	free(array);
}

void config_release(const struct section_rule *rule, void *target)
{
	for (size_t i = 0; rule->options[i].name; i++)
		value_free(&rule->options[i],
			   field_at(target, rule->options[i].offset));
	for (size_t i = 0; rule->sections && rule->sections[i]; i++) {
		const struct section_rule *child = rule->sections[i];

		if (child->only)
			config_release(child, field_at(target, child->offset));
		else
			release_array(child, target);
	}
}
