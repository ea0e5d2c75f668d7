/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * temp_file.h - a file without a name, for what need not outlive the run
 *
 * Main thread: it reads the environment.
 */
#ifndef DEVICES_DISK_TEMP_FILE_H
#define DEVICES_DISK_TEMP_FILE_H

#include <stdint.h>

/*
 * Make one of @size bytes, all of them a hole, in $TMPDIR, or where there is
 * none in /var/tmp or /tmp, or where none of them can, in memory.  *@where is
 * where it is; a constant, or of the environment.  A descriptor; -errno.
 */
int temp_file(uint64_t size, const char **where);

#endif
