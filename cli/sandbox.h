/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sandbox.h - limits what a guest that takes over minivmm can reach
 *
 * Everything that a run needs of the host is open before the process enters the
 * sandbox.  Then the process gives up what it does not need any more, for good:
 * inherited descriptors, privileges, files, signals to other processes, and
 * most system calls.  See docs/SECURITY.md.
 *
 * Threads: main thread, while there is no other.
 */
#ifndef CLI_SANDBOX_H
#define CLI_SANDBOX_H

#include <stdio.h>

#include "base/landlock.h"

struct config;
struct host;

struct sandbox {
	/* What may be opened later.  There are no rules because of @err. */
	struct landlock landlock;
	/* The same for the network's process, if there is one, and what is left
	 * then for this one. */
	struct landlock network, rest;
	int err;
};

/* Open the paths of which something will be read in the sandbox that @config
 * asks for; @host is open.  @sandbox is all zero.  This may take long: a file
 * server may not answer. */
void sandbox_open(struct sandbox *sandbox, const struct config *config,
		  const struct host *host);

/* Enter it, whatever sandbox_open() met.  Takes microseconds.  Starts the
 * network's process, if there is to be one, which enters its own.  Logs what
 * this host lacks; -errno: something is lacking, and the mode is strict; or the
 * process can't be started. */
int sandbox_enter(struct sandbox *sandbox, const struct config *config,
		  struct host *host);

/* Print which parts of the sandbox this host supports. */
void sandbox_check(FILE *out);

#endif
