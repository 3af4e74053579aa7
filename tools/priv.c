// SPDX-License-Identifier: GPL-2.0-or-later
/* "priv ...": what a process may do, shown and changed. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <molipc/molipc.h>

#include "commands.h"
#include "find.h"
#include "out.h"
#include "rights.h"
#include "say.h"

static const struct out_column priv_columns[] = {
	{ NULL, "Endpoint", "endpoint", false },
	{ NULL, "Id", "id", false },
	{ NULL, "Level", "level", true },
	{ NULL, "Traps", "traps", true },
	{ NULL, "Sends to", "ipc_to", true },
	{ NULL, "Receives from", "ipc_from", true },
	{ NULL, "Requests", "call_mask", true },
	{ NULL, "Warns", "warn", true },
	{ NULL, NULL, NULL, false },
};

static const char *const level_names[] = {
	"user", "server", "task", "system", "kernel", "proxy",
};

static void put_level(struct out *out, int level)
{
	const char *name = level >= USER_PRIV && level <= PROXY_PRIV ?
				   level_names[level] :
				   "?";

	out_value(out, json_integer(level), "%d %s", level, name);
}

static void put_traps(struct out *out, uint32_t mask)
{
	json_t *list = json_array();
	char text[RIGHTS_TEXT];

	for (unsigned int i = 0; rights_trap(i); i++)
		if (mask >> i & 1)
			json_array_append_new(list,
					      json_string(rights_trap(i)));
	rights_print_traps(mask, text, sizeof(text));
	out_value(out, list, "%s", text);
}

static void put_peers(struct out *out, const VM_usr_t *vm, const uint64_t *mask)
{
	int first = -vm->vm_nr_tasks, last = find_first_user(vm) - 1;
	json_t *list = json_array();
	char text[RIGHTS_TEXT];

	for (int p_nr = first; p_nr <= last; p_nr++) {
		unsigned int bit = (unsigned int)(p_nr + NR_TASKS);

		if (bit < IPC_USERS_BIT && rights_has(mask, bit))
			json_array_append_new(list, json_integer(p_nr));
	}
	if (rights_has(mask, IPC_USERS_BIT))
		json_array_append_new(list, json_string("users"));
	rights_print_peers(mask, first, last, text, sizeof(text));
	out_value(out, list, "%s", text);
}

static void put_warn(struct out *out, int warn)
{
	const char *name = warn == NONE ? "none" : args_peer_name(warn);

	if (name)
		out_value(out, json_integer(warn), "%s", name);
	else
		out_int(out, warn);
}

int cmd_priv_show(const struct args *args)
{
	const char *name = args->operand[1];
	struct out out;
	priv_usr_t priv;
	VM_usr_t vm;
	int endpoint, rc;

	rc = find_peer(args, name, &vm, &endpoint);
	if (rc)
		return rc;
	rc = mnx_getpriv(vm.vm_vmid, endpoint, &priv);
	if (rc)
		return say_fail_with(args, rc,
				     &(struct explain){ EXPLAIN_PEER, endpoint,
							&vm },
				     "%s %s", vm.vm_name, name);
	out_start(&out, OUT_RECORD, args->json, priv_columns);
	out_int(&out, endpoint);
	out_int(&out, priv.s_id);
	put_level(&out, priv.s_level);
	put_traps(&out, priv.s_trap_mask);
	put_peers(&out, &vm, priv.s_ipc_to);
	put_peers(&out, &vm, priv.s_ipc_from);
	out_bits(&out, &priv.s_call_mask, 1);
	put_warn(&out, priv.s_warn);
	out_end(&out);
	return EXIT_SUCCESS;
}

static int read_warn(const char *text, int *warn)
{
	if (strcasecmp(text, "none"))
		return args_peer(text, warn) == PEER_INVALID ? -1 : 0;
	*warn = NONE;
	return 0;
}

/* Puts into priv what the options say; returns 0 or an exit status. */
static int change_rights(const struct args *args, priv_usr_t *priv)
{
	if (args->traps && rights_read_traps(args->traps, &priv->s_trap_mask))
		return say_usage(args, "%s: not a list of primitives",
				 args->traps);
	if (args->to && rights_read_peers(args->to, priv->s_ipc_to))
		return say_usage(args, "%s: not a list of system slots",
				 args->to);
	if (args->from && rights_read_peers(args->from, priv->s_ipc_from))
		return say_usage(args, "%s: not a list of system slots",
				 args->from);
	if (args->warn && read_warn(args->warn, &priv->s_warn))
		return say_usage(args, "%s: not the number of a slot",
				 args->warn);
	if (args->level >= 0)
		priv->s_level = args->level;
	return 0;
}

/* What is wrong with the options is said before anybody is asked. */
static int check_rights(const struct args *args)
{
	priv_usr_t priv = { 0 };

	if (!args->traps && !args->to && !args->from && !args->warn &&
	    args->level < 0)
		return say_usage(args, "what is to be set?");
	return change_rights(args, &priv);
}

int cmd_priv_set(const struct args *args)
{
	const char *name = args->operand[1];
	priv_usr_t priv;
	VM_usr_t vm;
	int endpoint, rc;

	rc = check_rights(args);
	if (!rc)
		rc = find_peer(args, name, &vm, &endpoint);
	if (rc)
		return rc;
	rc = mnx_getpriv(vm.vm_vmid, endpoint, &priv);
	if (!rc) {
		change_rights(args, &priv);
		rc = mnx_setpriv(vm.vm_vmid, endpoint, &priv);
	}
	return rc ? say_fail_with(args, rc,
				  &(struct explain){ EXPLAIN_PEER, endpoint,
						     &vm },
				  "%s %s", vm.vm_name, name) :
		    EXIT_SUCCESS;
}
