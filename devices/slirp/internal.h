/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * internal.h - what the files of this folder share; slirp.h is the public face
 *
 *	slirp.c		opening, starting and stopping, the tx worker's side
 *	loop.c		the thread net-rx
 *	poll.c		what there is to wait for
 *	instance.c	the instance of libslirp and its callbacks
 *	fds.c		its descriptors: none blocks, and not too many
 *	burnin_turn.c	brings the guest's rings close to their wrap
 *	counters.c	what the counters are called
 *	udp.c		UDP and ping, which libslirp has no part in
 *	tftp_service.c	TFTP, in libslirp's place
 *	guestfwd.c	services of the network that are the host's sockets
 *	neighbour.c	libslirp knows where its answers go
 *	mss.c		segments are not too large
 *	timewait.c	connections that are over leave it
 *	pairing.c	which of its descriptors a connection has
 *	keepalive.c	half-closed connections whose guest is gone
 *	hostfwd.c	forwards, from the host's sockets to the guest's address
 *	alias.c		forwards that lead to one port
 *	probe.c		when the guest listens
 *
 * But where it says otherwise, everything belongs to the holder of the lock.
 */
#ifndef DEVICES_SLIRP_INTERNAL_H
#define DEVICES_SLIRP_INTERNAL_H

#include <poll.h>
#include <pthread.h>

#include <slirp/libslirp.h>

#include "base/log.h"
#include "devices/firewall/firewall.h"
#include "devices/firewall/reject.h"
#include "devices/nat/host_route.h"
#include "devices/nat/udp_nat.h"
#include "devices/net/net_config.h"
#include "devices/net/netdev.h"
#include "devices/net/pcapng.h"
#include "devices/slirp/backlog.h"
#include "devices/slirp/burnin.h"
#include "devices/slirp/dhcp_leases.h"
#include "devices/slirp/fd_bits.h"
#include "devices/slirp/frame_ring.h"
#include "devices/slirp/guest_addr.h"
#include "devices/slirp/tftp.h"
#include "devices/slirp/unix_stub.h"

/* A forward as libslirp has it. */
struct slirp_forward {
	const struct forward *forward;
	/* libslirp's descriptor of the same socket, -1 while it has none. */
	int fd;
	/* Its port of the guest in libslirp, if another leads there, too; 0: it
	 * is the guest's own. */
	uint16_t alias;
	/* Where it leads, all zeros for none. */
	struct in_addr guest4;
	struct in6_addr guest6;
	/* There is such an address; libslirp is yet to be told of it. */
	bool known, moving;
	/* Somebody waits at it for the guest to be heard of, who is asked
	 * again at this time. */
	uint64_t ask_ns;
	/* Its index among the descriptors polled, or -1. */
	int pfd;
};

/* Clients that the guest sees at another port; the oldest gives way. */
enum { ALIAS_MOVED = 64 };

struct slirp_alias {
	uint8_t addr[16];
	size_t addr_len;
	uint16_t alias, port, shown;
};

/* A port of the guest's that is awaited. */
struct slirp_probe {
	/* One that leads to it, or would. */
	struct forward forward;
	/* When it is asked again. */
	uint64_t next_ns;
	bool answered;
};

/* A connection whose service has no room for it yet: libslirp's descriptor, and
 * the other end of what is there. */
struct slirp_wait {
	int fd, peer;
	const struct net_service *service;
};

enum { SLIRP_WAITS = 256 };

enum { OVER_MAX = 256 };

/* Connections to services that have no socket: not yet, as libslirp opens it
 * when the guest has acknowledged, or as nobody listens there. */
enum { SLIRP_BARE = 512 };

/* A connection's ends, compared as a whole. */
struct slirp_timewait_ends {
	uint32_t addr_len;
	/* The guest's, then its peer's. */
	uint8_t addrs[32];
	uint16_t port, peer_port;
};

/* A connection that is over. */
struct slirp_timewait {
	struct slirp_timewait_ends ends;
	/* libslirp's descriptor of it, -1 if that isn't known; the peer's port
	 * in libslirp, see alias.c. */
	int fd;
	uint16_t peer_port;
	/* Not now, there may be something left to be written. */
	bool keep;
	/* libslirp doesn't know yet, and is not to. */
	bool held;
	/* The frame is the guest's end; else a reset, that makes libslirp
	 * forget it. */
	bool end;
	/* What libslirp gets when nothing is left to be written. */
	uint8_t frame[REJECT_MAX];
};

/* The socket that libslirp has accepted last. */
struct slirp_accepted {
	/* Its connection's first segment is yet to come. */
	bool waits;
	int fd;
	/* Its client's port; 0: it has that of the socket @port_fd, if it is
	 * what it seems. */
	int port, port_fd;
	/* Until then others may wait, too. */
	uint64_t alone_ns;
};

/* What poll(2) is asked. */
struct slirp_polls {
	struct pollfd *fds;
	size_t n, max;
};

struct slirp_net {
	struct netdev dev;
	const struct net_config *config;
	struct netdev_nic nic;
	const struct pcapng *capture;
	struct policy_service *services;
	struct host_route host_route;

	pthread_t thread;
	/* Whoever holds it may call libslirp, see slirp.h. */
	pthread_mutex_t lock;
	/* Of those who start and stop. */
	bool running;
	/* Set by stop, relaxed: the eventfd it then adds to orders it, and who
	 * looks at it between two frames may see it a moment later. */
	bool quit;
	/* Put by the tx worker, taken by the holder of the lock. */
	struct frame_ring ring;

	Slirp *slirp;
	/* What it was made for. */
	unsigned mtu;
	/* The identification of the last packet cut into fragments. */
	uint32_t fragment_id;
	/* When libslirp's clock began. */
	uint64_t epoch_ns;
	/* Its only timer, by that clock; 0: not armed. */
	uint64_t timer_ms;
	SlirpTimerId timer_id;
	void *timer_opaque;
	/* Its sockets, of TCP, and how many there may be; those of forwards. */
	struct fd_bits live, listening;
	unsigned room;
	/* Connections of the host's that libslirp was told of and has not
	 * accepted yet; when it may accept again. */
	unsigned accepting;
	uint64_t accept_ns;
	struct slirp_accepted accepted;
	/* At most how many connections have no socket, and when it is worth
	 * counting again. */
	unsigned bare;
	uint64_t count_ns;
	/* Those of which nothing is left but to read what came before. */
	struct fd_bits dead;

	struct firewall firewall;
	struct udp_nat udp;
	struct dhcp_leases leases;
	struct tftp tftp;
	/* Of whom libslirp was told last. */
	struct net_end neighbour;
	uint8_t neighbour_mac[6];
	struct slirp_timewait over[OVER_MAX];
	unsigned n_over;
	/* When the guests of half-closed connections are asked; 0: not. */
	uint64_t keepalive_ns;
	struct backlog backlog;
	/* Since when the first of the backlog has been that. */
	uint64_t first_ns;
	/* Frames went to the NIC since it was last told. */
	bool delivered;
	/* The time of this turn of the loop. */
	uint64_t now_ns;

	struct burnin burnin;
	/* It has more to send at once. */
	bool burning;

	/* What libslirp connects to in place of a service, and the packet from
	 * the guest by which it may do so now, or NULL; who waits for a
	 * service, after how long all are asked again, and when. */
	struct unix_stub stub;
	const struct packet *opening;
	struct slirp_wait waits[SLIRP_WAITS];
	unsigned n_waits;
	uint64_t retry_ns, retry_at_ns;

	struct guest_addr guest;
	struct slirp_forward *forwards;
	size_t n_forwards;
	/* Some of them have an alias. */
	bool aliases;
	struct slirp_alias moved[ALIAS_MOVED];
	unsigned next_moved;
	/* How many of them are to be moved. */
	size_t n_moving;

	struct slirp_probe *probes;
	/* How many there are, and of how many the answer is to come. */
	size_t n_probes, n_probing;
	void (*answered)(void *arg, size_t index);
	void *answered_arg;

	/* What there is to wait for; and for what net-rx sleeps or last slept,
	 * and until when.  Outdated: what that was may be another by now, even
	 * if the number of its descriptor is the same. */
	struct slirp_polls wanted, polled;
	/* Of which of the two libslirp is being told the results. */
	const struct slirp_polls *results;
	uint64_t deadline_ns;
	bool outdated;

	struct log_limit limit;
	/* What takes libslirp's own messages, 0 for nothing. */
	unsigned log_handler;
	/* The tx worker's: there are frames in the ring of which net-rx, which
	 * sleeps, does not know; this turn's first has been sent. */
	bool sending, sent;
	/* Counters; the first line's are the tx worker's. */
	uint64_t tx_bad, tx_full, tx_wakes;
	uint64_t tx_frames, tx_bytes, rx_frames, rx_bytes, rx_waited, rx_aged,
		segments, wakes, left, asked, probed, limited, keepalives;
};

/* burnin_turn.c */
/* The guest has a driver anew. */
void slirp_burnin_start(struct slirp_net *net);
/* Send what is to be sent now, if it was asked for. */
void slirp_burnin(struct slirp_net *net);

/* instance.c */
/* Have libslirp's messages, which a guest can cause, limited like those about
 * the guest; undo it. */
void slirp_stack_log(struct slirp_net *net);
void slirp_stack_unlog(struct slirp_net *net);
/* Make an instance for @mtu, or another if there is one.  -errno. */
int slirp_stack_open(struct slirp_net *net, unsigned mtu);
void slirp_stack_close(struct slirp_net *net);
/* What a line of slirp_connection_info() says of TCP; NULL: nothing.  The
 * number at the beginning of its word @n words on. */
const char *slirp_stack_tcp_line(const char *line);
long slirp_stack_word(const char *line, unsigned n);
/* Give libslirp a frame as from the guest; it has room for ETHER_MIN and is
 * changed. */
void slirp_stack_input(struct slirp_net *net, uint8_t *frame, size_t len);
/* Give a frame to the guest, now or later. */
void slirp_stack_deliver(struct slirp_net *net, const void *frame, size_t len);
/* The same for a frame of UDP or ICMP of any length: in fragments, if it is too
 * long for the guest. */
void slirp_stack_cut(struct slirp_net *net, const void *frame, size_t len);
/* Run the timer if it is due; when it will be. */
void slirp_stack_timer(struct slirp_net *net);
uint64_t slirp_stack_deadline(const struct slirp_net *net);

/* fds.c */
/* Raise the limit of descriptors, and find out how many of each kind there may
 * be. */
void slirp_fds_init(struct slirp_net *net);
/* libslirp has no sockets any more. */
void slirp_fds_clear(struct slirp_net *net);
void slirp_fds_free(struct slirp_net *net);
/* Whether it has any, but for those of forwards. */
bool slirp_fds_any(const struct slirp_net *net);
/* libslirp's callbacks: it has opened @fd, it will close it; @opaque is the
 * struct slirp_net. */
void slirp_fd_open(int fd, void *opaque);
void slirp_fd_close(int fd, void *opaque);
/* Whether connections to forwards may be accepted now; when that may have
 * changed by itself. */
bool slirp_fds_accept(const struct slirp_net *net);
uint64_t slirp_fds_deadline(const struct slirp_net *net);
/* Whether libslirp may be told that @fd is readable. */
bool slirp_fds_offer(struct slirp_net *net, int fd);
/* libslirp has accepted what it was told of, or couldn't. */
void slirp_fds_accepted(struct slirp_net *net);
/* Whether there is room for the socket that libslirp opens for @packet, which
 * is from the guest; true if it opens none.  Counts those refused. */
bool slirp_fds_admit(struct slirp_net *net, const struct packet *packet);

/* tftp_service.c */
/* Whether @packet, from the guest, is for the TFTP server, and so not for
 * libslirp. */
bool slirp_tftp_take(struct slirp_net *net, const struct packet *packet);

/* guestfwd.c */
/* Logs one line; -errno. */
int slirp_services_open(struct slirp_net *net);
void slirp_services_close(struct slirp_net *net);
/* libslirp is to have them all; -errno. */
int slirp_services_add(struct slirp_net *net);
/* Pass @len bytes of @frame to libslirp, which belong to the connection of
 * @packet, from the guest, and may open it. */
void slirp_services_input(struct slirp_net *net, const struct packet *packet,
			  uint8_t *frame, size_t len);
/* libslirp has opened @fd: if that is a connection to the stub, connect it to
 * its service, now or later. */
void slirp_service_connect(struct slirp_net *net, int fd);
/* @fd is about to be closed. */
void slirp_service_forget(struct slirp_net *net, int fd);
/* Connect those that wait, if it is time; when it is. */
void slirp_services_retry(struct slirp_net *net);
uint64_t slirp_services_deadline(const struct slirp_net *net);

/* neighbour.c */
/* @packet, from the guest, is about to be passed on: tell libslirp who sent
 * it. */
void slirp_neighbour_tell(struct slirp_net *net, const struct packet *packet);

/* mss.c */
/* @packet, of TCP, is about to be passed on: tell libslirp, if it is time, what
 * segments the guest wants. */
void slirp_mss_tell(struct slirp_net *net, const struct packet *packet);
/* @packet, which may be cut into segments, is too large for libslirp: it gets
 * these in its place. */
bool slirp_mss_cut(struct slirp_net *net, const struct packet *packet);

/* timewait.c */
/* With @packet, from libslirp to the guest, a connection is over. */
void slirp_timewait_note(struct slirp_net *net, const struct packet *packet);
/* @packet, of TCP and from libslirp, begins a connection that is not to be: the
 * host's side is reset. */
void slirp_timewait_refuse(struct slirp_net *net, const struct packet *packet);
/* @packet, of TCP, is on its way: perhaps another's first. */
void slirp_timewait_renew(struct slirp_net *net, const struct packet *packet,
			  bool from_guest);
/* @packet, of TCP and from the guest, may make a connection over: true if
 * libslirp is to have it later.  What it is to have now is in @packet. */
bool slirp_timewait_hold(struct slirp_net *net, const struct packet *packet);
/* libslirp is about to say what it has to write; it has something to write
 * to @fd: keep its connection for now. */
void slirp_timewait_ask(struct slirp_net *net);
void slirp_timewait_keep(struct slirp_net *net, int fd);
/* Have libslirp forget the others; true if there were any. */
bool slirp_timewait_close(struct slirp_net *net);
/* Those whose end is kept are not idle. */
void slirp_timewait_feed(struct slirp_net *net);

/* pairing.c */
/* libslirp has opened @fd; it will close it. */
void slirp_pairing_open(struct slirp_net *net, int fd);
void slirp_pairing_close(struct slirp_net *net, int fd);
/* @packet, of TCP, is on its way to the guest, which may see it: perhaps a
 * connection's first, whose descriptor conntrack_fd() then tells. */
void slirp_pairing_to(struct slirp_net *net, const struct packet *packet);
/* The port of the peer of the socket @fd; 0 when it has none, -1 when it isn't
 * connected. */
int slirp_peer_port(int fd);

/* keepalive.c */
/* Ask the guests of half-closed connections, if it is time; when to be called
 * again. */
void slirp_keepalive(struct slirp_net *net);
uint64_t slirp_keepalive_deadline(struct slirp_net *net);

/* udp.c */
/* -errno; udp_nat_close() undoes it. */
int slirp_udp_open(struct slirp_net *net);
/* True if @packet, that the guest may send, is not for libslirp; it was sent,
 * or is of TCP for a name server that there is not. */
bool slirp_udp_take(struct slirp_net *net, const struct packet *packet);
/* Give the guest what has come, if the poll(2) says of its descriptor @pfd that
 * there is something. */
void slirp_udp_receive(struct slirp_net *net, size_t pfd);
/* Tell the guest that it may not send @packet, of UDP, an echo request, or a
 * connection's first. */
void slirp_reject(struct slirp_net *net, const struct packet *packet);

/* hostfwd.c */
int slirp_forwards_init(struct slirp_net *net);
void slirp_forwards_free(struct slirp_net *net);
/* Learn from @packet, of the guest's, where it is; it may be asked.  Or that it
 * has not answered. */
void slirp_forwards_learn(struct slirp_net *net, const struct packet *packet);
void slirp_forwards_settle(struct slirp_net *net);
/* Lead all forwards to where the guest is. */
void slirp_forwards_follow(struct slirp_net *net);
/* Tell libslirp of some of those that are led elsewhere. */
void slirp_forwards_move(struct slirp_net *net);
/* libslirp has none of them any more. */
void slirp_forwards_forget(struct slirp_net *net);
/* Poll the forwards that libslirp doesn't have yet; look what came of it;
 * when to be called again. */
void slirp_forwards_poll(struct slirp_net *net);
void slirp_forwards_ask(struct slirp_net *net);
uint64_t slirp_forwards_deadline(const struct slirp_net *net);

/* Where @forward leads now; false: nowhere yet. */
bool slirp_forward_target(const struct slirp_net *net,
			  const struct forward *forward, struct in_addr *guest4,
			  struct in6_addr *guest6);
/* Ask the guest at which @forward leads for its address, if that is one of
 * IPv4. */
void slirp_forward_ask(struct slirp_net *net, const struct forward *forward);
/* A copy of the forward to TCP's @port or, if there is none, of what it would
 * be. */
void slirp_forward_for(const struct slirp_net *net, uint16_t port,
		       struct forward *forward);

/* alias.c */
void slirp_alias_init(struct slirp_net *net);
/* The guest's port for one of libslirp's. */
uint16_t slirp_alias_port(const struct slirp_net *net, uint16_t port);
/* Make @packet, of TCP and from libslirp, one that the guest may see; false: it
 * may not. */
bool slirp_alias_to(struct slirp_net *net, const struct packet *packet);
/* Make @frame, from the guest, one for libslirp. */
void slirp_alias_from(struct slirp_net *net, uint8_t *frame, size_t len);

/* probe.c */
/* Ask the ports whose answer is to come; when to be called again. */
void slirp_probes_send(struct slirp_net *net);
uint64_t slirp_probes_deadline(const struct slirp_net *net);
/* The guest is at another address now: ask at once. */
void slirp_probes_hurry(struct slirp_net *net);
/* Whether the guest's @frame is for one who asks, and so not for libslirp. */
bool slirp_probes_take(struct slirp_net *net, uint8_t *frame, size_t len);

/* loop.c */
/* Of the thread, with the lock held: wait, and do what is to be done. */
void slirp_loop_turn(struct slirp_net *net);
/* The thread; @arg is the struct slirp_net. */
void *slirp_loop_run(void *arg);
/* On the tx worker, when net-rx sleeps: do what it would do with the frames in
 * the ring, and wake it if what it waits for is not all there is to wait for
 * now. */
void slirp_loop_send(struct slirp_net *net);
/* poll.c */
/* Where the eventfd is among the descriptors polled, and UDP's. */
enum { SLIRP_WAKE_PFD, SLIRP_UDP_PFD };
/* Begin anew with what there is to wait for; for how many milliseconds at most,
 * UINT32_MAX for ever. */
uint32_t slirp_poll_fill(struct slirp_net *net);
/* Poll one more descriptor; its index, or -1 when out of memory. */
int slirp_poll_add(struct slirp_net *net, int fd, short events);
/* Tell libslirp the time and, unless poll(2) has @failed, the results. */
void slirp_poll_tell(struct slirp_net *net, bool failed);

#endif
