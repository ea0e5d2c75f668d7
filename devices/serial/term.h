/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * term.h - the terminal, borrowed
 *
 * Raw mode while the guest has it, and its old modes again on every way out:
 * term_stop(), and signals that end the process, crashes included.  (SIGKILL
 * cannot be helped: `stty sane` or `reset`.)  Output processing stays on, so
 * that our own lines look right.
 *
 * The modes are a foreground process's to change and the input is its to
 * read.  In the background both are left alone, without being stopped for
 * it, until term_acquire() finds us in the foreground again.
 *
 * Threads: the loop's; the signal handlers run on any.
 */
#ifndef DEVICES_SERIAL_TERM_H
#define DEVICES_SERIAL_TERM_H

#include <stdbool.h>
#include <termios.h>

struct term {
	int fd;
	/* As found, and as the guest needs it. */
	struct termios saved, raw;
	bool started;
};

/* Let no terminal stop us for writing or reading in the background. */
void term_ignore_job_control(void);

/* Take note of the modes of the terminal @fd, which stays the caller's.
 * -errno when it is none. */
int term_init(struct term *term, int fd);

/* From now on see to its restoration.  One terminal at a time. */
void term_start(struct term *term);

/* Whether the terminal is ours to read; if so, it is in raw mode now. */
bool term_acquire(struct term *term);

/* Restore it.  Fine when it was not started. */
void term_stop(struct term *term);

/* Restore the terminal that was started, if there is one, as the process is
 * about to be ended.  Async-signal-safe; any thread. */
void term_restore(void);

#endif
