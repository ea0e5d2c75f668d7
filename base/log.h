/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * log.h - writes one line on stderr for each thing worth telling
 *
 * Every function may be called from any thread.  A line is written whole, by
 * one write(2).  If nobody reads stderr the line is dropped: a thread waits
 * only a short time for a reader, and the next lines do not wait.  The level,
 * the limit with its counters, whether stderr is stuck, and the last error are
 * the program's only global mutable state.
 *
 * Host set-up failures are logged where they are understood, once, as "what:
 * why: what to do", and travel up as a negative errno: log_fail() does both.
 * Guest misbehaviour goes through log_guest(), so that a hostile guest cannot
 * flood the terminal.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_NONE = -1, LOG_ERR, LOG_WARN, LOG_INFO, LOG_DEBUG };

/* Show lines up to @level; call before other threads start.  With LOG_NONE
 * nothing is shown or kept.  Returns the level there was. */
enum log_level log_set_level(enum log_level level);

/* Write at most @bytes in all; 0: any number.  Call before other threads start.
 * Errors, and lines that were asked for, are written in any case. */
void log_set_max(uint64_t bytes);

/* How many bytes the limit has left out.  Any thread. */
uint64_t log_left_out(void);

/* Whether a line of @level would be shown. */
bool log_enabled(enum log_level level);

#define log_err(...)   log_line(LOG_ERR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

void log_line(enum log_level level, const char *fmt, ...)
	__attribute__((cold, format(printf, 2, 3)));

/* Room for a line that is kept, with its end. */
#define LOG_KEPT 256

/* Copy the last error to @line, without the program's name: what log_fail() or
 * log_err() was given.  Returns @line; NULL: there was none.  Any thread. */
const char *log_last_error(char line[LOG_KEPT]);

/* A line that was asked for: shown at any level. */
void log_show(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* End a line that something else has begun on stderr.  Any thread. */
void log_end_line(void);

/* Log an error and return @err (a negative errno), for return log_fail(). */
int log_fail(int err, const char *fmt, ...)
	__attribute__((cold, format(printf, 2, 3)));

/* One per source of guest-triggered warnings; zero-initialised. */
struct log_limit {
	uint64_t next_ns;
	uint32_t dropped;
};

/*
 * Warn about what the guest did, at most once a second per @limit; the next
 * line shown says how many were left out.  The caller serialises the use of
 * @limit (it lives under the device's own lock).
 */
void log_guest(struct log_limit *limit, const char *fmt, ...)
	__attribute__((cold, format(printf, 2, 3)));

#endif
