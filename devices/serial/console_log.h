/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * console_log.h - a log of the guest's output with times
 *
 * Each line begins with the host's time, in seconds since the program's start:
 * "[   1.204331] Linux version".  Lines end in a newline alone.
 */
#ifndef DEVICES_SERIAL_CONSOLE_LOG_H
#define DEVICES_SERIAL_CONSOLE_LOG_H

#include <stddef.h>
#include <stdint.h>

struct chardev_user;
struct console_log;

/* Log to @path, which is emptied.  The limit and the program's start time are
 * @user's.  -errno, logged. */
int console_log_open(struct console_log **log, const char *path,
		     const struct chardev_user *user);

/* Start the thread that writes the log.  NULL is fine.  Logs; -errno. */
int console_log_start(struct console_log *log);

/* Any thread; never blocks.  NULL is fine. */
void console_log_write(struct console_log *log, const uint8_t *buf, size_t len);

/* Write everything out, and free.  @patience_ms is as for sink_close(); NULL is
 * fine.  -errno: not everything could be written. */
int console_log_close(struct console_log *log, unsigned patience_ms);

#endif
