/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reset_on_close.h - a TCP socket that is closed resets its connection unless
 * the guest has ended that
 *
 * close(2) tells a TCP peer that everything was sent.  But libslirp closes a
 * socket for any reason: a reset from the guest, a time-out, the end of the
 * machine.  So every socket is set up to send a reset when it is closed, by
 * libslirp or by the death of this process.  Only if the guest has ended the
 * connection, and everything before that was written, is this undone.  Whether
 * the guest has ended it is seen in the socket, which libslirp then has shut
 * down for writing.
 *
 * Sockets of other kinds can't send a reset, and are left alone.  Any thread.
 */
#ifndef DEVICES_SLIRP_RESET_ON_CLOSE_H
#define DEVICES_SLIRP_RESET_ON_CLOSE_H

/* From now on, closing @fd resets its connection. */
void reset_on_close(int fd);

/* @fd is about to be closed.  If it was shut down for writing, don't reset. */
void reset_on_close_unless_ended(int fd);

#endif
