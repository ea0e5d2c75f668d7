/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/session.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/fd_limit.h"
#include "base/log.h"
#include "cli/conclusion.h"
#include "cli/options/config.h"
#include "cli/overview.h"
#include "cli/report/report.h"
#include "cli/report/stats.h"
#include "cli/sandbox.h"
#include "cli/session_events.h"
#include "vmm/screen.h"
#include "vmm/speed.h"

/* How long to measure whether a Linux kernel can be expected to boot, in
 * milliseconds; the guest runs meanwhile. */
#define SPEED_MS 5

static void reached(struct session *s, enum phase phase)
{
	s->verdict->phase_ns[phase] = now_ns();
	report_phase(s->report, phase, s->verdict->phase_ns[phase]);
}

/* Build the machine, with nothing in its memory. */
static int build(struct session *s)
{
	const struct vm_config config = {
		.machine = s->config->machine,
		.boot = &s->host.boot,
		.loop = &s->loop,
		.console = s->host.console,
		.exit_places = s->config->report.stats,
		.trace = trace_file_trace(&s->host.trace),
		.lint = s->config->lint,
		.net = { s->host.net.netdev, &s->config->net },
		.disks = { s->host.disks.drives, s->host.disks.count },
		.shares = s->host.shares,
		.ports = console_host_part(&s->host.ports, s->config),
		.debugcon = host_debugcon(&s->host),
		.pipe = host_pipe(&s->host),
		.panic = { session_panicked, s },
		.events = { session_machine_ended, s },
	};

	return vm_init(&s->vm, &s->host.kvm, &config);
}

static void take_apart(struct session *s)
{
	conclusion_step(s->conclusion, "the devices to end");
	if (s->over) {
		disk_host_cancel(&s->host.disks);
		vm_free_last(&s->vm);
	} else {
		vm_free(&s->vm);
	}
}

static int load(struct session *s)
{
	return vm_load(&s->vm);
}

/* On a KVM that emulates ring 0 an ordinary kernel seems to hang: tell the user
 * why. */
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

/* The first machine is about to start, so now the terminal is changed, and not
 * before.  -ECANCELED: a signal has asked for the end. */
static int begin(struct session *s)
{
	if (s->started)
		return 0;
	reached(s, PHASE_LOADED);
	if (!conclusion_guest(s->conclusion))
		return -ECANCELED;
	s->started = true;
	chardev_start(s->host.console, &s->loop);
	if (s->host.has_pipe)
		port_pipe_start(&s->host.pipe, &s->loop);
	referee_guest_starts(&s->referee);
	return 0;
}

static int debug(struct session *s)
{
	debugging_begin(&s->debugging, &s->vm);
	return 0;
}

static void debug_no_more(struct session *s)
{
	debugging_end(&s->debugging);
}

static int start(struct session *s)
{
	int err = vm_start(&s->vm);

	if (err)
		return err;
	s->running = true;
	session_press_power_button(s);
	return 0;
}

/* If the guest wrote nothing to its console, or failed, the reason may be on
 * the screen. */
static void show_screen(struct session *s)
{
	bool silent = !watch_news(&s->referee.watch).first_ns;

	if (s->over && s->started && (silent || s->verdict->code))
		screen_show(&s->vm.mainboard.mem);
}

static void stop(struct session *s)
{
	s->running = false;
	diagnosis_cancel(&s->diagnosis);
	conclusion_step(s->conclusion, "the processors to stop");
	vm_stop(&s->vm);
	if (s->over)
		session_tell_panic(s);
	if (s->over)
		debugging_write_core(&s->debugging, s->verdict);
	show_screen(s);
	conclusion_step(s->conclusion, "the devices' counters");
	stats_file_take(&s->host.stats, &s->vm);
	last_line_end(&s->last_line);
	report_machine(s->report, &s->vm);
	/* Write counters and trace now: on a busy host the devices may take all
	 * the time that is left to end.  What goes to the console's output is
	 * written after it, in host_close(). */
	if (s->over) {
		stats_file_close_unless(&s->host.stats, STDOUT_FILENO);
		trace_file_write_unless(&s->host.trace, STDOUT_FILENO);
	}
}

/* The stages of a machine's life, in this order.  At its end they are closed in
 * reverse order, starting with the one that failed to open. */
static const struct stage {
	/* What the process waits for in this stage, see conclusion_step(). */
	const char *step;
	/* -errno, logged.  -ECANCELED is not logged: the signal that asked for
	 * the end has told the loop. */
	int (*open)(struct session *s);
	void (*close)(struct session *s);
	/* Whose fault it is if the stage fails. */
	enum ending ending;
} stages[] = {
	{ "the machine to be built", build, take_apart, ENDING_HOST },
	{ "the kernel to be loaded", load, NULL, ENDING_USAGE },
	{ "the terminal", begin, NULL, ENDING_HOST },
	{ "the debugger", debug, debug_no_more, ENDING_HOST },
	{ "the machine", start, stop, ENDING_HOST },
};

static enum ending ending_of(const struct stage *stage, int err)
{
	switch (-err) {
	/* A port that the user chose is used already, or there is no slot for a
	 * device. */
	case EEXIST:
	case ENOSPC:
		return ENDING_USAGE;
	/* The host has too little of something. */
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return ENDING_HOST;
	default:
		return stage->ending;
	}
}

/* Run one machine from its creation to its end; s->over says whether another
 * one follows. */
static void run_machine(struct session *s)
{
	const bool first = !s->started;
	size_t n = 0;
	int err = 0;

	while (n < ARRAY_SIZE(stages) && !err) {
		conclusion_step(s->conclusion, stages[n].step);
		err = stages[n++].open(s);
	}
	if (err && err != -ECANCELED)
		referee_end(&s->referee, ending_of(&stages[n - 1], err), NULL);
	if (first && !err)
		warn_if_slow(s);
	loop_run(&s->loop);
	while (n--)
		if (stages[n].close)
			stages[n].close(s);
}

/* Find the version only if it is wanted: much of an ELF file has to be read for
 * that. */
static void tell_kernel(struct session *s)
{
	char version[BOOT_VERSION] = "";

	if (report_is_wanted(s->report) || log_enabled(LOG_INFO))
		boot_version(&s->host.boot, version);
	report_kernel(s->report, s->host.boot.kernel.path, version);
}

static void console_output(void *arg, const uint8_t *buf, size_t len)
{
	struct session *s = arg;

	trace_file_console(&s->host.trace, buf, len);
	referee_output(&s->referee, buf, len);
}

static void console_opened(void *arg)
{
	struct session *s = arg;

	referee_opened(&s->referee);
}

static int open_host(struct session *s, enum ending *ending)
{
	const struct host_user user = {
		.console = { .quit = session_quit,
			     .escape = s->config->serial.escape,
			     .arg = s,
			     .output = console_output,
			     .opened = console_opened,
			     .guest_arg = s,
			     .max_output = s->config->max_output,
			     .start_ns = s->verdict->phase_ns[PHASE_START] },
		.job_stdout = referee_stdout,
		.job_stderr = referee_stderr,
		.loop = &s->loop,
		.answered = referee_answered,
		.arg = &s->referee,
	};
	int err = host_open(&s->host, s->config, s->conclusion, &user, ending);

	if (err)
		return err;
	err = debugging_open(&s->debugging, &s->host.kvm);
	*ending = host_ending(err);
	if (err)
		return err;
	s->diagnosis.console = s->host.console;
	tell_kernel(s);
	overview_log(&s->host, &s->config->net);
	report_forwards(s->report, &s->config->net);
	conclusion_step(s->conclusion, "the folders of the sandbox");
	sandbox_open(&s->sandbox, s->config, &s->host);
	reached(s, PHASE_HOST);
	return 0;
}

/* Enter the sandbox.  Everything is open, and there is only one thread
 * meanwhile. */
static int enter_sandbox(struct session *s)
{
	int err, resumed;

	conclusion_pause(s->conclusion);
	err = host_attend(&s->host, &s->debugging.core);
	if (!err)
		err = sandbox_enter(&s->sandbox, s->config, &s->host);
	resumed = conclusion_resume(s->conclusion);
	return err ? err : resumed;
}

/* Start the threads, now that the sandbox is entered; those that write come
 * first. */
static int start_host(struct session *s, enum ending *ending)
{
	int err = enter_sandbox(s);

	*ending = ENDING_HOST;
	if (!err)
		err = report_start(s->report);
	return err ? err : host_start(&s->host);
}

/* Report what was left out of each output; that of the messages is known
 * last. */
static void tell_left_out(struct report *report, struct left_out *left_out)
{
	left_out->messages = log_left_out();
	if (left_out->messages)
		log_show("messages: more than --max-output: %" PRIu64
			 " bytes were left out",
			 left_out->messages);
	report_left_out(report, left_out);
}

/* Enough for files, interrupts and doorbells.  Forwards check their own need
 * when they are opened. */
#define LEAST_DESCRIPTORS 64

/* Whether the limit of descriptors is high enough for a machine; logs why
 * not. */
static bool has_descriptors(const struct config *config)
{
	unsigned long limit = fd_limit_raise();
	unsigned long needed = LEAST_DESCRIPTORS + config->machine.cpus;

	if (limit < needed)
		log_err("`ulimit -n` allows %lu open files: %lu are needed: "
			"raise it",
			limit, needed);
	return limit >= needed;
}

static int open_loop(struct session *s)
{
	if (!has_descriptors(s->config))
		return -EMFILE;
	if (loop_init(&s->loop) == 0)
		return 0;
	return log_fail(-errno, "event descriptors: %s: raise `ulimit -n`",
			strerror(errno));
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

	if (open_loop(&s) < 0) {
		judge(&(struct observed){ .ending = ENDING_HOST,
					  .by = log_last_error(line) },
		      verdict);
		return;
	}
	session_events_init(&s);
	if (open_host(&s, &ending) < 0 || start_host(&s, &ending) < 0)
		referee_end(&s.referee, ending, NULL);
	while (!s.over)
		run_machine(&s);
	debugging_close(&s.debugging, verdict);
	/* main() writes the report later, so that it has this; if a reader
	 * takes too long, the deadline's thread writes it. */
	if (host_close(&s.host) < 0)
		report_unwritten(verdict);
	tell_left_out(report, &s.host.left_out);
	conclusion_amend(conclusion, verdict);
	conclusion_listen(conclusion, NULL, NULL, NULL);
	last_line_free(&s.last_line);
	referee_free(&s.referee);
	loop_free(&s.loop);
}
