// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config_tree.h"
#include "memory.h"

/* Errors */

static void print_path(FILE *f, const struct tree_section *section)
{
	if (!section->parent)
		return;
	print_path(f, section->parent);
	fputs(section->rule->name, f);
	if (section->title)
		fprintf(f, " \"%s\"", section->title);
	fputs(": ", f);
}

static void report_error(struct tree *tree, struct place place,
			 const struct tree_section *section, const char *what,
			 va_list ap)
{
	tree->nr_errors++;
	fprintf(tree->errors, "%s:", place.file);
	if (place.line)
		fprintf(tree->errors, "%d:", place.line);
	fputc(' ', tree->errors);
	print_path(tree->errors, section);
	vfprintf(tree->errors, what, ap);
	fputc('\n', tree->errors);
}

void tree_error(struct tree *tree, const struct tree_section *section,
		const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	report_error(tree, section->place, section, what, ap);
	va_end(ap);
}

void tree_error_at(struct tree *tree, struct place place,
		   const struct tree_section *section, const char *what, ...)
{
	va_list ap;

	va_start(ap, what);
	report_error(tree, place, section, what, ap);
	va_end(ap);
}

/* Sections and their options */

static struct tree_section *new_section(const struct section_rule *rule,
					const char *title, struct place place)
{
	struct tree_section *section = memory_alloc(sizeof(*section));
	size_t nr = 0;

	while (rule->options[nr].name)
		nr++;
	section->rule = rule;
	section->title = title ? memory_strdup(title) : NULL;
	section->place = place;
	section->options = memory_alloc(nr * sizeof(*section->options));
	return section;
}

struct tree_section *tree_add(struct tree_section *parent,
			      const struct section_rule *rule,
			      const char *title, struct place place)
{
	struct tree_section *section = new_section(rule, title, place);

	section->parent = parent;
	parent->sections = memory_grow(parent->sections, parent->nr_sections,
				       sizeof(*parent->sections));
	parent->sections[parent->nr_sections++] = section;
	return section;
}

struct tree_section *tree_next(const struct tree_section *parent,
			       const char *kind, size_t *i)
{
	while (*i < parent->nr_sections) {
		struct tree_section *section = parent->sections[(*i)++];

		if (!strcmp(section->rule->name, kind) &&
		    schema_allows(parent->rule, section->rule))
			return section;
	}
	return NULL;
}

static void free_section(struct tree_section *section)
{
	for (size_t i = 0; i < section->nr_sections; i++)
		free_section(section->sections[i]);
	for (size_t i = 0; section->rule->options[i].name; i++) {
		struct tree_option *option = &section->options[i];

		for (size_t j = 0; j < option->nr_values; j++)
			free(option->values[j]);
		free(option->values);
	}
	free(section->options);
	free(section->sections);
	free(section->title);
	free(section);
}

struct tree_option *tree_option(const struct tree_section *section,
				const char *name)
{
	size_t i = 0;

	while (strcmp(section->rule->options[i].name, name))
		i++;
	return &section->options[i];
}

/* Files */

void tree_add_file(struct tree *tree, const char *name, struct place place)
{
	struct tree_file *file;

	for (size_t i = 0; i < tree->nr_files; i++)
		if (!strcmp(tree->files[i]->name, name))
			return;
	file = memory_alloc(sizeof(*file));
	file->name = memory_strdup(name);
	file->included = place;
	tree->files =
		memory_grow(tree->files, tree->nr_files, sizeof(*tree->files));
	tree->files[tree->nr_files++] = file;
}

void tree_init(struct tree *tree, const char *path, FILE *errors)
{
	struct place place = { NULL, 0 };

	*tree = (struct tree){ .errors = errors };
	tree_add_file(tree, path, place);
	place.file = tree->files[0]->name;
	tree->root = new_section(&schema_root, NULL, place);
	tree->current = tree->root;
}

void tree_free(struct tree *tree)
{
	free_section(tree->root);
	for (size_t i = 0; i < tree->nr_files; i++) {
		free(tree->files[i]->name);
		free(tree->files[i]);
	}
	free(tree->files);
}
