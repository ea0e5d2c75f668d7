/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sink.h - output that never makes its writer wait
 *
 * A queue of bytes, and one thread that writes them to one descriptor with
 * blocking write(2)s.  So a slow, stopped or absent reader delays only that
 * thread, and the descriptor's flags, which other processes may share, stay as
 * they are.  The queue is in memory and, if the reader is slow, in a temporary
 * file of bounded size (sink_queue.h); what does not fit there is dropped,
 * counted, and a warning says so.
 *
 * Without output the thread sleeps.  It has SIGPIPE blocked.
 *
 * Threads: sink_write() may be called from any; the others from one.
 */
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"

struct sink;

/* What may wait on disk by default, in bytes. */
#define SINK_LIMIT GIB

struct sink_config {
	/* Used in messages; copied. */
	const char *name;
	/* Most bytes that may wait on disk. */
	uint64_t limit;
	/*
	 * When writing fails (the reader is gone): if set, disconnect and
	 * keep what was not written for the next descriptor; else discard
	 * what cannot be written, with one warning.
	 */
	bool keep;
	/*
	 * The most bytes that are written in all; 0: any number.  The first
	 * write that exceeds it is left out, and so are all after it; a message
	 * at the end says how much that was.
	 */
	uint64_t max;
	/* Write the last 64 KiB of what was left out at the end, behind a line
	 * that says how much is missing. */
	bool tail;
	/* To what sink_close() adds how many bytes were left out; may be
	 * NULL. */
	uint64_t *left_out;
};

/* A sink that is connected to nothing and keeps what it is given.  -errno
 * when the host has no memory for it. */
int sink_open(struct sink **sink, const struct sink_config *config);

/* Start its thread: nothing is written before.  All that sinks write to is
 * opened before the sandbox, and threads start in it.  NULL is fine, and so is
 * a second time.  -errno: the host has no thread, which has been logged. */
int sink_start(struct sink *sink);

/* Write to @fd, which stays the caller's, from now on. */
void sink_connect(struct sink *sink, int fd);

/* Write no more to the descriptor, which may be closed afterwards.  Waits for a
 * write(2) in progress: make it end before, such as by shutdown(2). */
void sink_disconnect(struct sink *sink);

/* Queue @len bytes, in order.  Any thread; never waits for the reader. */
void sink_write(struct sink *sink, const void *buf, size_t len);

/*
 * Have @fn(@arg) called when there is room again after sink_room() has said 0,
 * and when writing fails for good; on the sink's thread, which has its lock: it
 * must not wait, and not call the sink.  NULL: no more, and no call is under
 * way when this returns.
 */
void sink_listen(struct sink *sink, void (*fn)(void *arg), void *arg);

/* How many bytes can be written without taking more than a little memory: for
 * who can put off the rest.  0: @fn of sink_listen() tells when it is more.
 * Any thread. */
size_t sink_room(struct sink *sink);

/* Whether writing has failed for good, as when a pipe's reader has gone: what
 * is written is thrown away.  Any thread. */
bool sink_failed(struct sink *sink);

/*
 * Write out what is queued and free.  If the reader takes no byte for
 * @patience_ms, give up, and log how much it missed; without a descriptor there
 * is no reader to wait for.  It is started if it was not.  NULL is fine.
 *
 * -ETIMEDOUT: the thread hangs in write(2), and keeps the sink.  The descriptor
 * must stay open until the process ends, or the write might go on in a file
 * that gets its number.  Any other -errno: not all could be written, which has
 * been logged.  It is no error if the reader has gone (EPIPE), or, with @keep,
 * if there was none.
 */
int sink_close(struct sink *sink, unsigned patience_ms);

/*
 * The same, and close the file *@fd, called @name in messages, to which the
 * sink was connected: some file servers report a full disk only then.  -errno:
 * not all is written.
 */
int sink_close_file(struct sink *sink, unsigned patience_ms, int *fd,
		    const char *name);

#endif
