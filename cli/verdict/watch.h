/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * watch.h - reads the guest's console along with the user
 *
 * Every byte is looked at once, in order, by the vCPU thread that sends it,
 * so what a guest says before it ends is known when its end is judged.  A
 * line is matched when it is complete; an expectation, for the sake of
 * prompts, also against a line that is not, when the main thread asks.
 *
 * Patterns do not see carriage returns.  A line longer than WATCH_TEXT is
 * matched in pieces that overlap by half of that.
 *
 * Threads: watch_output() from any, the others from the main thread; one
 * lock.  Trust: the guest sends what it likes; memory is bounded, and the time
 * that WATCH_TEXT bytes take is short, whatever the patterns
 * (cli/verdict/pattern.h).
 */
#ifndef CLI_VERDICT_WATCH_H
#define CLI_VERDICT_WATCH_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/verdict/ktap.h"
#include "cli/verdict/merge.h"
#include "cli/verdict/script.h"
#include "cli/verdict/symptoms.h"
#include "cli/verdict/verdict.h"

#define WATCH_TEXT 8192

/* What of a line is remembered, with its end. */
#define WATCH_LINE 256

/* The most recent output that is kept for reports. */
#define WATCH_TAIL 4096

struct watch_events {
	/* watch_news() has some.  Any thread, under the lock. */
	void (*news)(void *arg);
	void *arg;
};

struct watch_news {
	/* Steps of the script that are done, and expectations among them. */
	size_t done, met;
	/* The last step was met, it was an expectation, and the run ends with
	 * it. */
	bool satisfied;
	/* The worst of what was forbidden and came, before the script was
	 * done. */
	enum complaint complaint;
	/* It was a panic that has been told to its end. */
	bool last_words;
	/* The last line is not complete: see watch_look(). */
	bool unfinished;
	/* Bit N: the console shows that enum guest_system N runs. */
	uint32_t systems;
	/* now_ns() of the first and the last byte, and of the first sign
	 * that the kernel starts its first process; 0: none yet. */
	uint64_t first_ns, last_ns, userspace_ns;
};

struct watch {
	const struct script *script;
	struct watch_events events;
	pthread_mutex_t lock;
	/* All below under the lock. */
	struct watch_news news;
	/* The line with the complaint. */
	char complained[WATCH_LINE];
	/* What was said of the cause of a panic to come; empty: nothing. */
	char cause[WATCH_LINE];
	/* What expectations can still match: @text from @used on.  The line
	 * that is not complete begins at @line; or, if @cut, before @text. */
	char text[WATCH_TEXT];
	size_t len, used, line;
	bool cut;
	/* Where in @text the line went on behind a carriage return, which is
	 * the beginning of a line on a screen; before @line: it did not.  The
	 * last byte was one. */
	size_t returned;
	bool returns;
	struct symptoms symptoms;
	/* NULL: results are not looked for, or have been handed on. */
	struct ktap *ktap;
	/* Of the console and the job's outputs. */
	struct merge merge;
	/* The tail: byte N of the output is at N % WATCH_TAIL. */
	char tail[WATCH_TAIL];
	uint64_t n_tail;
};

/* @script must stay; @events is copied.  Without memory for results there is to
 * be one, that something has failed. */
void watch_init(struct watch *watch, const struct script *script,
		const struct watch_events *events);
void watch_free(struct watch *watch);

/* The next @len bytes of @source, which are looked at as if all came by the
 * console. */
void watch_output(struct watch *watch, enum merge_source source,
		  const uint8_t *buf, size_t len);

/* The console is taken into use for input: Linux, be it ever so quiet, does
 * that when it opens the console for its first process.  Any thread. */
void watch_opened(struct watch *watch);

/* Match the line that is not complete against what is expected. */
void watch_look(struct watch *watch);

/* There will be no more: match the last line as if it were complete. */
void watch_end(struct watch *watch);

/* What is known now. */
struct watch_news watch_news(struct watch *watch);

/* The line that the complaint stands in, which there must be; @line. */
const char *watch_complaint(struct watch *watch, char line[WATCH_LINE]);

/* What the guest said before that it panicked for, in @line; NULL: nothing. */
const char *watch_cause(struct watch *watch, char line[WATCH_LINE]);

/* The end is decided: the results of the guest's own tests, which are the
 * caller's now; once.  False: none were looked for. */
bool watch_subtests(struct watch *watch, struct subtests *tests);

/* Copy the most recent output; its length. */
size_t watch_tail(struct watch *watch, char tail[WATCH_TAIL]);

#endif
