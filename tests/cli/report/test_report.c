/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * --report and --events: that they say what happened, in the form that
 * docs/report.schema.json promises.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/util.h"
#include "cli/report/report.h"
#include "cli/report/report_config.h"
#include "devices/net/net_config.h"
#include "tests/net_options.h"
#include "tests/unit.h"

/* Of JSON Schema, what docs/report.schema.json uses. */
static const char *complaint(const json_t *schema, const json_t *value);

static bool has_type(const char *type, const json_t *value)
{
	return strcmp(type, "object") == 0  ? json_is_object(value) :
	       strcmp(type, "array") == 0   ? json_is_array(value) :
	       strcmp(type, "string") == 0  ? json_is_string(value) :
	       strcmp(type, "integer") == 0 ? json_is_integer(value) :
					      json_is_number(value);
}

static const char *object_complaint(const json_t *schema, json_t *value)
{
	const json_t *properties = json_object_get(schema, "properties");
	const json_t *required = json_object_get(schema, "required");
	const char *key, *why;
	json_t *member;

	for (size_t i = 0; i < json_array_size(required); i++) {
		key = json_string_value(json_array_get(required, i));
		if (!json_object_get(value, key))
			return key;
	}
	json_object_foreach(value, key, member)
	{
		const json_t *sub = json_object_get(properties, key);

		if (!sub && json_is_false(json_object_get(
				    schema, "additionalProperties")))
			return key;
		why = sub ? complaint(sub, member) : NULL;
		if (why)
			return why;
	}
	return NULL;
}

static bool is_listed(const json_t *list, const json_t *value)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), value))
			return true;
	return false;
}

static const char *complaint(const json_t *schema, const json_t *value)
{
	const json_t *type = json_object_get(schema, "type");
	const json_t *constant = json_object_get(schema, "const");
	const json_t *list = json_object_get(schema, "enum");
	const json_t *items = json_object_get(schema, "items");
	const char *why = NULL;

	if (type && !has_type(json_string_value(type), value))
		return json_string_value(type);
	if (constant && !json_equal(constant, value))
		return "const";
	if (list && !is_listed(list, value))
		return "enum";
	if (json_is_object(value))
		return object_complaint(schema, (json_t *)(uintptr_t)value);
	for (size_t i = 0; items && i < json_array_size(value) && !why; i++)
		why = complaint(items, json_array_get(value, i));
	return why;
}

static char dir[] = "/tmp/report.XXXXXX";
static char path[64];

static void make_path(void)
{
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/report", dir);
}

static void remove_path(void)
{
	remove(path);
	rmdir(dir);
}

static json_t *load(const char *name)
{
	json_error_t error;
	json_t *json = json_load_file(name, 0, &error);

	ck_assert_msg(json, "%s: %s", name, error.text);
	return json;
}

static char a_name[] = "a name";

static const struct verdict verdict = {
	.word = VERDICT_PANIC,
	.code = 16,
	.reason = "Kernel panic: \"x\" \xff",
	.phase_ns = { [PHASE_START] = NSEC_PER_SEC,
		      [PHASE_HOST] = 2 * NSEC_PER_SEC,
		      [PHASE_END] = 4 * NSEC_PER_SEC },
};

START_TEST(keeps_to_its_schema)
{
	struct report_config config = { .file = path };
	struct report report;
	json_t *json, *schema = load("docs/report.schema.json"), *phases;
	const char *why;

	make_path();
	ck_assert_int_eq(report_open(&report, &config, a_name, NSEC_PER_SEC),
			 0);
	ck_assert_int_eq(report_close(&report, &verdict, 100), 0);
	json = load(path);
	why = complaint(schema, json);
	ck_assert_msg(!why, "%s", why);
	ck_assert_str_eq(json_string_value(json_object_get(json, "verdict")),
			 "panic");
	ck_assert_int_eq(json_integer_value(json_object_get(json, "code")), 16);
	phases = json_object_get(json, "phases");
	ck_assert_double_eq(json_number_value(json_object_get(phases, "end")),
			    3);
	ck_assert_ptr_null(json_object_get(phases, "userspace"));
	ck_assert_uint_gt(json_array_size(json_object_get(json, "command")), 0);
	/* The judge itself is not to be fooled. */
	json_object_del(json, "reason");
	ck_assert_str_eq(complaint(schema, json), "reason");
	json_object_set_new(json, "reason", json_integer(1));
	ck_assert_str_eq(complaint(schema, json), "string");
	json_decref(json);
	json_decref(schema);
	remove_path();
}
END_TEST

START_TEST(tells_forwards)
{
	struct report_config config = { .file = path };
	struct net_config net = { .enabled = true };
	struct report report;
	json_t *json, *forwards, *schema = load("docs/report.schema.json");

	make_path();
	ck_assert_int_eq(publish_option(&net.forwards, "8080:80"), 0);
	ck_assert_int_eq(publish_option(&net.forwards, "5353:53/udp"), 0);
	/* No text, but a file's name.  It isn't open, and there is none. */
	ck_assert_int_eq(publish_option(&net.forwards, "unix:/a\xff:80"), 0);
	ck_assert_int_eq(report_open(&report, &config, a_name, now_ns()), 0);
	report_forwards(&report, &net);
	ck_assert_int_eq(report_close(&report, &verdict, 100), 0);
	json = load(path);
	ck_assert_ptr_null(complaint(schema, json));
	forwards = json_object_get(json, "forwards");
	ck_assert_uint_eq(json_array_size(forwards), 3);
	ck_assert_str_eq(json_string_value(json_object_get(
				 json_array_get(forwards, 0), "host")),
			 "127.0.0.1:8080");
	ck_assert_str_eq(json_string_value(json_object_get(
				 json_array_get(forwards, 1), "protocol")),
			 "udp");
	ck_assert_str_eq(json_string_value(json_object_get(
				 json_array_get(forwards, 2), "host")),
			 "/a?");
	json_decref(json);
	json_decref(schema);
	forwards_free(&net.forwards);
	remove_path();
}
END_TEST

/* Each phase once, when it is first told. */
START_TEST(events_are_lines)
{
	static const char wanted[] =
		"{\"event\":\"start\",\"seconds\":0.0}\n"
		"{\"event\":\"host_ready\",\"seconds\":1.0}\n"
		"{\"event\":\"end\",\"seconds\":3.0}\n"
		"{\"event\":\"verdict\",\"seconds\":3.0,\"verdict\":\"panic\","
		"\"code\":16,\"reason\":\"Kernel panic: \\\"x\\\" ?\"}\n";
	struct report_config config = { 0 };
	struct report report;
	char text[1024] = "";
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	config.events_fd = (unsigned)fds[1];
	ck_assert_int_eq(report_open(&report, &config, a_name, NSEC_PER_SEC),
			 0);
	report_phase(&report, PHASE_HOST, 2 * NSEC_PER_SEC);
	report_phase(&report, PHASE_HOST, 3 * NSEC_PER_SEC);
	report_phase(&report, PHASE_CONSOLE, 0);
	ck_assert_int_eq(report_close(&report, &verdict, 1000), 0);
	ck_assert_int_gt(read(fds[0], text, sizeof(text) - 1), 0);
	ck_assert_str_eq(text, wanted);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

START_TEST(what_cannot_be_written)
{
	static char nowhere[] = "/nowhere/report", full[] = "/dev/full";
	struct report_config config = { .file = nowhere };
	struct report report;

	ck_assert_int_lt(report_open(&report, &config, a_name, 1), 0);
	ck_assert_int_eq(report_close(&report, &verdict, 100), 0);
	/* It could take an hour to find that out. */
	config.file = NULL;
	config.junit = nowhere;
	ck_assert_int_lt(report_open(&report, &config, a_name, 1), 0);
	ck_assert_int_eq(report_close(&report, &verdict, 100), 0);
	config.junit = NULL;
	config.file = full;
	ck_assert_int_eq(report_open(&report, &config, a_name, 1), 0);
	report_write(&report, &verdict);
	ck_assert_int_lt(report_close(&report, &verdict, 100), 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		keeps_to_its_schema,	tells_forwards, events_are_lines,
		what_cannot_be_written, NULL,
	};

	return unit_run(unit_suite("report", tests));
}
