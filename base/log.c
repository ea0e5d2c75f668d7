/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/printable.h"
#include "base/util.h"

/* How long stderr may take to accept a line.  If it did not take the last one,
 * there is no wait, so many lines don't add up. */
#define LOG_PATIENCE_MS 100

static enum log_level log_level = LOG_WARN;

/* See log_set_max().  Only @max has to be set before other threads start.  The
 * rest are counters, relaxed: they say nothing of other memory. */
static struct {
	uint64_t max, written, left_out;
} log_quota;

/* Stderr did not take the last line.  Relaxed: only the wait depends on it. */
static bool log_stuck;

/* The last error, for reports.  The lock is held only for a copy. */
static struct {
	pthread_mutex_t lock;
	char line[LOG_KEPT];
} log_error = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void keep_error(const char *line, size_t len)
{
	len = MIN(len, sizeof(log_error.line) - 1);
	pthread_mutex_lock(&log_error.lock);
	memcpy(log_error.line, line, len);
	log_error.line[len] = '\0';
	pthread_mutex_unlock(&log_error.lock);
}

const char *log_last_error(char line[LOG_KEPT])
{
	pthread_mutex_lock(&log_error.lock);
	memcpy(line, log_error.line, LOG_KEPT);
	pthread_mutex_unlock(&log_error.lock);
	return *line ? line : NULL;
}

static bool await_stderr(void)
{
	struct pollfd pfd = { .fd = STDERR_FILENO, .events = POLLOUT };
	bool stuck = __atomic_load_n(&log_stuck, __ATOMIC_RELAXED);
	bool ready = poll(&pfd, 1, stuck ? 0 : LOG_PATIENCE_MS) == 1;

	__atomic_store_n(&log_stuck, !ready, __ATOMIC_RELAXED);
	return ready;
}

enum log_level log_set_level(enum log_level level)
{
	enum log_level old = log_level;

	log_level = level;
	return old;
}

bool log_enabled(enum log_level level)
{
	return level <= log_level;
}

void log_set_max(uint64_t bytes)
{
	log_quota.max = bytes;
}

uint64_t log_left_out(void)
{
	return __atomic_load_n(&log_quota.left_out, __ATOMIC_RELAXED);
}

static void write_line(const char *line, size_t len)
{
	if (!await_stderr())
		return; /* a line less is better than a VM that stops */
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* nowhere left to complain */
}

/* Whether a line of @len bytes is within the limit, or above it but
 * @important. */
static bool take_quota(size_t len, bool important)
{
	static const char last[] = "minivmm: more messages than --max-output "
				   "allows: from here on only errors\n";
	uint64_t before =
		__atomic_fetch_add(&log_quota.written, len, __ATOMIC_RELAXED);

	if (important || !log_quota.max || before + len <= log_quota.max)
		return true;
	if (!__atomic_fetch_add(&log_quota.left_out, len, __ATOMIC_RELAXED))
		write_line(last, strlen(last));
	return false;
}

/* The kind of a line.  An error is kept.  Errors, and lines that were asked
 * for, are written whatever the limit. */
enum kind { KIND_OTHER, KIND_ASKED_FOR, KIND_ERROR };

/* Formats "minivmm: ...<suffix>\n" and writes it at once. */
static void emit(enum kind kind, const char *suffix, const char *fmt,
		 va_list ap)
{
	static const char name[] = "minivmm: ";
	char line[1024] = "minivmm: ";
	size_t room = sizeof(line) - 64, len = strlen(name);
	int n;

	if (log_level == LOG_NONE)
		return;
	n = vsnprintf(line + len, room - len, fmt, ap);
	len = MIN(len + (size_t)MAX(n, 0), room - 1);
	/* The line may contain a file name or a guest's words, which can have
	 * any bytes. */
	len = printable(line, len);
	if (kind == KIND_ERROR)
		keep_error(line + strlen(name), len - strlen(name));
	n = snprintf(line + len, sizeof(line) - len, "%s\n", suffix);
	len += (size_t)n;
	if (take_quota(len, kind != KIND_OTHER))
		write_line(line, len);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	emit(level == LOG_ERR ? KIND_ERROR : KIND_OTHER, "", fmt, ap);
	va_end(ap);
}

void log_show(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(KIND_ASKED_FOR, "", fmt, ap);
	va_end(ap);
}

void log_end_line(void)
{
	write_line("\n", 1);
}

int log_fail(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit(KIND_ERROR, "", fmt, ap);
	va_end(ap);
	return err;
}

void log_guest(struct log_limit *limit, const char *fmt, ...)
{
	char suffix[48] = "";
	uint64_t now = now_ns();
	va_list ap;

	if (now < limit->next_ns) {
		limit->dropped++;
		return;
	}
	if (limit->dropped)
		snprintf(suffix, sizeof(suffix), " (%u like it not shown)",
			 limit->dropped);
	limit->next_ns = now + NSEC_PER_SEC;
	limit->dropped = 0;
	if (!log_enabled(LOG_WARN))
		return;
	va_start(ap, fmt);
	emit(KIND_OTHER, suffix, fmt, ap);
	va_end(ap);
}
