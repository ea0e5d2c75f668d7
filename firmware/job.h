/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * job.h - a command as Linux's only job
 *
 * Linux unpacks an initramfs of several archives, one behind the other.  One
 * made here goes before the user's, who provides a shell: it has a program
 * that the kernel starts as its first process, and a script with the command.
 * The program (job/init.c) mounts proc, sys and dev, has /bin/sh run the
 * script, and ends the run with the script's exit code, by the exit port.
 *
 * Before and not behind: only an archive that isn't compressed can be followed
 * by another whatever the user's is compressed by.
 *
 * Main thread.
 */
#ifndef FIRMWARE_JOB_H
#define FIRMWARE_JOB_H

#include <stddef.h>
#include <stdint.h>

/* Where the archive has what, in the guest; without blanks, they go on its
 * command line. */
#define JOB_DIR	   "/.minivmm"
#define JOB_INIT   JOB_DIR "/init"
#define JOB_SCRIPT JOB_DIR "/job"

/* The exit port that the program writes to. */
enum { JOB_PORT = 0x5e0 };

/* The archive for @command, a line or more for /bin/sh: cpio's "newc" format,
 * as in Linux's buffer-format.rst, its length a multiple of 4.  To be freed by
 * the caller.  -ENOMEM. */
int job_archive(const char *command, uint8_t **archive, size_t *len);

#endif
