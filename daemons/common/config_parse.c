// SPDX-License-Identifier: GPL-2.0-or-later
#include <confuse.h>
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config_parse.h"
#include "config_text.h"
#include "memory.h"

/*
 * What libconfuse calls.  Each set of its options begins with "include", which
 * leads to the tree, and with one that no file can name: it has a default, so
 * it is set when a section begins.
 */
enum {
	INCLUDE,
	BEGIN,
	FIRST
};

static struct tree *tree_of(const cfg_t *cfg)
{
	return (struct tree *)cfg->opts[INCLUDE].simple_value.ptr;
}

static struct place place_of(const cfg_t *cfg)
{
	const struct tree *tree = tree_of(cfg);
	struct place place = { tree->files[0]->name, cfg->line };

	/* The name that libconfuse has goes with its section. */
	for (size_t i = 0; cfg->filename && i < tree->nr_files; i++)
		if (!strcmp(tree->files[i]->name, cfg->filename))
			place.file = tree->files[i]->name;
	return place;
}

static void print_known(FILE *f, const struct section_rule *rule)
{
	const char *separator = "";

	for (size_t i = 0; rule->options[i].name; i++) {
		fprintf(f, "%s%s", separator, rule->options[i].name);
		separator = ", ";
	}
	for (size_t i = 0; rule->sections && rule->sections[i]; i++)
		fprintf(f, "%s%s", separator, rule->sections[i]->name);
}

static void report_unknown(struct tree *tree, struct place place,
			   const char *what)
{
	char *known = NULL;
	size_t size = 0;
	FILE *f = memory_checked(open_memstream(&known, &size));

	print_known(f, tree->current->rule);
	fclose(f);
	tree_error_at(tree, place, tree->current, "%s: must be one of %s", what,
		      known);
	free(known);
}

static void on_error(cfg_t *cfg, const char *what, va_list ap)
{
	struct tree *tree = tree_of(cfg);
	char text[256];

	vsnprintf(text, sizeof(text), what, ap);
	if (!strncmp(text, "no such option", strlen("no such option")))
		report_unknown(tree, place_of(cfg), text);
	else
		tree_error_at(tree, place_of(cfg), tree->current, "%s", text);
}

/*
 * libconfuse knows paths of options, such as "drvs|nr_vms", which m3ipc.conf
 * has not.  So an option may come that is none of this section.
 */
static int index_of(cfg_t *cfg, const cfg_opt_t *opt)
{
	unsigned int i = 0;

	while (cfg_getnopt(cfg, i) && cfg_getnopt(cfg, i) != opt)
		i++;
	if (cfg_getnopt(cfg, i))
		return (int)i - FIRST;
	report_unknown(tree_of(cfg), place_of(cfg), "no such option by a path");
	return -1;
}

static void add_value(struct tree_option *option, const char *text,
		      struct place place)
{
	if (!option->nr_values)
		option->place = place;
	option->values = memory_grow(option->values, option->nr_values,
				     sizeof(*option->values));
	option->values[option->nr_values++] = memory_strdup(text);
}

/* None of these fails: it would be the last error of the file. */
static int on_value(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
	struct tree *tree = tree_of(cfg);
	struct tree_section *section = tree->current;
	int i = index_of(cfg, opt);
	struct tree_option *option;

	*(const char **)result = text;
	if (i < 0)
		return 0;
	option = &section->options[i];
	if (opt->nvalues == 1 && option->nr_values) {
		tree_error_at(tree, place_of(cfg), section,
			      "%s is given twice, first at %s:%d", opt->name,
			      option->place.file, option->place.line);
		option->bad = true;
	}
	add_value(option, text, place_of(cfg));
	return 0;
}

/* cppcheck-suppress constParameter ; libconfuse says what it is called with */
static int on_begin(cfg_t *cfg, cfg_opt_t *opt, const char *text, void *result)
{
	struct tree *tree = tree_of(cfg);
	const struct section_rule *rule = schema_section(cfg_name(cfg));

	*(const char **)result = text;
	/* That of the root is set before it has a file. */
	if (!cfg->filename) {
		tree->current = tree->root;
		return 0;
	}
	if (opt != cfg_getnopt(cfg, BEGIN)) {
		report_unknown(tree, place_of(cfg), "no such option by a path");
		return 0;
	}
	if (!schema_allows(tree->current->rule, rule))
		report_unknown(tree, place_of(cfg),
			       "no such section by a path");
	tree->current =
		tree_add(tree->current, rule, cfg_title(cfg), place_of(cfg));
	return 0;
}

/* It keeps options without a name, with those that it does not know. */
static void check_names(cfg_t *cfg)
{
	const struct tree *tree = tree_of(cfg);
	const cfg_opt_t *opt;

	for (unsigned int i = FIRST; (opt = cfg_getnopt(cfg, i)); i++)
		if (!*opt->name)
			tree_error_at(tree_of(cfg), place_of(cfg),
				      tree->current, "an option has no name");
}

static int on_end(cfg_t *cfg, cfg_opt_t *opt)
{
	struct tree *tree = tree_of(cfg);

	check_names(cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1));
	tree->current = tree->current->parent;
	return 0;
}

/* Files */

/* One name for one file, so that files that include each other have an end */
static void add_included(struct tree *tree, const char *name,
			 struct place place)
{
	char *whole = realpath(name, NULL);
	char *first = NULL;

	if (!whole) {
		tree->broken = true;
		tree_error_at(tree, place, tree->root, "include \"%s\": %s",
			      name, strerror(errno));
		return;
	}
	first = realpath(tree->files[0]->name, NULL);
	if (!first || strcmp(whole, first))
		tree_add_file(tree, whole, place);
	free(whole);
	free(first);
}

/* Names are relative to the folder of the file that has them. */
static char *pattern_of(const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');
	char *pattern;

	if (*name == '/' || !slash)
		return memory_strdup(name);
	if (asprintf(&pattern, "%.*s/%s", (int)(slash - file), file, name) < 0)
		pattern = NULL;
	return memory_checked(pattern);
}

static void include_files(struct tree *tree, const char *name,
			  struct place place)
{
	char *pattern = pattern_of(place.file, name);
	glob_t found = { .gl_pathc = 0 };

	/* A name that is no pattern stands for itself, be it there or not. */
	if (!glob(pattern, GLOB_NOMAGIC, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++)
			add_included(tree, found.gl_pathv[i], place);
	globfree(&found);
	free(pattern);
}

static int on_include(cfg_t *cfg, cfg_opt_t *opt, int argc, const char **argv)
{
	struct tree *tree = tree_of(cfg);

	(void)opt;
	if (tree->current != tree->root)
		tree_error_at(tree, place_of(cfg), tree->current,
			      "include: must not be in a section");
	else if (argc != 1 || !*argv[0])
		tree_error_at(tree, place_of(cfg), tree->root,
			      "include: must have one name of a file");
	else
		include_files(tree, argv[0], place_of(cfg));
	return 0;
}

/* libconfuse copies these, those of sections too. */
static cfg_opt_t *make_opts(struct tree *tree, const struct section_rule *rule)
{
	cfg_opt_t *opts = NULL;
	size_t nr = 0;

#define ADD(...)                                      \
	(opts = memory_grow(opts, nr, sizeof(*opts)), \
	 opts[nr++] = (cfg_opt_t){ __VA_ARGS__ })

	ADD(.name = "include", .type = CFGT_FUNC, .func = on_include,
	    .simple_value.ptr = (void **)tree);
	ADD(.name = "", .type = CFGT_STR, .parsecb = on_begin,
	    .def.parsed = (char *)"begin");
	for (const struct option_rule *o = rule->options; o->name; o++)
		ADD(.name = o->name, .type = CFGT_STR, .parsecb = on_value,
		    .flags = CFGF_NODEFAULT |
			     (schema_is_list(o) ? CFGF_LIST : CFGF_NONE));
	for (size_t i = 0; rule->sections && rule->sections[i]; i++)
		ADD(.name = rule->sections[i]->name, .type = CFGT_SEC,
		    .flags = CFGF_MULTI |
			     (rule->sections[i]->titled ? CFGF_TITLE :
							  CFGF_NONE),
		    .subopts = make_opts(tree, rule->sections[i]),
		    .validcb = on_end);
	ADD(.name = NULL);
#undef ADD
	return opts;
}

static void free_opts(cfg_opt_t *opts)
{
	for (const cfg_opt_t *opt = opts; opt->name; opt++)
		if (opt->subopts)
			free_opts(opt->subopts);
	free(opts);
}

/* It goes on after options that it does not know, with CFGF_KEYSTRVAL. */
static void parse_text(struct tree *tree, const char *name, char *text)
{
	FILE *f = memory_checked(fmemopen(text, strlen(text), "r"));
	cfg_opt_t *opts = make_opts(tree, &schema_root);
	cfg_t *cfg = memory_checked(cfg_init(opts, CFGF_KEYSTRVAL));
	size_t before = tree->nr_errors;

	free_opts(opts);
	cfg_set_error_function(cfg, on_error);
	cfg->filename = memory_strdup(name);
	if (cfg_parse_fp(cfg, f) != CFG_SUCCESS) {
		tree->broken = true;
		if (tree->nr_errors == before)
			tree_error_at(tree, place_of(cfg), tree->current,
				      "syntax error");
	}
	check_names(cfg);
	cfg_free(cfg);
	fclose(f);
}

static void parse_file(struct tree *tree, const struct tree_file *file)
{
	struct config_fault fault;
	char *text = config_text_read(file->name, &fault);

	if (text) {
		parse_text(tree, file->name, text);
		free(text);
		return;
	}
	tree->broken = true;
	if (file->included.file && !fault.line)
		tree_error_at(tree, file->included, tree->root,
			      "include \"%s\": %s", file->name, fault.what);
	else
		tree_error_at(tree, (struct place){ file->name, fault.line },
			      tree->root, "%s", fault.what);
}

void config_parse(struct tree *tree, const char *path, FILE *errors)
{
	tree_init(tree, path, errors);
	for (size_t i = 0; i < tree->nr_files; i++)
		parse_file(tree, tree->files[i]);
}
