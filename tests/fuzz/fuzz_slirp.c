/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_slirp.c - libFuzzer harness: the sanitizer with libslirp behind it
 *
 * An input is commands of a byte, an argument byte and, where it says so,
 * more: frames as they are, frames with their checksums mended, TCP segments
 * that fit the state of a connection, fragments, turns of the loop, time that
 * passes, and what a service of the host does at the other end.  Time is the
 * harness's own, so an input always does the same.
 *
 * All traffic is in a network namespace of its own.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <slirp/libslirp.h>

#include "devices/net/checksum.h"
#include "devices/net/reject.h"
#include "devices/net/sanitizer.h"
#include "devices/net/segment.h"

enum { PORT = 80, MTU = 1500, MAX_PFDS = 256, MAX_COMMANDS = 200 };

enum command {
	RAW,
	MENDED,
	SEGMENT,
	ACKNOWLEDGE,
	FRAGMENT,
	TURN,
	TIME,
	SERVE,
	HANG_UP,
	N_COMMANDS
};

struct harness {
	struct sanitizer sanitizer;
	Slirp *slirp;
	uint64_t now_ns;
	struct pollfd pfds[MAX_PFDS];
	int n_pfds;
	/* The connection: what libslirp expects and sent, by its family. */
	uint32_t next[2], expected[2];
	int listeners[2], served;
};

static struct harness h;

static const uint8_t guest4[4] = { 10, 0, 2, 15 };
static const uint8_t gateway4[4] = { 10, 0, 2, 2 };
static const uint8_t guest6[16] = { 0xfe, 0xc0, [15] = 15 };
static const uint8_t gateway6[16] = { 0xfe, 0xc0, [15] = 2 };
static const uint8_t mac[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

/* ---- libslirp's callbacks. ---- */

static ssize_t send_packet(const void *buf, size_t len, void *opaque)
{
	struct packet p;

	(void)opaque;
	if (packet_parse(&p, (uint8_t *)(uintptr_t)buf, len) != PACKET_OK ||
	    p.ethertype == ETHERTYPE_ARP)
		return (ssize_t)len;
	if (p.protocol == PROTOCOL_UDP)
		policy_note_peer(&h.sanitizer.policy, &p);
	if (p.protocol != PROTOCOL_TCP)
		return (ssize_t)len;
	tcp_order_to(&h.sanitizer.order, &p);
	if (get_be16(p.payload) == PORT) {
		bool v6 = p.addr_len == 16;

		h.expected[v6] =
			get_be32(p.payload + 4) +
			(uint32_t)(p.payload_len - packet_tcp_header(&p)) +
			!!(p.payload[13] & (TCP_SYN | TCP_FIN));
		h.next[v6] = get_be32(p.payload + 8);
	}
	return (ssize_t)len;
}

static void ignore_text(const char *msg, void *opaque)
{
	(void)msg;
	(void)opaque;
}

static int64_t clock_get_ns(void *opaque)
{
	(void)opaque;
	return (int64_t)h.now_ns;
}

static void *timer_new(SlirpTimerId id, void *cb_opaque, void *opaque)
{
	(void)id;
	(void)cb_opaque;
	return opaque;
}

static void timer_free(void *timer, void *opaque)
{
	(void)timer;
	(void)opaque;
}

static void timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
	(void)timer;
	(void)expire_ms;
	(void)opaque;
}

static void ignore_fd(int fd, void *opaque)
{
	(void)fd;
	(void)opaque;
}

static void ignore(void *opaque)
{
	(void)opaque;
}

static const SlirpCb callbacks = {
	.send_packet = send_packet,
	.guest_error = ignore_text,
	.clock_get_ns = clock_get_ns,
	.timer_new_opaque = timer_new,
	.timer_free = timer_free,
	.timer_mod = timer_mod,
	.register_poll_fd = ignore_fd,
	.unregister_poll_fd = ignore_fd,
	.notify = ignore,
};

static int add_poll(int fd, int events, void *opaque)
{
	(void)opaque;
	if (h.n_pfds == MAX_PFDS)
		return -1;
	h.pfds[h.n_pfds] = (struct pollfd){
		.fd = fd,
		.events = (short)((events & SLIRP_POLL_IN ? POLLIN : 0) |
				  (events & SLIRP_POLL_OUT ? POLLOUT : 0)),
	};
	return h.n_pfds++;
}

static int get_revents(int i, void *opaque)
{
	short revents = i < 0 ? 0 : h.pfds[i].revents;

	(void)opaque;
	return (revents & POLLIN ? SLIRP_POLL_IN : 0) |
	       (revents & POLLOUT ? SLIRP_POLL_OUT : 0) |
	       (revents & POLLERR ? SLIRP_POLL_ERR : 0) |
	       (revents & POLLHUP ? SLIRP_POLL_HUP : 0);
}

static void turn(void)
{
	uint32_t timeout = 0;

	h.n_pfds = 0;
	slirp_pollfds_fill(h.slirp, &timeout, add_poll, NULL);
	poll(h.pfds, (nfds_t)h.n_pfds, 0);
	slirp_pollfds_poll(h.slirp, 0, get_revents, NULL);
}

/* ---- The guest. ---- */

static void pass(const struct packet *p)
{
	static uint8_t out[ETHER_HEADER + MTU];
	size_t len;

	if (p->ethertype != ETHERTYPE_IPV6 || p->protocol != PROTOCOL_TCP ||
	    p->len <= sizeof(out)) {
		slirp_input(h.slirp, p->frame, (int)p->len);
		return;
	}
	for (size_t n = 0; (len = segment_tcp6(p, MTU, n, out)); n++)
		slirp_input(h.slirp, out, (int)len);
}

static void input(const uint8_t *frame, size_t len)
{
	/* As large as the frame, so that reading past its end is seen. */
	uint8_t *copy = malloc(len < ETHER_MIN ? ETHER_MIN : len);
	uint8_t answer[REJECT_MAX];
	struct packet p;

	memcpy(copy, frame, len);
	switch (sanitizer_judge(&h.sanitizer, &p, copy, len, h.now_ns,
				(unsigned)h.n_pfds)) {
	case SANITIZER_PASS:
		pass(&p);
		break;
	case SANITIZER_REJECT:
		reject_tcp(&p, answer);
		break;
	case SANITIZER_DROP:
		break;
	}
	free(copy);
}

/* Where the checksum of a protocol is, or -1. */
static int checksum_at(const struct packet *p)
{
	switch (p->protocol) {
	case PROTOCOL_TCP:
		return 16;
	case PROTOCOL_UDP:
		return 6;
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6:
		return 2;
	default:
		return -1;
	}
}

static void mend(uint8_t *frame, size_t len)
{
	struct packet p;
	enum packet_fault fault = packet_parse(&p, frame, len);
	int at = checksum_at(&p);
	uint64_t sum = 0;
	uint16_t check;

	if ((fault != PACKET_OK && fault != PACKET_FRAGMENT) ||
	    p.ethertype == ETHERTYPE_ARP)
		return;
	if (fault == PACKET_OK && at >= 0) {
		if (p.protocol != PROTOCOL_ICMP)
			sum = checksum_pseudo(p.addrs, 2 * p.addr_len,
					      p.protocol, p.payload_len);
		memset(p.payload + at, 0, 2);
		check = (uint16_t)~checksum_fold(
			checksum_add(sum, p.payload, p.payload_len));
		memcpy(p.payload + at, &check, 2);
	}
	if (p.ethertype != ETHERTYPE_IPV4)
		return;
	memset(p.net + 10, 0, 2);
	check = checksum(p.net, (size_t)(p.payload - p.net));
	memcpy(p.net + 10, &check, 2);
}

/* A TCP segment for the service, that fits what was said before but for
 * @skew; @len bytes of data. */
static void segment(bool v6, uint8_t flags, int8_t skew, size_t len)
{
	static uint8_t frame[ETHER_MAX];
	uint8_t *ip = frame + ETHER_HEADER;
	uint8_t *tcp = ip + (v6 ? IPV6_HEADER : IPV4_HEADER);
	size_t payload = TCP_HEADER + len;

	memset(frame, 0, ETHER_HEADER + IPV6_HEADER + TCP_HEADER);
	memcpy(frame + 6, mac, 6);
	put_be16(frame + 12, v6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4);
	if (v6) {
		ip[0] = 0x60;
		put_be16(ip + 4, (uint16_t)payload);
		ip[6] = PROTOCOL_TCP;
		ip[7] = 64;
		memcpy(ip + 8, guest6, 16);
		memcpy(ip + 24, gateway6, 16);
	} else {
		ip[0] = 0x45;
		put_be16(ip + 2, (uint16_t)(IPV4_HEADER + payload));
		ip[8] = 64;
		ip[9] = PROTOCOL_TCP;
		memcpy(ip + 12, guest4, 4);
		memcpy(ip + 16, gateway4, 4);
	}
	put_be16(tcp, 40000);
	put_be16(tcp + 2, PORT);
	put_be32(tcp + 4, h.next[v6] + (uint32_t)(int32_t)(skew * 100));
	put_be32(tcp + 8, h.expected[v6]);
	tcp[12] = 0x50;
	tcp[13] = flags;
	put_be16(tcp + 14, 8192);
	put_be16(tcp + 18, flags & TCP_URG ? 3000 : 0);
	mend(frame, (size_t)(tcp - frame) + payload);
	input(frame, (size_t)(tcp - frame) + payload);
}

/* A fragment of one of a few datagrams; @at and @len are in units of 8
 * bytes. */
static void fragment(uint8_t kind, uint16_t at, size_t len)
{
	static uint8_t frame[ETHER_HEADER + IPV4_HEADER + 2048];
	uint8_t *ip = frame + ETHER_HEADER;

	memcpy(frame + 6, mac, 6);
	put_be16(frame + 12, ETHERTYPE_IPV4);
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)(IPV4_HEADER + len * 8));
	ip[5] = kind & 3;
	put_be16(ip + 6, at | (kind & 4 ? IPV4_MORE : 0));
	ip[8] = 64;
	ip[9] = kind & 8 ? PROTOCOL_UDP : PROTOCOL_ICMP;
	memcpy(ip + 12, guest4, 4);
	memcpy(ip + 16, gateway4, 4);
	ip[IPV4_HEADER] = 8;
	mend(frame, ETHER_HEADER + IPV4_HEADER + len * 8);
	input(frame, ETHER_HEADER + IPV4_HEADER + len * 8);
}

/* ---- The host's service. ---- */

static void serve(bool v6, size_t len)
{
	static char buf[8192];

	if (h.served < 0)
		h.served = accept4(h.listeners[v6], NULL, NULL, SOCK_NONBLOCK);
	if (h.served < 0)
		return;
	while (recv(h.served, buf, sizeof(buf), 0) > 0)
		;
	send(h.served, buf, len * 32, MSG_NOSIGNAL);
}

static void hang_up(bool rudely)
{
	struct linger now = { .l_onoff = rudely };

	if (h.served < 0)
		return;
	setsockopt(h.served, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(h.served);
	h.served = -1;
}

static void drain(int listener)
{
	int fd;

	while ((fd = accept(listener, NULL, NULL)) >= 0)
		close(fd);
}

/* ---- The harness. ---- */

static int listen_on(int family)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(PORT) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(PORT) };
	int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;

	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	must(bind(fd, family == AF_INET ? (void *)&in : (void *)&in6,
		  family == AF_INET ? sizeof(in) : sizeof(in6)) == 0,
	     "bind");
	must(listen(fd, 16) == 0, "listen");
	return fd;
}

const char *__lsan_default_suppressions(void);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* slirp_cleanup() forgets frames that wait for a guest it hasn't heard of.
 * All of libslirp's memory is GLib's. */
const char *__lsan_default_suppressions(void)
{
	return "leak:g_malloc\n";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	(void)argc;
	(void)argv;
	signal(SIGPIPE, SIG_IGN);
	must(unshare(CLONE_NEWNET) == 0 ||
		     unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0,
	     "a network namespace");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	must(ioctl(fd, SIOCSIFFLAGS, &lo) == 0, "lo");
	close(fd);
	h.listeners[0] = listen_on(AF_INET);
	h.listeners[1] = listen_on(AF_INET6);
	return 0;
}

/* The guest is heard of, at both of its addresses. */
static void announce(void)
{
	uint8_t arp[ETHER_MIN] = { [12] = 8, 6, 0, 1, 8, 0, 6, 4, 0, 1 };
	uint8_t ns[ETHER_HEADER + IPV6_HEADER + 24] = { [12] = 0x86,
							0xdd,
							0x60 };

	memcpy(arp + 6, mac, 6);
	memcpy(arp + 22, mac, 6);
	memcpy(arp + 28, guest4, 4);
	memcpy(arp + 38, gateway4, 4);
	input(arp, sizeof(arp));
	memcpy(ns + 6, mac, 6);
	ns[19] = 24;
	ns[20] = PROTOCOL_ICMPV6;
	ns[21] = 255;
	memcpy(ns + 22, guest6, 16);
	memcpy(ns + 38, gateway6, 16);
	ns[54] = 135;
	memcpy(ns + 62, gateway6, 16);
	mend(ns, sizeof(ns));
	input(ns, sizeof(ns));
}

/* If libslirp has no connection but established ones. */
static bool is_established(void *arg, uint16_t port, uint16_t peer_port)
{
	char *info = slirp_connection_info(h.slirp);
	bool all = strstr(info, "TCP[ESTABLISHED]");

	(void)arg;
	(void)port;
	(void)peer_port;
	for (char *at = info; (at = strstr(at, "TCP[")); at++)
		all &= strncmp(at, "TCP[ESTABLISHED]", 16) == 0;
	free(info);
	return all;
}

static void open_stack(void)
{
	SlirpConfig c = { .version = 4,
			  .in_enabled = true,
			  .in6_enabled = true,
			  .vprefix_len = 64,
			  .tftp_path = "/nonexistent",
			  .if_mtu = MTU,
			  .if_mru = MTU };
	struct policy *policy = &h.sanitizer.policy;

	memset(&h.sanitizer, 0, sizeof(h.sanitizer));
	inet_pton(AF_INET, "10.0.2.0", &c.vnetwork);
	inet_pton(AF_INET, "255.255.255.0", &c.vnetmask);
	memcpy(&c.vhost, gateway4, 4);
	inet_pton(AF_INET, "10.0.2.3", &c.vnameserver);
	memcpy(&c.vdhcp_start, guest4, 4);
	inet_pton(AF_INET6, "fec0::", &c.vprefix_addr6);
	memcpy(&c.vhost6, gateway6, 16);
	inet_pton(AF_INET6, "fec0::3", &c.vnameserver6);
	h.sanitizer.order.established = is_established;
	policy->host_loopback = policy->tftp = true;
	policy->subnet = c.vnetwork;
	policy->netmask = c.vnetmask;
	policy->gateway = c.vhost;
	policy->dns = c.vnameserver;
	policy->gateway6 = c.vhost6;
	policy->dns6 = c.vnameserver6;
	h.sanitizer.max_live = 16;
	h.sanitizer.max_live_udp = 24;
	h.now_ns = 1000 * NSEC_PER_SEC;
	/* Near the end of sequence numbers, where they begin anew. */
	h.next[0] = 0xffffff00;
	h.next[1] = 0xfffffff0;
	h.expected[0] = h.expected[1] = 0;
	h.served = -1;
	h.slirp = slirp_new(&c, &callbacks, &h);
	announce();
}

/* Does one command; how many bytes it was. */
static size_t run(const uint8_t *data, size_t size)
{
	static uint8_t frame[4096];
	uint8_t arg = data[1];
	size_t len = 0;

	switch ((enum command)(data[0] % N_COMMANDS)) {
	case RAW:
	case MENDED:
		len = MIN(size - 2, (size_t)arg * 4);
		memcpy(frame, data + 2, len);
		if (data[0] % N_COMMANDS == MENDED)
			mend(frame, len);
		input(frame, len);
		break;
	case SEGMENT:
		if (size < 4)
			return size;
		len = 2;
		segment(arg & 0x80, arg & 0x3f, (int8_t)data[2],
			(size_t)data[3] * (arg & 0x40 ? 128 : 1));
		break;
	case ACKNOWLEDGE:
		segment(arg & 0x80, TCP_ACK, 0, arg & 0x7f);
		break;
	case FRAGMENT:
		if (size < 4)
			return size;
		len = 2;
		fragment(arg, data[2], data[3]);
		break;
	case TURN:
		for (unsigned i = 0; i <= arg % 4U; i++)
			turn();
		break;
	case TIME:
		h.now_ns += (uint64_t)arg * arg * NSEC_PER_MSEC;
		turn();
		break;
	case SERVE:
		turn();
		serve(arg & 0x80, arg & 0x7f);
		turn();
		break;
	case HANG_UP:
		hang_up(arg & 0x80);
		turn();
		break;
	case N_COMMANDS:
		break;
	}
	return 2 + len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	open_stack();
	for (unsigned i = 0; i < MAX_COMMANDS && size >= 2; i++) {
		size_t used = run(data, size);

		data += used;
		size -= used;
	}
	hang_up(true);
	slirp_cleanup(h.slirp);
	drain(h.listeners[0]);
	drain(h.listeners[1]);
	return 0;
}
