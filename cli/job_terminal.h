/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * job_terminal.h - what a job's input and output are here
 *
 * Threads: main thread.
 */
#ifndef CLI_JOB_TERMINAL_H
#define CLI_JOB_TERMINAL_H

struct config;
struct job_settings;

/*
 * Fill in what @settings has of input and output: a terminal if that is what
 * the console of @config leads to, else a pipe, as with ssh(1).  Who has text
 * typed by --send has it typed at the console.  Returns the terminal's kind,
 * as in TERM.
 */
const char *job_terminal(const struct config *config,
			 struct job_settings *settings);

#endif
