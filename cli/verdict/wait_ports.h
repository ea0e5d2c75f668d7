/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wait_ports.h - the TCP ports of the guest that are awaited, and which of them
 * have answered
 *
 * Threads: the main thread, except for wait_ports_answer().
 */
#ifndef CLI_VERDICT_WAIT_PORTS_H
#define CLI_VERDICT_WAIT_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wait_port {
	uint16_t port;
	/* The time within which it must answer, from the program's start; 0: no
	 * limit. */
	uint64_t limit_ns;
	/* Relaxed: a flag by itself.  The news that are posted after it is set
	 * order it. */
	bool answered;
};

/* Zero-initialised, it is empty. */
struct wait_ports {
	struct wait_port *list;
	size_t count;
};

/* Add @port.  -ENOMEM. */
int wait_ports_add(struct wait_ports *ports, uint16_t port, uint64_t limit_ns);
void wait_ports_free(struct wait_ports *ports);

/* The port at @index has answered.  Any thread. */
void wait_ports_answer(struct wait_ports *ports, size_t index);

/* How many have answered. */
size_t wait_ports_answered(const struct wait_ports *ports);

/* The first port that hasn't answered and has a limit of at most
 * @since_start_ns; NULL: there is none.  With UINT64_MAX, ports with any limit
 * or none count. */
const struct wait_port *wait_ports_missing(const struct wait_ports *ports,
					   uint64_t since_start_ns);

/* The smallest limit of the ports that haven't answered; 0: there is none. */
uint64_t wait_ports_limit(const struct wait_ports *ports);

#endif
