/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * slirp_fds.c - the descriptors that libslirp uses: none blocks, and there are
 * not too many
 *
 * libslirp's sockets of UDP and ICMP block, and it uses them under the
 * network's lock.  Here each becomes non-blocking when libslirp has opened it.
 *
 * Each kind of socket has room of its own, so that a guest that sends from
 * thousands of UDP ports can still connect by TCP.  A packet is refused only if
 * libslirp would open one more socket for it and there is no room for that.
 * Connections to services have no socket before the guest has acknowledged the
 * answer to its first segment; these are limited, too.
 *
 * The host's clients wait in the host's kernel while there is no room for
 * them.  When a connection can't be accepted for another reason, nothing is
 * accepted for a moment: the socket stays readable, and poll(2) would return at
 * once each time.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "devices/net/fd_limit.h"
#include "devices/net/reset_on_close.h"
#include "devices/net/slirp_net.h"
#include "vmm/count.h"

/* Last, as it brings its own MIN and MAX. */
#include <glib.h>

enum {
	/* Descriptors left to everybody else. */
	FDS_RESERVED = 256,
	/* What there is memory for: libslirp has two buffers of 128 KiB for a
	 * connection, and may keep the last datagram of a UDP socket. */
	TCP_MAX = 12288,
	UDP_MAX = 4096,
	PING_MAX = 512,
};

/* For how long nothing is accepted after a failure. */
#define ACCEPT_PAUSE_NS (100 * NSEC_PER_MSEC)
/* How often connections without a socket are counted, while refused. */
#define COUNT_NS (100 * NSEC_PER_MSEC)

static bool has_unix_forward(const struct net_config *c)
{
	for (size_t i = 0; i < c->forwards.count; i++)
		if (c->forwards.list[i].host.ss_family == AF_UNIX)
			return true;
	return false;
}

void slirp_fds_init(struct slirp_net *net)
{
	unsigned long fds = fd_limit_raise(), taken;

	/* Those of forwards that libslirp is yet to open. */
	taken = MIN(net->config->forwards.count, fds / 2);
	fds -= taken;
	fds -= MIN((unsigned long)FDS_RESERVED, fds / 2);
	net->room[SLIRP_TCP] = (unsigned)MIN(fds / 2, (unsigned long)TCP_MAX);
	net->room[SLIRP_UDP] =
		(unsigned)MIN(fds * 3 / 8, (unsigned long)UDP_MAX);
	net->room[SLIRP_PING] = (unsigned)MIN(fds / 8, (unsigned long)PING_MAX);
	/* libslirp opens a second socket for each of their connections. */
	if (has_unix_forward(net->config))
		net->room[SLIRP_TCP] /= 2;
}

void slirp_fds_clear(struct slirp_net *net)
{
	for (unsigned i = 0; i < SLIRP_KINDS; i++)
		fd_bits_clear(&net->live[i]);
	fd_bits_clear(&net->dead);
	udp_table_clear(&net->udp);
	net->bare = net->accepting = 0;
}

void slirp_fds_free(struct slirp_net *net)
{
	for (unsigned i = 0; i < SLIRP_KINDS; i++)
		fd_bits_free(&net->live[i]);
	fd_bits_free(&net->listening);
	fd_bits_free(&net->dead);
	udp_table_free(&net->udp);
}

bool slirp_fds_any(const struct slirp_net *net)
{
	for (unsigned i = 0; i < SLIRP_KINDS; i++)
		if (net->live[i].count)
			return true;
	return false;
}

static bool is_full(const struct slirp_net *net, enum slirp_kind kind)
{
	return net->live[kind].count >= net->room[kind];
}

/* ---- What libslirp opens and closes. ---- */

static int option(int fd, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	getsockopt(fd, SOL_SOCKET, name, &value, &len);
	return value;
}

static enum slirp_kind kind_of(int fd)
{
	if (option(fd, SO_TYPE) == SOCK_STREAM)
		return SLIRP_TCP;
	return option(fd, SO_PROTOCOL) == IPPROTO_UDP ? SLIRP_UDP : SLIRP_PING;
}

void slirp_fd_open(int fd, void *opaque)
{
	struct slirp_net *net = opaque;
	enum slirp_kind kind;

	if (fd < 0)
		return;
	kind = kind_of(fd);
	reset_on_close(fd);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	/* Those it has accepted would be inherited. */
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fd_bits_add(&net->live[kind], fd);
	if (kind == SLIRP_UDP && net->opening)
		udp_table_add(&net->udp, fd, net->opening);
	if (net->accepting)
		net->accepting--;
	net->outdated = true;
}

void slirp_fd_close(int fd, void *opaque)
{
	struct slirp_net *net = opaque;

	reset_on_close_unless_ended(fd);
	for (unsigned i = 0; i < SLIRP_KINDS; i++)
		fd_bits_remove(&net->live[i], fd);
	fd_bits_remove(&net->dead, fd);
	udp_table_remove(&net->udp, fd);
	net->outdated = true;
}

/* ---- What the host's clients open. ---- */

bool slirp_fds_accept(const struct slirp_net *net)
{
	return !is_full(net, SLIRP_TCP) && net->accept_ns <= net->now_ns;
}

static bool is_unix(int fd)
{
	return option(fd, SO_DOMAIN) == AF_UNIX;
}

/* Whether there are descriptors for a connection's two sockets.  libslirp ends
 * the process when there is none for the second. */
static bool has_two(const struct slirp_net *net)
{
	int first = dup(net->dev.wake_fd), second = dup(net->dev.wake_fd);
	bool both = first >= 0 && second >= 0;

	close_fd(&first);
	close_fd(&second);
	return both;
}

bool slirp_fds_offer(struct slirp_net *net, int fd)
{
	if (!fd_bits_has(&net->listening, fd))
		return true;
	net->accepting++;
	return !is_unix(fd) || has_two(net);
}

void slirp_fds_poll(struct slirp_net *net, bool failed,
		    SlirpGetREventsCb get_revents)
{
	net->accepting = 0;
	slirp_pollfds_poll(net->slirp, failed, get_revents, net);
	if (net->accepting)
		net->accept_ns = net->now_ns + ACCEPT_PAUSE_NS;
	net->accepting = 0;
}

uint64_t slirp_fds_deadline(const struct slirp_net *net)
{
	return net->accept_ns > net->now_ns ? net->accept_ns : UINT64_MAX;
}

/* ---- What the guest opens. ---- */

/* How many connections libslirp has without a socket.  There is no other way
 * to ask. */
static unsigned count_bare(struct slirp_net *net)
{
	char *info = slirp_connection_info(net->slirp), *rest = info, *line;
	const char *tcp;
	unsigned n = 0;

	while ((line = strsep(&rest, "\n"))) {
		tcp = slirp_stack_tcp_line(line);
		n += tcp && slirp_stack_word(tcp, 1) < 0;
	}
	g_free(info);
	return n;
}

/* Whether there are too many without a socket for one more.  To count them
 * takes as long as libslirp has connections. */
static bool too_bare(struct slirp_net *net)
{
	if (net->bare >= SLIRP_BARE && net->now_ns >= net->count_ns) {
		net->bare = count_bare(net);
		net->count_ns = net->now_ns + COUNT_NS;
	}
	if (net->bare >= SLIRP_BARE)
		return true;
	net->bare++;
	return false;
}

static bool tcp_fits(struct slirp_net *net, const struct packet *p)
{
	if ((p->payload[13] & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return true;
	return !is_full(net, SLIRP_TCP) &&
	       !(policy_is_service(&net->sanitizer.policy, p) && too_bare(net));
}

static bool udp_fits(struct slirp_net *net, const struct packet *p)
{
	return !is_full(net, SLIRP_UDP) || udp_table_has(&net->udp, p) ||
	       policy_serves(&net->sanitizer.policy, p) ||
	       slirp_forward_leads_to(net, get_be16(p->payload));
}

bool slirp_fds_admit(struct slirp_net *net, const struct packet *packet)
{
	bool fits = true;

	if (packet->ethertype == ETHERTYPE_ARP)
		return true;
	if (packet->protocol == PROTOCOL_TCP)
		fits = tcp_fits(net, packet);
	if (packet->protocol == PROTOCOL_UDP)
		fits = udp_fits(net, packet);
	if (packet->protocol == PROTOCOL_ICMP)
		fits = !is_full(net, SLIRP_PING);
	if (!fits)
		count_add(&net->limited, 1);
	return fits;
}
