// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * m3ipc-init: starts what the configuration lists for its node, and waits for
 * all that have no other parent.
 *
 *	start: bound as INIT of the node -> with few rights -> process of PM,
 *	when that is there -> the jobs
 *	a child has ended: a job, which may be started again; or an orphan
 *	SIGHUP: the jobs of the configuration as it is by now
 *	SIGTERM: SIGTERM to the jobs, SIGKILL after a while; ends with them, or
 *	without PM, who would signal them, after a while, and they with it
 *	the VM ends: ends, and the jobs with it
 *
 * One thread, which takes signals and looks what is due.
 */
#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <mol/mol.h>

#include "common/daemon.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/serve.h"
#include "common/util.h"
#include "common/vm.h"
#include "jobs.h"
#include "rexec.h"
#include "start.h"

/* ms.  PM tells of an end by a signal, but not if it is killed just then. */
#define LOOK_AGAIN 5000

static struct init {
	const char *path; /* of the configuration */
	const char *name; /* of the VM */
	int vmid;
	struct jobs jobs;
	bool ends;
	int64_t look; /* then, after programs of others */
	int64_t end;  /* then, whatever its jobs do */
	int signals;  /* a descriptor that has some */
	struct log_limit limit;
} init;

/* The wishes of this node, in one array; returns how many */
static size_t wishes_add(struct jobs_wish **wishes, size_t nr,
			 const struct config_init *of, char *const *commands,
			 bool respawn)
{
	for (; commands && *commands; commands++) {
		*wishes = memory_grow(*wishes, nr, sizeof(**wishes));
		(*wishes)[nr++] =
			(struct jobs_wish){ *commands, of->user, respawn };
	}
	return nr;
}

static void jobs_load(const struct config *config, const struct config_vm *vm)
{
	enum config_rexec rexec = CONFIG_REXEC_NONE;
	struct jobs_wish *wishes = NULL;
	size_t nr = 0;

	for (size_t i = 0; i < vm->nr_inits; i++) {
		const struct config_init *of = &vm->inits[i];

		if (strcmp(of->node, config->local))
			continue;
		nr = wishes_add(&wishes, nr, of, of->run, false);
		nr = wishes_add(&wishes, nr, of, of->respawn, true);
		if (rexec < of->rexec)
			rexec = of->rexec;
	}
	rexec_allow(vm->usr.vm_vmid, rexec);
	jobs_want(&init.jobs, wishes, nr, log_now());
	free(wishes);
}

/* What cannot be read changes nothing. */
static void jobs_reload(void)
{
	struct config *config = config_read(init.path, stderr);
	const struct config_vm *vm = config ? vm_choose(config, init.name) :
					      NULL;

	if (vm)
		jobs_load(config, vm);
	else
		log_line(SD_ERR, "the jobs stay as they are");
	if (config)
		config_free(config);
}

static void end_log(const struct job *job, int status)
{
	if (WIFSIGNALED(status))
		log_line(SD_NOTICE, "%s: ended by signal %d", job->command,
			 WTERMSIG(status));
	else
		log_line(WEXITSTATUS(status) ? SD_NOTICE : SD_DEBUG,
			 "%s: ended with status %d", job->command,
			 WEXITSTATUS(status));
}

static void children_take(void)
{
	struct job *job;
	int status;
	pid_t pid;

	while ((pid = mol_waitpid(-1, &status, WNOHANG)) > 0) {
		job = jobs_find(&init.jobs, pid);
		if (!job) {
			log_line(SD_DEBUG, "orphan %d has ended", pid);
			continue;
		}
		end_log(job, status);
		job_ended(&init.jobs, job, log_now());
	}
	if (pid < 0 && errno != ECHILD)
		log_limited(&init.limit, log_now(), SD_WARNING,
			    "the process manager: %m");
}

static void jobs_signal(void)
{
	const struct job *job;
	int signal;

	while ((job = jobs_to_signal(&init.jobs, log_now(), &signal))) {
		if (!mol_killpg(job->pid, signal))
			continue;
		log_line(SD_WARNING, "%s: signal %d: %m", job->command, signal);
		/* Others have their turn when it has been looked around. */
		break;
	}
}

static void jobs_start(void)
{
	struct job *job;
	pid_t pid;

	while ((job = jobs_to_start(&init.jobs, log_now()))) {
		pid = start_job(job, init.name);
		if (pid < 0) {
			job_not_started(job, log_now());
			continue;
		}
		log_line(SD_INFO, "%s: process %d, as %s", job->command, pid,
			 job->user);
		job_started(job, pid, log_now());
	}
}

static void signal_do(int signal)
{
	switch (signal) {
	case SIGHUP:
		if (!init.ends)
			jobs_reload();
		break;
	case SIGTERM:
	case SIGINT:
		init.ends = true;
		init.end = log_now() + 2 * JOBS_GRACE;
		jobs_want(&init.jobs, NULL, 0, log_now());
		break;
	}
}

/* The next signal, or 0 */
static int signal_take(const sigset_t *signals)
{
	static const struct timespec now;
	const int signal = sigtimedwait(signals, NULL, &now);

	return signal < 0 ? 0 : signal;
}

static void requests_take(void)
{
	message m;

	while (!mnx_receive_T(ANY, &m, TIMEOUT_NOWAIT))
		if (!serve_is_notification(&m))
			rexec_request(&m);
}

/* Until there is something to do, or to look after */
static void wait_for_it(const sigset_t *signals, int64_t ms)
{
	struct pollfd fds[2 + REXEC_POLLS] = {
		{ init.signals, POLLIN, 0 },
		{ mnx_fd(), POLLIN, 0 },
	};
	const size_t nr = rexec_polls(&fds[2]);
	int signal;

	if (poll(fds, 2 + nr, (int)ms) < 0)
		return;
	rexec_polled(&fds[2], nr);
	while ((signal = signal_take(signals)))
		signal_do(signal);
	requests_take();
}

static int64_t ms_to_wait(void)
{
	const int64_t due = jobs_due(&init.jobs), now = log_now();

	if (due == JOBS_NEVER || due - now > LOOK_AGAIN)
		return LOOK_AGAIN;
	return due > now ? due - now : 0;
}

static bool is_bound(void)
{
	return !mnx_bind_failed(mnx_getep(getpid()));
}

/* PM may be on another node, and come later, or hear later who this is. */
static bool process_become(const sigset_t *signals)
{
	while (mol_bindproc() < 0) {
		if (errno != ENOTCONN && errno != ESRCH) {
			log_line(SD_ERR, "the process manager: %m");
			return false;
		}
		log_limited(&init.limit, log_now(), SD_NOTICE,
			    "waiting for the process manager");
		wait_for_it(signals, 1000);
		if (init.ends || !is_bound())
			return false;
	}
	return true;
}

/* Those that others have asked for */
static void programs_follow(void)
{
	rexec_reap();
	if (log_now() < init.look)
		return;
	init.look = log_now() + LOOK_AGAIN;
	rexec_look(log_now());
}

static void init_run(const sigset_t *signals)
{
	while (is_bound()) {
		children_take();
		programs_follow();
		if (init.ends &&
		    (!jobs_any(&init.jobs) || log_now() >= init.end))
			return;
		jobs_signal();
		jobs_start();
		wait_for_it(signals, ms_to_wait());
	}
}

/* The driver's, of an end of the binding, is waited for as all others. */
static sigset_t signals_take(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD,
				       SIGPIPE };
	const sigset_t set = daemon_take_signals(signals, ARRAY_SIZE(signals));

	signal(SIGPIPE, SIG_DFL);
	init.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (init.signals < 0)
		log_line(SD_ERR, "signalfd: %m");
	return set;
}

static bool init_start(const struct config *config, const struct config_vm *vm)
{
	/* For the users of jobs; the signal of its end has to reach them. */
	static const uint64_t caps = CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_SETGID) |
				     CAP_BIT(CAP_KILL);
	const int node = config_local(config)->id;

	if (!vm_bind(vm, INIT_PROC_NR + node) ||
	    !daemon_hold_capabilities(caps))
		return false;
	jobs_load(config, vm);
	sd_notify(0, "READY=1");
	log_line(SD_INFO, "INIT of %s at node %d", vm->name, node);
	return true;
}

/* With the VM all is over; who is only unbound is started again. */
static int status_of(void)
{
	VM_usr_t usr;

	if (init.ends)
		return EXIT_SUCCESS;
	log_line(SD_NOTICE, "%s: this process is not bound any more",
		 init.name);
	return mnx_getvminfo(init.vmid, &usr) ? DAEMON_ENDED : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct daemon daemon = {
		.synopsis = "m3ipc-init [-c FILE] [-tv] VM",
		.about = "Starts what runs in a VM at this node.",
		.options = "",
		.letters = "",
	};
	const struct config_vm *vm;
	struct config *config;
	sigset_t signals;

	vm = vm_begin(&daemon, argc, argv, &config);
	if (daemon.check)
		return EXIT_SUCCESS;
	init.path = daemon.path;
	init.name = argv[optind];
	init.vmid = vm->usr.vm_vmid;
	signals = signals_take();
	if (!init_start(config, vm))
		return EXIT_FAILURE;
	config_free(config);
	if (process_become(&signals))
		init_run(&signals);
	sd_notify(0, "STOPPING=1");
	return status_of();
}
