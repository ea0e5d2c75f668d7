/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session.h - one run of the program: machine after machine until the end
 *
 * Opens all that belongs to the host, boots, reboots, and decides when it is
 * over: the guest powers off, resets and was told to exit, the user quits,
 * or a signal.  SIGTERM, SIGINT and SIGHUP press the power button; a second
 * one, or the end of the grace period, ends the machine at once.
 */
#ifndef VMM_SESSION_H
#define VMM_SESSION_H

struct config;

/* Run until the end: an enum exit_code.  The sockets of @config's forwards are
 * opened.  Main thread, called once. */
int session_run(struct config *config);

#endif
