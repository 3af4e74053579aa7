// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "compare.h"
#include "out.h"
#include "say.h"
#include "work.h"

void work_did(struct work *work, const char *kind, const char *name,
	      const char *format, ...)
{
	char change[64];
	va_list ap;

	va_start(ap, format);
	vsnprintf(change, sizeof(change), format, ap);
	va_end(ap);
	if (!work->args->json)
		printf("%s %s: %s\n", kind, name, change);
	json_array_append_new(work->changes,
			      memory_checked(json_pack("{s:s, s:o, s:s}",
						       "kind", kind, "name",
						       out_json_string(name),
						       "change", change)));
}

bool work_has_links(const struct work *work)
{
	return !work->only && !work->args->no_links && !work->args->systasks;
}

/* The VM that is named, which must be on this node */
static int work_choose_vm(struct work *work)
{
	const struct config *config = work->config;
	const char *name = work->args->operand[0];
	int vmid;

	if (args_vm_is_number(name, &vmid))
		work->only = compare_vm_of(config, vmid);
	for (size_t i = 0; !work->only && i < config->nr_vms; i++)
		if (!strcmp(config->vms[i].name, name))
			work->only = &config->vms[i];
	if (!work->only)
		return say_error(work->args, "%s: no VM of the configuration",
				 name);
	if (!compare_is_here(config, work->only))
		return say_error(work->args,
				 "%s: this node, %s, has no part in "
				 "this VM",
				 name, config->local);
	return 0;
}

int work_run(const struct args *args, int (*all)(struct work *work))
{
	struct config *config = compare_config(args);
	struct work work = { .args = args, .config = config };
	int rc = 0;

	if (!config)
		return EXIT_FAILURE;
	if (args->nr_operands)
		rc = work_choose_vm(&work);
	if (!rc) {
		work.changes = memory_checked(json_array());
		rc = all(&work);
		if (!rc && !args->json && !json_array_size(work.changes))
			puts("nothing to do");
		if (args->json)
			out_json(json_incref(work.changes));
		json_decref(work.changes);
	}
	config_free(config);
	return rc;
}
