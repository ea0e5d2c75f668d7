/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sink.h - output that never makes its writer wait
 *
 * A queue of bytes and one thread that writes them to one descriptor with
 * plain blocking write(2)s, so that a slow, stopped or absent reader delays
 * nobody but that thread, and the descriptor's flags (which other processes
 * may share) stay as they are.  The queue is some memory and, behind a slow
 * reader, a temporary file of bounded size; what does not fit there either is
 * dropped, counted and warned of.
 *
 * Nothing written causes no wake-ups.  A lost reader raises no SIGPIPE: the
 * thread has it blocked.
 *
 * Threads: sink_write() from any; the others from one.
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
	 * Most bytes that are written in all; 0: any number.  A write that
	 * goes beyond is left out, with all that follow.  How much that was
	 * is said in the end.
	 */
	uint64_t max;
	/* But the last 64 KiB of it are written in the end, behind a line that
	 * says how much is missing before them. */
	bool tail;
	/* Where sink_close() says how many bytes were left out; may be NULL. */
	uint64_t *left_out;
};

/* A sink that is connected to nothing and keeps what it is given.  -errno
 * when the host has no memory or thread for it. */
int sink_open(struct sink **sink, const struct sink_config *config);

/* Write to @fd, which stays the caller's, from now on. */
void sink_connect(struct sink *sink, int fd);

/* Write no more to the descriptor, which may be closed afterwards.  Waits
 * for a write(2) in progress: first see to it that it ends (shutdown(2)). */
void sink_disconnect(struct sink *sink);

/* Queue @len bytes, in order.  Any thread; never waits for the reader. */
void sink_write(struct sink *sink, const void *buf, size_t len);

/*
 * Write out what is queued and free.  Gives a reader up that takes not one
 * byte for @patience_ms, and says how much it missed; without a descriptor
 * there is no reader to wait for.  NULL is fine.
 *
 * -ETIMEDOUT: given up inside write(2).  The descriptor must stay open until
 * the process ends, or the stuck write might go on into whatever gets its
 * number next; the sink is left to its thread.  Any other -errno: not all
 * could be written, which has been logged.  A reader that has gone (EPIPE)
 * wanted no more, and with @keep there need not be any: both are fine.
 */
int sink_close(struct sink *sink, unsigned patience_ms);

/*
 * The same, and close the file *@fd, called @name in messages, that the sink
 * was connected to; of that a file server may say only now that there is no
 * room.  -errno: not all is written.
 */
int sink_close_file(struct sink *sink, unsigned patience_ms, int *fd,
		    const char *name);

#endif
