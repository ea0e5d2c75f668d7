/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symptoms.h - what kernels say of themselves when they are broken
 *
 * One table of messages, of Linux and of others, from which the manual's list
 * comes too.  A message is looked for where a kernel's messages begin: at the
 * beginning of a line, and behind each time stamp of a kernel's log, wherever
 * in a line it stands, because a program or another processor may have begun
 * the line.  The same words elsewhere in a line are a user's.
 *
 * Threads: any; each struct symptoms has one owner.  Trust: the text is the
 * guest's; the time is linear in its length.
 */
#ifndef CLI_VERDICT_SYMPTOMS_H
#define CLI_VERDICT_SYMPTOMS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* How bad a message is. */
enum symptom {
	SYMPTOM_NONE,
	/* Something is odd, and the kernel goes on. */
	SYMPTOM_WARNING,
	/* The kernel is broken, even if it goes on. */
	SYMPTOM_OOPS,
	SYMPTOM_PANIC,
};

/* Whose message it is. */
enum guest_system {
	SYSTEM_LINUX,
	SYSTEM_BSD,
	SYSTEM_XEN,
	SYSTEM_MACH,
	SYSTEM_SEL4,
	SYSTEM_OTHER,
	SYSTEMS,
};

/* What has been learnt so far; all zero to begin with. */
struct symptoms {
	/* Bit N: enum guest_system N has introduced itself, or complained in
	 * words that are its own. */
	uint32_t seen;
};

/* The worst message of a line. */
struct symptom_found {
	enum symptom symptom;
	/* From there on. */
	const char *text;
	size_t len;
	/* The row of the table, for its test. */
	const char *pattern;
};

/*
 * Look at the @len bytes of @line, which is one line without its end, or a
 * piece of one.  @start: where in it a message may begin without a time stamp;
 * a number of @len or more: nowhere.  What is found is SYMPTOM_NONE if there is
 * nothing.
 */
struct symptom_found symptoms_find(struct symptoms *symptoms, const char *line,
				   size_t len, size_t start);

/* The messages for the man page, in mdoc(7). */
void symptoms_mdoc(FILE *out);

#endif
