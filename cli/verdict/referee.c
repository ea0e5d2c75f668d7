/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/verdict/referee.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "cli/verdict/awaited.h"
#include "cli/verdict/cause.h"
#include "cli/verdict/verdict_config.h"

/* How long a line may be unfinished before it is taken for a prompt. */
#define LOOK_NS (10 * NSEC_PER_MSEC)

/* A condemned guest is ended after QUIET_NS without a byte; after SPEECH_NS if
 * its console, which hears of it last, may yet tell the reason; and at last in
 * any case. */
#define QUIET_NS    NSEC_PER_SEC
#define SPEECH_NS   (5 * NSEC_PER_SEC)
#define PATIENCE_NS (10 * NSEC_PER_SEC)

static bool panicked(const struct referee *r)
{
	return __atomic_load_n(&r->panicked, __ATOMIC_RELAXED);
}

/* Explain the panic by what the kernel said before, in @cause. */
static void explain(struct referee *r, struct observed *o,
		    char cause[WATCH_LINE])
{
	if (!strstr(o->line, "VFS: ") && !strstr(o->line, "No working init") &&
	    !strstr(o->line, "No init found"))
		return;
	o->cause = watch_cause(&r->watch, cause);
	o->remedy = cause_remedy(o->line, o->cause, r->config->has_root);
}

/* Give the results of the guest's own tests to the verdict. */
static void take_subtests(struct referee *r, struct observed *o)
{
	r->verdict->has_tests = watch_subtests(&r->watch, &r->verdict->tests);
	if (r->verdict->has_tests)
		o->tests = &r->verdict->tests;
}

/* Judge the run, only once.  This fills in the rest of @o. */
static void decide(struct referee *r, struct observed *o)
{
	struct watch_news news = watch_news(&r->watch);
	char line[WATCH_LINE], awaited[AWAITED_TEXT], error[LOG_KEPT];
	char cause[WATCH_LINE];

	if (r->decided)
		return;
	r->decided = true;
	if (!o->by)
		o->by = verdict_error(o->ending, error);
	o->signal = r->signal;
	o->complaint = news.complaint;
	if (news.complaint)
		o->line = watch_complaint(&r->watch, line);
	if (panicked(r))
		o->complaint = COMPLAINT_PANIC;
	if (news.complaint < o->complaint)
		o->line = NULL;
	if (o->line && o->complaint == COMPLAINT_PANIC)
		explain(r, o, cause);
	o->spoke = news.first_ns;
	observe_awaited(o, r->config, &news, awaited);
	take_subtests(r, o);
	judge(o, r->verdict);
	r->verdict->phase_ns[PHASE_CONSOLE] = news.first_ns;
	r->verdict->phase_ns[PHASE_USERSPACE] = news.userspace_ns;
	r->verdict->phase_ns[PHASE_END] = now_ns();
}

void referee_end(struct referee *referee, enum ending ending, const char *by)
{
	struct observed o = { .ending = ending, .by = by };

	decide(referee, &o);
	referee->ops->end(referee->arg);
}

static void patience_ended(void *arg)
{
	struct referee *r = arg;
	struct watch_news news = watch_news(&r->watch);
	bool told = news.complaint || !script_forbids(&r->config->script);
	uint64_t quiet = told ? QUIET_NS : SPEECH_NS;
	uint64_t now = now_ns(), last = MAX(news.last_ns, r->condemned_ns);

	if (now - last < quiet && now - r->condemned_ns < PATIENCE_NS)
		loop_arm(r->loop, &r->patience, last + quiet);
	else
		referee_end(r, ENDING_CONDEMNED, NULL);
}

/* The guest has panicked, for example: it will not recover, but may still print
 * messages. */
static void condemn(struct referee *r, bool last_words)
{
	if (last_words) {
		referee_end(r, ENDING_CONDEMNED, NULL);
		return;
	}
	if (r->condemned_ns)
		return;
	r->condemned_ns = now_ns();
	loop_arm(r->loop, &r->patience, r->condemned_ns + QUIET_NS);
}

static void send_steps(struct referee *r, size_t done)
{
	const struct script *script = &r->config->script;

	for (; r->sent < done; r->sent++) {
		const struct step *step = &script->steps[r->sent];

		if (step->kind == STEP_SEND)
			r->ops->send(r->arg, step->bytes, step->len);
	}
}

static bool is_ready(const struct referee *r, const struct watch_news *news)
{
	return news->done == r->config->script.n_steps && !news->complaint &&
	       !wait_ports_missing(r->ports, UINT64_MAX) &&
	       !awaits_userspace(r->config, news);
}

/* Whether the run is over once the guest is ready. */
static bool ends_when_ready(const struct referee *r)
{
	const struct script *script = &r->config->script;

	if (r->config->goes_on)
		return false;
	return r->ports->count ||
	       (script->n_steps &&
		script->steps[script->n_steps - 1].kind == STEP_EXPECT);
}

/* Returns true if this ends the run. */
static bool become_ready(struct referee *r)
{
	bool over = ends_when_ready(r), goes_on = r->config->goes_on;

	r->ready = true;
	if (!over && !goes_on)
		return false;
	r->verdict->phase_ns[PHASE_READY] = now_ns();
	r->ops->phase(r->arg, PHASE_READY, r->verdict->phase_ns[PHASE_READY]);
	if (goes_on)
		r->ops->ready(r->arg);
	return over;
}

static void take_news(void *arg)
{
	struct referee *r = arg;
	struct watch_news news = watch_news(&r->watch);

	if (r->decided)
		return;
	r->ops->phase(r->arg, PHASE_CONSOLE, news.first_ns);
	r->ops->phase(r->arg, PHASE_USERSPACE, news.userspace_ns);
	send_steps(r, news.done);
	if (!r->ready && is_ready(r, &news) && become_ready(r))
		referee_end(r, ENDING_EXPECTED, NULL);
	else if (news.complaint || panicked(r))
		condemn(r, news.last_words);
	else if (news.unfinished && !r->look.armed)
		loop_arm(r->loop, &r->look, now_ns() + LOOK_NS);
}

static void look(void *arg)
{
	watch_look(&((struct referee *)arg)->watch);
}

/* Any thread. */
static void have_news(void *arg)
{
	struct referee *r = arg;

	loop_post(r->loop, &r->news);
}

static void hear(struct referee *r, enum merge_source source,
		 const uint8_t *buf, size_t len)
{
	watch_output(&r->watch, source, buf, len);
	r->ops->spoke(r->arg);
}

void referee_output(void *arg, const uint8_t *buf, size_t len)
{
	hear(arg, MERGE_CONSOLE, buf, len);
}

void referee_stdout(void *arg, const uint8_t *buf, size_t len)
{
	hear(arg, MERGE_STDOUT, buf, len);
}

void referee_stderr(void *arg, const uint8_t *buf, size_t len)
{
	hear(arg, MERGE_STDERR, buf, len);
}

void referee_opened(void *arg)
{
	struct referee *r = arg;

	watch_opened(&r->watch);
}

void referee_panicked(struct referee *referee)
{
	__atomic_store_n(&referee->panicked, true, __ATOMIC_RELAXED);
	have_news(referee);
}

void referee_answered(void *arg, size_t index)
{
	struct referee *r = arg;

	wait_ports_answer(r->ports, index);
	have_news(r);
}

void referee_command(struct referee *referee, int code)
{
	struct observed o = { .ending = ENDING_COMMAND,
			      .code = (unsigned)code };

	if (referee->decided)
		return;
	decide(referee, &o);
	referee->ops->end(referee->arg);
}

static enum ending ending_of(enum power_request what)
{
	switch (what) {
	case POWER_OFF:
		return ENDING_POWER_OFF;
	case POWER_EXIT:
		return ENDING_EXIT;
	case POWER_RESET:
		return ENDING_RESET;
	case POWER_TRIPLE_FAULT:
		return ENDING_TRIPLE_FAULT;
	case POWER_CRASHED:
		return ENDING_CRASH;
	case POWER_HALTED:
		return ENDING_HALTED;
	case POWER_FAILED:
		break;
	}
	return ENDING_HOST;
}

static bool restarts(const struct referee *r, const struct watch_news *news,
		     enum power_request what)
{
	if (r->decided || news->complaint || panicked(r))
		return false;
	if (what == POWER_RESET)
		return r->config->on_reset != ON_RESET_EXIT;
	return what == POWER_TRIPLE_FAULT &&
	       r->config->on_reset == ON_RESET_ALWAYS;
}

bool referee_power(struct referee *referee, const struct power_event *event)
{
	struct observed o = { .ending = ending_of(event->what),
			      .by = event->by,
			      .code = event->code };
	struct watch_news news;

	watch_end(&referee->watch);
	news = watch_news(&referee->watch);
	if (is_ready(referee, &news) && ends_when_ready(referee))
		o.ending = ENDING_EXPECTED;
	else if (restarts(referee, &news, event->what))
		return true;
	decide(referee, &o);
	referee->ops->end(referee->arg);
	return false;
}

static void limit_exceeded(void *arg, struct observed *o)
{
	struct referee *r = arg;

	if (r->decided)
		return;
	decide(r, o);
	r->ops->hung(r->arg);
}

void referee_start(struct referee *referee)
{
	limits_start(&referee->limits, referee->verdict->phase_ns[PHASE_START]);
}

void referee_guest_starts(struct referee *referee)
{
	limits_guest_starts(&referee->limits);
	take_news(referee);
}

void referee_stopped(struct referee *referee, uint64_t ns)
{
	limits_stopped(&referee->limits, ns);
}

void referee_init(struct referee *referee, struct verdict_config *config,
		  struct loop *loop, struct verdict *verdict,
		  const struct referee_ops *ops, void *arg)
{
	const struct watch_events events = { have_news, referee };
	const struct limits_events limits = { limit_exceeded, referee };

	*referee = (struct referee){ .config = config,
				     .ports = &config->wait,
				     .loop = loop,
				     .verdict = verdict,
				     .ops = ops,
				     .arg = arg };
	referee->news = (struct loop_work){ .fn = take_news, .arg = referee };
	referee->look = (struct loop_timer){ .expired = look, .arg = referee };
	referee->patience = (struct loop_timer){ .expired = patience_ended,
						 .arg = referee };
	watch_init(&referee->watch, &config->script, &events);
	limits_init(&referee->limits, config, loop, &referee->watch, &limits);
}

void referee_free(struct referee *referee)
{
	loop_cancel(referee->loop, &referee->news);
	loop_disarm(referee->loop, &referee->look);
	loop_disarm(referee->loop, &referee->patience);
	limits_free(&referee->limits);
	watch_free(&referee->watch);
}
