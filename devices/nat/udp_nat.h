/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp_nat.h - UDP and ping between the guest and the world
 *
 * libslirp has one socket for each port of the guest's and remembers one peer
 * of it, so answers of two peers get mixed up.  Here:
 *
 * - a port of the guest's has one socket, with which it can talk to any number
 *   of peers, and from where an answer comes the kernel says.  Its name server
 *   has one of its own, as that address stands for others (resolvers.h);
 * - who sends through a forward is remembered, and by which way: an answer
 *   takes the same way back.  So the port is free for others meanwhile;
 * - an error by ICMP is told as one about the datagram that it is about, and
 *   keeps no other from being sent;
 * - no socket blocks, and of each kind there are so many: the one that has not
 *   been used for the longest time makes room.
 *
 * Echo requests (ping) are the same with an identifier for a port.  DHCP is
 * libslirp's.
 *
 * From the top to the bottom:
 *
 *	udp_nat.c	all of it is opened, expires, is closed
 *	udp_send.c	what the guest sends
 *	udp_receive.c	what comes for it
 *	udp_error.c	what became of what it has sent
 *	udp_visitor.c	who came through a forward
 *	udp_socket.c	the sockets of the guest's ports
 *	udp_address.c	what stands for whom in the guest's network
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

/* One of the guest's ports, to the outside. */
struct udp_socket {
	TAILQ_ENTRY(udp_socket) by_use;
	LIST_ENTRY(udp_socket) by_guest;
	enum udp_kind kind;
	sa_family_t family;
	/* Of ping, the port is the identifier. */
	struct net_end guest;
	uint8_t guest_mac[6];
	int fd;
	uint64_t used_ns;
};

/* A forward, and where it leads. */
struct udp_port {
	const struct forward *forward;
	bool open;
	struct net_end guest;
	/* It may change there. */
	const uint8_t *guest_mac;
};

/* Where on the host a datagram was sent to; the index of an interface, or 0 for
 * whichever. */
struct udp_local {
	uint8_t addr[16];
	int interface;
};

/* Somebody who sends to a forward. */
struct udp_visitor {
	TAILQ_ENTRY(udp_visitor) by_use;
	LIST_ENTRY(udp_visitor) by_guest, by_client;
	const struct udp_port *port;
	union net_sockaddr client;
	struct udp_local local;
	/* The client as the guest sees it. */
	struct net_end guest, peer;
	uint64_t used_ns;
};

enum { UDP_BUCKETS = 512, UDP_VISITORS_MAX = 2048 };

LIST_HEAD(udp_sockets, udp_socket);
LIST_HEAD(udp_visitors, udp_visitor);
TAILQ_HEAD(udp_socket_use, udp_socket);
TAILQ_HEAD(udp_visitor_use, udp_visitor);

/* To be zero-initialised, and filled in as far as the line. */
struct udp_nat {
	const struct net_config *config;
	/* How many sockets of a kind there may be. */
	unsigned max[UDP_KINDS];
	/* Take a frame of any length for the guest; whether so many wait that
	 * nothing more is to be read. */
	void (*deliver)(void *arg, const void *frame, size_t len);
	bool (*is_full)(void *arg);
	void *arg;
	/* ---- */
	/* Of epoll: readable when udp_nat_receive() has something to do. */
	int fd;
	/* The gateway's by IPv4 and by IPv6. */
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
	/* A frame to the guest, and an error about one from it. */
	uint8_t frame[ETHER_HEADER + IPV6_HEADER + 65535];
	uint8_t error[ICMP_ERROR_MAX];
	/* Counters. */
	uint64_t sent, received, errors, evicted, unsent;
};

/* -errno. */
int udp_nat_open(struct udp_nat *nat);
void udp_nat_close(struct udp_nat *nat);

/* Forget all conversations; forwards stay. */
void udp_nat_clear(struct udp_nat *nat);

/* Send @packet, a PACKET_OK of UDP or an echo request, that the guest may send
 * (policy.h).  What can't be sent is answered by an ICMP error. */
void udp_nat_send(struct udp_nat *nat, const struct packet *packet,
		  uint64_t now_ns);

/* Whether @packet, of UDP and from the guest, answers a visitor. */
bool udp_nat_is_answer(struct udp_nat *nat, const struct packet *packet);

/* Tell the guest that its @packet was not sent, and why. */
void udp_nat_refuse(struct udp_nat *nat, const struct packet *packet,
		    enum icmp_cause cause);

/* Give the guest what has come, until it is full. */
void udp_nat_receive(struct udp_nat *nat, uint64_t now_ns);

/* Close what hasn't been used for minutes; when to be called again. */
void udp_nat_expire(struct udp_nat *nat, uint64_t now_ns);
uint64_t udp_nat_deadline(const struct udp_nat *nat);

/* Have the UDP @forward lead to the guest at @guest, whose hardware address is
 * at @guest_mac whenever something comes; or nowhere any more.  -errno. */
int udp_nat_lead(struct udp_nat *nat, const struct forward *forward,
		 const struct net_end *guest, const uint8_t *guest_mac);
void udp_nat_leave(struct udp_nat *nat, const struct forward *forward);

/* ---- Between these files; of each the functions that those above it call. */

/* udp_error.c.  Tell the guest of the errors that have come for @s, which may
 * then be gone; false: there were none. */
bool udp_read_errors(struct udp_nat *nat, struct udp_socket *s,
		     uint64_t now_ns);

/* Send @data from the name server's socket to the name server whose turn it
 * is.  -errno. */
int udp_ask_resolver(struct udp_nat *nat, const struct net_end *guest,
		     const uint8_t *guest_mac, const void *data, size_t len,
		     uint64_t now_ns);

/* udp_visitor.c.  By which way an answer from @guest to @peer goes, or NULL. */
struct udp_visitor *udp_visitor_of(struct udp_nat *nat,
				   const struct net_end *guest,
				   const struct net_end *peer);

/* Send @data to @visitor.  -errno. */
int udp_visitor_send(struct udp_nat *nat, struct udp_visitor *visitor,
		     const void *data, size_t len, uint64_t now_ns);

/* Read one datagram of @port and give it to the guest; false: none. */
bool udp_visitor_receive(struct udp_nat *nat, const struct udp_port *port,
			 uint64_t now_ns);
void udp_visitors_init(struct udp_nat *nat);
void udp_visitors_expire(struct udp_nat *nat, uint64_t now_ns);
uint64_t udp_visitors_deadline(const struct udp_nat *nat);

/* udp_socket.c.  The socket of @guest's, which is now in use; NULL with errno:
 * there is none and none can be had.  It may close another of the same kind. */
struct udp_socket *udp_socket_get(struct udp_nat *nat, enum udp_kind kind,
				  sa_family_t family,
				  const struct net_end *guest,
				  const uint8_t *guest_mac, uint64_t now_ns);
void udp_socket_use(struct udp_nat *nat, struct udp_socket *s, uint64_t now_ns);

void udp_sockets_init(struct udp_nat *nat);
void udp_sockets_expire(struct udp_nat *nat, uint64_t now_ns);
uint64_t udp_sockets_deadline(const struct udp_nat *nat);

/* Send @data to @to, with this many hops left; 0: as many as the host has.
 * -errno. */
int udp_send_to(int fd, const union net_sockaddr *to, const void *data,
		size_t len, int hops);

/* udp_address.c.  The hardware address of the gateway for packets of such
 * addresses. */
const uint8_t *udp_nat_mac(const struct udp_nat *nat, size_t addr_len);

/* Whom a packet of UDP is from, and whom for. */
void udp_nat_ends(const struct packet *packet, struct net_end *guest,
		  struct net_end *peer);

/* Whether the guest may hear from @from, the address of somebody on the host's
 * side; it is replaced by what stands for it in the guest's network. */
bool udp_nat_seen(const struct udp_nat *nat, struct net_end *from);

/* The other way round: replace @to, an address that the guest sends to, by the
 * one that it stands for.  -EHOSTUNREACH: it is of the guest's network, and
 * nobody has it. */
int udp_nat_reach(const struct udp_nat *nat, struct net_end *to);

/* Make @end the gateway's, of its family; or the name server's. */
void udp_become_gateway(const struct udp_nat *nat, struct net_end *end);
void udp_become_resolver(const struct udp_nat *nat, struct net_end *end);

/* Whether @to is the name server's end. */
bool udp_is_resolver(const struct udp_nat *nat, const struct net_end *to);

#endif
