/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chardev.h - the host's end of a serial line
 *
 * It is stdio, a pseudo-terminal, a file, a Unix socket or nothing.  A log with
 * host time stamps can be added to any of them.  It outlives the UART: a reset
 * makes a new UART and attaches it here.
 *
 * Output is queued, up to a large limit (base/sink.h), and written by a thread
 * of its own.  Input is read on the loop's thread, a little ahead of what the
 * UART takes, and none of it is dropped.  O_NONBLOCK is never set on a
 * descriptor that other processes share.
 */
#ifndef DEVICES_SERIAL_CHARDEV_H
#define DEVICES_SERIAL_CHARDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chardev;
struct loop;

/* What is attached: the receiving side of a UART.  Called on the loop's
 * thread. */
struct chardev_receiver {
	/* How many bytes it can take now. */
	size_t (*room)(void *arg);
	/* Take @len bytes, at most what room() said. */
	void (*receive)(void *arg, const uint8_t *buf, size_t len);
	/* The host's side sends a BREAK, which takes the room of one byte. */
	void (*receive_break)(void *arg);
	void *arg;
};

/* Callbacks and choices of the user of a chardev.  Each function may be
 * NULL. */
struct chardev_user {
	/* The person at the terminal wants to quit, and has typed the escape
	 * key and x; loop thread. */
	void (*quit)(void *arg);
	void *arg;
	/* The escape key on a terminal, a control character; 0: none. */
	uint8_t escape;
	/* The guest's output, every byte as it is sent; any thread. */
	void (*output)(void *arg, const uint8_t *buf, size_t len);
	/* The guest's driver opens the line for input, too.  A kernel does that
	 * when its first process is about to get its console.  Any thread. */
	void (*opened)(void *arg);
	/* The argument of the last two. */
	void *guest_arg;
	/* Standard input is used by something else. */
	bool output_only;
	/* For "stdio": standard output is used by something else, too, so
	 * output goes to standard error until chardev_to_stdout(). */
	bool to_stderr;
	/* The most bytes of output on standard output or in a file, and the
	 * most in the log, without the last 64 KiB, which are written in any
	 * case (struct sink_config); 0: any number. */
	uint64_t max_output;
	/* chardev_close() stores here how many bytes the limit left out, of the
	 * output and of the log; may be NULL. */
	uint64_t *left_out, *log_left_out;
	/* When the program started, for the log of the console. */
	uint64_t start_ns;
};

/*
 * Open the back end @spec: "stdio", "pty", "file:PATH", "unix:PATH" or "none",
 * and the log @log_path (NULL: none).  Both strings are copied, and so is @user
 * (NULL: nobody can quit).  The terminal is not touched before chardev_start().
 * Descriptors 0, 1 and 2 must have been open, or reserved, since before the
 * process opened any other.  Logs; -errno.
 */
int chardev_open(struct chardev **chardev, const char *spec,
		 const char *log_path, const struct chardev_user *user);

/*
 * Open a file for output only, as by "file:@path".  Messages begin with
 * @option, such as "--debugcon file:".  Only the limit of @user is used (NULL:
 * none), and nothing may be attached.  Logs; -errno.
 */
int chardev_open_file(struct chardev **chardev, const char *option,
		      const char *path, const struct chardev_user *user);

/* Start the threads that write.  Output waits until then.  NULL is fine.  Logs;
 * -errno. */
int chardev_start_output(struct chardev *chardev);

/* Put the terminal into raw mode and start watching for input on @loop.
 * Loop thread, or before it runs. */
void chardev_start(struct chardev *chardev, struct loop *loop);

/* Attach a receiver of input (copied); NULL detaches.  Input waits while
 * nothing is attached.  Loop thread, while no vCPU runs. */
void chardev_attach(struct chardev *chardev,
		    const struct chardev_receiver *receiver);

/* Send input to @receiver (copied) instead of to what is attached; NULL: to
 * what is attached again.  Loop thread. */
void chardev_divert(struct chardev *chardev,
		    const struct chardev_receiver *receiver);

/* Add input that does not come from the back end: @len bytes, or a BREAK.  It
 * goes to the guest before the back end's waiting input and, like that, when
 * the guest has room.  Loop thread, after chardev_start().  -ENOMEM. */
int chardev_send(struct chardev *chardev, const uint8_t *buf, size_t len);
int chardev_send_break(struct chardev *chardev);

/* Whether input still waits for the guest, from either source.  Loop thread. */
bool chardev_waiting(const struct chardev *chardev);

/* The guest sent bytes.  Any thread; never blocks, whatever the reader. */
void chardev_write(struct chardev *chardev, const uint8_t *buf, size_t len);

/* The same for the output of another device of the guest.  It is shown only
 * while the attached serial line has said nothing. */
void chardev_write_aside(struct chardev *chardev, const uint8_t *buf,
			 size_t len);

/* The same for a second console of the guest, which is always shown. */
void chardev_write_beside(struct chardev *chardev, const uint8_t *buf,
			  size_t len);

/* From now on nothing else uses standard output: send output there.  Any
 * thread. */
void chardev_to_stdout(struct chardev *chardev);

/* See struct chardev_user.  Any thread. */
void chardev_opened(struct chardev *chardev);

/* What is attached may have room again.  Any thread; never blocks, and costs
 * next to nothing when no input waits. */
void chardev_kick(struct chardev *chardev);

/*
 * Restore the terminal, write out everything that was sent, and free.  If a
 * reader makes no progress for @patience_ms it is given up, and a message says
 * how many bytes it missed.  NULL is fine.  Called when loop_run() has returned
 * for the last time and no vCPU runs.
 *
 * A reader that is slow but reads keeps this waiting for as long as it needs:
 * let signals end the process meanwhile.
 */
int chardev_close(struct chardev *chardev, unsigned patience_ms);

#endif
