/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/report/stats_out.h"

#include <assert.h>
#include <string.h>

enum { WIDTH = 76 };

static void json_begin(void *arg, const char *name)
{
	struct stats_json *out = arg;
	json_t *object = json_object();

	assert(out->depth + 1 < STATS_DEPTH);
	if (json_object_set_new(out->stack[out->depth], name, object) < 0)
		out->failed = true;
	out->stack[++out->depth] = object;
}

static void json_end(void *arg)
{
	struct stats_json *out = arg;

	out->depth--;
}

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *histogram(const uint64_t *bucket)
{
	json_t *array = json_array();
	unsigned n = COUNT_BUCKETS;

	while (n && !bucket[n - 1])
		n--;
	for (unsigned i = 0; i < n; i++)
		json_array_append_new(array, number(bucket[i]));
	return array;
}

static void json_counter(void *arg, const struct count_spec *spec,
			 const uint64_t *value)
{
	struct stats_json *out = arg;
	json_t *json = spec->kind == COUNT_HISTOGRAM ? histogram(value) :
						       number(*value);

	if (json_object_set_new(out->stack[out->depth], spec->name, json) < 0)
		out->failed = true;
}

void stats_json_init(struct stats_json *out, json_t *root)
{
	*out = (struct stats_json){
		.view = { json_begin, json_counter, json_end, out },
		.stack = { root },
	};
}

static void flush(struct stats_text *out)
{
	if (out->len)
		out->line(out->arg, out->text);
	out->len = 0;
}

static void begin_line(struct stats_text *out)
{
	for (unsigned i = 0; i < out->depth; i++)
		out->len += (size_t)snprintf(
			out->text + out->len, sizeof(out->text) - out->len,
			"%s%s", out->group[i], i + 1 < out->depth ? " " : ":");
}

/* Names are short, so a line and a word fit the buffer. */
static void add(struct stats_text *out, const char *word)
{
	if (out->len + 2 + strlen(word) > WIDTH)
		flush(out);
	if (!out->len)
		begin_line(out);
	else
		out->text[out->len++] = ',';
	out->len += (size_t)snprintf(out->text + out->len,
				     sizeof(out->text) - out->len, " %s", word);
	assert(out->len < sizeof(out->text));
}

static void text_begin(void *arg, const char *name)
{
	struct stats_text *out = arg;

	assert(out->depth < STATS_DEPTH);
	flush(out);
	out->group[out->depth++] = name;
}

static void text_end(void *arg)
{
	struct stats_text *out = arg;

	flush(out);
	out->depth--;
}

static void text_counter(void *arg, const struct count_spec *spec,
			 const uint64_t *value)
{
	bool buckets = spec->kind == COUNT_HISTOGRAM;
	unsigned n = buckets ? COUNT_BUCKETS : 1;
	char word[64];

	for (unsigned i = 0; i < n; i++) {
		if (!value[i])
			continue;
		if (buckets)
			snprintf(word, sizeof(word), "%s<%llu %llu", spec->name,
				 2ULL << i, (unsigned long long)value[i]);
		else
			snprintf(word, sizeof(word), "%s %llu", spec->name,
				 (unsigned long long)value[i]);
		add(arg, word);
	}
}

void stats_text_init(struct stats_text *out,
		     void (*line)(void *arg, const char *text), void *arg)
{
	*out = (struct stats_text){
		.view = { text_begin, text_counter, text_end, out },
		.line = line,
		.arg = arg,
	};
}
