/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_result.h - what a run has left in its folder, read back
 *
 * Threads: main thread.
 */
#ifndef CLI_SUITE_SUITE_RESULT_H
#define CLI_SUITE_SUITE_RESULT_H

struct outcome;

/*
 * The verdict of the run that has ended with @outcome's code, and why, by the
 * report in the folder @dir; without one, by the messages there, as of a run
 * that could not begin.  There is always some verdict, unless there is no
 * memory.
 */
void suite_result_read(const char *dir, struct outcome *outcome);

/* The last lines of the file @name in @dir, to be freed; NULL: there are
 * none. */
char *suite_result_tail(const char *dir, const char *name);

#endif
