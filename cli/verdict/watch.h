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

/* How many bytes of a line are remembered, with its end. */
#define WATCH_LINE 256

/* The most recent output that is kept for reports. */
#define WATCH_TAIL 4096

struct watch_events {
	/* watch_news() has something new.  Any thread, under the lock. */
	void (*news)(void *arg);
	void *arg;
};

struct watch_news {
	/* Steps of the script that are done, and expectations among them. */
	size_t done, met;
	/* The last step is an expectation that was met, and the run ends with
	 * it. */
	bool satisfied;
	/* The worst forbidden thing that came before the script was done. */
	enum complaint complaint;
	/* The complaint is a panic whose last line has come. */
	bool last_words;
	/* The last line is unfinished: see watch_look(). */
	bool unfinished;
	/* Bit N: the console shows that enum guest_system N runs. */
	uint32_t systems;
	/* now_ns() of the first and the last byte, and of the first sign that
	 * the kernel starts its first process; 0: not yet. */
	uint64_t first_ns, last_ns, userspace_ns;
};

struct watch {
	const struct script *script;
	struct watch_events events;
	pthread_mutex_t lock;
	/* Everything below is under the lock. */
	struct watch_news news;
	/* The line with the complaint. */
	char complained[WATCH_LINE];
	/* The message that may give the cause of a later panic; empty: none. */
	char cause[WATCH_LINE];
	/* What expectations can still match: @text from @used on.  The
	 * unfinished line begins at @line or, if @cut, before @text. */
	char text[WATCH_TEXT];
	size_t len, used, line;
	bool cut;
	/* Where in @text the unfinished line continues after a carriage return,
	 * which on a screen is the beginning of the line; less than @line:
	 * nowhere.  And whether the last byte was a carriage return. */
	size_t returned;
	bool returns;
	struct symptoms symptoms;
	/* NULL: the run does not look for results, or they were handed on. */
	struct ktap *ktap;
	/* Merges the console and the job's outputs. */
	struct merge merge;
	/* The tail: byte N of the output is at N % WATCH_TAIL. */
	char tail[WATCH_TAIL];
	uint64_t n_tail;
};

/* @script must outlive @watch; @events is copied.  If there is no memory for
 * the results, one result is made up that says so. */
void watch_init(struct watch *watch, const struct script *script,
		const struct watch_events *events);
void watch_free(struct watch *watch);

/* The next @len bytes of @source.  They are searched as if all sources were the
 * console. */
void watch_output(struct watch *watch, enum merge_source source,
		  const uint8_t *buf, size_t len);

/* The console is opened for input.  Even a quiet Linux does that when it opens
 * the console for its first process.  Any thread. */
void watch_opened(struct watch *watch);

/* Match the unfinished line against what is expected. */
void watch_look(struct watch *watch);

/* The output is over: match the last line as if it were complete. */
void watch_end(struct watch *watch);

/* What is known now. */
struct watch_news watch_news(struct watch *watch);

/* Copy the line with the complaint, which must exist, to @line.  Returns
 * @line. */
const char *watch_complaint(struct watch *watch, char line[WATCH_LINE]);

/* Copy the message that gives the cause of the guest's panic to @line.  Returns
 * @line; NULL: there was none. */
const char *watch_cause(struct watch *watch, char line[WATCH_LINE]);

/* The end is decided: hand the results of the guest's own tests to the caller,
 * once.  False: the run did not look for any. */
bool watch_subtests(struct watch *watch, struct subtests *tests);

/* Copy the most recent output.  Returns its length. */
size_t watch_tail(struct watch *watch, char tail[WATCH_TAIL]);

#endif
