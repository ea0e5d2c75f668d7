/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/session.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/conclusion.h"
#include "cli/diagnosis.h"
#include "cli/host.h"
#include "cli/options/config.h"
#include "cli/report/report.h"
#include "cli/report/stats.h"
#include "cli/verdict/guest_kind.h"
#include "cli/verdict/referee.h"
#include "vmm/autopsy.h"
#include "vmm/screen.h"
#include "vmm/speed.h"
#include "vmm/symbols.h"
#include "vmm/vm.h"

/* How long to measure whether a Linux kernel can be expected to boot; the
 * guest is running meanwhile. */
#define SPEED_MS 5

struct session {
	struct config *config;
	struct verdict *verdict;
	struct report *report;
	struct conclusion *conclusion;
	struct host host;
	struct loop loop;
	struct vm vm;
	/* There is a machine, and it was started; there was one. */
	bool running, started;

	struct referee referee;
	struct diagnosis diagnosis;
	struct loop_timer grace;
	/* The run is over; else the machine is to be restarted. */
	bool over;
};

static void reached(struct session *s, enum phase phase)
{
	s->verdict->phase_ns[phase] = now_ns();
	report_phase(s->report, phase, s->verdict->phase_ns[phase]);
}

/* Ends the run: what loop_run() was waiting for. */
static void end(void *arg)
{
	struct session *s = arg;

	if (!s->over)
		conclusion_decide(s->conclusion, s->verdict);
	s->over = true;
	loop_quit(&s->loop);
}

static void send_to_guest(void *arg, const uint8_t *buf, size_t len)
{
	struct session *s = arg;

	if (chardev_send(s->host.console, buf, len) < 0)
		log_err("--send: out of memory");
}

/* The user's symbols, or the kernel's own, which are read when they are needed
 * first. */
static const struct symbols *symbols(struct session *s)
{
	if (!s->host.symbols)
		symbols_of_kernel(&s->host.symbols, s->host.boot.kernel.fd);
	return s->host.symbols;
}

static void explain(struct session *s, bool fatal)
{
	s->diagnosis.symbols = symbols(s);
	s->diagnosis.is_linux = guest_is_linux(
		&s->host.boot, watch_news(&s->referee.watch).systems);
	diagnosis_start(&s->diagnosis, fatal);
}

static void report_hang(void *arg)
{
	struct session *s = arg;

	if (!s->running) {
		end(s);
		return;
	}
	conclusion_explain(s->conclusion, s->verdict, DIAGNOSIS_NS);
	/* What the guest does from now on decides nothing. */
	standstill_stop(&s->vm.standstill);
	explain(s, true);
}

static void guest_reached(void *arg, enum phase phase, uint64_t when_ns)
{
	struct session *s = arg;

	report_phase(s->report, phase, when_ns);
}

static void command_ended(void *arg, int code)
{
	struct session *s = arg;

	if (code >= 0) {
		referee_command(&s->referee, code);
		return;
	}
	log_err("--exec: how it ended is not known: %s", strerror(-code));
	referee_end(&s->referee, ENDING_HOST, NULL);
}

static void guest_ready(void *arg)
{
	struct session *s = arg;

	if (services_start(&s->host.services, &s->loop, command_ended, s) < 0)
		referee_end(&s->referee, ENDING_HOST, NULL);
}

static const struct referee_ops referee_ops = {
	.phase = guest_reached,
	.end = end,
	.hung = report_hang,
	.send = send_to_guest,
	.ready = guest_ready,
};

static void grace_expired(void *arg)
{
	struct session *s = arg;

	log_warn("the guest did not power off in time: ending it");
	referee_end(&s->referee, ENDING_SIGNAL, NULL);
}

/* Without a machine, or about one that is being built, there is nothing to
 * tell. */
static void question(struct session *s, int signal)
{
	if (!s->running)
		log_warn("%s: no machine is running", strsignal(signal));
	else if (signal == SIGUSR1)
		stats_log(&s->vm);
	else
		explain(s, false);
}

/* A guest that has been asked to power off hears of it again after a reset: it
 * may have begun before. */
static void press_power_button(struct session *s)
{
	if (s->running && s->referee.signal)
		vm_press_power_button(&s->vm);
}

static void signal_arrived(void *arg, int signal)
{
	struct session *s = arg;
	bool second = s->referee.signal;

	if (signal == SIGUSR1 || signal == SIGQUIT) {
		question(s, signal);
		return;
	}
	if (!second)
		s->referee.signal = signal;
	if (second || !s->started) {
		referee_end(&s->referee, ENDING_SIGNAL, NULL);
		return;
	}
	log_info("%s: pressing the power button", strsignal(signal));
	press_power_button(s);
	loop_arm(&s->loop, &s->grace, now_ns() + s->config->grace_ns);
}

/* The reason for an end that has to do with the processors, and in the lines
 * behind it more of it; how many lines. */
static size_t tell_why(struct session *s, const struct power_event *event,
		       char lines[AUTOPSY_LINES][AUTOPSY_LINE])
{
	const struct vcpu_crash *crash = vcpu_env_crash(&s->vm.env);
	struct text text = { lines[0], AUTOPSY_LINE, 0 };

	if (event->what == POWER_HALTED) {
		text_put(&text, "%s: ", event->by);
		standstill_describe(&s->vm.standstill, symbols(s), &text);
		return 1;
	}
	if (!crash || !power_is_crash(event->what))
		return 0;
	return autopsy_describe(crash, event->by, symbols(s), lines);
}

static void machine_ended(void *arg, const struct power_event *event)
{
	struct session *s = arg;
	struct power_event why = *event;
	char lines[AUTOPSY_LINES][AUTOPSY_LINE];
	size_t n = tell_why(s, event, lines);

	if (n)
		why.by = lines[0];
	if (!referee_power(&s->referee, &why)) {
		for (size_t i = 0; i < n; i++)
			log_err("%s", lines[i]);
		return;
	}
	log_info("the guest reset itself (%s): restarting", event->by);
	loop_quit(&s->loop);
}

static void kernel_panicked(void *arg)
{
	struct session *s = arg;

	referee_panicked(&s->referee);
}

static void user_quits(void *arg)
{
	struct session *s = arg;

	referee_end(&s->referee, ENDING_QUIT, NULL);
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
		.panic = { kernel_panicked, s },
		.events = { machine_ended, s },
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
	press_power_button(s);
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
		.console = { .quit = user_quits,
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

static void was_stopped(void *arg, uint64_t ns)
{
	struct session *s = arg;

	log_warn("the process was stopped for %.0f s: that does not count",
		 (double)ns / NSEC_PER_SEC);
	referee_stopped(&s->referee, ns);
	conclusion_stopped(s->conclusion, ns);
}

static void init(struct session *s)
{
	s->loop.stopped = was_stopped;
	s->loop.stopped_arg = s;
	s->grace = (struct loop_timer){ .expired = grace_expired,
					.arg = s,
					.limit = true };
	s->diagnosis = (struct diagnosis){ .loop = &s->loop,
					   .vm = &s->vm,
					   .watch = &s->referee.watch,
					   .done = end,
					   .arg = s };
	diagnosis_init(&s->diagnosis);
	referee_init(&s->referee, &s->config->verdict, &s->loop, s->verdict,
		     &referee_ops, s);
	referee_start(&s->referee);
	conclusion_listen(s->conclusion, &s->loop, signal_arrived, s);
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
	init(&s);
	if (open_host(&s, &ending) < 0)
		referee_end(&s.referee, ending, NULL);
	while (!s.over)
		run_machine(&s);
	/* The report comes after that, as it tells of what was lost.  While a
	 * reader is waited for the deadline has it written. */
	if (host_close(&s.host) < 0)
		report_unwritten(verdict);
	tell_left_out(report, &s.host.left_out);
	conclusion_amend(conclusion, verdict);
	conclusion_step(conclusion, "the report to be written");
	report_write(report, verdict);
	conclusion_listen(conclusion, NULL, NULL, NULL);
	referee_free(&s.referee);
	loop_free(&s.loop);
}
