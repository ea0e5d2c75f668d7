/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/verdict/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/verdict/watch_line.h"

/* Once the end is decided, nothing more is expected. */
static bool decided(const struct watch *watch)
{
	return watch->news.satisfied || watch->news.complaint;
}

static bool match_expect(struct watch *watch, const struct step *step)
{
	size_t used = watch->used, end;
	bool begins = used ? watch->text[used - 1] == '\n' : !watch->cut;

	if (!pattern_find(&step->pattern, watch->text + used, watch->len - used,
			  PATTERN_NOT_EOL | (begins ? 0 : PATTERN_NOT_BOL),
			  &end))
		return false;
	watch->used += end;
	watch->news.met++;
	return true;
}

/* Go on in the script as far as the text allows. */
static void run_script(struct watch *watch)
{
	const struct script *script = watch->script;
	struct watch_news *news = &watch->news;
	size_t before = news->done;

	while (!decided(watch) && news->done < script->n_steps) {
		const struct step *step = &script->steps[news->done];

		if (step->kind == STEP_EXPECT && !match_expect(watch, step))
			break;
		news->done++;
		news->satisfied = step->kind == STEP_EXPECT &&
				  news->done == script->n_steps &&
				  !script->goes_on;
	}
	if (news->done != before)
		watch_tell(watch);
}

/* Whether what is expected now can match across lines. */
static bool across_lines(const struct watch *watch)
{
	size_t done = watch->news.done;

	return done < watch->script->n_steps &&
	       watch->script->steps[done].pattern.lines;
}

static void forget(struct watch *watch, size_t n)
{
	memmove(watch->text, watch->text + n, watch->len - n);
	watch->len -= n;
	watch->used -= MIN(n, watch->used);
	watch->cut = n > watch->line;
	watch->line -= MIN(n, watch->line);
	watch->returned -= MIN(n, watch->returned);
}

/* Read a line of results; of a line that is too long for the room, its
 * beginning.  The text after a carriage return is what a screen would show. */
static void read_results(struct watch *watch)
{
	const char *line = watch->text + watch->line;
	size_t len = watch->len - watch->line;
	size_t returned = watch->returned - MIN(watch->returned, watch->line);

	if (!watch->ktap || watch->cut)
		return;
	len -= len && line[len - 1] == '\n';
	if (returned && returned < len)
		ktap_line(watch->ktap, line, returned);
	else
		returned = 0;
	ktap_line(watch->ktap, line + returned, len - returned);
}

static void end_line(struct watch *watch)
{
	run_script(watch);
	watch_line(watch);
	watch_landmarks(watch);
	read_results(watch);
	watch->line = watch->len;
	watch->cut = false;
	if (!across_lines(watch))
		forget(watch, watch->len);
}

/* Make room if there is none: drop half of the text, after it was searched. */
static void make_room(struct watch *watch)
{
	if (watch->len < sizeof(watch->text))
		return;
	run_script(watch);
	watch_line(watch);
	if (watch->line < sizeof(watch->text) / 2)
		read_results(watch);
	forget(watch, sizeof(watch->text) / 2);
}

static void take(struct watch *watch, char c)
{
	if (c == '\r') {
		watch->returns = true;
		return;
	}
	watch->tail[watch->n_tail++ % WATCH_TAIL] = c;
	make_room(watch);
	if (watch->returns && c != '\n')
		watch->returned = watch->len;
	watch->returns = false;
	watch->text[watch->len++] = c;
	if (c == '\n')
		end_line(watch);
}

/* Have the main thread look at the unfinished line, if a prompt may be
 * awaited. */
static void note_unfinished(struct watch *watch)
{
	struct watch_news *news = &watch->news;

	if (news->unfinished || watch->len == watch->line || decided(watch) ||
	    news->done == watch->script->n_steps)
		return;
	news->unfinished = true;
	watch_tell(watch);
}

static void take_all(void *arg, const uint8_t *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		take(arg, (char)buf[i]);
}

/* Hands on what waits for a line of the job's to end, which may never do so, if
 * the kernel has said there that it is broken.  @known bytes of that were
 * looked at before. */
static void hurry(struct watch *watch, size_t known)
{
	struct symptoms symptoms = watch->symptoms;
	const char *text =
		(const char *)watch->merge.source[MERGE_CONSOLE].held;
	size_t n = watch->merge.source[MERGE_CONSOLE].n;
	const char *line = memrchr(text, '\n', known <= n ? known : 0), *end;

	for (line = line ? line + 1 : text;
	     (end = memchr(line, '\n', (size_t)(text + n - line)));
	     line = end + 1)
		if (symptoms_find(&symptoms, line, (size_t)(end - line), 0)
			    .symptom >= SYMPTOM_OOPS) {
			merge_end(&watch->merge);
			return;
		}
}

void watch_output(struct watch *watch, enum merge_source source,
		  const uint8_t *buf, size_t len)
{
	size_t known;

	pthread_mutex_lock(&watch->lock);
	watch->news.last_ns = now_ns();
	if (!watch->news.first_ns) {
		watch->news.first_ns = watch->news.last_ns;
		watch_tell(watch);
	}
	known = watch->merge.source[MERGE_CONSOLE].n;
	merge_add(&watch->merge, source, buf, len);
	hurry(watch, known);
	note_unfinished(watch);
	pthread_mutex_unlock(&watch->lock);
}

void watch_opened(struct watch *watch)
{
	pthread_mutex_lock(&watch->lock);
	watch_userspace(watch);
	pthread_mutex_unlock(&watch->lock);
}

void watch_look(struct watch *watch)
{
	pthread_mutex_lock(&watch->lock);
	watch->news.unfinished = false;
	run_script(watch);
	pthread_mutex_unlock(&watch->lock);
}

void watch_end(struct watch *watch)
{
	pthread_mutex_lock(&watch->lock);
	merge_end(&watch->merge);
	if (watch->len > watch->line) {
		make_room(watch);
		watch->text[watch->len++] = '\n';
		end_line(watch);
	}
	pthread_mutex_unlock(&watch->lock);
}

struct watch_news watch_news(struct watch *watch)
{
	struct watch_news news;

	pthread_mutex_lock(&watch->lock);
	news = watch->news;
	pthread_mutex_unlock(&watch->lock);
	return news;
}

const char *watch_complaint(struct watch *watch, char line[WATCH_LINE])
{
	pthread_mutex_lock(&watch->lock);
	memcpy(line, watch->complained, WATCH_LINE);
	pthread_mutex_unlock(&watch->lock);
	return line;
}

const char *watch_cause(struct watch *watch, char line[WATCH_LINE])
{
	pthread_mutex_lock(&watch->lock);
	memcpy(line, watch->cause, WATCH_LINE);
	pthread_mutex_unlock(&watch->lock);
	return *line ? line : NULL;
}

bool watch_subtests(struct watch *watch, struct subtests *tests)
{
	struct ktap *ktap;

	pthread_mutex_lock(&watch->lock);
	ktap = watch->ktap;
	watch->ktap = NULL;
	pthread_mutex_unlock(&watch->lock);
	*tests = (struct subtests){ 0 };
	if (ktap) {
		ktap_end(ktap);
		*tests = ktap->tests;
		free(ktap);
	} else {
		tests->count[SUBTEST_FAIL] = tests->left_out = 1;
	}
	return watch->script->ktap;
}

size_t watch_tail(struct watch *watch, char tail[WATCH_TAIL])
{
	uint64_t at;
	size_t n = 0;

	pthread_mutex_lock(&watch->lock);
	at = watch->n_tail - MIN(watch->n_tail, WATCH_TAIL);
	while (at < watch->n_tail)
		tail[n++] = watch->tail[at++ % WATCH_TAIL];
	pthread_mutex_unlock(&watch->lock);
	return n;
}

void watch_init(struct watch *watch, const struct script *script,
		const struct watch_events *events)
{
	*watch = (struct watch){ .script = script,
				 .events = *events,
				 .merge = { .take = take_all, .arg = watch } };
	pthread_mutex_init(&watch->lock, NULL);
	if (script->ktap)
		watch->ktap = calloc(1, sizeof(*watch->ktap));
	/* A script may begin with something to send. */
	run_script(watch);
}

void watch_free(struct watch *watch)
{
	pthread_mutex_destroy(&watch->lock);
	if (watch->ktap)
		subtests_free(&watch->ktap->tests);
	free(watch->ktap);
}
