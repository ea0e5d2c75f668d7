/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of --trace, as a viewer reads it. */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/report/trace_file.h"
#include "tests/unit.h"

static char path[] = "/tmp/trace-XXXXXX";
static struct trace_file file;
static json_t *root, *events;

static void set_up(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(trace_file_open(&file, path, 1000), 0);
}

static void tear_down(void)
{
	json_decref(root);
	unlink(path);
}

static const char *string(const json_t *event, const char *key)
{
	const char *text = json_string_value(json_object_get(event, key));

	return text ? text : "";
}

static double number(const json_t *event, const char *key)
{
	return json_number_value(json_object_get(event, key));
}

/* Event @i that is not about a track. */
static const json_t *event_at(size_t i)
{
	const json_t *event;
	size_t at;

	json_array_foreach(events, at, event)
	{
		if (strcmp(string(event, "ph"), "M") != 0 && i-- == 0)
			return event;
	}
	return NULL;
}

/* The name of the track that @event is on. */
static const char *track_of(const json_t *event)
{
	const json_t *meta;
	size_t at;

	json_array_foreach(events, at, meta)
	{
		if (strcmp(string(meta, "name"), "thread_name") == 0 &&
		    number(meta, "tid") == number(event, "tid"))
			return string(json_object_get(meta, "args"), "name");
	}
	return NULL;
}

/* The rules of the Trace Event Format for one event: its kind, the thread that
 * it is on, which has a name, when it was, and how long a span took. */
static void check_event(const json_t *event)
{
	const char *kind = string(event, "ph");
	bool span = strcmp(kind, "X") == 0, moment = strcmp(kind, "i") == 0;

	ck_assert_int_eq(json_integer_value(json_object_get(event, "pid")), 1);
	ck_assert_str_ne(string(event, "name"), "");
	if (strcmp(kind, "M") == 0)
		return;
	ck_assert_msg(span || moment, "an event of kind \"%s\"", kind);
	ck_assert(json_is_integer(json_object_get(event, "tid")));
	ck_assert_ptr_nonnull(track_of(event));
	ck_assert(json_is_real(json_object_get(event, "ts")));
	ck_assert_double_ge(number(event, "ts"), 0);
	ck_assert_int_eq(json_is_real(json_object_get(event, "dur")), span);
	ck_assert_double_ge(number(event, "dur"), 0);
	ck_assert_str_eq(string(event, "s"), moment ? "t" : "");
}

static void finish(void)
{
	json_error_t error;
	const json_t *event;
	size_t at;

	ck_assert_int_eq(trace_file_close(&file), 0);
	root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	ck_assert_msg(root != NULL, "%d: %s", error.line, error.text);
	events = json_object_get(root, "traceEvents");
	ck_assert(json_is_array(events));
	json_array_foreach(events, at, event)
	{
		check_event(event);
	}
}

static void record(enum trace_kind kind, uint16_t track, uint64_t value,
		   uint64_t begin_ns, uint64_t end_ns)
{
	trace_record(trace_file_trace(&file), track, kind, value, begin_ns,
		     end_ns);
}

START_TEST(nothing_asked_for)
{
	struct trace_file none;

	ck_assert_int_eq(trace_file_open(&none, NULL, 0), 0);
	ck_assert_ptr_null(trace_file_trace(&none));
	trace_file_console(&none, (const uint8_t *)"a\n", 2);
	ck_assert_int_eq(trace_file_close(&none), 0);
	finish();
}
END_TEST

START_TEST(names)
{
	static const struct {
		enum trace_kind kind;
		const char *name;
	} all[] = {
		{ TRACE_GUEST, "guest" },
		{ TRACE_PORT_READ, "port 0xcfc read" },
		{ TRACE_PORT_WRITE, "port 0xcfc write" },
		{ TRACE_MMIO_READ, "mmio 0xcfc read" },
		{ TRACE_MMIO_WRITE, "mmio 0xcfc write" },
		{ TRACE_SIGNAL, "signal" },
		{ TRACE_OTHER, "other exit" },
		{ TRACE_TURN, "turn" },
		{ TRACE_KICK, "kick" },
		{ TRACE_INTERRUPT, "interrupt" },
		{ TRACE_FRAME, "frame" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(all); i++)
		record(all[i].kind, 0, 0xcfc, 5000, 5000);
	finish();
	for (unsigned i = 0; i < ARRAY_SIZE(all); i++)
		ck_assert_str_eq(string(event_at(i), "name"), all[i].name);
	ck_assert_ptr_null(event_at(ARRAY_SIZE(all)));
}
END_TEST

START_TEST(times_and_tracks)
{
	uint16_t vcpu = trace_track(trace_file_trace(&file), "vCPU 0");
	uint16_t rx = trace_track(trace_file_trace(&file), "rx");

	record(TRACE_GUEST, vcpu, 0, 1002007, 1003019);
	record(TRACE_FRAME, rx, 60, 2001, 2001);
	/* Before the beginning there is nothing. */
	record(TRACE_KICK, rx, 3, 10, 10);
	finish();
	ck_assert_str_eq(string(event_at(0), "ph"), "X");
	ck_assert_double_eq_tol(number(event_at(0), "ts"), 1001.007, 1e-6);
	ck_assert_double_eq_tol(number(event_at(0), "dur"), 1.012, 1e-6);
	ck_assert_str_eq(track_of(event_at(0)), "vCPU 0");
	ck_assert_str_eq(string(event_at(1), "ph"), "i");
	ck_assert_str_eq(track_of(event_at(1)), "rx");
	ck_assert_double_eq_tol(number(event_at(1), "ts"), 1.001, 1e-6);
	ck_assert_double_eq(
		number(json_object_get(event_at(1), "args"), "bytes"), 60);
	ck_assert_double_eq(number(event_at(2), "ts"), 0);
	ck_assert_double_eq(
		number(json_object_get(event_at(2), "args"), "kicks"), 3);
}
END_TEST

static void say(const char *text)
{
	trace_file_console(&file, (const uint8_t *)text, strlen(text));
}

START_TEST(console)
{
	char line[TRACE_LINE + 10];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	say("he");
	say("llo\r\n\n\033[1m\"quoted\" \\ </script>\n");
	say("caf\xc3\xa9 \xff\n");
	say(line);
	say("\nthe last");
	finish();
	ck_assert_str_eq(string(event_at(0), "name"), "hello");
	ck_assert_str_eq(track_of(event_at(0)), "console");
	ck_assert_str_eq(string(event_at(1), "name"),
			 "[1m\"quoted\" \\ </script>");
	/* Not UTF-8. */
	ck_assert_str_eq(string(event_at(2), "name"), "caf?? ?");
	line[TRACE_LINE] = '\0';
	ck_assert_str_eq(string(event_at(3), "name"), line);
	ck_assert_str_eq(string(event_at(4), "name"), "the last");
	ck_assert_ptr_null(event_at(5));
}
END_TEST

/* At the end of the machine, when its devices may still record. */
START_TEST(written_before_it_is_closed)
{
	trace_moment(trace_file_trace(&file), 0, TRACE_KICK, 1);
	trace_file_write_unless(&file, fileno(file.file));
	trace_moment(trace_file_trace(&file), 0, TRACE_FRAME, 2);
	trace_file_write_unless(&file, STDIN_FILENO);
	trace_moment(trace_file_trace(&file), 0, TRACE_TURN, 3);
	say("too late\n");
	trace_file_write_unless(&file, STDIN_FILENO);
	finish();
	ck_assert_str_eq(string(event_at(0), "name"), "kick");
	ck_assert_str_eq(string(event_at(1), "name"), "frame");
	ck_assert_ptr_null(event_at(2));
}
END_TEST

START_TEST(dropped)
{
	for (size_t i = 0; i < TRACE_EVENTS + 3; i++)
		trace_moment(trace_file_trace(&file), 0, TRACE_KICK, 1);
	finish();
	ck_assert_str_eq(string(json_object_get(root, "otherData"), "dropped"),
			 "3");
	ck_assert_ptr_nonnull(event_at(TRACE_EVENTS - 1));
	ck_assert_ptr_null(event_at(TRACE_EVENTS));
}
END_TEST

START_TEST(cannot_be_written)
{
	struct trace_file full;

	ck_assert_int_eq(trace_file_open(&full, "/dev/full", 0), 0);
	ck_assert_int_eq(trace_file_close(&full), -ENOSPC);
	ck_assert_int_eq(trace_file_close(&full), -ENOSPC);
	ck_assert_int_eq(trace_file_open(&full, "/nowhere/file", 0), -ENOENT);
	ck_assert_int_eq(trace_file_close(&full), 0);
	finish();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		nothing_asked_for,
		names,
		times_and_tracks,
		console,
		written_before_it_is_closed,
		dropped,
		cannot_be_written,
		NULL,
	};

	return unit_run(
		unit_suite_fixture("trace_file", tests, set_up, tear_down));
}
