/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/printable.h"
#include "base/util.h"

/* How long stderr may take to accept a line, unless it did not take the last
 * one: whoever has many to write does not wait for each. */
#define LOG_PATIENCE_MS 100

static enum log_level log_level = LOG_WARN;

/* Stderr has not taken a line.  Relaxed: nothing but the wait depends on it. */
static bool log_stuck;

static bool await_stderr(void)
{
	struct pollfd pfd = { .fd = STDERR_FILENO, .events = POLLOUT };
	bool stuck = __atomic_load_n(&log_stuck, __ATOMIC_RELAXED);
	bool ready = poll(&pfd, 1, stuck ? 0 : LOG_PATIENCE_MS) == 1;

	__atomic_store_n(&log_stuck, !ready, __ATOMIC_RELAXED);
	return ready;
}

void log_set_level(enum log_level level)
{
	log_level = level;
}

bool log_enabled(enum log_level level)
{
	return level <= log_level;
}

/* Formats "minivmm: ...<suffix>\n" and writes it at once. */
static void emit(const char *suffix, const char *fmt, va_list ap)
{
	char line[1024] = "minivmm: ";
	size_t room = sizeof(line) - 64, len = strlen(line);
	int n = vsnprintf(line + len, room - len, fmt, ap);

	len = MIN(len + (size_t)MAX(n, 0), room - 1);
	/* A file's name may hold anything, and so may a guest's words. */
	len = printable(line, len);
	n = snprintf(line + len, sizeof(line) - len, "%s\n", suffix);
	len += (size_t)n;
	if (!await_stderr())
		return; /* a line less is better than a VM that stops */
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* nowhere left to complain */
}

void log_line(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (!log_enabled(level))
		return;
	va_start(ap, fmt);
	emit("", fmt, ap);
	va_end(ap);
}

void log_show(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit("", fmt, ap);
	va_end(ap);
}

int log_fail(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	emit("", fmt, ap);
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
	emit(suffix, fmt, ap);
	va_end(ap);
}
