/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/serial/console_log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/output.h"
#include "devices/serial/backend.h"
#include "devices/serial/chardev.h"

struct console_log {
	struct sink *sink;
	int fd;
	uint64_t start_ns;
	pthread_mutex_t lock;
	/* Under the lock: whether a line is unfinished, and whether the last
	 * byte was a carriage return, which may be the first half of a line
	 * end. */
	bool in_line, carriage_return;
};

int console_log_open(struct console_log **log, const char *path,
		     const struct chardev_user *user)
{
	const struct sink_config config = {
		.name = path,
		.limit = SINK_LIMIT,
		.max = user->max_output,
		.tail = true,
		.left_out = user->log_left_out,
	};
	struct console_log *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return log_fail(-ENOMEM, "--console-log: out of memory");
	pthread_mutex_init(&l->lock, NULL);
	l->start_ns = user->start_ns;
	l->fd = output_open("--console-log ", path, O_NONBLOCK);
	err = MIN(l->fd, 0);
	if (!err) {
		err = sink_open(&l->sink, &config);
		if (err)
			log_err("--console-log: no memory for output: %s",
				strerror(-err));
	}
	if (err) {
		console_log_close(l, 0);
		return err;
	}
	sink_connect(l->sink, l->fd);
	*log = l;
	return 0;
}

int console_log_start(struct console_log *log)
{
	return log ? sink_start(log->sink) : 0;
}

static void put_stamp(struct console_log *log)
{
	uint64_t us = (now_ns() - log->start_ns) / 1000;
	char stamp[48];
	int n = snprintf(stamp, sizeof(stamp), "[%4" PRIu64 ".%06u] ",
			 us / 1000000, (unsigned)(us % 1000000));

	sink_write(log->sink, stamp, (size_t)n);
}

static void put(struct console_log *log, uint8_t c)
{
	if (!log->in_line)
		put_stamp(log);
	log->in_line = c != '\n';
	sink_write(log->sink, &c, 1);
}

static void put_translated(struct console_log *log, uint8_t c)
{
	if (log->carriage_return && c != '\n')
		put(log, '\r');
	log->carriage_return = c == '\r';
	if (!log->carriage_return)
		put(log, c);
}

void console_log_write(struct console_log *log, const uint8_t *buf, size_t len)
{
	if (!log)
		return;
	pthread_mutex_lock(&log->lock);
	for (size_t i = 0; i < len; i++)
		put_translated(log, buf[i]);
	pthread_mutex_unlock(&log->lock);
}

int console_log_close(struct console_log *log, unsigned patience_ms)
{
	int err;

	if (!log)
		return 0;
	err = sink_close_file(log->sink, patience_ms, &log->fd,
			      "--console-log");
	pthread_mutex_destroy(&log->lock);
	free(log);
	return err;
}
