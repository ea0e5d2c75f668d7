/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * autopsy.h - why a processor could not go on, for people to read
 *
 * Threads: main thread.
 */
#ifndef VMM_AUTOPSY_H
#define VMM_AUTOPSY_H

#include <stddef.h>

struct symbols;
struct vcpu_crash;

enum { AUTOPSY_LINES = 3, AUTOPSY_LINE = 300 };

/*
 * Say in @lines what @crash shows: first what happened (@by, "triple fault")
 * and where, which is enough of a reason for a verdict, then the registers and
 * the code.  @symbols may be NULL.  Returns how many lines there are, which is
 * 1 if the registers are lost.
 */
size_t autopsy_describe(const struct vcpu_crash *crash, const char *by,
			const struct symbols *symbols,
			char lines[AUTOPSY_LINES][AUTOPSY_LINE]);

#endif
