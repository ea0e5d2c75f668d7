/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * session.h - one run of the program: machine after machine until the end
 *
 * Opens all that belongs to the host, boots, and reboots until the referee
 * (referee.h) says that it is over.  SIGTERM, SIGINT and SIGHUP press the power
 * button; a second one, or the end of the grace period, ends the machine at
 * once, and so does the first while there has been none.
 */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

struct conclusion;
struct config;
struct report;
struct verdict;

/*
 * Run until the end, and say in @verdict, which has its start, how that came
 * about; @report is told what happens, @conclusion sees to it that the end
 * comes.  The sockets of @config's forwards are opened.  Main thread,
 * called once.
 */
void session_run(struct config *config, struct verdict *verdict,
		 struct report *report, struct conclusion *conclusion);

#endif
