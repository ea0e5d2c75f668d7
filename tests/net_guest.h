/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_guest.h - a NIC and a guest's network stack, in the test's process
 *
 * The NIC keeps the frames it is given in a bounded queue; the guest takes
 * them from there whenever the test calls guest_step(), answers ARP, and
 * speaks enough UDP and TCP (no retransmission, no reordering: nothing gets
 * lost) over IPv4 and IPv6.
 */
#ifndef TESTS_NET_GUEST_H
#define TESTS_NET_GUEST_H

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>

#include "base/util.h"
#include "devices/firewall/checksum.h"
#include "devices/firewall/packet.h"
#include "devices/slirp/slirp.h"
#include "tests/unit.h"

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
	/* In use, established, the peer's FIN came, ours was sent. */
	bool used, established, ended, closed, reset;
	/* Send back what comes. */
	bool echo;
	uint8_t addr[16];
	size_t addr_len;
	uint16_t port, peer_port;
	/* How much the peer takes, and by how much it shifts that; whether it
	 * wants to. */
	uint32_t window;
	uint8_t shift;
	bool scales;
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
	/* Does not answer ARP; has not sent all it has to send; answers a
	 * connection to a port where it accepts none by a reset. */
	bool deaf, sends_more, refuses;
	/* Has no connections, and answers segments of any by a reset. */
	bool forgets;
	/* Where connections are accepted, and echoed. */
	uint16_t echo_port;
	/* As it was started; 40 less are the segments it takes. */
	unsigned mtu;
	/* How often guest_connect() was called. */
	unsigned n_connects;
	/* Where its sequence numbers begin. */
	uint32_t first_seq;
	/* It scales windows, by so much; what it announces, before the shift;
	 * 0: 65,535. */
	bool scales;
	uint8_t shift;
	uint16_t own_window;
	/* It announces no room at all. */
	bool shut;
	/* What its first segments have in the place of the scale. */
	uint8_t options[36];
	size_t n_options;

	/* The NIC, under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct guest_frame *queue;
	unsigned head, count, room;
	/* The longest frame it has room for; 0: any. */
	size_t max_len;
	bool refused;
	unsigned refusals, tx_rooms, rx_dones;
	/* Frames it took and gave, as used buffers. */
	uint64_t used_rx, used_tx;

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

/* ---- net_guest_nic.c: the first four are called on net-rx. ---- */
bool guest_nic_rx(void *arg, const void *frame, size_t len);
void guest_nic_rx_done(void *arg);
void guest_nic_tx_room(void *arg);
void guest_nic_used(void *arg, uint64_t *rx, uint64_t *tx);

/* How often it was said that there is room to send again. */
unsigned guest_tx_rooms(struct guest *g);

/* How many frames the NIC takes before it refuses, and of what length; 0 is
 * any. */
void guest_set_room_of(struct guest *g, unsigned room, size_t max_len);
void guest_set_room(struct guest *g, unsigned room);

/* Copies the next frame; false when none comes within @ms. */
bool guest_take(struct guest *g, struct guest_frame *frame, unsigned ms);

/* Sends a frame, waiting for room if need be, and unless it sends more, says
 * that this was all. */
void guest_send_with(struct guest *g, const void *frame, size_t len,
		     const struct netdev_offload *offload);
void guest_send(struct guest *g, const void *frame, size_t len);

/* ---- net_guest_frames.c ---- */

/* Asks (1) or answers (2) where @to is. */
void guest_arp(struct guest *g, unsigned op, const uint8_t *to);

/* Writes the headers of an IP packet with @len bytes of payload, and the
 * checksum at @sum_at of the payload unless that is negative; the frame's
 * length. */
size_t guest_ip(struct guest *g, uint8_t *frame, const uint8_t *to,
		size_t addr_len, uint8_t protocol, size_t len, int sum_at);

/* Where the payload of such a packet is. */
uint8_t *guest_payload(uint8_t *frame, size_t addr_len);

/* Asks who has an IPv6 address. */
void guest_solicit(struct guest *g, const uint8_t *whom);

void guest_udp(struct guest *g, const uint8_t *to, size_t addr_len,
	       uint16_t from_port, uint16_t to_port, const void *data,
	       size_t len);

/* Sends a segment of a connection and counts its sequence numbers. */
void guest_segment(struct guest *g, struct guest_tcp *t, uint8_t flags,
		   const void *data, size_t len);

/* Sends an echo request of @len bytes, the last of them @mark. */
void guest_echo(struct guest *g, const uint8_t *to, size_t len, uint8_t mark);

/* ---- net_guest_stack.c ---- */

/* A sum of bytes that depends on their order. */
uint64_t guest_hash(uint64_t hash, const uint8_t *data, size_t len);

struct guest_tcp *guest_new_tcp(struct guest *g);

/* Whether the packet's checksums are right. */
bool guest_sums_ok(const struct packet *p);

/* Handles one frame; false when none came within @ms. */
bool guest_step(struct guest *g, unsigned ms);

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

/* ---- net_guest.c ---- */

/* Opens the network of --net @net_text and -p @publish, NULL for none, several
 * with a blank in between. */
void guest_open(struct guest *g, const char *net_text, const char *publish,
		const struct pcapng *capture);
void guest_start(struct guest *g, unsigned mtu);
/* The usual start: the guest asks for the gateway. */
void guest_up_with(struct guest *g, unsigned mtu);
void guest_up(struct guest *g);
void guest_close(struct guest *g);

/* The value of a counter. */
uint64_t guest_stat(struct guest *g, const char *name);

/* A connection out, established or reset when this returns. */
struct guest_tcp *guest_connect(struct guest *g, const uint8_t *to,
				size_t addr_len, uint16_t port);

/* From now on the test is on a network of its own, which is but a loopback,
 * and can mount things over others. */
void host_namespace(void);

/* Gives its loopback this address of IPv4 or IPv6, too. */
void host_address(const char *addr);

/* Has this in place of a file that exists. */
void host_file(const char *path, const char *text);

/* Writes into a file that exists. */
void host_write(const char *path, const char *text);

/* A socket bound to this address and port, 0 for a free one, that is told;
 * listening, if it can. */
int host_socket_at(const char *text, int type, uint16_t *port);

/* The same on the loopback, at a free port. */
int host_socket(int family, int type, uint16_t *port);

/* Begins a connection to a forward. */
int host_connect(const struct forward *f);

/* The same for TCP, from the loopback's port *@local; 0: any, that is told. */
int host_connect_from(const struct forward *f, uint16_t *local);

/* Everything that @fd, connected to the guest's echo, sends comes back. */
void host_check_echo(struct guest *g, int fd);

#endif
