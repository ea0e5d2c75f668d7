/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/verdict/watch_line.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "cli/verdict/cause.h"
#include "cli/verdict/watch.h"

/* The last line of a panic, after which Linux stops without a reset. */
static const char last_words[] = "---[ end Kernel panic";

/* What Linux says before it starts the first process, unless it is quiet. */
static const char runs_init[] = " as init process";

/* Whether @needle is in @len bytes at @text. */
static bool has(const char *text, size_t len, const char *needle)
{
	return memmem(text, len, needle, strlen(needle));
}

void watch_tell(struct watch *watch)
{
	watch->events.news(watch->events.arg);
}

static void complain(struct watch *watch, enum complaint complaint,
		     const char *text, size_t len)
{
	if (watch->news.satisfied || complaint <= watch->news.complaint)
		return;
	watch->news.complaint = complaint;
	snprintf(watch->complained, sizeof(watch->complained), "%.*s",
		 (int)MIN(len, sizeof(watch->complained)), text);
	watch_tell(watch);
}

static enum complaint complaint_of(const struct script *script,
				   enum symptom symptom)
{
	switch (symptom) {
	case SYMPTOM_PANIC:
		return script->no_symptoms ? COMPLAINT_PANIC : COMPLAINT_NONE;
	case SYMPTOM_OOPS:
		return script->no_symptoms ? COMPLAINT_OOPS : COMPLAINT_NONE;
	case SYMPTOM_WARNING:
		return script->no_warnings ? COMPLAINT_FORBIDDEN :
					     COMPLAINT_NONE;
	case SYMPTOM_NONE:
		break;
	}
	return COMPLAINT_NONE;
}

static void check_symptoms(struct watch *watch, const char *text, size_t len,
			   size_t start)
{
	struct symptom_found found =
		symptoms_find(&watch->symptoms, text, len, start);

	watch->news.systems = watch->symptoms.seen;
	complain(watch, complaint_of(watch->script, found.symptom), found.text,
		 found.len);
}

/* The user's patterns.  A match is reported without the time before the
 * line. */
static void check_patterns(struct watch *watch, const char *line, size_t len,
			   int around)
{
	const struct script *script = watch->script;
	const char *end = len && line[0] == '[' ? memchr(line, ']', len) : NULL;
	size_t skip = end ? (size_t)(end - line) + 1 : 0;

	skip += skip && skip < len && line[skip] == ' ';
	for (size_t i = 0; i < script->n_forbidden; i++)
		if (pattern_in(&script->forbidden[i], line, len, around))
			complain(watch, COMPLAINT_FORBIDDEN, line + skip,
				 len - skip);
}

void watch_line(struct watch *watch)
{
	const char *line = watch->text + watch->line;
	size_t len = watch->len - watch->line;
	bool ended = len && line[len - 1] == '\n';
	size_t returned = watch->returned - MIN(watch->returned, watch->line);

	len -= ended;
	check_symptoms(watch, line, len, watch->cut ? len : 0);
	if (returned && returned < len)
		check_symptoms(watch, line + returned, len - returned, 0);
	check_patterns(watch, line, len,
		       (watch->cut ? PATTERN_NOT_BOL : 0) |
			       (ended ? 0 : PATTERN_NOT_EOL));
}

void watch_userspace(struct watch *watch)
{
	if (watch->news.userspace_ns)
		return;
	watch->news.userspace_ns = now_ns();
	watch_tell(watch);
}

/* The last message counts, but none after a panic. */
static void note_cause(struct watch *watch, const char *line, size_t len)
{
	const char *cause = cause_find(line, len);

	if (!cause || watch->news.complaint == COMPLAINT_PANIC)
		return;
	len -= (size_t)(cause - line);
	len -= len && cause[len - 1] == '\n';
	snprintf(watch->cause, sizeof(watch->cause), "%.*s",
		 (int)MIN(len, sizeof(watch->cause)), cause);
}

void watch_landmarks(struct watch *watch)
{
	const char *line = watch->text + watch->line;
	size_t len = watch->len - watch->line;

	if (watch->news.complaint == COMPLAINT_PANIC &&
	    has(line, len, last_words)) {
		watch->news.last_words = true;
		watch_tell(watch);
	}
	if (has(line, len, runs_init))
		watch_userspace(watch);
	note_cause(watch, line, len);
}
