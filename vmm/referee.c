/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/referee.h"

#include <stdio.h>

#include "vmm/config.h"
#include "vmm/log.h"
#include "vmm/util.h"

/* How long a line may stand unfinished before it is taken for a prompt. */
#define LOOK_NS (10 * NSEC_PER_MSEC)

/* A condemned guest is ended after so long without a byte, and at last. */
#define QUIET_NS    NSEC_PER_SEC
#define PATIENCE_NS (10 * NSEC_PER_SEC)

static bool panicked(const struct referee *r)
{
	return __atomic_load_n(&r->panicked, __ATOMIC_RELAXED);
}

/* What of the script is not done. */
static void observe_script(const struct referee *r,
			   const struct watch_news *news, struct observed *o)
{
	const struct script *script = &r->config->script;

	o->expectations = (unsigned)script->n_expects;
	for (size_t i = news->done; i < script->n_steps && !o->awaited; i++) {
		if (script->steps[i].kind != STEP_EXPECT)
			continue;
		o->awaited = script->steps[i].text;
		o->awaited_number = (unsigned)news->met + 1;
	}
}

/* Judges, once; the rest of @o is filled in. */
static void decide(struct referee *r, struct observed *o)
{
	struct watch_news news = watch_news(&r->watch);
	char line[WATCH_LINE];

	if (r->decided)
		return;
	r->decided = true;
	o->signal = r->signal;
	o->complaint = news.complaint;
	if (news.complaint)
		o->line = watch_complaint(&r->watch, line);
	if (panicked(r))
		o->complaint = COMPLAINT_PANIC;
	if (news.complaint < o->complaint)
		o->line = NULL;
	o->spoke = news.first_ns;
	observe_script(r, &news, o);
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
	uint64_t now = now_ns(), last = watch_news(&r->watch).last_ns;

	last = MAX(last, r->condemned_ns);
	if (now - last < QUIET_NS && now - r->condemned_ns < PATIENCE_NS)
		loop_arm(r->loop, &r->patience, last + QUIET_NS);
	else
		referee_end(r, ENDING_CONDEMNED, NULL);
}

/* It has panicked or the like: it will not recover, but may go on about it.
 */
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

static void take_news(void *arg)
{
	struct referee *r = arg;
	struct watch_news news = watch_news(&r->watch);

	if (r->decided)
		return;
	r->ops->phase(r->arg, PHASE_CONSOLE, news.first_ns);
	r->ops->phase(r->arg, PHASE_USERSPACE, news.userspace_ns);
	send_steps(r, news.done);
	if (news.satisfied)
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

void referee_output(void *arg, const uint8_t *buf, size_t len)
{
	struct referee *r = arg;

	watch_output(&r->watch, buf, len);
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
	if (news.satisfied)
		o.ending = ENDING_EXPECTED;
	else if (restarts(referee, &news, event->what))
		return true;
	decide(referee, &o);
	referee->ops->end(referee->arg);
	return false;
}

static void time_out(struct referee *r, enum ending ending, uint64_t limit_ns)
{
	struct observed o = { .ending = ending, .limit_ns = limit_ns };

	if (r->decided)
		return;
	decide(r, &o);
	r->ops->hung(r->arg);
}

static void timeout(void *arg)
{
	struct referee *r = arg;

	time_out(r, ENDING_TIMEOUT, r->config->timeout_ns);
}

/* Booted is what has met the first expectation or, if there is none, has
 * come to its first process, as far as one can see. */
static void boot_timeout(void *arg)
{
	struct referee *r = arg;
	struct watch_news news = watch_news(&r->watch);
	bool booted =
		r->config->script.n_expects ? news.met : news.userspace_ns;

	if (!booted)
		time_out(r, ENDING_BOOT_TIMEOUT, r->config->boot_timeout_ns);
}

static void silence(void *arg)
{
	struct referee *r = arg;
	uint64_t limit = r->config->silence_ns;
	uint64_t last = watch_news(&r->watch).last_ns;

	last = MAX(last, r->silence.deadline_ns - limit);
	if (now_ns() - last >= limit)
		time_out(r, ENDING_SILENCE, limit);
	else
		loop_arm(r->loop, &r->silence, last + limit);
}

static void arm(struct referee *r, struct loop_timer *timer, uint64_t from,
		uint64_t limit_ns)
{
	if (limit_ns)
		loop_arm(r->loop, timer, from + limit_ns);
}

void referee_start(struct referee *referee)
{
	const struct config *config = referee->config;
	uint64_t start = referee->verdict->phase_ns[PHASE_START];

	arm(referee, &referee->timeout, start, config->timeout_ns);
	arm(referee, &referee->boot_timeout, start, config->boot_timeout_ns);
	arm(referee, &referee->silence, now_ns(), config->silence_ns);
	take_news(referee);
}

void referee_init(struct referee *referee, const struct config *config,
		  struct loop *loop, struct verdict *verdict,
		  const struct referee_ops *ops, void *arg)
{
	const struct watch_events events = { have_news, referee };

	*referee = (struct referee){ .config = config,
				     .loop = loop,
				     .verdict = verdict,
				     .ops = ops,
				     .arg = arg };
	referee->news = (struct loop_work){ .fn = take_news, .arg = referee };
	referee->look = (struct loop_timer){ .expired = look, .arg = referee };
	referee->patience = (struct loop_timer){ .expired = patience_ended,
						 .arg = referee };
	referee->timeout =
		(struct loop_timer){ .expired = timeout, .arg = referee };
	referee->boot_timeout =
		(struct loop_timer){ .expired = boot_timeout, .arg = referee };
	referee->silence =
		(struct loop_timer){ .expired = silence, .arg = referee };
	watch_init(&referee->watch, &config->script, &events);
}

void referee_free(struct referee *referee)
{
	loop_cancel(referee->loop, &referee->news);
	loop_disarm(referee->loop, &referee->look);
	loop_disarm(referee->loop, &referee->patience);
	loop_disarm(referee->loop, &referee->timeout);
	loop_disarm(referee->loop, &referee->boot_timeout);
	loop_disarm(referee->loop, &referee->silence);
	watch_free(&referee->watch);
}
