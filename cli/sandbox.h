/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sandbox.h - what a guest that takes over minivmm can't reach
 *
 * All that a run needs of the host is open before it enters; then the process
 * gives up what it does not need any more, for good: descriptors that it was
 * started with, privileges, files, signals to others, most system calls.  See
 * docs/SECURITY.md.
 *
 * Threads: main thread, while there is no other.
 */
#ifndef CLI_SANDBOX_H
#define CLI_SANDBOX_H

#include <stdio.h>

struct config;
struct host;

/* Enter, as @config wants it; @host is open.  Logs what is missing; -errno:
 * something is, and it was to be strict. */
int sandbox_enter(const struct config *config, const struct host *host);

/* Say what of it this host has. */
void sandbox_check(FILE *out);

#endif
