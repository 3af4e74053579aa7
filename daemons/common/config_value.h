/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The value of an option: read, described, freed */
#ifndef COMMON_CONFIG_VALUE_H
#define COMMON_CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "config_schema.h"

/*
 * Sets a field as a text says; of a list it becomes one element more.  Returns
 * false, with the field as it was, if the option does not allow that.
 */
bool value_parse(const struct option_rule *rule, const char *text, void *field);

/* Writes what the option allows, to follow "must be". */
void value_allowed(const struct option_rule *rule, FILE *f);

/* Whether its values are written in quotes */
bool value_is_quoted(const struct option_rule *rule);

void value_free(const struct option_rule *rule, void *field);

int64_t value_number(const struct option_rule *rule, const void *field);
char **value_list(const void *field);
char *value_text(const void *field);

#define VALUE_NAME                                                 \
	"up to 15 letters, digits, '_', '-' and '.', a letter or " \
	"digit first, and no number"

/* Whether a text is such a name */
bool value_is_name(const char *text);

#endif /* COMMON_CONFIG_VALUE_H */
