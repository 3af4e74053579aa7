// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * m3ipc-systask: starts, serves, ends.
 *
 *	start: bound as SYSTASK(node) -> owners -> processes -> group
 *	serving: requests, events of the driver, the group, alarms
 *	SIGTERM: ends; the processes go on, and another one finds them.  If the
 *	VM has ended already, see there
 *	the VM ends: leaves the group, gives its slots away, ends
 */
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/daemon.h"
#include "common/serve.h"
#include "common/vm.h"
#include "member.h"
#include "remote.h"

#define REQUESTS_AT_ONCE 64

/* As m3ipc-systask@.service says, and why */
#define KEPT                                          \
	(CAP_BIT(CAP_SYS_ADMIN) | CAP_BIT(CAP_KILL) | \
	 CAP_BIT(CAP_SYS_PTRACE) | CAP_BIT(CAP_SYS_NICE))

void systask_end(struct systask *s, int status)
{
	s->status = status;
	sd_event_exit(s->loop, status);
}

static void fill_nodes(struct systask *s)
{
	for (int n = 0; n < SLOTS_NODES; n++) {
		s->node_index[n] = -1;
		if (!(s->vm->usr.vm_nodes >> n & 1))
			continue;
		s->node_index[n] = s->nr_nodes;
		s->node_id[s->nr_nodes++] = n;
	}
}

static bool fill_vm(struct systask *s)
{
	if (!vm_look(s->vm, &s->usr))
		return false;
	s->first_user = s->usr.vm_nr_sysprocs - s->usr.vm_nr_tasks;
	s->nr_users = s->usr.vm_nr_procs - s->first_user;
	return true;
}

/* With the VM all is over; who is only unbound is started again. */
static void binding_has_ended(struct systask *s, int rc)
{
	VM_usr_t vm;

	log_line(SD_NOTICE, "%s: %s", s->vm->name, mnx_strerror(rc));
	if (!mnx_getvminfo(s->vmid, &vm))
		systask_end(s, EXIT_FAILURE);
	else if (!s->leaving)
		member_leave(s);
}

static void request_do(struct systask *s, message *m)
{
	struct request rq = { .m = m, .client = m->m_source };
	int rc;

	client_asks_again(s, rq.client);
	rc = table_call(s, &rq);

	if (rc != SYSTASK_LATER)
		systask_answer(s, rq.client, m, rc);
}

/* Notifications come before requests: so what has happened is known then. */
static int on_message(sd_event_source *source, int fd, uint32_t events,
		      void *arg)
{
	struct systask *s = arg;
	message m;
	int rc = 0;

	(void)source, (void)fd, (void)events;
	for (int i = 0; !rc && i < REQUESTS_AT_ONCE; i++) {
		rc = mnx_receive_T(ANY, &m, TIMEOUT_NOWAIT);
		if (!rc && serve_is_notification(&m))
			rc = procs_follow(s);
		else if (!rc)
			request_do(s, &m);
	}
	member_follow(s);
	if (rc && rc != EMOLAGAIN && rc != EMOLINTR) {
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
		binding_has_ended(s, rc);
	}
	return 0;
}

static int on_group(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	struct systask *s = arg;

	(void)source, (void)fd, (void)events;
	group_dispatch(s->group);
	member_follow(s);
	member_status(s);
	return 0;
}

static int on_alarm(sd_event_source *source, uint64_t usec, void *arg)
{
	(void)source, (void)usec;
	return alarms_due(arg);
}

static int on_time(sd_event_source *source, uint64_t usec, void *arg)
{
	sd_event_source_set_time(source, usec + member_time(arg) * 1000);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* After the VM, with which systemd stops it, the group is left in order. */
static int on_signal(sd_event_source *source,
		     const struct signalfd_siginfo *info, void *arg)
{
	struct systask *s = arg;
	VM_usr_t vm;

	(void)source, (void)info;
	if (s->leaving)
		return 0;
	if (mnx_getvminfo(s->vmid, &vm))
		member_leave(s);
	else
		systask_end(s, EXIT_SUCCESS);
	return 0;
}

static bool loop_add_signals(struct systask *s)
{
	static const int signals[] = { SIGTERM, SIGINT };

	daemon_take_signals(signals, ARRAY_SIZE(signals));
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (sd_event_add_signal(s->loop, NULL, signals[i], on_signal,
					s) < 0)
			return false;
	return true;
}

static bool loop_prepare(struct systask *s)
{
	const uint64_t soon = systask_now() * 1000;

	return sd_event_new(&s->loop) >= 0 && loop_add_signals(s) &&
	       sd_event_add_time(s->loop, &s->alarm_timer, CLOCK_BOOTTIME,
				 UINT64_MAX, 1, on_alarm, s) >= 0 &&
	       sd_event_add_time(s->loop, &s->patience, CLOCK_BOOTTIME, soon, 0,
				 on_time, s) >= 0;
}

static bool loop_connect(struct systask *s)
{
	return sd_event_add_io(s->loop, NULL, mnx_fd(), EPOLLIN, on_message,
			       s) >= 0 &&
	       sd_event_add_io(s->loop, NULL, group_fd(s->group), EPOLLIN,
			       on_group, s) >= 0;
}

/* False: it was logged why not. */
static bool systask_start(struct systask *s)
{
	int rc;

	if (!daemon_keep_capabilities(KEPT) || !fill_vm(s) ||
	    !vm_bind(s->vm, SYSTASK(s->node)))
		return false;
	s->keep = keep_open(s->vmid);
	if (!s->keep || !loop_prepare(s)) {
		log_line(SD_ERR, "%m");
		return false;
	}
	member_init(s);
	member_prepare(s);
	rc = procs_start(s);
	if (rc) {
		log_line(SD_ERR, "%s: %s", s->vm->name, mnx_strerror(rc));
		return false;
	}
	migr_found(s);
	alarms_arm(s);
	return member_start(s) && loop_connect(s);
}

static void systask_init(struct systask *s, const struct config *config,
			 const struct config_vm *vm)
{
	s->config = config;
	s->vm = vm;
	s->vmid = vm->usr.vm_vmid;
	s->node = config_local(config)->id;
	for (size_t i = 0; i < NR_PENDING; i++)
		s->pending[i].client = NONE;
	for (size_t i = 0; i < NR_WAITERS; i++)
		s->waiters[i].client = NONE;
	remotes_init(s);
	fill_nodes(s);
}

int main(int argc, char **argv)
{
	struct daemon daemon = {
		.synopsis = "m3ipc-systask [-c FILE] [-tv] VM",
		.about = "The system task of a VM at this node.",
		.options = "",
		.letters = "",
	};
	static struct systask s;
	const struct config_vm *vm;
	struct config *config;

	vm = vm_begin(&daemon, argc, argv, &config);
	if (daemon.check)
		return EXIT_SUCCESS;
	systask_init(&s, config, vm);
	if (!systask_start(&s))
		return EXIT_FAILURE;
	/* Else when processes get slots: the others may be away for long. */
	if (vm->membership == CONFIG_COROSYNC)
		sd_notify(0, "READY=1");
	log_line(SD_INFO, "serving %s", vm->name);
	sd_event_loop(s.loop);
	sd_notify(0, "STOPPING=1");
	group_close(s.group);
	config_free(config);
	return s.status;
}
