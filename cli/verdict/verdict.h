/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verdict.h - how a run went: one word, one exit code, one reason
 *
 * Two tables decide: the words with their codes, from which the man page's
 * section comes too, and the rules by which what was observed becomes a
 * word.  Nothing here looks at anything by itself, so each rule is a line of
 * a unit test.
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
	/* The guest. */
	ENDING_POWER_OFF,
	ENDING_EXIT,
	ENDING_RESET,
	ENDING_TRIPLE_FAULT,
	ENDING_CRASH,
	ENDING_HALTED,
	/* What it said: nothing is left to expect; or it is beyond hope. */
	ENDING_EXPECTED,
	ENDING_CONDEMNED,
	/* The user. */
	ENDING_QUIT,
	ENDING_SIGNAL,
	ENDING_TIMEOUT,
	ENDING_BOOT_TIMEOUT,
	ENDING_SILENCE,
	/* A port has not answered in its time. */
	ENDING_UNANSWERED,
	/* His command, run on the host, has ended. */
	ENDING_COMMAND,
	/* Before there was a guest, or in spite of it. */
	ENDING_FAULT,
	ENDING_USAGE,
	ENDING_HOST,
};

/* What the guest's kernel was seen to say, the worst of it. */
enum complaint {
	COMPLAINT_NONE,
	/* A pattern of --fail-on's. */
	COMPLAINT_FORBIDDEN,
	/* It is broken, but goes on. */
	COMPLAINT_OOPS,
	COMPLAINT_PANIC,
};

/* All that judge() goes by.  Strings are the caller's; NULL: there is none.
 */
struct observed {
	enum ending ending;
	/* The mechanism of the end: "port 0xCF9". */
	const char *by;
	/* The guest's own, for ENDING_EXIT, or the command's. */
	unsigned code;
	/* The signal that asked for the end; 0: none. */
	int signal;
	/* The time-out that expired, and of which port. */
	uint64_t limit_ns;
	unsigned port;
	enum complaint complaint;
	/* The console's line that it stands in; NULL: told by pvpanic. */
	const char *line;
	/* What was said before a panic of its cause, and what to do about it;
	 * NULL: nothing. */
	const char *cause, *remedy;
	/* The first expectation, port or command that is not met, its number
	 * and how many there are; NULL: all are. */
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
	/* KVM is open, and what else belongs to the host. */
	PHASE_HOST,
	/* The kernel is in memory. */
	PHASE_LOADED,
	/* The first byte on the console. */
	PHASE_CONSOLE,
	/* The kernel starts its first process, as far as the console tells. */
	PHASE_USERSPACE,
	/* All that was awaited has come. */
	PHASE_READY,
	PHASE_END,
	PHASES,
};

struct verdict {
	enum verdict_word word;
	/* The process's exit code. */
	int code;
	/* It was good, but not all could be written. */
	bool unwritten;
	/* One line of printable text. */
	char reason[256];
	/* The results of the guest's own tests, and whether they were looked
	 * for.  Copies of a verdict share them; main() frees them. */
	struct subtests tests;
	bool has_tests;
	/* now_ns() when each phase was reached; 0: it was not. */
	uint64_t phase_ns[PHASES];
};

/* The rules: word, code and reason of @verdict by what was observed.  The
 * phases and tests are left alone. */
void judge(const struct observed *observed, struct verdict *verdict);

/* @signal came after the end, while output was still waited for: what was
 * good is so no longer, and what could not be written is by the signal. */
void verdict_interrupt(struct verdict *verdict, int signal);

/* Something that was asked for could not be written, which has been logged as
 * @why, printable text (NULL: it has not): what was good is so no longer. */
void verdict_unwritten(struct verdict *verdict, const char *why);

/* By what a run has come to @ending, if that is an error: what was logged as
 * one last, in @line; else NULL. */
const char *verdict_error(enum ending ending, char line[LOG_KEPT]);

/* The word as it is printed: "panic". */
const char *verdict_name(enum verdict_word word);

/* The run's last line on stderr. */
void verdict_log(const struct verdict *verdict);

/* The table of words for the man page, in mdoc(7). */
void verdict_mdoc(FILE *out);

#endif
