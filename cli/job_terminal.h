/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * job_terminal.h - a job's input and output on this host
 *
 * Threads: main thread.
 */
#ifndef CLI_JOB_TERMINAL_H
#define CLI_JOB_TERMINAL_H

struct config;
struct job_settings;

/*
 * Fill in the input and output of @settings: a terminal if the console of
 * @config leads to one, else a pipe, as with ssh(1).  With --send text is typed
 * at the console.  Returns the terminal's kind, as in TERM.
 */
const char *job_terminal(const struct config *config,
			 struct job_settings *settings);

#endif
