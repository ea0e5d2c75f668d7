/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/session.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "cli/conclusion.h"
#include "cli/options/config.h"
#include "cli/report/report.h"
#include "cli/report/stats.h"
#include "cli/session_events.h"
#include "vmm/screen.h"
#include "vmm/speed.h"

/* How long to measure whether a Linux kernel can be expected to boot; the
 * guest is running meanwhile. */
#define SPEED_MS 5

static void reached(struct session *s, enum phase phase)
{
	s->verdict->phase_ns[phase] = now_ns();
	report_phase(s->report, phase, s->verdict->phase_ns[phase]);
}

/* Builds the machine up to the point where it could run.  -errno, and @ending,
 * but for -ECANCELED: the loop knows what has asked for the end. */
static int build_machine(struct session *s, enum ending *ending)
{
	const struct vm_config config = {
		.machine = s->config->machine,
		.boot = &s->host.boot,
		.loop = &s->loop,
		.console = s->host.console,
		.lint = s->config->lint,
		.net = { s->host.net.netdev, &s->config->net },
		.debugcon = host_debugcon(&s->host),
		.panic = { session_panicked, s },
		.events = { session_machine_ended, s },
	};
	int err;

	conclusion_step(s->conclusion, "the kernel to be loaded");
	err = vm_init(&s->vm, &s->host.kvm, &config);
	/* A port that the user chose is taken, or a device has no slot. */
	*ending = err == -EEXIST || err == -ENOSPC ? ENDING_USAGE : ENDING_HOST;
	if (err)
		return err;
	*ending = ENDING_USAGE;
	return vm_load(&s->vm);
}

/* An ordinary kernel on a KVM that emulates ring 0 looks like a hang; say
 * what it is. */
static void warn_if_slow(struct session *s)
{
	struct speed speed;

	if (s->host.boot.format != BOOT_BZIMAGE &&
	    s->host.boot.format != BOOT_ELF_LINUX64)
		return;
	if (speed_measure(s->host.kvm.fd, SPEED_MS, &speed) < 0)
		return;
	if (!speed_can_boot_linux(&speed))
		log_warn("this KVM emulates ring 0 instruction by instruction; "
			 "an ordinary kernel will not get far (see `minivmm "
			 "check`)");
}

/* The first machine is about to start: until now the terminal was the user's.
 * -errno: see build_machine(). */
static int begin(struct session *s)
{
	reached(s, PHASE_LOADED);
	if (!conclusion_guest(s->conclusion))
		return -ECANCELED;
	s->started = true;
	chardev_start(s->host.console, &s->loop);
	referee_guest_starts(&s->referee);
	return 0;
}

/* Builds a machine and starts it.  -errno: see build_machine(). */
static int start_machine(struct session *s, enum ending *ending)
{
	bool first = !s->started;
	int err = build_machine(s, ending);

	if (err)
		return err;
	*ending = ENDING_HOST;
	if (first)
		err = begin(s);
	conclusion_step(s->conclusion, "the machine");
	if (!err)
		err = vm_start(&s->vm);
	if (err)
		return err;
	s->running = true;
	session_press_power_button(s);
	if (first)
		warn_if_slow(s);
	return 0;
}

/* A guest that said nothing on its console, or came to a bad end, may have told
 * why on the screen. */
static void show_screen(struct session *s)
{
	bool silent = !watch_news(&s->referee.watch).first_ns;

	if (s->over && s->started && (silent || s->verdict->code))
		screen_show(&s->vm.mainboard.mem);
}

static void stop_machine(struct session *s)
{
	s->running = false;
	diagnosis_cancel(&s->diagnosis);
	conclusion_step(s->conclusion, "the processors to stop");
	vm_stop(&s->vm);
	show_screen(s);
	conclusion_step(s->conclusion, "the devices' counters");
	stats_file_take(&s->host.stats, &s->vm);
	report_machine(s->report, &s->vm);
	/* Before the devices end: on a busy host that may take all the time
	 * that is left.  But where the console goes they come after it, when
	 * the host is closed. */
	if (s->over)
		stats_file_close_unless(&s->host.stats, STDOUT_FILENO);
	conclusion_step(s->conclusion, "the devices to end");
	if (s->over)
		vm_free_last(&s->vm);
	else
		vm_free(&s->vm);
}

/* One machine, from nothing to its end; s->over says whether there is to be
 * another. */
static void run_machine(struct session *s)
{
	enum ending ending;
	int err = start_machine(s, &ending);

	if (err && err != -ECANCELED)
		referee_end(&s->referee, ending, NULL);
	loop_run(&s->loop);
	stop_machine(s);
}

/* For an ELF file's version much of it is read: not if nobody wants to know. */
static void tell_kernel(struct session *s)
{
	char version[BOOT_VERSION] = "";

	if (report_is_wanted(s->report) || log_enabled(LOG_INFO))
		boot_version(&s->host.boot, version);
	report_kernel(s->report, s->host.boot.kernel.path, version);
}

static int open_host(struct session *s, enum ending *ending)
{
	const struct host_user user = {
		.console = { .quit = session_quit,
			     .arg = s,
			     .output = referee_output,
			     .opened = referee_opened,
			     .guest_arg = &s->referee,
			     .max_output = s->config->max_output,
			     .start_ns = s->verdict->phase_ns[PHASE_START] },
		.answered = referee_answered,
		.arg = &s->referee,
	};
	int err = host_open(&s->host, s->config, s->conclusion, &user, ending);

	if (err)
		return err;
	s->diagnosis.console = s->host.console;
	tell_kernel(s);
	report_forwards(s->report, &s->config->net);
	reached(s, PHASE_HOST);
	return 0;
}

/* The host's outputs have told what they left out; now the messages, too. */
static void tell_left_out(struct report *report, struct left_out *left_out)
{
	left_out->messages = log_left_out();
	if (left_out->messages)
		log_show("messages: more than --max-output: %" PRIu64
			 " bytes were left out",
			 left_out->messages);
	report_left_out(report, left_out);
}

void session_run(struct config *config, struct verdict *verdict,
		 struct report *report, struct conclusion *conclusion)
{
	struct session s = { .config = config,
			     .verdict = verdict,
			     .report = report,
			     .conclusion = conclusion };
	enum ending ending;
	char line[LOG_KEPT];

	if (loop_init(&s.loop) < 0) {
		log_err("event descriptors: %s: raise `ulimit -n`",
			strerror(errno));
		judge(&(struct observed){ .ending = ENDING_HOST,
					  .by = log_last_error(line) },
		      verdict);
		return;
	}
	session_events_init(&s);
	if (open_host(&s, &ending) < 0)
		referee_end(&s.referee, ending, NULL);
	while (!s.over)
		run_machine(&s);
	/* The report, which tells of what was lost, is written after that; by
	 * the deadline, if a reader is waited for too long. */
	if (host_close(&s.host) < 0)
		report_unwritten(verdict);
	tell_left_out(report, &s.host.left_out);
	conclusion_amend(conclusion, verdict);
	conclusion_listen(conclusion, NULL, NULL, NULL);
	referee_free(&s.referee);
	loop_free(&s.loop);
}
