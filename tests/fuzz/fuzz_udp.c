/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_udp.c - libFuzzer harness: the guest's UDP and ping
 *
 * An input is commands of four bytes, some followed by a frame: datagrams and
 * echo requests of the guest's, frames as they are but for their checksums,
 * what servers of the host's answer, what clients send to a forward, and time
 * that passes.  What comes for the guest has to be a sound packet for it.
 *
 * All traffic is in a network namespace of its own, time is the harness's.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/util.h"
#include "devices/firewall/checksum.h"
#include "devices/firewall/firewall.h"
#include "devices/nat/udp_nat.h"
#include "devices/net/forward.h"
#include "devices/net/net_config.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/slirp_rig.h"
#include "tests/net_options.h"

enum { MAX_COMMANDS = 200, SERVERS = 3, CLIENTS = 3, FORWARDED = 5000 };

enum command { DATAGRAM, ECHO, FRAME, ANSWER, VISIT, TIME, MOVE, N_COMMANDS };

static const uint8_t mac[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };

static struct {
	struct net_config config;
	struct udp_nat nat;
	struct firewall firewall;
	uint64_t now_ns;
	/* The last is of IPv6; those who asked them last. */
	int servers[SERVERS], clients[CLIENTS];
	union net_sockaddr asked[SERVERS];
	uint16_t ports[SERVERS];
	bool full;
} h;

/* ---- What comes for the guest. ---- */

static void check_sums(const struct packet *p)
{
	uint64_t sum = 0;

	if (p->addr_len == 4)
		check(checksum(p->net, IPV4_HEADER) == 0);
	if (p->protocol != PROTOCOL_ICMP)
		sum = checksum_pseudo(p->addrs, 2 * p->addr_len, p->protocol,
				      p->payload_len);
	check(checksum_fold(checksum_add(sum, p->payload, p->payload_len)) ==
	      0xffff);
}

static void deliver(void *arg, const void *frame, size_t len)
{
	/* As large as the frame, so that reading past its end is seen. */
	uint8_t *copy = malloc(len);
	struct packet p;

	(void)arg;
	memcpy(copy, frame, len);
	check(packet_parse(&p, copy, len) == PACKET_OK);
	check(p.protocol != PROTOCOL_TCP && memcmp(copy, mac, 6) == 0);
	check(p.addr_len == 4 ? memcmp(p.addrs + 4, "\x0a\0\2", 3) == 0 :
				(p.addrs[16] & 0xfe) == 0xfe);
	check_sums(&p);
	free(copy);
}

static bool is_full(void *arg)
{
	(void)arg;
	return h.full;
}

static bool is_local(void *arg, const void *addr, size_t len)
{
	(void)arg;
	(void)addr;
	(void)len;
	return false;
}

static bool is_answer(void *arg, const struct packet *packet)
{
	return udp_nat_is_answer(arg, packet);
}

/* ---- What the guest sends. ---- */

static void input(uint8_t *frame, size_t len)
{
	struct packet p;

	if (firewall_judge(&h.firewall, &p, frame, len, h.now_ns) !=
		    FIREWALL_PASS ||
	    p.ethertype == ETHERTYPE_ARP || p.protocol == PROTOCOL_TCP ||
	    policy_is_local(&h.firewall.policy, &p))
		return;
	udp_nat_send(&h.nat, &p, h.now_ns);
}

/* To a server, the name server, one whose port is closed, or nobody. */
static struct net_end target(uint8_t kind)
{
	static const uint8_t nobody[4] = { 192, 0, 2, 1 };
	struct net_end to = net_end_of(rig_gateway4, 4, 9);

	if (kind % 8 < SERVERS - 1)
		to.port = h.ports[kind % 8];
	else if (kind % 8 == SERVERS - 1)
		to = net_end_of(rig_gateway6, 16, h.ports[SERVERS - 1]);
	else if (kind % 8 == 3)
		to = net_end_of(&h.config.dns, 4, 53);
	else if (kind % 8 == 4)
		to = net_end_of(&h.config.dns6, 16, 53);
	else if (kind % 8 == 5)
		to = net_end_of(nobody, 4, 80);
	return to;
}

/* @kind is whom to, @port a small number, @len of the data. */
static void datagram(uint8_t kind, uint8_t port, size_t len)
{
	static uint8_t frame[ETHER_MAX];
	struct net_end to = target(kind);
	struct net_end guest = to.len == 4 ?
				       net_end_of(rig_guest4, 4, port & 15) :
				       net_end_of(rig_guest6, 16, port & 15);

	if (port & 0x40)
		guest.port = FORWARDED;
	input(frame, udp_frame_write(frame, mac, mac, &guest, &to, len));
}

static void echo(uint8_t kind, uint8_t id, size_t len)
{
	static uint8_t frame[ETHER_MAX];
	struct net_end to = target(kind);
	struct net_end guest = to.len == 4 ? net_end_of(rig_guest4, 4, 0) :
					     net_end_of(rig_guest6, 16, 0);
	uint8_t *icmp = frame + ip_frame_headers(to.len);

	icmp[0] = to.len == 4 ? 8 : 128;
	put_be16(icmp + 4, id);
	len += ICMP_HEADER;
	ip_frame_write(frame, mac, mac, &guest, &to,
		       to.len == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6, len);
	icmp_frame_sum(frame, to.len, len);
	input(frame, ip_frame_headers(to.len) + len);
}

/* ---- What the host does. ---- */

static int bind_to(const char *text, uint16_t port, uint16_t *got)
{
	union net_sockaddr addr = { .any.sa_family = AF_INET };
	socklen_t len = sizeof(addr);
	int fd;

	if (inet_pton(AF_INET, text, &addr.in.sin_addr) != 1) {
		addr.any.sa_family = AF_INET6;
		check(inet_pton(AF_INET6, text, &addr.in6.sin6_addr) == 1);
	}
	addr.in.sin_port = htons(port);
	fd = socket(addr.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	check(bind(fd, &addr.any, net_sockaddr_len(&addr)) == 0);
	check(getsockname(fd, &addr.any, &len) == 0);
	if (got)
		*got = ntohs(addr.in.sin_port);
	return fd;
}

/* A server reads all, and answers who was last. */
static void answer(unsigned i, size_t len)
{
	static uint8_t buf[65536];
	union net_sockaddr from;
	socklen_t from_len = sizeof(from);

	while (recvfrom(h.servers[i], buf, sizeof(buf), 0, &from.any,
			&from_len) >= 0) {
		h.asked[i] = from;
		from_len = sizeof(from);
	}
	if (h.asked[i].any.sa_family)
		sendto(h.servers[i], buf, len, 0, &h.asked[i].any,
		       net_sockaddr_len(&h.asked[i]));
}

static void visit(unsigned i, size_t len)
{
	static uint8_t buf[65536];
	const struct forward *f = &h.config.forwards.list[0];

	while (recv(h.clients[i], buf, sizeof(buf), 0) >= 0)
		;
	sendto(h.clients[i], buf, len, 0, (const void *)&f->host, f->host_len);
}

/* ---- The harness. ---- */

static void lead(uint8_t host)
{
	uint8_t addr[4] = { 10, 0, 2, host };
	struct net_end guest = net_end_of(addr, 4, FORWARDED);
	const struct forward *f = &h.config.forwards.list[0];

	udp_nat_leave(&h.nat, f);
	if (host)
		check(udp_nat_lead(&h.nat, f, &guest, mac) == 0);
}

static size_t run(const uint8_t *data, size_t size)
{
	static uint8_t frame[4096];
	size_t len = (size_t)data[3] * (data[2] & 0x80 ? 256 : 1);

	/* What the host's file says is no part of the input. */
	h.nat.resolvers.looked_ns = h.now_ns;
	h.full = data[2] & 0x20;
	switch ((enum command)(data[0] % N_COMMANDS)) {
	case DATAGRAM:
		datagram(data[1], data[2], len);
		break;
	case ECHO:
		echo(data[1], data[2] & 7, data[3]);
		break;
	case FRAME:
		len = MIN(size - 4, (size_t)data[3] * 4);
		memcpy(frame, data + 4, len);
		if (data[1] & 1)
			rig_mend(frame, len);
		input(frame, len);
		udp_nat_receive(&h.nat, h.now_ns);
		return 4 + len;
	case ANSWER:
		answer(data[1] % SERVERS, len);
		break;
	case VISIT:
		visit(data[1] % CLIENTS, len);
		break;
	case TIME:
		h.now_ns += (uint64_t)data[1] * data[1] * 10 * NSEC_PER_MSEC;
		udp_nat_expire(&h.nat, h.now_ns);
		check(udp_nat_deadline(&h.nat) > h.now_ns);
		break;
	case MOVE:
		lead(data[1] % 4 ? data[1] : 0);
		break;
	case N_COMMANDS:
		break;
	}
	udp_nat_receive(&h.nat, h.now_ns);
	for (unsigned i = 0; i < UDP_KINDS; i++)
		check(h.nat.count[i] <= h.nat.max[i]);
	return 4;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	(void)argc;
	(void)argv;
	signal(SIGPIPE, SIG_IGN);
	check(unshare(CLONE_NEWNET) == 0 ||
	      unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	check(ioctl(fd, SIOCSIFFLAGS, &lo) == 0);
	close(fd);
	check(net_option(&h.config,
			 "user,host=on,hostfwd=udp:0.0.0.0:7000-:5000") == 0);
	check(forwards_open(&h.config.forwards) == 0);
	/* The second one is a name server, too. */
	h.servers[0] = bind_to("127.0.0.1", 0, &h.ports[0]);
	h.servers[1] = bind_to("127.0.0.1", 53, &h.ports[1]);
	h.servers[2] = bind_to("::1", 0, &h.ports[2]);
	for (unsigned i = 0; i < CLIENTS; i++)
		h.clients[i] = bind_to(i ? "127.0.0.2" : "127.0.0.1",
				       (uint16_t)(8000 + i / 2), NULL);
	return 0;
}

static void open_nat(void)
{
	struct policy *policy = &h.firewall.policy;

	memset(&h.nat, 0, sizeof(h.nat));
	memset(&h.firewall, 0, sizeof(h.firewall));
	memset(h.asked, 0, sizeof(h.asked));
	h.now_ns = 1000 * NSEC_PER_SEC;
	h.nat.config = &h.config;
	h.nat.deliver = deliver;
	h.nat.is_full = is_full;
	for (unsigned i = 0; i < UDP_KINDS; i++)
		h.nat.max[i] = 6;
	check(udp_nat_open(&h.nat) == 0);
	h.nat.resolvers.count = resolvers_parse(
		h.nat.resolvers.list, "nameserver ::1\nnameserver 192.0.2.1\n"
				      "nameserver 127.0.0.1\n");
	policy->host = true;
	policy->is_local = is_local;
	policy->is_answer = is_answer;
	policy->answer_arg = &h.nat;
	policy->subnet = h.config.subnet;
	policy->netmask = h.config.netmask;
	policy->gateway = h.config.gateway;
	policy->dns = h.config.dns;
	policy->gateway6 = h.config.gateway6;
	policy->dns6 = h.config.dns6;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	open_nat();
	lead(15);
	for (unsigned i = 0; i < MAX_COMMANDS && size >= 4; i++) {
		size_t used = run(data, size);

		data += used;
		size -= used;
	}
	h.full = false;
	lead(0);
	udp_nat_close(&h.nat);
	return 0;
}
