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

/* Open what @config asks for, and remember @forwards, which are reported later;
 * both must outlive it.  In @services, ready.draft_fd is -1, the rest is zero.
 * Logs; -errno.  services_close() must be called even after an error. */
int services_open(struct services *services,
		  const struct services_config *config,
		  const struct forwards *forwards);

/*
 * Start the attendant, the process that does what can't be done in a sandbox,
 * if there is anything to do.  It also removes the sockets of the forwards and
 * those at @sockets, a list that ends with NULL, and it gives @core (NULL:
 * none) its name, @core_path.  There must be no other thread.  Logs; -errno.
 */
int services_attend(struct services *services, const char *const *sockets,
		    const struct draft *core, const char *core_path);

/* Have the attendant give the core its name.  Returns 0 or -errno. */
int services_place_core(struct services *services);

/* The guest is ready, and the forwards are open: tell others, and start the
 * command, if there is one.  @done(@arg, exit code, or -errno) is called on
 * @loop, unless services_close() comes first.  Logs; -errno. */
int services_start(struct services *services, struct loop *loop,
		   void (*done)(void *arg, int code), void *arg);

/* End the command, if it runs, and wait half a second for it, and at most
 * @patience_ms for readers.  -errno: one of these could not be told. */
int services_close(struct services *services, unsigned patience_ms);

/* Have the attendant do what is left.  The last thing to call. */
void services_end(struct services *services);

#endif
