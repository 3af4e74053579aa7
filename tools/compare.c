// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/config_warn.h"
#include "common/memory.h"
#include "compare.h"
#include "out.h"
#include "say.h"

struct config *compare_read(const struct args *args, const char *path)
{
	struct config *config = config_read(path, stderr);
	char warning[CONFIG_WARNING];

	if (config && config_warn(config, warning))
		say_error(args, "warning: %s", warning);
	return config;
}

struct config *compare_config(const struct args *args)
{
	return compare_read(args, args->config ? args->config : CONFIG_PATH);
}

bool compare_is_here(const struct config *config, const struct config_vm *vm)
{
	return vm->usr.vm_nodes >> config->drvs.d_nodeid & 1;
}

const struct config_vm *compare_vm_of(const struct config *config, int vmid)
{
	for (size_t i = 0; i < config->nr_vms; i++)
		if (config->vms[i].usr.vm_vmid == vmid)
			return &config->vms[i];
	return NULL;
}

const struct config_node *compare_node_of(const struct config *config,
					  int nodeid)
{
	for (size_t i = 0; i < config->nr_nodes; i++)
		if (config->nodes[i].id == nodeid)
			return &config->nodes[i];
	return NULL;
}

void compare_add(json_t *differences, const char *format, ...)
{
	char text[640];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	json_array_append_new(differences, out_json_string(text));
}

char *compare_text(const json_t *differences)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = memory_checked(open_memstream(&text, &size));

	for (size_t i = 0; i < json_array_size(differences); i++)
		fprintf(f, "%s%s", i ? "; " : "",
			json_string_value(json_array_get(differences, i)));
	fclose(f);
	return memory_checked(text);
}

static void add_number(json_t *differences, const char *option, int is,
		       int wanted)
{
	if (is != wanted)
		compare_add(differences, "%s is %d, not %d", option, is,
			    wanted);
}

json_t *compare_node(const struct config *config, const drvs_usr_t *is)
{
	json_t *list = memory_checked(json_array());
	const drvs_usr_t *wanted = &config->drvs;

	add_number(list, "id", is->d_nodeid, wanted->d_nodeid);
	add_number(list, "nr_vms", is->d_nr_vms, wanted->d_nr_vms);
	add_number(list, "nr_nodes", is->d_nr_nodes, wanted->d_nr_nodes);
	add_number(list, "nr_procs", is->d_nr_procs, wanted->d_nr_procs);
	add_number(list, "nr_tasks", is->d_nr_tasks, wanted->d_nr_tasks);
	add_number(list, "nr_sysprocs", is->d_nr_sysprocs,
		   wanted->d_nr_sysprocs);
	add_number(list, "max_copybuf", is->d_max_copybuf,
		   wanted->d_max_copybuf);
	add_number(list, "max_copylen", is->d_max_copylen,
		   wanted->d_max_copylen);
	return list;
}

static void add_cpus(json_t *differences, const uint64_t *is,
		     const uint64_t *wanted)
{
	char *now, *then;

	if (!memcmp(is, wanted, M3IPC_CPU_WORDS * sizeof(*is)))
		return;
	now = out_ranges(is, M3IPC_CPU_WORDS);
	then = out_ranges(wanted, M3IPC_CPU_WORDS);
	compare_add(differences, "cpumask is %s, not %s", *now ? now : "all",
		    *then ? then : "all");
	free(now);
	free(then);
}

json_t *compare_vm(const struct config_vm *vm, const VM_usr_t *is)
{
	json_t *list = memory_checked(json_array());
	const VM_usr_t *wanted = &vm->usr;

	if (strncmp(is->vm_name, wanted->vm_name, sizeof(is->vm_name)))
		compare_add(list, "the name is %s, not %s", is->vm_name,
			    wanted->vm_name);
	add_number(list, "nr_procs", is->vm_nr_procs, wanted->vm_nr_procs);
	add_number(list, "nr_tasks", is->vm_nr_tasks, wanted->vm_nr_tasks);
	add_number(list, "nr_sysprocs", is->vm_nr_sysprocs,
		   wanted->vm_nr_sysprocs);
	add_number(list, "nr_nodes", is->vm_nr_nodes, wanted->vm_nr_nodes);
	add_cpus(list, is->vm_cpumask, wanted->vm_cpumask);
	if ((is->vm_flags ^ wanted->vm_flags) & VM_FLAG_NOLINGER)
		compare_add(list, "linger is %s, not %s",
			    vm->linger ? "false" : "true",
			    vm->linger ? "true" : "false");
	if ((is->vm_flags ^ wanted->vm_flags) & VM_FLAG_REDO)
		compare_add(list, "redo is %s, not %s",
			    vm->redo ? "false" : "true",
			    vm->redo ? "true" : "false");
	return list;
}
