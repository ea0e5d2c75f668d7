/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * forward.h - ports of the host that lead to ports of the guest
 *
 * Forwards are parsed here, and their sockets on the host are opened, so that
 * all errors in them are reported before the VM starts. devices/slirp/slirp.h
 * takes over the open sockets.  Main thread.
 */
#ifndef DEVICES_NET_FORWARD_H
#define DEVICES_NET_FORWARD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/draft.h"
#include "base/option.h"

/* The longest text that forward_host_text() writes, with its end. */
enum { FORWARD_TEXT = 128 };

struct forward {
	bool udp;
	/* The address on the host: AF_INET, AF_INET6 or AF_UNIX.  The port is 0
	 * until forwards_open() has picked one. */
	struct sockaddr_storage host;
	socklen_t host_len;
	/* minivmm picked the port, so the user wants to be told which it is. */
	bool picked;
	/* The guest's end; 0.0.0.0: whatever address the guest has.  A forward
	 * from an IPv6 address always leads to the guest's IPv6 address. */
	struct in_addr guest;
	uint16_t guest_port;
	/* The socket, bound and listening, or -1. */
	int fd;
	/* For a Unix socket: the file that we made. */
	struct file_id id;
};

/* Zero-initialised, it is empty. */
struct forwards {
	struct forward *list;
	size_t count;
};

/*
 * Parse the forward in @value, [ADDR:]HOST:GUEST[/udp] or unix:PATH:GUEST, and
 * add it.  The ports may be ranges of equal length; HOST may be 0.  Logs one
 * line; -EINVAL, -ENOMEM.
 */
int forward_parse(struct forwards *forwards, const struct option_value *value);

/* The same for [tcp|udp|unix]:[ADDR]:HOST-[GUESTADDR]:GUEST, as QEMU's
 * hostfwd= has it. */
int forward_parse_hostfwd(struct forwards *forwards,
			  const struct option_value *value);

/* Set *@full to the path of a Unix socket as seen from the working directory.
 * @path is a part of @value.  The caller frees *@full, even after an error.
 * Logs one line; -EINVAL, -ENOMEM. */
int forward_socket_path(const struct option_value *value, const char *path,
			char **full);

/* Have forwards_open() pick a port for @forward, even if the user named one.  A
 * forward from a Unix socket is not changed. */
void forward_pick_port(struct forward *forward);

/* Open all sockets, bound and listening.  Logs one line; -errno. */
int forwards_open(struct forwards *forwards);

/* Close the sockets, remove the files of Unix sockets, and free; NULL is
 * fine. */
void forwards_free(struct forwards *forwards);

/* The address on the host as text, such as "127.0.0.1:2222", or a path.
 * Returns @buf. */
const char *forward_host_text(const struct forward *forward,
			      char buf[FORWARD_TEXT]);

#endif
