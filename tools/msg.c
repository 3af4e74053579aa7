// SPDX-License-Identifier: GPL-2.0-or-later
/* "send", "recv", "call" and "notify", and how a message is printed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <molipc/molipc.h>

#include "commands.h"
#include "find.h"
#include "msg.h"
#include "out.h"
#include "say.h"
#include "text.h"

static json_t *notification_json(const message *m)
{
	return json_pack("{s:i, s:i, s:b, s:i, s:I, s:f}", "source",
			 m->m_source, "type", m->m_type, "notification", 1,
			 "value", m->m9_i1, "count", (json_int_t)m->m9_l1,
			 "time",
			 (double)m->m9_t1.tv_sec +
				 (double)m->m9_t1.tv_nsec / 1e9);
}

static json_t *text_json(const message *m)
{
	char text[TEXT_SIZE + 1];
	char hex[2 * TEXT_SIZE + 1];
	json_t *json = json_pack("{s:i, s:i}", "source", m->m_source, "type",
				 m->m_type);
	json_t *value;

	text_unpack(m, text);
	value = json_string(text);
	if (value) {
		json_object_set_new(json, "text", value);
		return json;
	}
	for (size_t i = 0; i < TEXT_SIZE; i++)
		sprintf(hex + 2 * i, "%02x", m->m_raw[i]);
	json_object_set_new(json, "hex", json_string(hex));
	return json;
}

static void print_line(const message *m)
{
	char text[TEXT_SIZE + 1];
	char line[4 * TEXT_SIZE + 1];

	text_unpack(m, text);
	text_escape(text, line, sizeof(line));
	puts(line);
}

void msg_print(const message *m, bool json)
{
	bool notification = text_is_notification(m);

	if (json) {
		out_json_line(notification ? notification_json(m) :
					     text_json(m));
	} else if (notification) {
		printf("%d notify %d\n", m->m_source, m->m9_i1);
	} else {
		printf("%d %d ", m->m_source, m->m_type);
		print_line(m);
	}
	fflush(stdout);
}

/* The bare text of an answer, ready for another program */
static void print_text(const message *m)
{
	char text[TEXT_SIZE + 1];
	size_t length = text_unpack(m, text);

	fputs(text, stdout);
	if (!length || text[length - 1] != '\n')
		putchar('\n');
}

static void print_answer(const struct args *args, const message *m)
{
	if (args->json)
		msg_print(m, args->json);
	else if (isatty(STDOUT_FILENO))
		print_line(m);
	else
		print_text(m);
}

/* Binds this process to what a client has: a user slot */
static int bind_user(const struct args *args, const VM_usr_t *vm)
{
	int self;

	return find_self(args, vm, find_first_user(vm), vm->vm_nr_procs - 1,
			 &self);
}

static int send_text(int dst, message *m, long timeout)
{
	return mnx_send_T(dst, m, timeout);
}

/* What send and call have in common, but for how the message goes */
static int pass_text(const struct args *args, message *m,
		     int (*pass)(int dst, message *m, long timeout))
{
	const char *text = args->operand[2];
	VM_usr_t vm;
	int dst, rc;

	if (text_pack(m, args->type, text))
		return say_usage(
			args, "%s %s: the text has %zu bytes, at most %zu fit",
			args->operand[0], args->operand[1], strlen(text),
			TEXT_MAX);
	rc = find_peer(args, args->operand[1], &vm, &dst);
	if (!rc)
		rc = bind_user(args, &vm);
	if (rc)
		return rc;
	rc = pass(dst, m, args->timeout);
	return rc ? say_fail_with(args, rc,
				  &(struct explain){ EXPLAIN_PEER, dst, &vm },
				  "%s %s", vm.vm_name, args->operand[1]) :
		    0;
}

int cmd_send(const struct args *args)
{
	message m;

	return pass_text(args, &m, send_text);
}

int cmd_call(const struct args *args)
{
	message m;
	int rc = pass_text(args, &m, mnx_sendrec_T);

	if (!rc)
		print_answer(args, &m);
	return rc;
}

int cmd_recv(const struct args *args)
{
	const char *name = args->nr_operands > 1 ? args->operand[1] : "any";
	VM_usr_t vm;
	message m;
	int src, rc;

	rc = find_peer(args, name, &vm, &src);
	if (!rc)
		rc = bind_user(args, &vm);
	if (rc)
		return rc;
	rc = mnx_receive_T(src, &m, args->timeout);
	if (rc)
		return say_fail_with(args, rc,
				     &(struct explain){ EXPLAIN_PEER, src,
							&vm },
				     "%s %s", vm.vm_name, name);
	msg_print(&m, args->json);
	return EXIT_SUCCESS;
}

int cmd_notify(const struct args *args)
{
	VM_usr_t vm;
	int dst, self, rc;

	rc = find_peer(args, args->operand[1], &vm, &dst);
	/* Only system slots may; the low numbers belong to known servers. */
	if (!rc)
		rc = find_self(args, &vm, find_first_user(&vm) - 1, 0, &self);
	if (rc)
		return rc;
	rc = mnx_notify(dst);
	return rc ? say_fail_with(args, rc,
				  &(struct explain){ EXPLAIN_PEER, dst, &vm },
				  "%s %s", vm.vm_name, args->operand[1]) :
		    EXIT_SUCCESS;
}
