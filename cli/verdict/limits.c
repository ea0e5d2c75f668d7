/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/verdict/limits.h"

#include "base/util.h"
#include "cli/verdict/verdict.h"
#include "cli/verdict/verdict_config.h"
#include "cli/verdict/watch.h"

static void exceed(struct limits *l, enum ending ending, uint64_t limit_ns,
		   unsigned port)
{
	l->events.exceeded(l->events.arg,
			   &(struct observed){ .ending = ending,
					       .limit_ns = limit_ns,
					       .port = port });
}

static void timeout(void *arg)
{
	struct limits *l = arg;

	exceed(l, ENDING_TIMEOUT, l->config->timeout_ns, 0);
}

/* Booted is what has met the first expectation or, if there is none, has
 * come to its first process, as far as one can see. */
static void boot_timeout(void *arg)
{
	struct limits *l = arg;
	struct watch_news news = watch_news(l->watch);
	bool booted =
		l->config->script.n_expects ? news.met : news.userspace_ns;

	if (!booted)
		exceed(l, ENDING_BOOT_TIMEOUT, l->config->boot_timeout_ns, 0);
}

static void silence(void *arg)
{
	struct limits *l = arg;
	uint64_t limit = l->config->silence_ns;
	uint64_t last = watch_news(l->watch).last_ns;

	last = MAX(last, l->silence.deadline_ns - limit);
	last = MAX(last, l->resumed_ns);
	if (now_ns() - last >= limit)
		exceed(l, ENDING_SILENCE, limit, 0);
	else
		loop_arm(l->loop, &l->silence, last + limit);
}

static void unanswered(void *arg)
{
	struct limits *l = arg;
	const struct wait_ports *ports = &l->config->wait;
	uint64_t start = l->start_ns + l->stopped_ns;
	const struct wait_port *port =
		wait_ports_missing(ports, now_ns() - start);
	uint64_t limit = wait_ports_limit(ports);

	if (port)
		exceed(l, ENDING_UNANSWERED, port->limit_ns, port->port);
	else if (limit)
		loop_arm(l->loop, &l->unanswered, start + limit);
}

static void arm(struct limits *l, struct loop_timer *timer, uint64_t from,
		uint64_t limit_ns)
{
	if (limit_ns)
		loop_arm(l->loop, timer, from + limit_ns);
}

void limits_start(struct limits *limits, uint64_t start_ns)
{
	const struct verdict_config *config = limits->config;

	limits->start_ns = start_ns;
	arm(limits, &limits->timeout, start_ns, config->timeout_ns);
	arm(limits, &limits->boot_timeout, start_ns, config->boot_timeout_ns);
	arm(limits, &limits->unanswered, start_ns,
	    wait_ports_limit(&config->wait));
}

void limits_guest_starts(struct limits *limits)
{
	arm(limits, &limits->silence, now_ns(), limits->config->silence_ns);
}

void limits_stopped(struct limits *limits, uint64_t ns)
{
	limits->resumed_ns = now_ns();
	limits->stopped_ns += ns;
}

void limits_init(struct limits *limits, const struct verdict_config *config,
		 struct loop *loop, struct watch *watch,
		 const struct limits_events *events)
{
	*limits = (struct limits){
		.config = config,
		.loop = loop,
		.watch = watch,
		.events = *events,
		.timeout = { .expired = timeout, .arg = limits, .limit = true },
		.boot_timeout = { .expired = boot_timeout,
				  .arg = limits,
				  .limit = true },
		.silence = { .expired = silence, .arg = limits, .limit = true },
		.unanswered = { .expired = unanswered,
				.arg = limits,
				.limit = true },
	};
}

void limits_free(struct limits *limits)
{
	loop_disarm(limits->loop, &limits->timeout);
	loop_disarm(limits->loop, &limits->boot_timeout);
	loop_disarm(limits->loop, &limits->silence);
	loop_disarm(limits->loop, &limits->unanswered);
}
