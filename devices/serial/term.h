/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * term.h - the user's terminal, in raw mode while the guest has it
 *
 * The terminal gets its old modes back however the run ends: by term_stop(), or
 * by a signal that ends the process, crashes included. (Nothing can be done
 * about SIGKILL: use `stty sane` or `reset`.)  Output processing stays on, so
 * that our own lines look right.
 *
 * Only a foreground process may change the modes and read the input.  In the
 * background, this process does neither, and is not stopped by job control,
 * until term_acquire() finds it in the foreground again.
 *
 * Threads: the loop's; the signal handlers run on any.
 */
#ifndef DEVICES_SERIAL_TERM_H
#define DEVICES_SERIAL_TERM_H

#include <stdbool.h>
#include <termios.h>

struct term {
	int fd;
	/* The modes as they were found, and as the guest needs them. */
	struct termios saved, raw;
	bool started;
};

/* Have no terminal stop this process for reading or writing in the
 * background. */
void term_ignore_job_control(void);

/* Remember the modes of the terminal @fd, which stays the caller's.  -errno
 * when it is no terminal. */
int term_init(struct term *term, int fd);

/* From now on, make sure that the terminal is restored.  One terminal at a
 * time. */
void term_start(struct term *term);

/* Whether this process may read the terminal.  If so, it is in raw mode now. */
bool term_acquire(struct term *term);

/* Restore the terminal.  Fine when it was not started. */
void term_stop(struct term *term);

/* Restore the terminal that was started, if there is one, because the process
 * is about to be ended.  Async-signal-safe; any thread. */
void term_restore(void);

#endif
