/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernel_release.h - the release of a Linux kernel in a file
 *
 * Threads: main thread.
 */
#ifndef CLI_KERNEL_RELEASE_H
#define CLI_KERNEL_RELEASE_H

#include "firmware/boot.h"

/* The release as uname(1) prints it, "6.1.0-18-amd64"; empty: the file does not
 * tell. */
void kernel_release(const struct boot *boot, char release[BOOT_VERSION]);

#endif
