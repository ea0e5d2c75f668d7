/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fds.c - libslirp's descriptors: none blocks, and there are not too many
 *
 * libslirp uses its sockets under the network's lock, so each is made
 * non-blocking when libslirp has opened it.
 *
 * TCP, which is libslirp's, and each kind of UDP socket (udp_nat.h) have limits
 * of their own, so that a guest that sends from thousands of UDP ports can
 * still connect by TCP.  A packet is refused only if libslirp would open one
 * more socket for it and there is no room for that.  Connections to services
 * have no socket before the guest has acknowledged the answer to its first
 * segment; their number is limited, too.
 *
 * The host's clients wait in the host's kernel while there is no room for them.
 * If a connection can't be accepted for another reason, nothing is accepted for
 * a moment.  Otherwise each wait would end at once, because the socket stays
 * readable.
 *
 * close(2) tells a TCP peer that everything was sent.  But libslirp closes a
 * socket for any reason: a reset from the guest, a time-out, the end of the
 * machine.  So every socket is set up to send a reset when it is closed, by
 * libslirp or by the death of this process.  Only if the guest has ended the
 * connection, and everything before that was written, is this undone.  Whether
 * the guest has ended it is seen in the socket, which libslirp then has shut
 * down for writing.  Sockets of other kinds can't send a reset.
 */
#include "devices/slirp/fds.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/count.h"
#include "base/fd_limit.h"
#include "devices/slirp/info.h"
#include "devices/slirp/internal.h"

enum {
	/* How many descriptors are left to the rest of the process. */
	FDS_RESERVED = 256,
	/* Limited by memory: libslirp has two buffers of 128 KiB for each
	 * connection, and the kernel as much for each UDP socket. */
	TCP_MAX = 12288,
	UDP_MAX = 2048,
	DNS_MAX = 512,
	PING_MAX = 256,
};

/* For how long nothing is accepted after a failure. */
#define ACCEPT_PAUSE_NS (100 * NSEC_PER_MSEC)
/* How often connections without a socket are counted while new ones are
 * refused. */
#define COUNT_NS (100 * NSEC_PER_MSEC)

static bool has_unix_forward(const struct net_config *c)
{
	for (size_t i = 0; i < c->forwards.count; i++)
		if (c->forwards.list[i].host.ss_family == AF_UNIX)
			return true;
	return false;
}

static unsigned at_most(unsigned long fds, unsigned most)
{
	return fds < most ? (unsigned)fds : most;
}

void slirp_fds_init(struct slirp_net *net)
{
	unsigned long fds = fd_limit_raise(), taken;

	/* libslirp has yet to open the sockets of the forwards. */
	taken = MIN(net->config->forwards.count, fds / 2);
	fds -= taken;
	fds -= MIN((unsigned long)FDS_RESERVED, fds / 2);
	net->fds.room = at_most(fds / 2, TCP_MAX);
	net->udp.max[UDP_WORLD] = at_most(fds / 4, UDP_MAX);
	net->udp.max[UDP_DNS] = at_most(fds / 8, DNS_MAX);
	net->udp.max[UDP_ECHO] = at_most(fds / 8, PING_MAX);
	/* A client at a Unix socket takes two of libslirp's sockets. */
	if (has_unix_forward(net->config))
		net->fds.room /= 2;
}

void slirp_fds_clear(struct slirp_net *net)
{
	fd_bits_clear(&net->fds.live);
	fd_bits_clear(&net->fds.dead);
	net->fds.bare = net->fds.accepting = 0;
}

void slirp_fds_free(struct slirp_net *net)
{
	fd_bits_free(&net->fds.live);
	fd_bits_free(&net->fds.listening);
	fd_bits_free(&net->fds.dead);
}

bool slirp_fds_any(const struct slirp_net *net)
{
	return net->fds.live.count;
}

static bool is_full(const struct slirp_net *net)
{
	return net->fds.live.count >= net->fds.room;
}

/* ---- What libslirp opens and closes. ---- */

static int option(int fd, int name)
{
	int value = 0;
	socklen_t len = sizeof(value);

	getsockopt(fd, SOL_SOCKET, name, &value, &len);
	return value;
}

/* Whether a reset is sent when @fd is closed. */
static void set_reset(int fd, bool on)
{
	const struct linger linger = { .l_onoff = on, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

/* Whether the socket's FIN was sent or is queued after its data. */
static bool has_ended(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return false;
	switch (info.tcpi_state) {
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
	case TCP_CLOSING:
	case TCP_LAST_ACK:
	case TCP_TIME_WAIT:
		return true;
	default:
		return false;
	}
}

void slirp_fd_open(int fd, void *opaque)
{
	struct slirp_shard *shard = opaque;
	struct slirp_net *net = shard->net;
	unsigned before = net->fds.live.count;

	if (fd < 0)
		return;
	set_reset(fd, true);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	/* accept(2) does not set this flag, and a child process would inherit
	 * the socket. */
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fd_bits_add(&net->fds.live, fd);
	shard->live += net->fds.live.count - before;
	slirp_pairing_open(shard, fd);
	slirp_service_connect(net, fd);
	if (net->fds.accepting)
		net->fds.accepting--;
}

void slirp_fd_close(int fd, void *opaque)
{
	struct slirp_shard *shard = opaque;
	struct slirp_net *net = shard->net;
	unsigned before = net->fds.live.count;

	if (has_ended(fd))
		set_reset(fd, false);
	slirp_service_forget(net, fd);
	slirp_pairing_close(shard, fd);
	fd_bits_remove(&net->fds.live, fd);
	fd_bits_remove(&net->fds.dead, fd);
	shard->live -= before - net->fds.live.count;
	slirp_watch_forget(net, fd);
}

/* ---- What the host's clients open. ---- */

bool slirp_fds_accept(const struct slirp_net *net)
{
	return !is_full(net) && net->fds.accept_ns <= net->now_ns &&
	       !net->forwards.moving;
}

static bool is_unix(int fd)
{
	return option(fd, SO_DOMAIN) == AF_UNIX;
}

/* Whether there are descriptors for both sockets of a connection. libslirp ends
 * the process if it gets none for the second. */
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
	if (!fd_bits_has(&net->fds.listening, fd))
		return true;
	/* The guest has moved while net-rx waited: libslirp would lead the
	 * client to where it was.  The listener tells again, once it is moved.
	 */
	if (net->forwards.moving)
		return false;
	net->fds.accepting++;
	return !is_unix(fd) || has_two(net);
}

void slirp_fds_accepted(struct slirp_net *net)
{
	if (net->fds.accepting)
		net->fds.accept_ns = net->now_ns + ACCEPT_PAUSE_NS;
	net->fds.accepting = 0;
}

uint64_t slirp_fds_deadline(const struct slirp_net *net)
{
	return net->fds.accept_ns > net->now_ns ? net->fds.accept_ns :
						  UINT64_MAX;
}

/* ---- What the guest opens. ---- */

/* Whether too many connections have no socket to allow one more.  Counting them
 * takes time for each of libslirp's connections. */
static bool too_bare(struct slirp_net *net)
{
	if (net->fds.bare >= SLIRP_BARE && net->now_ns >= net->fds.count_ns) {
		net->fds.bare = slirp_info_bare(net);
		net->fds.count_ns = net->now_ns + COUNT_NS;
	}
	if (net->fds.bare >= SLIRP_BARE)
		return true;
	net->fds.bare++;
	return false;
}

static bool tcp_fits(struct slirp_net *net, const struct packet *p)
{
	if ((p->payload[13] & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return true;
	return !is_full(net) &&
	       !(policy_is_service(&net->firewall.policy, p) && too_bare(net));
}

/* The guest sees only that nobody answers. */
static void tell_refused(struct slirp_net *net)
{
	count_add(&net->fds.limited, 1);
	if (is_full(net))
		log_guest(&net->limit,
			  "network: a connection of the guest's is refused: "
			  "there are %u, as many as there may be",
			  net->fds.live.count);
	else
		log_guest(&net->limit,
			  "network: a connection of the guest's is refused: "
			  "%u to services have not been acknowledged yet",
			  net->fds.bare);
}

bool slirp_fds_admit(struct slirp_net *net, const struct packet *packet)
{
	if (packet->ethertype == ETHERTYPE_ARP ||
	    packet->protocol != PROTOCOL_TCP || tcp_fits(net, packet))
		return true;
	tell_refused(net);
	return false;
}
