/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * disk_check.h - what kinds of disks this host can have
 *
 * Threads: main thread.
 */
#ifndef CLI_DISK_CHECK_H
#define CLI_DISK_CHECK_H

#include <stdio.h>

/* Print it to @out, with what to do about what won't work. */
void disk_check(FILE *out);

#endif
