/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * initrd_command.h - minivmm initrd: make an initial RAM disk
 *
 * Threads: main thread.
 */
#ifndef CLI_INITRD_COMMAND_H
#define CLI_INITRD_COMMAND_H

/* Run the command in @argv, "initrd" and its options.  Returns the exit
 * code. */
int initrd_command(int argc, char **argv);

#endif
