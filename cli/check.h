/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * check.h - `minivmm check`: what this host can do, and what a kernel
 * file needs
 */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include <stdio.h>

struct config;

/*
 * Open KVM, create a VM, measure how fast it executes guest code, and print
 * all that to @out, with the kernel of @config if it names one.  The line
 * "linux: yes" or "linux: no (why)" says whether an ordinary kernel can be
 * expected to boot here.  Main thread.  Returns the program's exit code.
 */
int check_run(const struct config *config, FILE *out);

#endif
