/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session.h - one run of the program: machine after machine until the end
 *
 * Opens all that belongs to the host, boots, and reboots until the referee
 * (referee.h) says that the run is over.  SIGTERM, SIGINT and SIGHUP press the
 * power button.  A second signal, or the end of the grace period, ends the
 * machine at once; before the first machine has run the first signal does so.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

struct conclusion;
struct config;
struct report;
struct verdict;

/*
 * Run until the end.  @verdict, which has its start, gets the result.  @report
 * is told what happens; @conclusion makes sure that the end comes in time.  The
 * sockets of @config's forwards are opened.  Main thread, called once.
 */
void session_run(struct config *config, struct verdict *verdict,
		 struct report *report, struct conclusion *conclusion);

#endif
