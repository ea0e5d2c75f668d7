/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict.h - how a run went: one word, one exit code, one reason
 *
 * Two tables decide.  One has the words with their codes; the man page's
 * section comes from it, too.  The other has the rules that make a word of what
 * was observed.  Nothing here observes anything itself, so a unit test needs
 * one line for each rule.
 *
 * Threads: any; all is data.
 */
#ifndef CLI_VERDICT_VERDICT_H
#define CLI_VERDICT_VERDICT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/log.h"
#include "cli/verdict/subtests.h"

enum verdict_word {
	VERDICT_POWEROFF,
	VERDICT_EXPECTED,
	VERDICT_QUIT,
	VERDICT_FAULT,
	VERDICT_USAGE,
	VERDICT_HOST,
	VERDICT_PANIC,
	VERDICT_OOPS,
	VERDICT_TRIPLE_FAULT,
	VERDICT_CRASH,
	VERDICT_RESET,
	VERDICT_EXPECT,
	VERDICT_FAIL,
	VERDICT_SILENT,
	VERDICT_HUNG,
	VERDICT_TIMEOUT,
	VERDICT_BOOT_TIMEOUT,
	VERDICT_SIGNAL,
	VERDICT_EXIT,
	VERDICT_COMMAND,
	VERDICT_WORDS,
};

/* What brought the run to its end. */
enum ending {
	/* The guest ended it. */
	ENDING_POWER_OFF,
	ENDING_EXIT,
	ENDING_RESET,
	ENDING_TRIPLE_FAULT,
	ENDING_CRASH,
	ENDING_HALTED,
	/* The guest's output ended it: nothing is left to expect, or it can't
	 * recover. */
	ENDING_EXPECTED,
	ENDING_CONDEMNED,
	/* The user ended it. */
	ENDING_QUIT,
	ENDING_SIGNAL,
	ENDING_TIMEOUT,
	ENDING_BOOT_TIMEOUT,
	ENDING_SILENCE,
	/* A port has not answered within its time. */
	ENDING_UNANSWERED,
	/* The user's command, run on the host, has ended. */
	ENDING_COMMAND,
	/* The run failed before there was a guest, or for a reason outside of
	 * it. */
	ENDING_FAULT,
	ENDING_USAGE,
	ENDING_HOST,
};

/* The worst message of the guest's kernel. */
enum complaint {
	COMPLAINT_NONE,
	/* A pattern of --fail-on. */
	COMPLAINT_FORBIDDEN,
	/* The kernel is broken, but goes on. */
	COMPLAINT_OOPS,
	COMPLAINT_PANIC,
};

/* Everything that judge() decides by.  The strings are the caller's; NULL:
 * there is none. */
struct observed {
	enum ending ending;
	/* What the guest ended the run by, such as "port 0xCF9". */
	const char *by;
	/* The exit code: the guest's own, for ENDING_EXIT, or the command's. */
	unsigned code;
	/* The signal that asked for the end; 0: none. */
	int signal;
	/* The time-out that expired, and the port that it was for. */
	uint64_t limit_ns;
	unsigned port;
	enum complaint complaint;
	/* The line of the console with the complaint; NULL: pvpanic told of
	 * it. */
	const char *line;
	/* A message before the panic that gives its cause, and what to do about
	 * it; NULL: none. */
	const char *cause, *remedy;
	/* The first expectation, port or command that was not met, its number,
	 * and how many there are.  NULL: all were met. */
	const char *awaited;
	unsigned awaited_number, expectations;
	/* There was a byte on the console. */
	bool spoke;
	/* The results of the guest's own tests; NULL: none were looked for. */
	const struct subtests *tests;
};

/* Steps of a run; each is reached at most once. */
enum phase {
	/* The program's start. */
	PHASE_START,
	/* KVM and the other parts of the host are open. */
	PHASE_HOST,
	/* The kernel is in memory. */
	PHASE_LOADED,
	/* The first byte on the console. */
	PHASE_CONSOLE,
	/* The kernel starts its first process, as far as the console shows. */
	PHASE_USERSPACE,
	/* Everything that was awaited has come. */
	PHASE_READY,
	PHASE_END,
	PHASES,
};

struct verdict {
	enum verdict_word word;
	/* The process's exit code. */
	int code;
	/* The run was good, but not all output could be written. */
	bool unwritten;
	/* One line of printable text. */
	char reason[256];
	/* The results of the guest's own tests, and whether the run looked for
	 * them.  Copies of a verdict share them; main() frees them. */
	struct subtests tests;
	bool has_tests;
	/* now_ns() when each phase was reached; 0: it was not. */
	uint64_t phase_ns[PHASES];
};

/* Apply the rules: set the word, code and reason of @verdict by what was
 * observed.  Phases and tests are not changed. */
void judge(const struct observed *observed, struct verdict *verdict);

/* @signal came after the end, while output was still being written.  A good
 * verdict becomes a bad one, and output that could not be written is blamed on
 * the signal. */
void verdict_interrupt(struct verdict *verdict, int signal);

/* Output that was asked for could not be written.  @why is what was logged
 * about it, printable text; NULL: nothing was.  A good verdict becomes a bad
 * one. */
void verdict_unwritten(struct verdict *verdict, const char *why);

/* The reason for @ending if that is an error: the error that was logged last,
 * in @line.  Otherwise NULL. */
const char *verdict_error(enum ending ending, char line[LOG_KEPT]);

/* The word as it is printed: "panic". */
const char *verdict_name(enum verdict_word word);

/* The run's last line on stderr. */
void verdict_log(const struct verdict *verdict);

/* The table of words for the man page, in mdoc(7). */
void verdict_mdoc(FILE *out);

#endif
