/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_holder.h - finds the process that has a socket
 *
 * It reads /proc, as far as the user is allowed to.  Any thread.
 */
#ifndef DEVICES_NET_PORT_HOLDER_H
#define DEVICES_NET_PORT_HOLDER_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

struct port_holder {
	pid_t pid;
	/* The process's short name. */
	char name[32];
};

/* Find the process whose TCP, UDP or Unix socket prevents binding to @addr;
 * false: there is none that the user may see. */
bool port_holder_find(const struct sockaddr *addr, bool udp,
		      struct port_holder *holder);

#endif
