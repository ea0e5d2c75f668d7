/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reset_on_close.h - a closed TCP socket doesn't look like one that was ended
 *
 * close(2) tells a TCP peer that all has been sent, and libslirp closes a
 * socket for any reason: the guest's reset, a time-out, the end of the machine.
 * So every socket is made to send a reset when it is closed, by libslirp or by
 * the death of this process; only if the guest has ended the connection, and
 * everything before that was written, is this taken back.  What the guest has
 * ended is seen in the socket: libslirp has shut it down for writing.
 *
 * Sockets other than TCP's can't send a reset; nothing happens to them.  Any
 * thread.
 */
#ifndef DEVICES_SLIRP_RESET_ON_CLOSE_H
#define DEVICES_SLIRP_RESET_ON_CLOSE_H

/* From now on closing @fd resets its connection. */
void reset_on_close(int fd);

/* @fd is about to be closed: no reset, if it was shut down for writing. */
void reset_on_close_unless_ended(int fd);

#endif
