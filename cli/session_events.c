/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/session_events.h"

#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/conclusion.h"
#include "cli/options/config.h"
#include "cli/report/report.h"
#include "cli/verdict/guest_kind.h"
#include "vmm/autopsy.h"
#include "vmm/backtrace.h"
#include "vmm/symbols.h"
#include "vmm/vcpu_stack.h"
#include "vmm/vcpu_state.h"

/* End the run: loop_run() returns. */
static void end(void *arg)
{
	struct session *s = arg;

	if (!s->over && debugging_keep(&s->debugging, s->verdict))
		return;
	if (!s->over) {
		conclusion_decide(s->conclusion, s->verdict);
		report_reached(s->report, s->verdict);
	}
	s->over = true;
	loop_quit(&s->loop);
}

static void send_to_guest(void *arg, const uint8_t *buf, size_t len)
{
	struct session *s = arg;

	if (chardev_send(s->host.console, buf, len) < 0)
		log_err("--send: out of memory");
}

/* The user's symbols, or those of the tree in which the kernel was built, or
 * those in the kernel file.  The latter two are read at first use. */
static const struct symbols *symbols(struct session *s)
{
	struct host *h = &s->host;

	if (!h->symbols)
		symbols_of_kernel(&h->symbols, h->symbols_fd >= 0 ?
						       h->symbols_fd :
						       h->boot.kernel.fd);
	return h->symbols;
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

static void guest_spoke(void *arg)
{
	struct session *s = arg;

	last_line_note(&s->last_line);
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
	.spoke = guest_spoke,
};

static void grace_expired(void *arg)
{
	struct session *s = arg;

	log_warn("the guest did not power off in time: ending it");
	referee_end(&s->referee, ENDING_SIGNAL, NULL);
}

/* SIGUSR1 and SIGQUIT ask what the guest is doing.  There is no answer if no
 * machine runs. */
static void question(struct session *s, int signal)
{
	if (!s->running)
		log_warn("%s: no machine is running", strsignal(signal));
	else if (signal == SIGUSR1)
		stats_log(&s->vm);
	else
		explain(s, false);
}

void session_press_power_button(struct session *session)
{
	struct session *s = session;

	if (s->running && s->referee.signal)
		vm_press_power_button(&s->vm);
}

static void signal_arrived(void *arg, int signal)
{
	struct session *s = arg;
	bool second = s->referee.signal || s->debugging.kept;

	if (signal == SIGUSR1 || signal == SIGQUIT) {
		question(s, signal);
		return;
	}
	if (signal == SIGWINCH) {
		console_host_resized(&s->host.ports);
		return;
	}
	debugging_hurry(&s->debugging);
	if (!second)
		s->referee.signal = signal;
	if (second || !s->started) {
		referee_end(&s->referee, ENDING_SIGNAL, NULL);
		return;
	}
	log_info("%s: pressing the power button", strsignal(signal));
	session_press_power_button(s);
	loop_arm(&s->loop, &s->grace, now_ns() + s->config->grace_ns);
}

/* If the machine ended because of its processors, write the reason to the first
 * of @lines and details to the others.  Returns the number of lines. */
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

/* Log the callers on vCPU @index, which will not enter the guest again. */
static void tell_callers(struct session *s, unsigned index,
			 struct backtrace_log *log)
{
	const struct vcpu *vcpu = &s->vm.vcpus.vcpu[index];
	struct vcpu_stack stack;

	vcpu_stack_read(vcpu, &stack);
	log->slide =
		symbols_slide(log->symbols, vcpu_state_syscall_entry(vcpu->fd));
	backtrace_log(log, index, &stack);
}

static void tell_crash(struct session *s, const struct vcpu_crash *crash)
{
	struct backtrace_log log = { .mem = &s->vm.mainboard.mem,
				     .symbols = symbols(s) };

	if (!crash->unknown && !crash->forgotten)
		tell_callers(s, crash->index, &log);
}

void session_tell_panic(struct session *session)
{
	struct session *s = session;
	struct backtrace_log log = { .mem = &s->vm.mainboard.mem };

	if ((!s->config->symbols && s->host.symbols_fd < 0) ||
	    (s->verdict->word != VERDICT_PANIC &&
	     s->verdict->word != VERDICT_OOPS))
		return;
	log.symbols = symbols(s);
	for (unsigned i = 0; i < s->vm.vcpus.n; i++)
		tell_callers(s, i, &log);
}

void session_machine_ended(void *arg, const struct power_event *event)
{
	struct session *s = arg;
	struct power_event why = *event;
	char lines[AUTOPSY_LINES][AUTOPSY_LINE];
	size_t n;

	/* The verdict was decided before. */
	if (s->debugging.kept)
		return;
	n = tell_why(s, event, lines);
	if (n)
		why.by = lines[0];
	if (!referee_power(&s->referee, &why)) {
		for (size_t i = 0; i < n; i++)
			log_err("%s", lines[i]);
		if (n > 1)
			tell_crash(s, vcpu_env_crash(&s->vm.env));
		return;
	}
	log_info("the guest reset itself (%s): restarting", event->by);
	loop_quit(&s->loop);
}

void session_panicked(void *arg)
{
	struct session *s = arg;

	referee_panicked(&s->referee);
}

static void killed(void *arg)
{
	struct session *s = arg;

	referee_end(&s->referee, ENDING_QUIT, "by a debugger");
}

void session_quit(void *arg)
{
	struct session *s = arg;

	referee_end(&s->referee, ENDING_QUIT, NULL);
}

static void was_stopped(void *arg, uint64_t ns)
{
	struct session *s = arg;

	log_warn("the process was stopped for %.0f s: that does not count",
		 (double)ns / NSEC_PER_SEC);
	referee_stopped(&s->referee, ns);
	conclusion_stopped(s->conclusion, ns);
}

void session_events_init(struct session *session)
{
	struct session *s = session;

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
	s->debugging = (struct debugging){ .config = &s->config->debug,
					   .loop = &s->loop,
					   .conclusion = s->conclusion,
					   .referee = &s->referee,
					   .killed = killed,
					   .released = end,
					   .arg = s };
	referee_init(&s->referee, &s->config->verdict, &s->loop, s->verdict,
		     &referee_ops, s);
	last_line_init(&s->last_line, &s->loop, &s->referee.watch, s->report);
	referee_start(&s->referee);
	conclusion_listen(s->conclusion, &s->loop, signal_arrived, s);
}
