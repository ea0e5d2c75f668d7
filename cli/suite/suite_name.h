/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * suite_name.h - what a test is called
 *
 * Threads: main thread.
 */
#ifndef CLI_SUITE_SUITE_NAME_H
#define CLI_SUITE_SUITE_NAME_H

/*
 * The name of the test in @file, which is also that of its folder: the path
 * below the working directory up to the last dot, with dashes for slashes.  It
 * is the same however the path was typed.  To be freed; NULL when out of
 * memory.
 */
char *suite_name(const char *file);

#endif
