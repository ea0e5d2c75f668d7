/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "guest-tests/netpeer/peer.h"

void fail(const char *fmt, ...)
{
	va_list ap;

	fputs("netpeer: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t to_number(const char *text)
{
	char *end;
	unsigned long long n;

	if (!text)
		fail("a number is missing");
	n = strtoull(text, &end, 10);
	if (*end || end == text)
		fail("%s: not a number", text);
	return n;
}

void show(const char *name, double value)
{
	printf("%s %.*f\n", name, value < 1000 && value != (double)(long)value,
	       value);
	fflush(stdout);
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

void show_latency(uint64_t *ns, size_t n)
{
	qsort(ns, n, sizeof(*ns), compare);
	show("p50", (double)ns[n / 2] / 1000);
	show("p90", (double)ns[n * 9 / 10] / 1000);
	show("p99", (double)ns[n * 99 / 100] / 1000);
	show("max", (double)ns[n - 1] / 1000);
}

static int local_connect(int type, unsigned port)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		fail("port %u: %s", port, strerror(errno));
	return fd;
}

int tcp_connect(unsigned port)
{
	int fd = local_connect(SOCK_STREAM, port), one = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

int udp_connect(unsigned port)
{
	return local_connect(SOCK_DGRAM, port);
}

void await_input(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	if (poll(&pfd, 1, PEER_PATIENCE_MS) <= 0)
		fail("nothing came for %d s", PEER_PATIENCE_MS / 1000);
}

void send_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n < 0)
			fail("send: %s", strerror(errno));
		p += n;
		len -= (size_t)n;
	}
}
