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

/* How many bytes may wait on disk by default. */
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
	 * write that exceeds it is left out, and so are all later ones.  A
	 * message at the end says how much was left out.
	 */
	uint64_t max;
	/* Also write the last 64 KiB of what was left out, at the end, after a
	 * line that says how much is missing. */
	bool tail;
	/* sink_close() adds to this how many bytes were left out; may be
	 * NULL. */
	uint64_t *left_out;
};

/* Open a sink that is connected to nothing and keeps what it is given.  -errno
 * when the host has no memory for it. */
int sink_open(struct sink **sink, const struct sink_config *config);

/* Start the thread; nothing is written before.  This is separate because
 * descriptors are opened before the sandbox is entered, and threads start in
 * it.  NULL, or a second call, is fine.  -errno: the host has no thread, which
 * has been logged. */
int sink_start(struct sink *sink);

/* Write to @fd, which stays the caller's, from now on. */
void sink_connect(struct sink *sink, int fd);

/* Stop writing to the descriptor, which may be closed afterwards.  Waits for a
 * write(2) in progress: end that before, for example by shutdown(2). */
void sink_disconnect(struct sink *sink);

/* Queue @len bytes, in order.  Any thread; never waits for the reader. */
void sink_write(struct sink *sink, const void *buf, size_t len);

/*
 * Have @fn(@arg) called when there is room again after sink_room() has returned
 * 0, and when writing fails for good.  It is called on the sink's thread, under
 * the sink's lock: it must not wait, and must not call the sink.  NULL: no more
 * calls, and none is running when this returns.
 */
void sink_listen(struct sink *sink, void (*fn)(void *arg), void *arg);

/* How many bytes can be written without taking more than a little memory.  For
 * callers that can keep the rest. 0: @fn of sink_listen() is called when there
 * is room.  Any thread. */
size_t sink_room(struct sink *sink);

/* Whether writing has failed for good, for example because a pipe's reader has
 * gone.  What is written then is thrown away.  Any thread. */
bool sink_failed(struct sink *sink);

/*
 * Write out what is queued, and free the sink.  If the reader takes no byte for
 * @patience_ms, give up, and log how much it missed.  A host without a
 * processor for the thread, or with a disk that is slow, has 20 times as long.
 * Without a descriptor there is no reader to wait for.  The thread is started
 * if it was not.  NULL is fine.
 *
 * -ETIMEDOUT: the thread hangs in write(2), and keeps the sink.  The descriptor
 * must stay open until the process ends; otherwise the write could go on in
 * another file that gets its number.  Any other -errno: not everything could be
 * written, which has been logged.  It is no error if the reader has gone
 * (EPIPE), or, with @keep, if there was none.
 */
int sink_close(struct sink *sink, unsigned patience_ms);

/*
 * The same, and close the file *@fd, called @name in messages, to which the
 * sink was connected: some file servers report a full disk only then.  -errno:
 * not everything was written.
 */
int sink_close_file(struct sink *sink, unsigned patience_ms, int *fd,
		    const char *name);

#endif
