// SPDX-License-Identifier: GPL-2.0-or-later
/* Shows a configuration to whoever wants to print it. */
#include <string.h>

#include "config.h"
#include "config_schema.h"
#include "config_value.h"

struct visit {
	const struct config_visitor *visitor;
	void *arg;
};

static void visit_number(const struct visit *visit,
			 const struct option_rule *rule, const void *field)
{
	int64_t number = value_number(rule, field);

	if (number >= rule->min)
		visit->visitor->number(visit->arg, rule->name, number);
}

static void visit_word(const struct visit *visit,
		       const struct option_rule *rule, const void *field)
{
	const char *word = rule->words[value_number(rule, field)];

	if (*word)
		visit->visitor->text(visit->arg, rule->name, word);
}

static void visit_cpus(const struct visit *visit,
		       const struct option_rule *rule, const void *field)
{
	static const uint64_t all[M3IPC_CPU_WORDS];

	if (memcmp(field, all, sizeof(all)))
		visit->visitor->cpus(visit->arg, rule->name, field);
}

static void visit_text(const struct visit *visit,
		       const struct option_rule *rule, const void *field)
{
	char *const *list = value_list(field);

	if (!list)
		return;
	if (schema_is_list(rule))
		visit->visitor->list(visit->arg, rule->name, list);
	else
		visit->visitor->text(visit->arg, rule->name, value_text(field));
}

static void visit_option(const struct visit *visit,
			 const struct option_rule *rule, const void *field)
{
	switch (rule->type) {
	case OPTION_NUMBER:
	case OPTION_BYTES:
	case OPTION_SIZE:
		visit_number(visit, rule, field);
		break;
	case OPTION_BOOL:
		visit->visitor->boolean(visit->arg, rule->name,
					*(const bool *)field);
		break;
	case OPTION_WORD:
		visit_word(visit, rule, field);
		break;
	case OPTION_CPUS:
		visit_cpus(visit, rule, field);
		break;
	default:
		visit_text(visit, rule, field);
		break;
	}
}

static void visit_content(const struct visit *visit,
			  const struct section_rule *rule, const char *target);

static void visit_section(const struct visit *visit,
			  const struct section_rule *rule, const char *target)
{
	visit->visitor->enter(visit->arg, rule->name,
			      rule->titled ? value_text(target) : NULL,
			      rule->only);
	visit_content(visit, rule, target);
	visit->visitor->leave(visit->arg);
}

static void visit_array(const struct visit *visit,
			const struct section_rule *rule, const char *target)
{
	size_t nr;

	memcpy(&nr, target + rule->count, sizeof(nr));
	if (visit->visitor->kind)
		visit->visitor->kind(visit->arg, rule->name);
	for (size_t i = 0; i < nr; i++)
		visit_section(visit, rule,
			      value_text(target + rule->offset) +
				      i * rule->size);
}

static void visit_content(const struct visit *visit,
			  const struct section_rule *rule, const char *target)
{
	const struct section_rule *const *child = rule->sections;

	for (const struct option_rule *o = rule->options; o->name; o++)
		visit_option(visit, o, target + o->offset);
	for (; child && *child; child++) {
		if ((*child)->only)
			visit_section(visit, *child, target + (*child)->offset);
		else
			visit_array(visit, *child, target);
	}
}

void config_visit(const struct config *config,
		  const struct config_visitor *visitor, void *arg)
{
	struct visit visit = { visitor, arg };

	visit_content(&visit, &schema_root, (const char *)config);
}
