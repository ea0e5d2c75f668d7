/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp_nat.h - UDP and ping between the guest and the world
 *
 * libslirp has one socket for each port of the guest's and remembers one peer
 * of it, so answers of two peers get mixed up.  Here:
 *
 * - A port of the guest's has one socket, by which it can talk to any number of
 *   peers; the kernel tells from which peer an answer comes.  Queries to the
 *   name server have a socket of their own, as that address stands for several
 *   servers of the host (resolvers.h).
 * - Who sends through a forward is remembered, with the forward: an answer goes
 *   back through the same one.  So the guest may use the same port for other
 *   peers meanwhile.
 * - An ICMP error is passed to the guest as one about the datagram that caused
 *   it, and does not keep other datagrams from being sent.
 * - No socket blocks.  The number of sockets of each kind is limited: above it
 *   the one that was unused for longest is closed.
 *
 * Echo requests (ping) are treated the same, with the identifier as the port.
 * DHCP stays with libslirp.
 *
 * The files, from the top to the bottom:
 *
 *	udp_nat.c	opens, expires and closes all of it
 *	udp_send.c	datagrams from the guest
 *	udp_receive.c	datagrams for the guest
 *	udp_error.c	errors about what the guest has sent
 *	udp_visitor.c	who sends through a forward
 *	udp_socket.c	the sockets of the guest's ports
 *	udp_address.c	translates addresses of the guest's network
 *
 * One thread at a time.
 */
#ifndef DEVICES_NAT_UDP_NAT_H
#define DEVICES_NAT_UDP_NAT_H

#include <sys/queue.h>

#include "devices/firewall/packet.h"
#include "devices/nat/ip_frame.h"
#include "devices/nat/net_end.h"
#include "devices/nat/resolvers.h"

struct forward;
struct net_config;

enum udp_kind {
	UDP_WORLD,
	/* To the name server. */
	UDP_DNS,
	UDP_ECHO,
	UDP_KINDS,
};

/* The host's socket for one port of the guest's. */
struct udp_socket {
	TAILQ_ENTRY(udp_socket) by_use;
	LIST_ENTRY(udp_socket) by_guest;
	enum udp_kind kind;
	sa_family_t family;
	/* For ping, the port is the identifier. */
	struct net_end guest;
	uint8_t guest_mac[6];
	int fd;
	uint64_t used_ns;
};

/* A forward and the guest's end to which it leads. */
struct udp_port {
	const struct forward *forward;
	bool open;
	struct net_end guest;
	/* The guest's hardware address; the owner may change it there. */
	const uint8_t *guest_mac;
};

/* The address on the host to which a datagram was sent, and the index of the
 * interface, or 0 for any. */
struct udp_local {
	uint8_t addr[16];
	int interface;
};

/* Somebody on the host's side who sends to a forward. */
struct udp_visitor {
	TAILQ_ENTRY(udp_visitor) by_use;
	LIST_ENTRY(udp_visitor) by_guest, by_client;
	const struct udp_port *port;
	union net_sockaddr client;
	struct udp_local local;
	/* The guest's end, and the client's as the guest sees it. */
	struct net_end guest, peer;
	uint64_t used_ns;
};

enum { UDP_BUCKETS = 512, UDP_VISITORS_MAX = 2048 };

LIST_HEAD(udp_sockets, udp_socket);
LIST_HEAD(udp_visitors, udp_visitor);
TAILQ_HEAD(udp_socket_use, udp_socket);
TAILQ_HEAD(udp_visitor_use, udp_visitor);

/* To be zero-initialised.  The caller sets the members above the line. */
struct udp_nat {
	const struct net_config *config;
	/* How many sockets of a kind there may be. */
	unsigned max[UDP_KINDS];
	/* Take a frame of any length for the guest.  Whether so many frames
	 * wait for the guest that nothing more should be read. */
	void (*deliver)(void *arg, const void *frame, size_t len);
	bool (*is_full)(void *arg);
	void *arg;
	/* ---- */
	/* An epoll descriptor: readable when udp_nat_receive() has work to
	 * do. */
	int fd;
	/* The hardware addresses of the gateway for IPv4 and for IPv6. */
	uint8_t mac[2][6];
	unsigned count[UDP_KINDS], n_visitors;
	/* The one not used for longest comes first. */
	struct udp_socket_use used[UDP_KINDS];
	struct udp_visitor_use visited;
	struct udp_sockets sockets[UDP_BUCKETS];
	struct udp_visitors by_guest[UDP_BUCKETS], by_client[UDP_BUCKETS];
	struct udp_port *ports;
	size_t n_ports;
	struct resolvers resolvers;
	/* Buffers for a frame to the guest, and for an error about one from
	 * it. */
	uint8_t frame[ETHER_HEADER + IPV6_HEADER + 65535];
	uint8_t error[ICMP_ERROR_MAX];
	/* Counters. */
	uint64_t sent, received, errors, evicted, unsent;
};

/* Fill in the rest of @nat.  Returns 0 or -errno. */
int udp_nat_open(struct udp_nat *nat);
void udp_nat_close(struct udp_nat *nat);

/* Forget all conversations; forwards stay. */
void udp_nat_clear(struct udp_nat *nat);

/* Send @packet, a PACKET_OK of UDP or an echo request, which the guest is
 * allowed to send (policy.h).  If it can't be sent, the guest gets an ICMP
 * error. */
void udp_nat_send(struct udp_nat *nat, const struct packet *packet,
		  uint64_t now_ns);

/* Whether @packet, of UDP and from the guest, answers a visitor. */
bool udp_nat_is_answer(struct udp_nat *nat, const struct packet *packet);

/* Tell the guest that its @packet was not sent, and why. */
void udp_nat_refuse(struct udp_nat *nat, const struct packet *packet,
		    enum icmp_cause cause);

/* Give the guest what has come, until it has no more room. */
void udp_nat_receive(struct udp_nat *nat, uint64_t now_ns);

/* Close the sockets that were not used for minutes; when to call this again. */
void udp_nat_expire(struct udp_nat *nat, uint64_t now_ns);
uint64_t udp_nat_deadline(const struct udp_nat *nat);

/* Lead the UDP @forward to the guest at @guest.  @guest_mac points to the
 * guest's hardware address, which is read whenever a datagram comes.  Returns 0
 * or -errno.  udp_nat_leave(): the forward leads nowhere any more. */
int udp_nat_lead(struct udp_nat *nat, const struct forward *forward,
		 const struct net_end *guest, const uint8_t *guest_mac);
void udp_nat_leave(struct udp_nat *nat, const struct forward *forward);

/* ---- Between these files: of each, what the files above it call. ---- */

/* udp_error.c.  Tell the guest of the errors that have come for @s, which may
 * be freed by this.  False: there were none. */
bool udp_read_errors(struct udp_nat *nat, struct udp_socket *s,
		     uint64_t now_ns);

/* Send @data to the name server whose turn it is.  Returns 0 or -errno. */
int udp_ask_resolver(struct udp_nat *nat, const struct net_end *guest,
		     const uint8_t *guest_mac, const void *data, size_t len,
		     uint64_t now_ns);

/* udp_visitor.c.  The visitor to whom a datagram from @guest to @peer is an
 * answer, or NULL. */
struct udp_visitor *udp_visitor_of(struct udp_nat *nat,
				   const struct net_end *guest,
				   const struct net_end *peer);

/* Send @data to @visitor.  -errno. */
int udp_visitor_send(struct udp_nat *nat, struct udp_visitor *visitor,
		     const void *data, size_t len, uint64_t now_ns);

/* Read one datagram of @port and give it to the guest.  False: there was
 * none. */
bool udp_visitor_receive(struct udp_nat *nat, const struct udp_port *port,
			 uint64_t now_ns);
void udp_visitors_init(struct udp_nat *nat);
void udp_visitors_expire(struct udp_nat *nat, uint64_t now_ns);
uint64_t udp_visitors_deadline(const struct udp_nat *nat);

/* udp_socket.c.  The socket of @guest's port, which counts as used now.  If
 * there is none it is opened, which may close another one of its kind.  NULL,
 * with errno, if that fails. */
struct udp_socket *udp_socket_get(struct udp_nat *nat, enum udp_kind kind,
				  sa_family_t family,
				  const struct net_end *guest,
				  const uint8_t *guest_mac, uint64_t now_ns);
void udp_socket_use(struct udp_nat *nat, struct udp_socket *s, uint64_t now_ns);

void udp_sockets_init(struct udp_nat *nat);
void udp_sockets_expire(struct udp_nat *nat, uint64_t now_ns);
uint64_t udp_sockets_deadline(const struct udp_nat *nat);

/* Send @data to @to, with a time to live, or hop limit, of @hops; 0: the host's
 * default.  Returns 0 or -errno. */
int udp_send_to(int fd, const union net_sockaddr *to, const void *data,
		size_t len, int hops);

/* udp_address.c.  The hardware address of the gateway for packets with
 * addresses of @addr_len bytes. */
const uint8_t *udp_nat_mac(const struct udp_nat *nat, size_t addr_len);

/* Sender and receiver of a UDP packet from the guest. */
void udp_nat_ends(const struct packet *packet, struct net_end *guest,
		  struct net_end *peer);

/* Whether the guest may hear from @from, an address on the host's side.  @from
 * is replaced by the address that the guest knows it by. */
bool udp_nat_seen(const struct udp_nat *nat, struct net_end *from);

/* The reverse: replace @to, an address that the guest sends to, by the address
 * on the host's side.  -EHOSTUNREACH: it belongs to the guest's network, and
 * nobody there has it. */
int udp_nat_reach(const struct udp_nat *nat, struct net_end *to);

/* Set the address of @end to the gateway's, or to the name server's, of the
 * same address family.  The latter sets the port, too. */
void udp_become_gateway(const struct udp_nat *nat, struct net_end *end);
void udp_become_resolver(const struct udp_nat *nat, struct net_end *end);

/* Whether @to is the name server's end. */
bool udp_is_resolver(const struct udp_nat *nat, const struct net_end *to);

#endif
