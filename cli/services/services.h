/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * services.h - what the host does with a guest once it is ready
 *
 * --ready-fd and --ready-file tell others, --exec runs a command; see
 * minivmm(1), TESTING.
 *
 * Threads: main thread.
 */
#ifndef CLI_SERVICES_SERVICES_H
#define CLI_SERVICES_SERVICES_H

#include "cli/services/attendant.h"
#include "cli/services/ready.h"
#include "cli/services/services_config.h"

struct forwards;

struct services {
	const struct services_config *config;
	const struct forwards *forwards;
	struct ready ready;
	struct attendant attendant;
};

/* Open what @config asks for, and tell of @forwards later; both must outlive
 * it.  @services has a ready.draft_fd of -1, else zeros.  Logs; -errno, and
 * services_close() is to be called all the same. */
int services_open(struct services *services,
		  const struct services_config *config,
		  const struct forwards *forwards);

/*
 * Start the process that does what can't be done in a sandbox, if there is
 * anything: it also removes the forwards' sockets, and those at @sockets, of
 * which the last is NULL, and gives @core (NULL: none) its name, @core_path.
 * There is no other thread.  Logs; -errno.
 */
int services_attend(struct services *services, const char *const *sockets,
		    const struct draft *core, const char *core_path);

/* Have it give the core its name.  -errno. */
int services_place_core(struct services *services);

/* The guest is ready, and the forwards are open: tell, and start the
 * command, if there is one.  Unless services_close() is earlier, @done(@arg,
 * its exit code, or -errno) is called on @loop.  Logs; -errno. */
int services_start(struct services *services, struct loop *loop,
		   void (*done)(void *arg, int code), void *arg);

/* End the command if it runs; it is waited for half a second, and readers at
 * most @patience_ms.  -errno: one of these could not be told. */
int services_close(struct services *services, unsigned patience_ms);

/* What else there was to be done by the other process: at the very end. */
void services_end(struct services *services);

#endif
