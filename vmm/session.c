/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/session.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "devices/net/forward.h"
#include "devices/serial/chardev.h"
#include "firmware/boot.h"
#include "firmware/job.h"
#include "vmm/config.h"
#include "vmm/diagnosis.h"
#include "vmm/log.h"
#include "vmm/net_host.h"
#include "vmm/referee.h"
#include "vmm/report.h"
#include "vmm/services.h"
#include "vmm/signals.h"
#include "vmm/speed.h"
#include "vmm/stats.h"
#include "vmm/symbols.h"
#include "vmm/vm.h"

/* At the end, how long a reader of the console may make no progress before
 * it is given up. */
#define PATIENCE_MS 500

/* How long to measure whether a Linux kernel can be expected to boot; the
 * guest is running meanwhile. */
#define SPEED_MS 5

struct session {
	struct config *config;
	struct verdict *verdict;
	struct report *report;
	struct kvm kvm;
	struct loop loop;
	char *cmdline;
	uint8_t *job;
	struct boot boot;
	/* The latter only for --debugcon file:. */
	struct chardev *console, *debug_file;
	struct stats_file stats;
	struct net_host net;
	struct services services;
	struct vm vm;

	struct referee referee;
	struct symbols *symbols;
	struct diagnosis diagnosis;

	struct signals signals;
	struct loop_timer grace;
	/* The run is over; else the machine is to be restarted. */
	bool over;

	/* For late_signal(). */
	void (*hurry)(const struct verdict *verdict);
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

	s->over = true;
	loop_quit(&s->loop);
}

static void send_to_guest(void *arg, const uint8_t *buf, size_t len)
{
	struct session *s = arg;

	if (chardev_send(s->console, buf, len) < 0)
		log_err("--send: out of memory");
}

static void report_hang(void *arg)
{
	struct session *s = arg;

	diagnosis_start(&s->diagnosis, true);
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

	if (services_start(&s->services, &s->loop, command_ended, s) < 0)
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

static void signal_arrived(void *arg, int signal)
{
	struct session *s = arg;

	if (signal == SIGUSR1) {
		stats_log(&s->vm);
		return;
	}
	if (signal == SIGQUIT) {
		diagnosis_start(&s->diagnosis, false);
		return;
	}
	if (s->referee.signal) {
		referee_end(&s->referee, ENDING_SIGNAL, NULL);
		return;
	}
	s->referee.signal = signal;
	log_info("%s: pressing the power button", strsignal(signal));
	vm_press_power_button(&s->vm);
	loop_arm(&s->loop, &s->grace, now_ns() + s->config->grace_ns);
}

/* While a slow reader of the console is waited for. */
static void late_signal(void *arg, int signal)
{
	struct session *s = arg;

	verdict_interrupt(s->verdict, signal);
	s->hurry(s->verdict);
}

static void machine_ended(void *arg, const struct power_event *event)
{
	struct session *s = arg;

	if (!referee_power(&s->referee, event))
		return;
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

/* The user's initrd is to come behind a job. */
static int add_job(struct session *s)
{
	size_t len;
	int err = job_archive(s->config->job, &s->job, &len);

	if (err)
		return log_fail(err, "--job: %s", strerror(-err));
	return boot_prepend(&s->boot, s->job, len);
}

/* Whose fault a failure is, by its errno: what the host has too little of is
 * not the user's. */
static enum ending ending_by(int err)
{
	switch (-err) {
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return ENDING_HOST;
	default:
		return ENDING_USAGE;
	}
}

/* The files that the user has named.  -errno. */
static int open_files(struct session *s)
{
	const struct config *c = s->config;
	int err = boot_open(&s->boot, c->kernel, c->initrd, s->cmdline);

	if (!err)
		err = boot_add_modules(&s->boot, c->modules.strings,
				       c->modules.count);
	if (!err && c->job)
		err = add_job(s);
	if (!err && c->symbols)
		err = symbols_open(&s->symbols, c->symbols);
	/* A FIFO waits for its reader: while signals still end that. */
	if (!err)
		err = stats_file_open(&s->stats, c->stats);
	return err ? err : net_host_create_capture(&s->net, &c->net);
}

static int open_kvm(struct session *s)
{
	unsigned cpus = s->config->cpus;
	int err = kvm_open(&s->kvm);

	if (!err && cpus > s->kvm.max_cpus)
		err = log_fail(-EINVAL, "--cpus %u: this host's KVM allows %u",
			       cpus, s->kvm.max_cpus);
	return err ? err : signals_open(&s->signals, &s->loop);
}

static int open_debug_file(struct session *s)
{
	const char file[] = "file:", *where = s->config->debugcon;

	if (strncmp(where, file, strlen(file)) != 0)
		return 0;
	return chardev_open_file(&s->debug_file,
				 "--debugcon file:", where + strlen(file));
}

/* Where the debug console leads; NULL: nowhere. */
static struct chardev *debugcon(const struct session *s)
{
	if (s->debug_file)
		return s->debug_file;
	return strcmp(s->config->debugcon, "none") ? s->console : NULL;
}

/* What the machine and the host talk by.  -errno. */
static int open_connections(struct session *s)
{
	struct config *c = s->config;
	const struct chardev_user user = {
		.quit = user_quits,
		.arg = s,
		.output = referee_output,
		.opened = referee_opened,
		.guest_arg = &s->referee,
		.start_ns = s->verdict->phase_ns[PHASE_START],
	};
	int err = net_host_open(&s->net, &c->net);

	if (!err)
		err = net_host_await(&s->net, &c->wait, referee_answered,
				     &s->referee);
	if (!err)
		err = services_open(&s->services, c);
	if (err)
		return err;
	report_forwards(s->report, &c->net);
	err = chardev_open(&s->console, c->serial, c->console_log, &user);
	return err ? err : open_debug_file(s);
}

/* Opens what belongs to the host and outlives a reset.  False: @ending. */
static bool open_host(struct session *s, enum ending *ending)
{
	int err;

	*ending = ENDING_HOST;
	s->cmdline = config_cmdline(s->config);
	if (!s->cmdline) {
		log_err("the command line: %s", strerror(ENOMEM));
		return false;
	}
	err = open_files(s);
	if (!err && open_kvm(s) < 0)
		return false;
	if (!err)
		err = open_connections(s);
	*ending = ending_by(err);
	return !err;
}

/* Builds the machine up to the point where it could run.  False: @ending. */
static bool build_machine(struct session *s, enum ending *ending)
{
	const struct vm_config config = {
		.mem = s->config->mem,
		.cpus = s->config->cpus,
		.boot = &s->boot,
		.loop = &s->loop,
		.console = s->console,
		.rng = s->config->rng,
		.lint = s->config->lint,
		.netdev = s->net.netdev,
		.net = &s->config->net,
		.exit_port = s->config->exit_port,
		.debug_exit = s->config->debug_exit,
		.debugcon = debugcon(s),
		.debugcon_aside = !strcmp(s->config->debugcon, "auto"),
		.test_device = s->config->test_device,
		.events = { machine_ended, kernel_panicked, s },
	};
	int err = vm_init(&s->vm, &s->kvm, &config);

	/* What is taken is a port that the user chose. */
	*ending = err == -EEXIST ? ENDING_USAGE : ENDING_HOST;
	if (err)
		return false;
	*ending = ENDING_USAGE;
	return vm_load(&s->vm) == 0;
}

/* An ordinary kernel on a KVM that emulates ring 0 looks like a hang; say
 * what it is. */
static void warn_if_slow(struct session *s)
{
	struct speed speed;

	if (s->boot.format != BOOT_BZIMAGE &&
	    s->boot.format != BOOT_ELF_LINUX64)
		return;
	if (speed_measure(s->kvm.fd, SPEED_MS, &speed) < 0)
		return;
	if (!speed_can_boot_linux(&speed))
		log_warn("this KVM emulates ring 0 instruction by instruction; "
			 "an ordinary kernel will not get far (see `minivmm "
			 "check`)");
}

/* One machine, from nothing to its end; s->over says whether there is to be
 * another.  @first: the terminal is still the user's. */
static void run_machine(struct session *s, bool first)
{
	enum ending ending;
	bool ok = build_machine(s, &ending);

	if (ok && first) {
		s->diagnosis.console = s->console;
		s->diagnosis.symbols = s->symbols;
		reached(s, PHASE_LOADED);
		chardev_start(s->console, &s->loop);
		referee_start(&s->referee);
	}
	if (ok && vm_start(&s->vm) < 0) {
		ending = ENDING_HOST;
		ok = false;
	}
	if (!ok)
		referee_end(&s->referee, ending, NULL);
	else if (first)
		warn_if_slow(s);
	loop_run(&s->loop);
	diagnosis_cancel(&s->diagnosis);
	vm_stop(&s->vm);
	stats_file_take(&s->stats, &s->vm);
	report_machine(s->report, &s->vm);
	vm_free(&s->vm);
}

static void close_host(struct session *s)
{
	services_close(&s->services, PATIENCE_MS);
	/* From here on a signal ends the process: what waits for nobody comes
	 * before. */
	stats_file_close(&s->stats);
	net_host_stop(&s->net);
	forwards_free(&s->config->net.forwards);
	signals_release(&s->signals);
	chardev_close(s->console, PATIENCE_MS);
	chardev_close(s->debug_file, PATIENCE_MS);
	net_host_close(&s->net, PATIENCE_MS);
	kvm_close(&s->kvm);
	boot_close(&s->boot);
	free(s->cmdline);
	free(s->job);
	symbols_close(s->symbols);
	referee_free(&s->referee);
	loop_free(&s->loop);
}

void session_run(struct config *config, struct verdict *verdict,
		 struct report *report,
		 void (*hurry)(const struct verdict *verdict))
{
	struct session s = { .config = config,
			     .verdict = verdict,
			     .report = report,
			     .hurry = hurry,
			     .kvm = { .fd = -1, .vm = -1 },
			     .boot.kernel.fd = -1,
			     .net.capture_fd = -1,
			     .services.ready.draft_fd = -1,
			     .signals = { .arrived = signal_arrived,
					  .late = late_signal,
					  .arg = &s,
					  .questions = true,
					  .source.fd = -1 } };
	enum ending ending;

	s.grace = (struct loop_timer){ .expired = grace_expired, .arg = &s };
	if (loop_init(&s.loop) < 0) {
		log_err("event descriptors: %s: raise `ulimit -n`",
			strerror(errno));
		judge(&(struct observed){ .ending = ENDING_HOST }, verdict);
		return;
	}
	s.diagnosis = (struct diagnosis){ .loop = &s.loop,
					  .vm = &s.vm,
					  .watch = &s.referee.watch,
					  .done = end,
					  .arg = &s };
	diagnosis_init(&s.diagnosis);
	referee_init(&s.referee, config, &s.loop, verdict, &referee_ops, &s);
	if (open_host(&s, &ending))
		reached(&s, PHASE_HOST);
	else
		referee_end(&s.referee, ending, NULL);
	for (bool first = true; !s.over; first = false)
		run_machine(&s, first);
	/* Readers may have to be waited for: it is written by then. */
	report_write(report, verdict);
	close_host(&s);
	report_close(report, verdict, PATIENCE_MS);
	signals_close(&s.signals);
}
