/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slirp_over.c - connections that are over leave libslirp at once
 *
 * libslirp keeps one that the host's side has ended first for ten seconds,
 * lest its last acknowledgement should get lost.  On the way to the guest
 * nothing gets lost, and a client that opens one connection after the other
 * would soon have all the descriptors there are.  So libslirp is given the
 * reset by which the guest would answer that acknowledgement if it came a
 * second time, and forgets the connection.
 *
 * One that the guest has ended first libslirp forgets by itself, as soon as the
 * guest has acknowledged the end of the host's side.  So it doesn't see that
 * acknowledgement, but gets the reset in its place.
 *
 * A reset also throws away what the host's peer hasn't read yet.  Before each
 * poll(2) libslirp says for which sockets it has such data; those, and what
 * can't be told from them, have to wait.  And a connection is not reset any
 * more once its ports are used anew.
 */
#include <string.h>

#include "devices/net/slirp_net.h"
#include "vmm/count.h"

/* Of @packet, the guest's address and port and then its peer's. */
static struct slirp_over_ends ends_of(const struct packet *packet,
				      bool from_guest)
{
	size_t len = packet->addr_len;
	size_t guest = from_guest ? 0 : 1, peer = 1 - guest;
	struct slirp_over_ends ends = { .addr_len = (uint32_t)len };

	memcpy(ends.addrs, packet->addrs + guest * len, len);
	memcpy(ends.addrs + len, packet->addrs + peer * len, len);
	ends.port = get_be16(packet->payload + 2 * guest);
	ends.peer_port = get_be16(packet->payload + 2 * peer);
	return ends;
}

void slirp_over_note(struct slirp_net *net, const struct packet *packet)
{
	struct slirp_over *over;

	/* Those that are too many have ten seconds. */
	if (net->n_over == OVER_MAX)
		return;
	over = &net->over[net->n_over++];
	over->ends = ends_of(packet, false);
	over->keep = true;
	over->held = false;
	reject_tcp(packet, over->reset);
}

static bool is_held(const struct slirp_net *net, const struct packet *packet)
{
	struct slirp_over_ends ends;

	if (!net->n_over)
		return false;
	ends = ends_of(packet, true);
	for (unsigned i = 0; i < net->n_over; i++)
		if (net->over[i].held &&
		    memcmp(&ends, &net->over[i].ends, sizeof(ends)) == 0)
			return true;
	return false;
}

bool slirp_over_hold(struct slirp_net *net, const struct packet *packet)
{
	struct tcp_frame reset;
	struct slirp_over *over;

	if (is_held(net, packet))
		return true;
	if (net->n_over == OVER_MAX ||
	    !tcp_order_last(&net->sanitizer.order, packet))
		return false;
	over = &net->over[net->n_over++];
	*over = (struct slirp_over){ .ends = ends_of(packet, true),
				     .keep = true,
				     .held = true };
	reset = tcp_frame_along(packet);
	reset.seq = get_be32(packet->payload + 4);
	reset.flags = TCP_RST;
	tcp_frame_write(&reset, over->reset);
	return true;
}

static void remove_at(struct slirp_net *net, unsigned i)
{
	net->over[i] = net->over[--net->n_over];
}

void slirp_over_renew(struct slirp_net *net, const struct packet *packet,
		      bool from_guest)
{
	struct slirp_over_ends ends;

	if (!net->n_over || !(packet->payload[13] & TCP_SYN))
		return;
	ends = ends_of(packet, from_guest);
	for (unsigned i = net->n_over; i-- > 0;)
		if (memcmp(&ends, &net->over[i].ends, sizeof(ends)) == 0)
			remove_at(net, i);
}

void slirp_over_ask(struct slirp_net *net)
{
	for (unsigned i = 0; i < net->n_over; i++)
		net->over[i].keep = false;
}

/* The port of the socket's peer; 0 when it has none, -1 when it isn't
 * connected yet. */
static int peer_port(int fd)
{
	struct sockaddr_storage addr = { .ss_family = AF_UNSPEC };
	const struct sockaddr_in *in = (const void *)&addr;
	socklen_t len = sizeof(addr);

	if (getpeername(fd, (void *)&addr, &len) < 0)
		return -1;
	if (addr.ss_family != AF_INET && addr.ss_family != AF_INET6)
		return 0;
	/* At the same place for IPv6. */
	return ntohs(in->sin_port);
}

void slirp_over_keep(struct slirp_net *net, int fd)
{
	int port = net->n_over ? peer_port(fd) : -1;

	for (unsigned i = 0; i < net->n_over && port >= 0; i++)
		if (!port || net->over[i].ends.peer_port == port)
			net->over[i].keep = true;
}

bool slirp_over_close(struct slirp_net *net)
{
	unsigned was = net->n_over;
	struct packet reset;

	for (unsigned i = was; i-- > 0;) {
		struct slirp_over over = net->over[i];

		/* libslirp may send meanwhile, and so remove some, too. */
		if (i >= net->n_over || over.keep)
			continue;
		remove_at(net, i);
		packet_parse(&reset, over.reset, REJECT_MAX);
		slirp_input(net->slirp, reset.frame,
			    (int)MAX(reset.len, (size_t)ETHER_MIN));
		count_add(&net->left, 1);
	}
	return net->n_over != was;
}
