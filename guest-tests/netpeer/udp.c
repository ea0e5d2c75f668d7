/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp.c - small datagrams
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest-tests/net/pattern.h"
#include "guest-tests/netpeer/peer.h"

enum { DATAGRAM = 18, LOSS_MS = 1000, LATE_NS = 400000000 };

struct datagram {
	uint64_t seq;
	uint8_t rest[DATAGRAM - 8];
} __attribute__((packed));

/* The next echo's number; false: it is lost. */
static bool take(int fd, uint64_t *seq, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct datagram d;
	ssize_t n = recv(fd, &d, sizeof(d), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN && poll(&pfd, 1, timeout_ms) == 1)
		n = recv(fd, &d, sizeof(d), MSG_DONTWAIT);
	if (n < 0)
		return false;
	if (n != sizeof(d))
		fail("%zd bytes came back", n);
	*seq = d.seq;
	return true;
}

static void put(int fd, uint64_t seq)
{
	struct datagram d = { .seq = seq };

	if (send(fd, &d, sizeof(d), 0) < 0)
		fail("send: %s", strerror(errno));
}

/*
 * udp PORT COUNT WINDOW: datagrams that the guest sends back, so many under
 * way at a time. They may be lost, as UDP may; but what comes back comes in
 * order and once.
 */
void cmd_udp(char **arg)
{
	uint64_t total = to_number(arg[1]), window = to_number(arg[2]);
	uint64_t sent = 0, next = 0, lost = 0, seq, begun = now_ns();
	uint64_t *latency = calloc(total, sizeof(*latency));
	uint64_t *at = calloc(total, sizeof(*at)), n = 0;
	int fd = udp_connect((unsigned)to_number(arg[0]));

	if (!total || !latency || !at)
		fail("no datagrams");
	while (next < total) {
		for (; sent < total && sent < next + window; sent++) {
			at[sent] = now_ns();
			put(fd, sent);
		}
		if (!take(fd, &seq, LOSS_MS)) {
			lost += sent - next;
			next = sent;
			continue;
		}
		if (seq >= sent || seq < next)
			fail("%" PRIu64 " came again or is of nobody", seq);
		lost += seq - next;
		next = seq + 1;
		latency[n++] = now_ns() - at[seq];
	}
	show("rate", (double)n * 1e9 / (double)(now_ns() - begun));
	show("lost", (double)lost);
	if (!n)
		fail("all were lost");
	show_latency(latency, n);
}

/* A socket bound to a port that was free. */
static int bind_any(int type, unsigned *port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(addr);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
		fail("no socket: %s", strerror(errno));
	*port = ntohs(addr.sin_port);
	return fd;
}

/* echo: print a port, and send back what comes there, until killed */
void cmd_echo(char **arg)
{
	unsigned port;
	int fd = bind_any(SOCK_DGRAM, &port);
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);
	char buf[2048];

	(void)arg;
	show("port", port);
	for (;;) {
		ssize_t n = recvfrom(fd, buf, sizeof(buf), 0,
				     (struct sockaddr *)&addr, &len);

		if (n >= 0)
			sendto(fd, buf, (size_t)n, 0, (struct sockaddr *)&addr,
			       len);
	}
}

/* Up to 64 us, other ones each time. */
static void linger(uint64_t n)
{
	uint64_t end = now_ns() + n % 128 * 500;

	while (now_ns() < end)
		;
}

/*
 * ping PORT COUNT: datagrams that the guest sends back, of which none may be
 * lost: one at a time, and behind every other follows a second, sooner or
 * later
 */
void cmd_ping(char **arg)
{
	uint64_t total = to_number(arg[1]), seq, late = 0, rounds = 0;
	uint64_t *latency = calloc(total + 1, sizeof(*latency));
	int fd = udp_connect((unsigned)to_number(arg[0]));

	if (!latency)
		fail("%s", strerror(errno));
	for (uint64_t sent = 0, i = 0; i < total; rounds++) {
		uint64_t begun = now_ns();

		put(fd, sent++);
		if (rounds & 1 && sent < total) {
			linger(rounds / 2);
			put(fd, sent++);
		}
		for (; i < sent; i++) {
			if (!take(fd, &seq, PEER_PATIENCE_MS))
				fail("datagram %" PRIu64 " is lost", i);
			if (seq != i)
				fail("%" PRIu64 " came, not %" PRIu64, seq, i);
		}
		latency[rounds] = now_ns() - begun;
		late += latency[rounds] > LATE_NS;
	}
	show("late", (double)late);
	show_latency(latency, rounds);
}

/* send PORT BYTES: one datagram, of the pattern */
void cmd_send(char **arg)
{
	int fd = udp_connect((unsigned)to_number(arg[0]));
	static struct pattern pattern;

	pattern_fill(&pattern);
	if (send(fd, &pattern, to_number(arg[1]), 0) < 0)
		fail("send: %s", strerror(errno));
}

/* ports: print a TCP and a UDP port that are free at the moment */
void cmd_ports(char **arg)
{
	unsigned tcp, udp;

	(void)arg;
	close(bind_any(SOCK_STREAM, &tcp));
	close(bind_any(SOCK_DGRAM, &udp));
	printf("%u %u\n", tcp, udp);
}
