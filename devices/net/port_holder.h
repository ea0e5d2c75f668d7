/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port_holder.h - which process has a socket
 *
 * From /proc, as far as the user may look.  Any thread.
 */
#ifndef DEVICES_NET_PORT_HOLDER_H
#define DEVICES_NET_PORT_HOLDER_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

struct port_holder {
	pid_t pid;
	/* Its short name. */
	char name[32];
};

/* Find who has the TCP, UDP or unix socket that is in the way of binding to
 * @addr; false: nobody that can be seen. */
bool port_holder_find(const struct sockaddr *addr, bool udp,
		      struct port_holder *holder);

#endif
