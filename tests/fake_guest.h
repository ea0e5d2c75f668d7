/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fake_guest.h - a NIC and a guest's network stack, in the test's process
 *
 * The NIC keeps the frames it is given in a bounded queue; the guest takes
 * them from there whenever the test calls guest_step(), answers ARP, and
 * speaks enough UDP and TCP (no retransmission, no reordering: nothing gets
 * lost) over IPv4 and IPv6.
 */
#ifndef TESTS_FAKE_GUEST_H
#define TESTS_FAKE_GUEST_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "devices/net/checksum.h"
#include "devices/net/packet.h"
#include "devices/net/slirp.h"
#include "tests/unit.h"
#include "vmm/util.h"

enum {
	GUEST_QUEUE = 512,
	GUEST_CONNECTIONS = 1024,
	/* Generous: only a hang gets there. */
	GUEST_PATIENCE_MS = 20000,
};

struct guest_frame {
	size_t len;
	uint8_t data[ETHER_MAX + 100];
};

struct guest_tcp {
	/* In use, established, and the peer's FIN came. */
	bool used, established, ended, reset;
	/* Send back what comes. */
	bool echo;
	uint8_t addr[16];
	size_t addr_len;
	uint16_t port, peer_port, window;
	uint32_t next, acked, expected;
	/* Bytes that came, and a sum of them that depends on their order. */
	uint64_t received;
	uint64_t hash;
};

struct guest {
	struct net_config config;
	struct netdev *dev;
	uint8_t mac[6], gateway_mac[6];
	uint8_t addr4[4], addr6[16];
	/* Does not answer ARP. */
	bool deaf;
	/* Where connections are accepted, and echoed. */
	uint16_t echo_port;
	/* Where its sequence numbers begin. */
	uint32_t first_seq;

	/* The NIC, under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct guest_frame *queue;
	unsigned head, count, room;
	bool refused;
	unsigned refusals, tx_rooms, rx_dones;

	/* The last UDP datagram. */
	bool udp_came;
	uint8_t udp_from[16];
	uint16_t udp_port, udp_from_port;
	uint8_t udp_data[65536];
	size_t udp_len;
	/* The last of anything else that came. */
	struct guest_frame other;
	unsigned n_other, n_arp, n_icmp;
	struct guest_tcp tcp[GUEST_CONNECTIONS];
};

/* ---- The NIC: called on net-rx. ---- */

static inline bool guest_nic_rx(void *arg, const void *frame, size_t len)
{
	struct guest *g = arg;
	struct guest_frame *f;
	bool ok;

	pthread_mutex_lock(&g->lock);
	ok = g->count < g->room;
	if (ok) {
		f = &g->queue[(g->head + g->count++) % GUEST_QUEUE];
		f->len = len;
		memcpy(f->data, frame, len);
		pthread_cond_signal(&g->more);
	} else {
		g->refused = true;
		g->refusals++;
	}
	pthread_mutex_unlock(&g->lock);
	return ok;
}

static inline void guest_nic_rx_done(void *arg)
{
	struct guest *g = arg;

	__atomic_add_fetch(&g->rx_dones, 1, __ATOMIC_RELAXED);
}

static inline void guest_nic_tx_room(void *arg)
{
	struct guest *g = arg;

	pthread_mutex_lock(&g->lock);
	g->tx_rooms++;
	pthread_cond_signal(&g->more);
	pthread_mutex_unlock(&g->lock);
}

/* How many frames the NIC takes before it refuses. */
static inline void guest_set_room(struct guest *g, unsigned room)
{
	bool tell;

	pthread_mutex_lock(&g->lock);
	g->room = room;
	tell = g->refused;
	g->refused = false;
	pthread_mutex_unlock(&g->lock);
	if (tell)
		netdev_rx_room(g->dev);
}

/* Copies the next frame; false when none comes within @ms. */
static inline bool guest_take(struct guest *g, struct guest_frame *frame,
			      unsigned ms)
{
	struct timespec until;
	bool got, tell = false;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&g->lock);
	while (!g->count && rc == 0 && ms)
		rc = pthread_cond_timedwait(&g->more, &g->lock, &until);
	got = g->count;
	if (got) {
		struct guest_frame *f = &g->queue[g->head];

		frame->len = f->len;
		memcpy(frame->data, f->data, f->len);
		g->head = (g->head + 1) % GUEST_QUEUE;
		g->count--;
		tell = g->refused;
		g->refused = false;
	}
	pthread_mutex_unlock(&g->lock);
	if (tell)
		netdev_rx_room(g->dev);
	return got;
}

/* ---- Sending. ---- */

static inline void guest_send_with(struct guest *g, const void *frame,
				   size_t len,
				   const struct netdev_offload *offload)
{
	struct iovec iov[2] = {
		{ (void *)(uintptr_t)frame, MIN(len, (size_t)20) },
		{ (uint8_t *)(uintptr_t)frame + MIN(len, (size_t)20),
		  len - MIN(len, (size_t)20) },
	};
	enum netdev_tx rc;
	unsigned rooms, tries = 0;

	do {
		pthread_mutex_lock(&g->lock);
		rooms = g->tx_rooms;
		pthread_mutex_unlock(&g->lock);
		rc = netdev_tx(g->dev, iov, 2, offload);
		while (rc == NETDEV_FULL && ++tries < GUEST_PATIENCE_MS) {
			struct timespec ms = { 0, 1000000 };
			bool room;

			pthread_mutex_lock(&g->lock);
			room = rooms != g->tx_rooms;
			pthread_mutex_unlock(&g->lock);
			if (room)
				break;
			nanosleep(&ms, NULL);
		}
	} while (rc == NETDEV_FULL && tries < GUEST_PATIENCE_MS);
	ck_assert_int_ne(rc, NETDEV_FULL);
}

static inline void guest_send(struct guest *g, const void *frame, size_t len)
{
	guest_send_with(g, frame, len, &(struct netdev_offload){ 0 });
}

static inline void guest_ether(struct guest *g, uint8_t *frame,
			       enum ethertype type)
{
	memcpy(frame, g->gateway_mac, 6);
	memcpy(frame + 6, g->mac, 6);
	put_be16(frame + 12, type);
}

static inline void guest_arp(struct guest *g, unsigned op, const uint8_t *to)
{
	static const uint8_t kind[] = { 0, 1, 8, 0, 6, 4 };
	uint8_t frame[ETHER_HEADER + ARP_PACKET] = { 0 };

	guest_ether(g, frame, ETHERTYPE_ARP);
	memset(frame, 0xff, 6);
	memcpy(frame + 14, kind, sizeof(kind));
	put_be16(frame + 20, (uint16_t)op);
	memcpy(frame + 22, g->mac, 6);
	memcpy(frame + 28, g->addr4, 4);
	memcpy(frame + 38, to, 4);
	guest_send(g, frame, sizeof(frame));
}

/* Writes the headers of an IP packet with @len bytes of payload, and the
 * checksum at @sum_at of the payload; the frame's length. */
static inline size_t guest_ip(struct guest *g, uint8_t *frame,
			      const uint8_t *to, size_t addr_len,
			      uint8_t protocol, size_t len, int sum_at)
{
	uint8_t *ip = frame + ETHER_HEADER;
	size_t header = addr_len == 4 ? IPV4_HEADER : IPV6_HEADER;
	uint8_t *payload = ip + header, *addrs;
	uint16_t sum;

	memset(ip, 0, header);
	if (addr_len == 4) {
		guest_ether(g, frame, ETHERTYPE_IPV4);
		ip[0] = 0x45;
		put_be16(ip + 2, (uint16_t)(header + len));
		ip[8] = 64;
		ip[9] = protocol;
		addrs = ip + 12;
		memcpy(addrs, g->addr4, 4);
	} else {
		guest_ether(g, frame, ETHERTYPE_IPV6);
		ip[0] = 0x60;
		put_be16(ip + 4, (uint16_t)len);
		ip[6] = protocol;
		ip[7] = 255;
		addrs = ip + 8;
		memcpy(addrs, g->addr6, 16);
	}
	memcpy(addrs + addr_len, to, addr_len);
	if (addr_len == 4) {
		sum = checksum(ip, header);
		memcpy(ip + 10, &sum, 2);
	}
	if (sum_at >= 0) {
		uint64_t s = protocol == PROTOCOL_ICMP ?
				     0 :
				     checksum_pseudo(addrs, 2 * addr_len,
						     protocol, len);

		memset(payload + sum_at, 0, 2);
		sum = (uint16_t)~checksum_fold(checksum_add(s, payload, len));
		memcpy(payload + sum_at, &sum, 2);
	}
	return ETHER_HEADER + header + len;
}

static inline uint8_t *guest_payload(uint8_t *frame, size_t addr_len)
{
	return frame + ETHER_HEADER +
	       (addr_len == 4 ? IPV4_HEADER : IPV6_HEADER);
}

/* Asks who has an IPv6 address. */
static inline void guest_solicit(struct guest *g, const uint8_t *whom)
{
	uint8_t frame[128] = { 0 };
	uint8_t *ns = guest_payload(frame, 16);

	ns[0] = 135;
	memcpy(ns + 8, whom, 16);
	guest_send(g, frame,
		   guest_ip(g, frame, whom, 16, PROTOCOL_ICMPV6, 24, 2));
}

static inline void guest_udp(struct guest *g, const uint8_t *to,
			     size_t addr_len, uint16_t from_port,
			     uint16_t to_port, const void *data, size_t len)
{
	static uint8_t frame[ETHER_MAX + 100];
	uint8_t *udp = guest_payload(frame, addr_len);

	put_be16(udp, from_port);
	put_be16(udp + 2, to_port);
	put_be16(udp + 4, (uint16_t)(UDP_HEADER + len));
	memcpy(udp + UDP_HEADER, data, len);
	guest_send(g, frame,
		   guest_ip(g, frame, to, addr_len, PROTOCOL_UDP,
			    UDP_HEADER + len, 6));
}

static inline void guest_segment(struct guest *g, struct guest_tcp *t,
				 uint8_t flags, const void *data, size_t len)
{
	static uint8_t frame[ETHER_MAX + 100];
	uint8_t *tcp = guest_payload(frame, t->addr_len);
	size_t header = TCP_HEADER + (flags & TCP_SYN ? 4 : 0);

	memset(tcp, 0, header);
	put_be16(tcp, t->port);
	put_be16(tcp + 2, t->peer_port);
	put_be32(tcp + 4, t->next);
	put_be32(tcp + 8, flags & TCP_ACK ? t->expected : 0);
	tcp[12] = (uint8_t)(header / 4 << 4);
	tcp[13] = flags;
	put_be16(tcp + 14, 65535);
	if (flags & TCP_SYN) {
		tcp[20] = 2;
		tcp[21] = 4;
		put_be16(tcp + 22, 1460);
	}
	if (len)
		memcpy(tcp + header, data, len);
	t->next += (uint32_t)len + !!(flags & (TCP_SYN | TCP_FIN));
	guest_send(g, frame,
		   guest_ip(g, frame, t->addr, t->addr_len, PROTOCOL_TCP,
			    header + len, 16));
}

/* ---- Receiving. ---- */

static inline uint64_t guest_hash(uint64_t hash, const uint8_t *data,
				  size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ data[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static inline struct guest_tcp *guest_find_tcp(struct guest *g, uint16_t port,
					       uint16_t peer_port)
{
	for (unsigned i = 0; i < GUEST_CONNECTIONS; i++)
		if (g->tcp[i].used && g->tcp[i].port == port &&
		    g->tcp[i].peer_port == peer_port)
			return &g->tcp[i];
	return NULL;
}

static inline struct guest_tcp *guest_new_tcp(struct guest *g)
{
	for (unsigned i = 0; i < GUEST_CONNECTIONS; i++) {
		if (g->tcp[i].used)
			continue;
		g->tcp[i] = (struct guest_tcp){ .used = true,
						.next = g->first_seq,
						.acked = g->first_seq };
		return &g->tcp[i];
	}
	ck_abort_msg("too many connections");
	return NULL;
}

static inline void guest_accept(struct guest *g, const struct packet *p)
{
	struct guest_tcp *t = guest_new_tcp(g);

	memcpy(t->addr, p->addrs, p->addr_len);
	t->addr_len = p->addr_len;
	t->port = get_be16(p->payload + 2);
	t->peer_port = get_be16(p->payload);
	t->expected = get_be32(p->payload + 4) + 1;
	t->echo = true;
	guest_segment(g, t, TCP_SYN | TCP_ACK, NULL, 0);
}

static inline void guest_on_tcp(struct guest *g, const struct packet *p)
{
	struct guest_tcp *t = guest_find_tcp(g, get_be16(p->payload + 2),
					     get_be16(p->payload));
	size_t header = packet_tcp_header(p);
	const uint8_t *data = p->payload + header;
	size_t len = p->payload_len - header;
	uint32_t seq = get_be32(p->payload + 4);
	uint8_t flags = p->payload[13];

	if (!t) {
		if ((flags & (TCP_SYN | TCP_ACK)) == TCP_SYN && g->echo_port &&
		    get_be16(p->payload + 2) == g->echo_port)
			guest_accept(g, p);
		return;
	}
	if (flags & TCP_RST) {
		t->reset = t->ended = true;
		return;
	}
	if (flags & TCP_ACK) {
		t->acked = get_be32(p->payload + 8);
		t->window = get_be16(p->payload + 14);
	}
	if ((flags & TCP_SYN) && !t->established) {
		if (flags & TCP_ACK) {
			t->expected = seq + 1;
			t->established = true;
			guest_segment(g, t, TCP_ACK, NULL, 0);
		}
		return;
	}
	if (t->acked == t->next)
		t->established = true;
	if (seq != t->expected) {
		guest_segment(g, t, TCP_ACK, NULL, 0);
		return;
	}
	t->expected += (uint32_t)len;
	t->received += len;
	t->hash = guest_hash(t->hash, data, len);
	if (flags & TCP_FIN) {
		t->expected++;
		t->ended = true;
	}
	if (len && t->echo)
		guest_segment(g, t, TCP_ACK | TCP_PSH, data, len);
	else if (len || (flags & TCP_FIN))
		guest_segment(g, t, TCP_ACK, NULL, 0);
	if (t->echo && (flags & TCP_FIN))
		guest_segment(g, t, TCP_ACK | TCP_FIN, NULL, 0);
}

static inline void guest_on_udp(struct guest *g, const struct packet *p)
{
	g->udp_came = true;
	memcpy(g->udp_from, p->addrs, p->addr_len);
	g->udp_from_port = get_be16(p->payload);
	g->udp_port = get_be16(p->payload + 2);
	g->udp_len = get_be16(p->payload + 4) - UDP_HEADER;
	memcpy(g->udp_data, p->payload + UDP_HEADER, g->udp_len);
}

/* Answers the question where the guest's address is, of either family. */
static inline void guest_on_arp(struct guest *g, const struct packet *p)
{
	g->n_arp++;
	if (p->net[7] == 1 && memcmp(p->net + 24, g->addr4, 4) == 0 && !g->deaf)
		guest_arp(g, 2, p->net + 14);
	if (p->net[7] == 2)
		memcpy(g->gateway_mac, p->net + 8, 6);
}

static inline void guest_on_icmp6(struct guest *g, const struct packet *p)
{
	uint8_t frame[128] = { 0 };
	uint8_t *na = guest_payload(frame, 16);

	if (p->payload[0] != 135 || p->payload_len < 24 ||
	    memcmp(p->payload + 8, g->addr6, 16) != 0)
		return;
	na[0] = 136;
	na[4] = 0x60;
	memcpy(na + 8, g->addr6, 16);
	na[24] = 2;
	na[25] = 1;
	memcpy(na + 26, g->mac, 6);
	guest_send(g, frame,
		   guest_ip(g, frame, p->addrs, 16, PROTOCOL_ICMPV6, 32, 2));
}

/* Whether the packet's checksums are right. */
static inline bool guest_sums_ok(const struct packet *p)
{
	uint64_t sum = 0;

	if (p->ethertype == ETHERTYPE_IPV4 && checksum(p->net, IPV4_HEADER))
		return false;
	if (p->protocol != PROTOCOL_ICMP)
		sum = checksum_pseudo(p->addrs, 2 * p->addr_len, p->protocol,
				      p->payload_len);
	return checksum_fold(checksum_add(sum, p->payload, p->payload_len)) ==
	       0xffff;
}

/* Handles one frame; false when none came within @ms. */
static inline bool guest_step(struct guest *g, unsigned ms)
{
	static struct guest_frame f;
	struct packet p;

	if (!guest_take(g, &f, ms))
		return false;
	ck_assert_uint_ge(f.len, ETHER_MIN);
	if (packet_parse(&p, f.data, f.len) == PACKET_OK) {
		if (p.ethertype == ETHERTYPE_ARP) {
			guest_on_arp(g, &p);
			return true;
		}
		ck_assert(guest_sums_ok(&p));
		if (p.protocol == PROTOCOL_TCP) {
			guest_on_tcp(g, &p);
			return true;
		}
		if (p.protocol == PROTOCOL_UDP) {
			guest_on_udp(g, &p);
			return true;
		}
		if (p.protocol == PROTOCOL_ICMPV6)
			guest_on_icmp6(g, &p);
		g->n_icmp++;
	}
	g->other.len = f.len;
	memcpy(g->other.data, f.data, f.len);
	g->n_other++;
	return true;
}

/* Steps until @condition holds. */
#define guest_until(g, condition)                                              \
	do {                                                                   \
		uint64_t give_up_ =                                            \
			now_ns() + GUEST_PATIENCE_MS * NSEC_PER_MSEC;          \
		while (!(condition)) {                                         \
			ck_assert_msg(now_ns() < give_up_, "no %s",            \
				      #condition);                             \
			guest_step(g, 2);                                      \
		}                                                              \
	} while (0)

/* ---- Opening and closing. ---- */

/* Opens the network of --net @net_text and -p @publish, NULL for none. */
static inline void guest_open(struct guest *g, const char *net_text,
			      const char *publish, const struct pcapng *capture)
{
	struct why why = { "" };
	uint8_t mac[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };

	memset(g, 0, sizeof(*g));
	memcpy(g->mac, mac, 6);
	memset(g->gateway_mac, 0xff, 6);
	inet_pton(AF_INET, "10.0.2.15", g->addr4);
	inet_pton(AF_INET6, "fec0::15", g->addr6);
	g->queue = malloc(GUEST_QUEUE * sizeof(*g->queue));
	g->room = GUEST_QUEUE;
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->more, NULL);
	net_config_init(&g->config);
	ck_assert_msg(net_parse(&g->config, net_text, &why) == 0, "%s",
		      why.text);
	if (publish)
		ck_assert_msg(
			forward_parse(&g->config.forwards, publish, &why) == 0,
			"%s", why.text);
	ck_assert_msg(net_config_check(&g->config, &why) == 0, "%s", why.text);
	ck_assert_int_eq(forwards_open(&g->config.forwards), 0);
	ck_assert_int_eq(slirp_open(&g->dev, &g->config, capture), 0);
}

static inline void guest_start(struct guest *g, unsigned mtu)
{
	const struct netdev_nic nic = { .rx = guest_nic_rx,
					.rx_done = guest_nic_rx_done,
					.tx_room = guest_nic_tx_room,
					.arg = g };

	ck_assert_int_eq(netdev_start(g->dev, &nic, mtu), 0);
}

/* The usual start: the guest asks for the gateway. */
static inline void guest_up(struct guest *g)
{
	static const uint8_t gateway[4] = { 10, 0, 2, 2 };

	guest_start(g, 1500);
	guest_arp(g, 1, gateway);
	guest_until(g, g->gateway_mac[0] != 0xff);
}

static inline void guest_close(struct guest *g)
{
	netdev_free(g->dev);
	net_config_free(&g->config);
	pthread_cond_destroy(&g->more);
	pthread_mutex_destroy(&g->lock);
	free(g->queue);
}

struct guest_stat {
	const char *name;
	uint64_t value;
	bool found;
};

static inline void guest_on_stat(void *arg, const char *name, uint64_t value)
{
	struct guest_stat *stat = arg;

	if (strcmp(name, stat->name) != 0)
		return;
	stat->value = value;
	stat->found = true;
}

static inline uint64_t guest_stat(struct guest *g, const char *name)
{
	struct guest_stat stat = { .name = name };

	netdev_stats(g->dev, guest_on_stat, &stat);
	ck_assert_msg(stat.found, "no counter %s", name);
	return stat.value;
}

/* A connection out, established when this returns. */
static inline struct guest_tcp *guest_connect(struct guest *g,
					      const uint8_t *to,
					      size_t addr_len, uint16_t port)
{
	struct guest_tcp *t = guest_new_tcp(g);

	memcpy(t->addr, to, addr_len);
	t->addr_len = addr_len;
	t->port = (uint16_t)(40000 + (t - g->tcp));
	t->peer_port = port;
	guest_segment(g, t, TCP_SYN, NULL, 0);
	guest_until(g, t->established || t->reset);
	return t;
}

/* ---- The host's side. ---- */

/* A socket bound to a free port of the loopback; listening, if it can. */
static inline int host_socket(int family, int type, uint16_t *port)
{
	struct sockaddr_storage addr = { .ss_family = (sa_family_t)family };
	struct sockaddr_in *in = (void *)&addr;
	struct sockaddr_in6 *in6 = (void *)&addr;
	socklen_t len = family == AF_INET ? sizeof(*in) : sizeof(*in6);
	int fd = socket(family, type | SOCK_NONBLOCK, 0);

	if (family == AF_INET)
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		in6->sin6_addr = in6addr_loopback;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (void *)&addr, len), 0);
	if (type == SOCK_STREAM)
		ck_assert_int_eq(listen(fd, 128), 0);
	ck_assert_int_eq(getsockname(fd, (void *)&addr, &len), 0);
	*port = ntohs(in->sin_port);
	return fd;
}

/* Begins a connection to a forward. */
static inline int host_connect(const struct forward *f)
{
	int fd = socket(f->host.ss_family,
			(f->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK, 0);
	int rc;

	ck_assert_int_ge(fd, 0);
	rc = connect(fd, (const void *)&f->host, f->host_len);
	ck_assert_msg(rc == 0 || errno == EINPROGRESS, "%s", strerror(errno));
	return fd;
}

#endif
