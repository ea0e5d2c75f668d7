/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * forward.h - ports of the host that lead to ports of the guest
 *
 * Here they are parsed and their host side is opened, so that everything
 * that can be wrong with them is said before the VM starts;
 * devices/slirp/slirp.h takes over the opened sockets.  Main thread.
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
	/* AF_INET, AF_INET6 or AF_UNIX; port 0 until forwards_open() has
	 * picked one. */
	struct sockaddr_storage host;
	socklen_t host_len;
	/* The host's side was to be picked: the user wants to know it. */
	bool picked;
	/* Where in the guest; 0.0.0.0: at the address it has.  From an IPv6
	 * address it is always the guest's IPv6 address. */
	struct in_addr guest;
	uint16_t guest_port;
	/* Bound and listening, or -1. */
	int fd;
	/* Of a UNIX socket, the file that we made. */
	struct file_id id;
};

/* Zero-initialised, it is empty. */
struct forwards {
	struct forward *list;
	size_t count;
};

/*
 * Add what @value says, [ADDR:]HOST:GUEST[/udp] or unix:PATH:GUEST; the ports
 * may be ranges of equal length, HOST may be 0.  Logs one line; -EINVAL,
 * -ENOMEM.
 */
int forward_parse(struct forwards *forwards, const struct option_value *value);

/* The same for [tcp|udp|unix]:[ADDR]:HOST-[GUESTADDR]:GUEST, as QEMU's
 * hostfwd= has it. */
int forward_parse_hostfwd(struct forwards *forwards,
			  const struct option_value *value);

/* Have in *@full the path of a UNIX domain socket, @path, which is a part of
 * @value, as seen from the working directory; to be freed even on error.  Logs
 * one line; -EINVAL, -ENOMEM. */
int forward_socket_path(const struct option_value *value, const char *path,
			char **full);

/* Have forwards_open() pick a port for @forward, whatever was asked for; one
 * from a UNIX socket is left alone. */
void forward_pick_port(struct forward *forward);

/* Bind and listen.  Logs one line; -errno. */
int forwards_open(struct forwards *forwards);

/* Close what is open, take sockets' files away, free; NULL is fine. */
void forwards_free(struct forwards *forwards);

/* The host's side in words, "127.0.0.1:2222" or a path; returns @buf. */
const char *forward_host_text(const struct forward *forward,
			      char buf[FORWARD_TEXT]);

#endif
