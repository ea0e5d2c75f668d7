/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * limits.h - how long a run may take
 *
 * The time-outs of a run: in all, until it has booted, without a byte on the
 * console, and until a port answers.  The referee hears which of them expired,
 * and decides what that means.
 *
 * Time for which the whole process was stopped does not count: the loop puts
 * off its timers, and limits_stopped() tells of it.
 *
 * Threads: the main thread.
 */
#ifndef CLI_VERDICT_LIMITS_H
#define CLI_VERDICT_LIMITS_H

#include <stdint.h>

#include "base/loop.h"

struct observed;
struct verdict_config;
struct watch;

/* What is called when a limit is exceeded: @o has the ending, the limit, and
 * the port if it is one's.  It may be called more than once, each time for
 * another limit. */
struct limits_events {
	void (*exceeded)(void *arg, struct observed *o);
	void *arg;
};

struct limits {
	const struct verdict_config *config;
	struct loop *loop;
	struct watch *watch;
	struct limits_events events;
	struct loop_timer timeout, boot_timeout, silence, unanswered;
	/* now_ns() when the program began. */
	uint64_t start_ns;
	/* How long the process was stopped in all, and until when, last. */
	uint64_t stopped_ns, resumed_ns;
};

/* No limit counts yet.  @config, @loop and @watch must stay; @events is
 * copied. */
void limits_init(struct limits *limits, const struct verdict_config *config,
		 struct loop *loop, struct watch *watch,
		 const struct limits_events *events);
void limits_free(struct limits *limits);

/* All but that of silence count from @start_ns, and expire from now on. */
void limits_start(struct limits *limits, uint64_t start_ns);

/* The guest is about to run: its silence counts from now on. */
void limits_guest_starts(struct limits *limits);

/* The process was stopped for @ns. */
void limits_stopped(struct limits *limits, uint64_t ns);

#endif
