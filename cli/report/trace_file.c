/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "cli/report/trace_file.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/output.h"
#include "base/util.h"
#include "cli/report/text_json.h"

static int file_error(const struct trace_file *f, int err)
{
	return output_fail("--trace ", f->path, -err);
}

int trace_file_open(struct trace_file *file, const char *path,
		    uint64_t start_ns)
{
	int err;

	*file = (struct trace_file){ .path = path, .start_ns = start_ns };
	if (!path)
		return 0;
	if (trace_init(&file->trace) < 0)
		return log_fail(-ENOMEM, "--trace: %s: free some memory",
				strerror(ENOMEM));
	err = output_open_stream(&file->file, "--trace ", path);
	if (err) {
		trace_free(&file->trace);
		return err;
	}
	pthread_mutex_init(&file->lock, NULL);
	file->console = trace_track(&file->trace, "console");
	return 0;
}

struct trace *trace_file_trace(struct trace_file *file)
{
	return file->file ? &file->trace : NULL;
}

static void end_line(struct trace_file *f)
{
	if (f->len)
		trace_text(&f->trace, f->console, f->line, f->len);
	f->len = 0;
}

void trace_file_console(struct trace_file *file, const uint8_t *buf, size_t len)
{
	struct trace_file *f = file;

	if (!f->file)
		return;
	pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < len; i++) {
		if (buf[i] == '\n')
			end_line(f);
		else if (buf[i] >= ' ' && f->len < sizeof(f->line))
			f->line[f->len++] = (char)buf[i];
	}
	pthread_mutex_unlock(&f->lock);
}

/* What events are called; in the middle of some is an address. */
static const struct {
	const char *name, *access;
} names[TRACE_KINDS] = {
	[TRACE_GUEST] = { "guest", NULL },
	[TRACE_PORT_READ] = { "port", "read" },
	[TRACE_PORT_WRITE] = { "port", "write" },
	[TRACE_MMIO_READ] = { "mmio", "read" },
	[TRACE_MMIO_WRITE] = { "mmio", "write" },
	[TRACE_SIGNAL] = { "signal", NULL },
	[TRACE_OTHER] = { "other exit", NULL },
	[TRACE_TURN] = { "turn", NULL },
	[TRACE_KICK] = { "kick", NULL },
	[TRACE_INTERRUPT] = { "interrupt", NULL },
	[TRACE_FRAME] = { "frame", NULL },
};

/* A time or a duration in microseconds. */
static void write_us(FILE *out, const char *key, uint64_t ns)
{
	fprintf(out, ",\"%s\":%" PRIu64 ".%03" PRIu64, key, ns / 1000,
		ns % 1000);
}

/* The text of the line at event @i, as a JSON string. */
static void write_text(const struct trace *trace, size_t i, FILE *out)
{
	char text[TRACE_LINE + 24 + 1] = "";
	const struct trace_event *event = &trace->events[i];
	size_t len = event->value, size = sizeof(event->bytes);
	enum trace_kind kind;
	json_t *json;

	for (size_t at = 0; at < len; at += size) {
		event = trace_at(trace, ++i, &kind);
		if (event && kind == TRACE_BYTES)
			memcpy(text + at, event->bytes, size);
	}
	text[len] = '\0';
	json = text_json(text);
	if (!json || json_dumpf(json, out, JSON_ENCODE_ANY) < 0)
		fprintf(out, "\"line\"");
	json_decref(json);
}

static void write_name(const struct trace *trace, size_t i,
		       enum trace_kind kind, FILE *out)
{
	fprintf(out, "\"name\":");
	if (kind == TRACE_TEXT)
		write_text(trace, i, out);
	else if (names[kind].access)
		fprintf(out, "\"%s 0x%" PRIx64 " %s\"", names[kind].name,
			trace->events[i].value, names[kind].access);
	else
		fprintf(out, "\"%s\"", names[kind].name);
}

static void write_event(const struct trace_file *f, size_t i,
			enum trace_kind kind)
{
	const struct trace_event *event = &f->trace.events[i];
	bool moment = kind >= TRACE_KICK;
	FILE *out = f->file;

	fprintf(out, ",\n{\"ph\":\"%s\",\"pid\":1,\"tid\":%d,",
		moment ? "i\",\"s\":\"t" : "X", event->track + 1);
	write_name(&f->trace, i, kind, out);
	write_us(out, "ts",
		 event->begin_ns - MIN(f->start_ns, event->begin_ns));
	if (!moment)
		write_us(out, "dur", event->end_ns - event->begin_ns);
	if (kind == TRACE_KICK)
		fprintf(out, ",\"args\":{\"kicks\":%" PRIu64 "}", event->value);
	if (kind == TRACE_FRAME)
		fprintf(out, ",\"args\":{\"bytes\":%" PRIu64 "}", event->value);
	fputc('}', out);
}

static void write_tracks(const struct trace_file *f)
{
	fprintf(f->file, "{\"ph\":\"M\",\"pid\":1,\"name\":\"process_name\","
			 "\"args\":{\"name\":\"minivmm\"}}");
	for (unsigned i = 0; i < f->trace.n_tracks; i++)
		fprintf(f->file,
			",\n{\"ph\":\"M\",\"pid\":1,\"tid\":%u,"
			"\"name\":\"thread_name\",\"args\":{\"name\":\"%s\"}}"
			",\n{\"ph\":\"M\",\"pid\":1,\"tid\":%u,"
			"\"name\":\"thread_sort_index\","
			"\"args\":{\"sort_index\":%u}}",
			i + 1, f->trace.track[i], i + 1, i);
}

static int write_all(const struct trace_file *f)
{
	uint64_t dropped = trace_dropped(&f->trace);
	enum trace_kind kind;

	fprintf(f->file,
		"{\"displayTimeUnit\":\"ns\",\n"
		"\"otherData\":{\"dropped\":\"%" PRIu64 "\"},\n"
		"\"traceEvents\":[\n",
		dropped);
	write_tracks(f);
	for (size_t i = 0; trace_at(&f->trace, i, &kind); i++)
		if (kind != TRACE_FREE && kind != TRACE_BYTES)
			write_event(f, i, kind);
	fprintf(f->file, "\n]}\n");
	if (fflush(f->file) != 0)
		return file_error(f, errno);
	if (dropped)
		log_warn("--trace %s: it has the first %d events, %" PRIu64
			 " came later",
			 f->path, TRACE_EVENTS, dropped);
	return 0;
}

static void write_file(struct trace_file *f)
{
	if (!f->file || f->written)
		return;
	f->written = true;
	pthread_mutex_lock(&f->lock);
	end_line(f);
	pthread_mutex_unlock(&f->lock);
	f->err = write_all(f);
}

void trace_file_write_unless(struct trace_file *file, int fd)
{
	if (file->file && !is_one_file(fileno(file->file), fd))
		write_file(file);
}

int trace_file_close(struct trace_file *file)
{
	struct trace_file *f = file;

	write_file(f);
	if (!f->file)
		return f->err;
	if (fclose(f->file) != 0 && !f->err)
		f->err = file_error(f, errno);
	f->file = NULL;
	trace_free(&f->trace);
	pthread_mutex_destroy(&f->lock);
	return f->err;
}
