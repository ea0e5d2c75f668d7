/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_check.h - the kinds of disks that this host supports
 *
 * Threads: main thread.
 */
#ifndef CLI_DISK_CHECK_H
#define CLI_DISK_CHECK_H

#include <stdio.h>

/* Print them to @out, with advice for those that will not work. */
void disk_check(FILE *out);

#endif
