/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pairing.c - finds out which of libslirp's descriptors a connection has
 *
 * libslirp reports a socket when it opens it, but not for which connection.
 *
 * A connection that the guest begins gets its socket while libslirp processes a
 * packet of it, so that packet tells.
 *
 * A connection from the host is found by the port of its first segment to the
 * guest.  libslirp sends that as soon as it has accepted the socket, unless it
 * must first ask for the guest's hardware address.
 *
 * If the client came by TCP, the accepted socket's peer has that port.  Clients
 * of other forwards may have the same port.  So if libslirp accepts a socket
 * before it has sent the segment of the last one, no TCP socket is paired for
 * as long as libslirp may still send that.
 *
 * For a client at a Unix socket libslirp uses the port of one more socket,
 * which it opens next and does not report.  That socket gets the lowest free
 * number, unless another thread is faster.  So it is the right one only if it
 * has this number and is bound to this port.
 *
 * If none of this is certain, the connection's descriptor is not known.
 */
#include "devices/slirp/pairing.h"

#include <unistd.h>

#include "devices/slirp/internal.h"

/* libslirp gives up a connection after 75 seconds. */
#define ALONE_NS (120 * NSEC_PER_SEC)

/* The port of @addr; 0: it has none. */
static int port_of(const union net_sockaddr *addr)
{
	if (addr->any.sa_family != AF_INET && addr->any.sa_family != AF_INET6)
		return 0;
	return net_end_from(addr).port;
}

int slirp_peer_port(int fd)
{
	union net_sockaddr addr = { .any.sa_family = AF_UNSPEC };
	socklen_t len = sizeof(addr);

	if (getpeername(fd, &addr.any, &len) < 0)
		return -1;
	return port_of(&addr);
}

/* The port that @fd is bound to; 0: none; -1: it is no socket. */
static int own_port(int fd)
{
	union net_sockaddr addr = { .any.sa_family = AF_UNSPEC };
	socklen_t len = sizeof(addr);

	if (getsockname(fd, &addr.any, &len) < 0)
		return -1;
	return port_of(&addr);
}

/* The lowest free descriptor; -1: there is none. */
static int next_fd(const struct slirp_net *net)
{
	int fd = dup(net->dev.wake_fd), next = fd;

	close_fd(&fd);
	return next;
}

static void pair(struct slirp_net *net, struct flow *flow, int fd)
{
	flow->fd = fd >= 0 && slirp_watch_pair(net, fd, flow) ? fd : -1;
}

static void begin_from_guest(struct slirp_net *net, int fd)
{
	if (net->opening->flow)
		pair(net, net->opening->flow, fd);
}

static void begin_from_host(struct slirp_shard *shard, int fd)
{
	struct slirp_accepted *accepted = &shard->accepted;

	if (accepted->waits)
		accepted->alone_ns = shard->net->now_ns + ALONE_NS;
	accepted->waits = true;
	accepted->fd = fd;
	accepted->port = slirp_peer_port(fd);
	accepted->port_fd = accepted->port == 0 ? next_fd(shard->net) : -1;
}

void slirp_pairing_open(struct slirp_shard *shard, int fd)
{
	if (shard->net->opening)
		begin_from_guest(shard->net, fd);
	else
		begin_from_host(shard, fd);
}

void slirp_pairing_close(struct slirp_shard *shard, int fd)
{
	struct flow *flow = slirp_watch_paired(shard->net, fd);

	if (shard->accepted.fd == fd)
		shard->accepted.waits = false;
	if (flow)
		flow->fd = -1;
}

/* The descriptor of the connection that begins from the host's @port; -1: that
 * is not certain. */
static int take_accepted(struct slirp_shard *shard, uint16_t port)
{
	struct slirp_accepted *accepted = &shard->accepted;
	bool same = accepted->port == 0 ?
			    own_port(accepted->port_fd) == port :
			    accepted->port == port &&
				    shard->net->now_ns >= accepted->alone_ns;

	if (!accepted->waits || !same)
		return -1;
	accepted->waits = false;
	return accepted->fd;
}

void slirp_pairing_to(struct slirp_shard *shard, const struct packet *packet)
{
	struct flow *flow = packet->flow;
	bool again =
		flow->live && flow->next == get_be32(packet->payload + 4) + 1;

	if (!(packet->payload[13] & TCP_ACK) && !again)
		pair(shard->net, flow, take_accepted(shard, flow->peer_port));
}
