/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * job.h - a command as Linux's only job
 *
 * Linux unpacks an initramfs of several archives, one behind the other.  One
 * made here goes before the user's, who provides a shell: it has a program
 * that the kernel starts as its first process, and a script with the command.
 * The program (job/init.c) mounts what programs expect, has /bin/sh run the
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

#define JOB_SETTINGS JOB_DIR "/settings"

/* The exit port that the program writes to, and behind it two ports from which
 * it reads what is the command's input (devices/serial/port_pipe.h). */
enum { JOB_PORT = 0x5e0, JOB_PIPE = JOB_PORT + 1 };

/* How the program sets up the command's input and output; the contents of
 * JOB_SETTINGS. */
struct job_settings {
	/* The input is what JOB_PIPE has, not the console. */
	uint8_t pipe;
	/* Lines end by a newline alone: nobody looks at them on a terminal. */
	uint8_t plain;
	/* The terminal's size; 0: not known. */
	uint16_t rows, cols;
	/* "TERM=xterm", a string. */
	char term[58];
};

/* The archive for @command, a line or more for /bin/sh, and @settings: cpio's
 * "newc" format, as in Linux's buffer-format.rst, its length a multiple of 4.
 * To be freed by the caller.  -ENOMEM. */
int job_archive(const char *command, const struct job_settings *settings,
		uint8_t **archive, size_t *len);

#endif
