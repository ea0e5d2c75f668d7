/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/verdict/ktap.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"
#include "cli/verdict/klog.h"
#include "cli/verdict/ktap_line.h"

static struct subtest_text text_of(const char *text)
{
	return (struct subtest_text){ text, strlen(text) };
}

static struct subtest_text shortened(struct subtest_text text)
{
	text.len = MIN(text.len, KTAP_TEXT);
	return text;
}

static void keep_name(char name[KTAP_TEXT], struct subtest_text text)
{
	snprintf(name, KTAP_TEXT, "%.*s", (int)MIN(text.len, KTAP_TEXT),
		 text.text);
}

/* Keep a line for the next failure.  If there is no room, keep the last
 * lines. */
static void keep_output(struct ktap *k, const char *line, size_t len)
{
	size_t old;

	len = MIN(len, sizeof(k->output) / 4);
	while (k->n_output + len + 1 > sizeof(k->output)) {
		const char *end = memchr(k->output, '\n', k->n_output);

		old = (size_t)(end - k->output) + 1;
		k->n_output -= old;
		memmove(k->output, k->output + old, k->n_output);
	}
	memcpy(k->output + k->n_output, line, len);
	k->n_output += len;
	k->output[k->n_output++] = '\n';
}

/* Add a result at the level @depth of @s.  Results one level deeper that are
 * not part of another test are its parts. */
static void add(struct ktap *k, const struct ktap_stream *s, unsigned depth,
		enum subtest_result result, struct subtest_text name,
		struct subtest_text why)
{
	const struct subtest test = { .result = result,
				      .stream = (unsigned)(s - k->streams),
				      .depth = depth,
				      .parent = -1 };
	struct subtest_text output = { k->output, k->n_output };
	size_t from = depth < s->depth ? s->levels[depth].parts : k->tests.n;
	long at;

	if (result != SUBTEST_FAIL)
		output.len = 0;
	at = subtests_add(&k->tests, &test, shortened(name), shortened(why),
			  output);
	k->n_output = 0;
	for (size_t i = from; at >= 0 && i < (size_t)at; i++) {
		struct subtest *part = &k->tests.list[i];

		if (part->stream == test.stream && part->depth == depth + 1 &&
		    part->parent < 0)
			part->parent = at;
	}
}

static void fail(struct ktap *k, const struct ktap_stream *s, unsigned depth,
		 const char *name, const char *why)
{
	add(k, s, depth, SUBTEST_FAIL, text_of(name), text_of(why));
}

/* What is wrong with the number of results at @level, written to @text; NULL:
 * nothing.  KUnit does not restart its numbers at a new plan, so numbers show
 * that a result is missing only without a plan. */
static const char *is_missing(const struct ktap_level *level,
			      char text[KTAP_TEXT])
{
	if (level->skipped)
		return NULL;
	if (level->has_plan && level->came != level->plan)
		snprintf(text, KTAP_TEXT, "%u tests planned, %u results came",
			 level->plan, level->came);
	else if (!level->has_plan && level->highest > level->came)
		snprintf(text, KTAP_TEXT, "only %u results came, up to %u",
			 level->came, level->highest);
	else
		return NULL;
	return text;
}

/* The last level ends without a result of its group. */
static void break_off(struct ktap *k, struct ktap_stream *s)
{
	const struct ktap_level *level = &s->levels[s->depth - 1];
	char name[KTAP_TEXT], why[KTAP_TEXT];
	const char *missing = is_missing(level, why);

	s->depth--;
	if (!missing)
		missing = "it has no result";
	keep_name(name, text_of(*level->name ? level->name : "?"));
	s->levels[s->depth - 1].came++;
	fail(k, s, s->depth - 1, name, missing);
	s->levels[s->depth - 1].parts = k->tests.n;
}

static void break_off_to(struct ktap *k, struct ktap_stream *s, unsigned depth)
{
	while (s->depth > depth)
		break_off(k, s);
}

/* All results of @s end. */
static void end_results(struct ktap *k, struct ktap_stream *s)
{
	struct ktap_level *level = s->levels;
	char why[KTAP_TEXT];
	const char *missing;

	if (!s->depth)
		return;
	break_off_to(k, s, 1);
	missing = is_missing(level, why);
	if (!missing && !level->came && !level->skipped)
		missing = "not one result came";
	s->depth = 0;
	if (missing)
		fail(k, s, 0, *level->name ? level->name : "plan", missing);
}

static struct ktap_level *open_level(struct ktap *k, struct ktap_stream *s,
				     size_t column)
{
	struct ktap_level *level;

	/* Deeper levels count as of this one. */
	if (s->depth == KTAP_DEPTH)
		return &s->levels[KTAP_DEPTH - 1];
	level = &s->levels[s->depth++];
	*level = (struct ktap_level){ .column = column, .parts = k->tests.n };
	keep_name(level->name, text_of(s->next));
	s->next[0] = '\0';
	return level;
}

/* The level that @column belongs to: the deepest one that does not begin
 * further to the right. */
static unsigned depth_at(const struct ktap_stream *s, size_t column)
{
	unsigned depth = s->depth;

	while (depth > 1 && s->levels[depth - 1].column > column)
		depth--;
	return depth;
}

/* The level of @column.  All deeper levels end. */
static struct ktap_level *level_at(struct ktap *k, struct ktap_stream *s,
				   size_t column)
{
	unsigned depth = depth_at(s, column);

	break_off_to(k, s, depth);
	if (s->levels[depth - 1].column < column)
		return open_level(k, s, column);
	return &s->levels[depth - 1];
}

/* Whether the line belongs to the results: its column is that of a level, or it
 * is not behind a number sign, where people write any text. */
static bool belongs(const struct ktap_stream *s, const struct ktap_line *line)
{
	return !line->commented ||
	       s->levels[depth_at(s, line->column) - 1].column == line->column;
}

static bool is_new(const struct ktap_level *level)
{
	return !level->has_plan && !level->came;
}

static void take_version(struct ktap *k, struct ktap_stream *s,
			 const struct ktap_line *line)
{
	struct ktap_level *level;

	if (!s->depth && line->commented)
		return;
	k->begun = true;
	if (s->depth && line->column <= s->levels[0].column)
		end_results(k, s);
	if (!s->depth) {
		open_level(k, s, line->column);
		return;
	}
	level = level_at(k, s, line->column);
	if (is_new(level) || s->depth == KTAP_DEPTH)
		return;
	/* The group before it has no result. */
	break_off(k, s);
	open_level(k, s, line->column);
}

static void take_plan(struct ktap *k, struct ktap_stream *s,
		      const struct ktap_line *line)
{
	struct ktap_level *level = level_at(k, s, line->column);

	if (level->has_plan && s->depth > 1 && s->depth < KTAP_DEPTH) {
		break_off(k, s);
		level = open_level(k, s, line->column);
	}
	level->has_plan = true;
	level->plan = line->number;
	level->skipped = line->result == SUBTEST_SKIP;
	if (level->skipped && s->depth == 1)
		add(k, s, 0, SUBTEST_SKIP,
		    text_of(*level->name ? level->name : "plan"), line->why);
}

static void take_header(struct ktap *k, struct ktap_stream *s,
			const struct ktap_line *line)
{
	unsigned depth = depth_at(s, line->column);
	struct ktap_level *level = &s->levels[depth - 1];

	/* KUnit announces a group in the group's own column, TAP 14 in the
	 * column before. */
	if (level->column < line->column)
		level = open_level(k, s, line->column);
	else if (depth < s->depth || level->came || *level->name ||
		 (depth == 1 && level->has_plan))
		level = NULL;
	keep_name(level ? level->name : s->next, line->name);
}

/* Take the result in @line.  If its group has a level, that has the depth
 * @depth. */
static void take_result(struct ktap *k, struct ktap_stream *s,
			const struct ktap_line *line)
{
	unsigned depth = depth_at(s, line->column);
	struct subtest_text why = line->why;
	enum subtest_result result = line->result;
	char text[KTAP_TEXT];
	const char *missing = NULL;
	struct ktap_level *level = &s->levels[depth - 1];

	if (level->column < line->column && depth == s->depth) {
		level = open_level(k, s, line->column);
		depth = s->depth;
	}
	break_off_to(k, s, depth + 1);
	if (s->depth > depth)
		missing = is_missing(&s->levels[depth], text);
	if (missing && (result == SUBTEST_PASS || result == SUBTEST_FAIL)) {
		result = SUBTEST_FAIL;
		if (!why.len)
			why = text_of(missing);
	}
	level->came++;
	level->highest = MAX(level->highest, line->number);
	s->depth = depth;
	add(k, s, depth - 1, result, line->name, why);
	level->parts = k->tests.n;
}

/* A group, or everything, was given up: no more results of it come. */
static void bail_out(struct ktap *k, struct ktap_stream *s,
		     const struct ktap_line *line)
{
	level_at(k, s, line->column)->skipped = true;
	add(k, s, s->depth - 1, SUBTEST_FAIL, text_of("Bail out!"), line->why);
	if (s->depth == 1)
		s->depth = 0;
}

static void take(struct ktap *k, struct ktap_stream *s, const char *text,
		 size_t len)
{
	const struct ktap_line line = ktap_line_read(text, len);

	if (line.kind == KTAP_VERSION) {
		take_version(k, s, &line);
		return;
	}
	if (line.kind == KTAP_OTHER || !s->depth ||
	    (line.kind != KTAP_SUBTEST && !belongs(s, &line))) {
		if (len && (k->streams[0].depth || k->streams[1].depth))
			keep_output(k, text, len);
		return;
	}
	if (line.kind == KTAP_PLAN)
		take_plan(k, s, &line);
	else if (line.kind == KTAP_SUBTEST)
		take_header(k, s, &line);
	else if (line.kind == KTAP_RESULT)
		take_result(k, s, &line);
	else
		bail_out(k, s, &line);
}

/* Where in the @len bytes of @text a message of the kernel begins that was
 * written into the middle of a line. */
static size_t next_message(const char *text, size_t len)
{
	const char *p = len ? memchr(text + 1, '[', len - 1) : NULL;

	while (p && !klog_stamp(p, len - (size_t)(p - text)))
		p = memchr(p + 1, '[', len - (size_t)(p - text) - 1);
	return p ? (size_t)(p - text) : len;
}

void ktap_line(struct ktap *ktap, const char *text, size_t len)
{
	size_t skip = klog_prefix(text, len);

	for (;;) {
		size_t end = skip + next_message(text + skip, len - skip);
		bool is_log = skip > klog_noise(text, len);

		take(ktap, &ktap->streams[is_log], text + skip, end - skip);
		if (end == len)
			return;
		text += end;
		len -= end;
		skip = klog_stamp(text, len);
	}
}

void ktap_end(struct ktap *ktap)
{
	end_results(ktap, &ktap->streams[0]);
	end_results(ktap, &ktap->streams[1]);
	if (!ktap->begun)
		fail(ktap, ktap->streams, 0, "KTAP",
		     "no line \"KTAP version 1\" came on the console");
	subtests_finish(&ktap->tests);
}
