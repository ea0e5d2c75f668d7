/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * symptoms.h - the messages of kernels that are broken
 *
 * One table has the messages of Linux and of other systems; the manual's list
 * comes from it, too.  A message is looked for only where a kernel's messages
 * begin: at the beginning of a line, and after each time stamp of a kernel's
 * log, anywhere in a line, because a program or another processor may have
 * begun the line.  The same words elsewhere in a line are a program's.
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

/* The system that prints a message. */
enum guest_system {
	SYSTEM_LINUX,
	SYSTEM_BSD,
	SYSTEM_XEN,
	SYSTEM_MACH,
	SYSTEM_SEL4,
	SYSTEM_OTHER,
	SYSTEMS,
};

/* What is known of the guest so far; all zero at first. */
struct symptoms {
	/* Bit N: enum guest_system N has introduced itself, or has printed a
	 * message that only it has. */
	uint32_t seen;
};

/* The worst message of a line. */
struct symptom_found {
	enum symptom symptom;
	/* The message, up to the end of its line. */
	const char *text;
	size_t len;
	/* The row of the table, for its unit test. */
	const char *pattern;
};

/*
 * Look at the @len bytes of @line: one line without its end, or a piece of one.
 * @start is where a message may begin without a time stamp; @len or more:
 * nowhere.  The result has SYMPTOM_NONE if no message is found.
 */
struct symptom_found symptoms_find(struct symptoms *symptoms, const char *line,
				   size_t len, size_t start);

/* The messages for the man page, in mdoc(7). */
void symptoms_mdoc(FILE *out);

#endif
