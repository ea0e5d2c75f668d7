/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * autopsy.h - a report, for people, on a processor that could not go on
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
 * Describe @crash in @lines.  The first says what happened (@by, such as
 * "triple fault") and where, and is enough as the reason of a verdict; the
 * registers and the code follow.  @symbols may be NULL.  Returns the number of
 * lines, which is 1 if the registers are lost.
 */
size_t autopsy_describe(const struct vcpu_crash *crash, const char *by,
			const struct symbols *symbols,
			char lines[AUTOPSY_LINES][AUTOPSY_LINE]);

#endif
