/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * chardev.h - the host's end of a serial line
 *
 * stdio, a pseudo-terminal, a file, a Unix socket or nothing, and beside any
 * of them a log with host time stamps.  It outlives the UART: a reset makes
 * a new UART and attaches it here.
 *
 * Output is queued without bound that matters (base/sink.h) and written by a
 * thread of its own; input is read on the loop's thread, a little ahead of
 * what the UART takes, and none of it is dropped.  O_NONBLOCK is never set
 * on a descriptor that other processes share.
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
	/* How many bytes can be taken now. */
	size_t (*room)(void *arg);
	/* Take @len bytes, at most what room() said. */
	void (*receive)(void *arg, const uint8_t *buf, size_t len);
	/* The host side sends a BREAK; takes the room of one byte. */
	void (*receive_break)(void *arg);
	void *arg;
};

/* Who is told what goes on; each may be NULL. */
struct chardev_user {
	/* The person at the other end wants to quit, by the escape key and x;
	 * loop thread. */
	void (*quit)(void *arg);
	void *arg;
	/* The escape key on a terminal, a control character; 0: none. */
	uint8_t escape;
	/* The guest's output, byte for byte, as it is sent; any thread. */
	void (*output)(void *arg, const uint8_t *buf, size_t len);
	/* The guest's driver takes the line into use for input, too: what a
	 * kernel does when its first process is about to get its console;
	 * any thread. */
	void (*opened)(void *arg);
	/* For the last two. */
	void *guest_arg;
	/* Standard input is somebody else's. */
	bool output_only;
	/* Of "stdio": standard output is, too, so output goes to standard error
	 * until chardev_to_stdout(). */
	bool to_stderr;
	/* Most bytes of output on standard output or in a file, and as many in
	 * the log, but for the last; 0: any number. */
	uint64_t max_output;
	/* Where chardev_close() says how many bytes that left out, of the
	 * output and of the log; may be NULL. */
	uint64_t *left_out, *log_left_out;
	/* When the program started, for the log of the console. */
	uint64_t start_ns;
};

/*
 * Open the back end @spec: "stdio", "pty", "file:PATH", "unix:PATH" or
 * "none", and @log_path (NULL: none).  Both are copied, @user too (NULL: who
 * cannot quit).  The terminal is not touched before chardev_start().
 * Descriptors 0, 1 and 2 must have been open, or reserved, since before the
 * process opened any other.  Logs; -errno.
 */
int chardev_open(struct chardev **chardev, const char *spec,
		 const char *log_path, const struct chardev_user *user);

/*
 * Open a file for output alone, as by "file:@path"; @option, such as
 * "--debugcon file:", is what messages begin with.  Of @user only the limit
 * counts (NULL: none), and nothing is to be attached.  Logs; -errno.
 */
int chardev_open_file(struct chardev **chardev, const char *option,
		      const char *path, const struct chardev_user *user);

/* Start the threads that write; until then output waits.  NULL is fine.  Logs;
 * -errno. */
int chardev_start_output(struct chardev *chardev);

/* Put the terminal into raw mode and start watching for input on @loop.
 * Loop thread, or before it runs. */
void chardev_start(struct chardev *chardev, struct loop *loop);

/* Attach what receives input (copied); NULL detaches.  Input waits while
 * nothing is attached.  Loop thread, while no vCPU runs. */
void chardev_attach(struct chardev *chardev,
		    const struct chardev_receiver *receiver);

/* Have what comes in go to @receiver (copied) in place of what is attached;
 * NULL: again to what is attached.  Loop thread. */
void chardev_divert(struct chardev *chardev,
		    const struct chardev_receiver *receiver);

/* Input that does not come from the back end: @len bytes, or a BREAK, which
 * go before what waits there and, like it, when the guest has room.  Loop
 * thread, after chardev_start().  -ENOMEM. */
int chardev_send(struct chardev *chardev, const uint8_t *buf, size_t len);
int chardev_send_break(struct chardev *chardev);

/* Whether what was sent or came in still waits for the guest.  Loop thread.
 */
bool chardev_waiting(const struct chardev *chardev);

/* The guest sent bytes.  Any thread; never blocks, whatever the reader. */
void chardev_write(struct chardev *chardev, const uint8_t *buf, size_t len);

/* The same for what another device of the guest's prints: shown only while
 * the serial line that is attached has said nothing. */
void chardev_write_aside(struct chardev *chardev, const uint8_t *buf,
			 size_t len);

/* The same for a second console of the guest's, which is always shown. */
void chardev_write_beside(struct chardev *chardev, const uint8_t *buf,
			  size_t len);

/* Standard output is not somebody else's after all.  Any thread. */
void chardev_to_stdout(struct chardev *chardev);

/* See struct chardev_user.  Any thread. */
void chardev_opened(struct chardev *chardev);

/* What is attached may have room again.  Any thread; never blocks, and does
 * next to nothing when no input waits. */
void chardev_kick(struct chardev *chardev);

/*
 * Restore the terminal; write out all that was sent, giving a reader that
 * makes no progress for @patience_ms up to say how many bytes it missed;
 * free.  NULL is fine.  Called when loop_run() has returned for the last
 * time and no vCPU runs.
 *
 * A reader that is slow but reads keeps this waiting for as long as it
 * needs: let signals end the process meanwhile.
 */
int chardev_close(struct chardev *chardev, unsigned patience_ms);

#endif
