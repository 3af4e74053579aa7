// SPDX-License-Identifier: GPL-2.0-or-later
/* "serve": a server whose answers a program makes, or that echoes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <molipc/molipc.h>

#include "commands.h"
#include "filter.h"
#include "find.h"
#include "msg.h"
#include "out.h"
#include "say.h"
#include "text.h"

/* Makes the answer to a request in its place; returns an exit status. */
static int run_server(const struct args *args, message *m)
{
	char text[TEXT_MAX + 1];
	struct filter_answer answer = { .text = text, .size = sizeof(text) };

	if (filter_run(args->program, m, &answer))
		return say_error(args, "%s: %s: %s", args->operand[0],
				 args->program[0], strerror(errno));
	/* A NUL ends a text as well as too many bytes do. */
	if (strlen(text) < answer.length)
		say_error(args, "%s: %s: %s%zu bytes for %d, %zu are sent",
			  args->operand[0], args->program[0],
			  answer.endless ? "killed after " : "", answer.length,
			  m->m_source, strlen(text));
	text_pack(m, answer.status, text);
	return 0;
}

static void say_bound(const struct args *args, const VM_usr_t *vm, int p_nr,
		      int self)
{
	if (args->json) {
		out_json_line(json_pack("{s:i, s:i, s:i}", "vmid", vm->vm_vmid,
					"p_nr", p_nr, "endpoint", self));
		return;
	}
	printf("%s slot %d endpoint %d\n", vm->vm_name, p_nr, self);
	fflush(stdout);
}

/* The last answer: there is no next request to wait for. */
static int last_reply(const struct args *args, int dst, message *m)
{
	int rc = mnx_reply(dst, m);

	if (rc)
		say_fail(args, rc, "%s: answer to %d", args->operand[0], dst);
	return EXIT_SUCCESS;
}

/*
 * The loop of every server.  dst is whom m answers; NONE at first, and after
 * a notification, which nobody waits for an answer to.
 */
static int serve_requests(const struct args *args, const VM_usr_t *vm)
{
	int dst = NONE, reply_rc = 0;
	long served = 0;
	message m;

	for (;;) {
		int rc;

		rc = mnx_reply_rcvrqst_T(dst, &m, &reply_rc, args->timeout);
		/* One client less is no reason to leave the others. */
		if (dst != NONE && reply_rc)
			say_fail(args, reply_rc, "%s: answer to %d",
				 vm->vm_name, dst);
		if (rc)
			return say_fail(args, rc, "%s", vm->vm_name);
		msg_print(&m, args->json);
		dst = NONE;
		if (text_is_notification(&m))
			continue;
		dst = m.m_source;
		if (args->program && run_server(args, &m))
			return EXIT_FAILURE;
		if (args->count && ++served == args->count)
			return last_reply(args, dst, &m);
	}
}

int cmd_serve(const struct args *args)
{
	VM_usr_t vm;
	int p_nr, self, rc;

	rc = find_slot(args, args->operand[1], &vm, &p_nr);
	if (!rc)
		rc = find_self(args, &vm, p_nr, p_nr, &self);
	if (rc)
		return rc;
	say_bound(args, &vm, p_nr, self);
	return serve_requests(args, &vm);
}
