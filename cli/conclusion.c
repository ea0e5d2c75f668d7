/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/conclusion.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "base/thread.h"
#include "base/util.h"
#include "cli/options/config.h"
#include "cli/report/report.h"
#include "devices/serial/term.h"

/* How long the run may take to end after the decision.  Together with the
 * deadline's own last steps that is less than a second. */
#define END_NS (800 * NSEC_PER_MSEC)

/* How much of it output has at least, however long the rest took. */
#define OUTPUT_NS (200 * NSEC_PER_MSEC)

/* How long a slow reader of output has if the guest ended by itself. */
#define READER_NS (60 * NSEC_PER_SEC)

/* How long the devices may take to end if the guest ended by itself: a busy
 * host may need it, and nobody asked for a quick end. */
#define DEVICES_NS (10 * NSEC_PER_SEC)

static uint64_t later(uint64_t when_ns, uint64_t ns)
{
	return when_ns > DEADLINE_NEVER - ns ? DEADLINE_NEVER : when_ns + ns;
}

/* END_NS after a time-out of @limit_ns. */
static uint64_t time_out(const struct conclusion *c, uint64_t limit_ns)
{
	if (!limit_ns)
		return DEADLINE_NEVER;
	return later(c->verdict.phase_ns[PHASE_START] + c->stopped_ns,
		     later(limit_ns, END_NS));
}

static bool ends_runs(int signal)
{
	return signal == SIGTERM || signal == SIGINT || signal == SIGHUP;
}

/* The time by which the process must have ended, now that @signal has come,
 * which ends runs.  The lock is held. */
static uint64_t due(struct conclusion *c, int signal)
{
	uint64_t at = later(now_ns(), END_NS);

	if (c->decided_ns) {
		if (!c->late)
			c->late = signal;
		/* A step that takes long gets time to clean up. */
		return c->draining ? now_ns() :
				     MAX(later(c->decided_ns, END_NS),
					 later(now_ns(), OUTPUT_NS));
	}
	/* The first signal gives the guest time to shut down; a second one does
	 * not. */
	if (!c->first && c->guest)
		at = later(at, c->config->grace_ns);
	if (!c->first)
		c->first = signal;
	return at;
}

/* Whether it waits already: one change of the window's size is enough. */
static bool is_known(const struct conclusion *c, int signal)
{
	return signal == SIGWINCH && c->n_queued &&
	       c->queue[c->n_queued - 1] == SIGWINCH;
}

/* On the deadline's thread. */
static void heard(void *arg, int signal)
{
	struct conclusion *c = arg;
	uint64_t at = DEADLINE_NEVER;

	deadline_lock(&c->deadline);
	if (ends_runs(signal))
		at = due(c, signal);
	if (c->n_queued < CONCLUSION_SIGNALS && !is_known(c, signal))
		c->queue[c->n_queued++] = signal;
	if (c->loop)
		loop_post(c->loop, &c->told);
	deadline_unlock(&c->deadline);
	deadline_hasten(&c->deadline, at);
}

static void read_signals(void *arg)
{
	struct conclusion *c = arg;

	signals_read(&c->signals);
}

static bool take_signal(struct conclusion *c, int *signal)
{
	bool any;

	deadline_lock(&c->deadline);
	any = c->n_queued > 0;
	if (any) {
		*signal = c->queue[0];
		c->n_queued--;
		memmove(c->queue, c->queue + 1,
			c->n_queued * sizeof(c->queue[0]));
	}
	deadline_unlock(&c->deadline);
	return any;
}

/* On the loop's thread. */
static void tell_signals(void *arg)
{
	struct conclusion *c = arg;
	int signal;

	while (take_signal(c, &signal))
		c->arrived(c->arg, signal);
}

/* The main thread is stuck, so it has not judged. */
static void judge_by_itself(struct conclusion *c)
{
	const struct observed o = {
		.ending = c->first ? ENDING_SIGNAL : ENDING_TIMEOUT,
		.signal = c->first,
		.limit_ns = c->config->verdict.timeout_ns ?
				    c->config->verdict.timeout_ns :
				    c->config->verdict.boot_timeout_ns,
	};

	judge(&o, &c->verdict);
}

static bool is_judged(const struct conclusion *c)
{
	return c->verdict.phase_ns[PHASE_END];
}

/* On the deadline's thread. */
static void overdue(void *arg)
{
	struct conclusion *c = arg;

	if (!is_judged(c)) {
		judge_by_itself(c);
		c->verdict.phase_ns[PHASE_END] = now_ns();
	} else if (c->late) {
		verdict_interrupt(&c->verdict, c->late);
	} else if (c->draining || c->config->net.pcap) {
		/* What was not written, of output or of the capture, is not
		 * known. */
		report_unwritten(&c->verdict);
	}
}

/* Log the verdict before the report is written, as the main thread may hang in
 * the report. */
static void last_words(void *arg, const char *step)
{
	struct conclusion *c = arg;

	term_restore();
	if (!c->said) {
		log_warn("still waiting for %s: ending without it", step);
		verdict_log(&c->verdict);
	}
	if (c->report)
		report_rescue(c->report, &c->verdict);
}

static void end(void *arg)
{
	struct conclusion *c = arg;

	c->end_process(c->verdict.code);
}

static const struct deadline_ops deadline_ops = {
	.ready = read_signals,
	.overdue = overdue,
	.last_words = last_words,
	.end = end,
};

int conclusion_open(struct conclusion *conclusion, const struct config *config,
		    const struct verdict *verdict,
		    void (*end_process)(int code))
{
	struct conclusion *c = conclusion;
	uint64_t first;
	int err;

	*c = (struct conclusion){
		.config = config,
		.verdict = *verdict,
		.end_process = end_process,
		.signals = { .arrived = heard, .arg = c, .questions = true },
		.told = { .fn = tell_signals, .arg = c },
	};
	err = signals_open(&c->signals, NULL);
	if (err)
		return err;
	err = deadline_open(&c->deadline, c->signals.source.fd, &deadline_ops,
			    c);
	if (err) {
		signals_close(&c->signals);
		return log_fail(err, "signals: %s", thread_failure(err));
	}
	first = time_out(c, config->verdict.boot_timeout_ns);
	deadline_plan(&c->deadline,
		      MIN(first, time_out(c, config->verdict.timeout_ns)));
	return 0;
}

void conclusion_pause(struct conclusion *conclusion)
{
	deadline_pause(&conclusion->deadline);
}

int conclusion_resume(struct conclusion *conclusion)
{
	int err = deadline_resume(&conclusion->deadline);

	return err ? log_fail(err, "no thread for signals: %s",
			      strerror(-err)) :
		     0;
}

void conclusion_report(struct conclusion *conclusion, struct report *report)
{
	deadline_lock(&conclusion->deadline);
	conclusion->report = report;
	deadline_unlock(&conclusion->deadline);
}

void conclusion_listen(struct conclusion *conclusion, struct loop *loop,
		       void (*arrived)(void *arg, int signal), void *arg)
{
	struct conclusion *c = conclusion;

	deadline_lock(&c->deadline);
	if (c->loop)
		loop_cancel(c->loop, &c->told);
	c->loop = loop;
	c->arrived = arrived;
	c->arg = arg;
	if (loop && c->n_queued)
		loop_post(loop, &c->told);
	deadline_unlock(&c->deadline);
}

void conclusion_step(struct conclusion *conclusion, const char *step)
{
	deadline_step(&conclusion->deadline, step);
}

bool conclusion_guest(struct conclusion *conclusion)
{
	struct conclusion *c = conclusion;
	bool wanted;

	deadline_lock(&c->deadline);
	wanted = !c->first;
	c->guest = wanted;
	deadline_unlock(&c->deadline);
	if (wanted)
		deadline_plan(&c->deadline,
			      time_out(c, c->config->verdict.timeout_ns));
	return wanted;
}

void conclusion_stopped(struct conclusion *conclusion, uint64_t ns)
{
	struct conclusion *c = conclusion;

	deadline_lock(&c->deadline);
	c->stopped_ns += ns;
	deadline_unlock(&c->deadline);
	deadline_put_off(&c->deadline, ns);
}

void conclusion_hold(struct conclusion *conclusion)
{
	deadline_plan(&conclusion->deadline, DEADLINE_NEVER);
}

void conclusion_release(struct conclusion *conclusion, uint64_t ns)
{
	struct conclusion *c = conclusion;
	uint64_t at;

	deadline_lock(&c->deadline);
	c->stopped_ns += ns;
	at = time_out(c, c->config->verdict.timeout_ns);
	deadline_unlock(&c->deadline);
	deadline_plan(&c->deadline, at);
}

bool conclusion_asked(struct conclusion *conclusion)
{
	return later(now_ns(), END_NS) >= deadline_at(&conclusion->deadline);
}

static void keep_verdict(struct conclusion *c, const struct verdict *verdict,
			 uint64_t decided_ns)
{
	deadline_lock(&c->deadline);
	c->verdict = *verdict;
	c->decided_ns = decided_ns;
	deadline_unlock(&c->deadline);
}

void conclusion_explain(struct conclusion *conclusion,
			const struct verdict *verdict, uint64_t ns)
{
	keep_verdict(conclusion, verdict, 0);
	deadline_plan(&conclusion->deadline, now_ns() + ns + END_NS);
}

/* Whether the guest ended by itself, and was not ended. */
static bool guest_ended(const struct verdict *verdict)
{
	switch (verdict->word) {
	case VERDICT_POWEROFF:
	case VERDICT_EXPECTED:
	case VERDICT_PANIC:
	case VERDICT_OOPS:
	case VERDICT_TRIPLE_FAULT:
	case VERDICT_CRASH:
	case VERDICT_RESET:
	case VERDICT_EXPECT:
	case VERDICT_FAIL:
	case VERDICT_EXIT:
	case VERDICT_COMMAND:
		return true;
	default:
		return false;
	}
}

void conclusion_decide(struct conclusion *conclusion,
		       const struct verdict *verdict)
{
	struct conclusion *c = conclusion;
	uint64_t now = now_ns(), at = now + END_NS;

	keep_verdict(c, verdict, now);
	if (guest_ended(verdict))
		at = MAX(at, MIN(now + DEVICES_NS,
				 time_out(c, c->config->verdict.timeout_ns)));
	deadline_plan(&c->deadline, at);
}

void conclusion_amend(struct conclusion *conclusion,
		      const struct verdict *verdict)
{
	keep_verdict(conclusion, verdict, conclusion->decided_ns);
}

void conclusion_drain(struct conclusion *conclusion)
{
	struct conclusion *c = conclusion;
	uint64_t at, reader;

	deadline_lock(&c->deadline);
	c->draining = true;
	at = MAX(c->decided_ns + END_NS, now_ns() + OUTPUT_NS);
	reader = MIN(c->decided_ns + READER_NS,
		     time_out(c, c->config->verdict.timeout_ns));
	if (guest_ended(&c->verdict))
		at = MAX(at, reader);
	deadline_unlock(&c->deadline);
	deadline_plan(&c->deadline, at);
}

void conclusion_close(struct conclusion *conclusion, struct verdict *verdict)
{
	struct conclusion *c = conclusion;

	deadline_lock(&c->deadline);
	if (c->late)
		verdict_interrupt(verdict, c->late);
	c->verdict = *verdict;
	c->said = true;
	deadline_unlock(&c->deadline);
	verdict_log(verdict);
	deadline_close(&c->deadline);
	signals_close(&c->signals);
}
