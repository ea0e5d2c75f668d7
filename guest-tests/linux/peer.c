/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * peer: both ends of test traffic, in a guest and outside.
 *
 *	peer serve PORT               echo TCP and UDP, IPv4 and IPv6
 *	peer tcp ADDR PORT CONNS SIZE CONNS connections at once, SIZE bytes each
 *	peer udp ADDR PORT COUNT SIZE COUNT datagrams, one after another
 *
 * A client sends bytes that are known by their places, compares the echo, and
 * says "KIND N x SIZE intact". ADDR is numeric, or unix:PATH. The server says
 * where each connection and datagram comes from.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	MAX_CONNS = 1024,
	BUFFER = 65536,
	/* what is written at once */
	CHUNK = 16384,
	/* in ms: nothing at all happens; a datagram is taken for lost */
	PATIENCE = 60000,
	RESEND = 2000,
	RESENDS = 20,
};

struct conn {
	int fd;
	/* client: of its bytes, those sent and those that came back; server:
	 * the part of its buffer that is to be sent */
	uint64_t out, in;
	uint8_t *buf;
};

struct address {
	struct sockaddr_storage addr;
	socklen_t len;
};

static void die(const char *what, const char *why)
{
	printf("peer: %s: %s\n", what, why);
	exit(1);
}

static void die_errno(const char *what)
{
	die(what, strerror(errno));
}

static int check(int rc, const char *what)
{
	if (rc < 0)
		die_errno(what);
	return rc;
}

static void parse_unix(struct address *a, const char *path)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&a->addr;

	un->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(un->sun_path))
		die(path, "too long");
	strcpy(un->sun_path, path);
	a->len = sizeof(*un);
}

static void parse_address(struct address *a, const char *host, const char *port)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a->addr;
	struct sockaddr_in *in = (struct sockaddr_in *)&a->addr;
	uint16_t be = htons((uint16_t)atoi(port));

	memset(a, 0, sizeof(*a));
	if (strncmp(host, "unix:", 5) == 0) {
		parse_unix(a, host + 5);
	} else if (inet_pton(AF_INET6, host, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = be;
		a->len = sizeof(*in6);
	} else if (inet_pton(AF_INET, host, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = be;
		a->len = sizeof(*in);
	} else {
		die(host, "not an address");
	}
}

/* Eight bytes of stream @nr, well mixed, so that no shift or repetition goes
 * unnoticed. */
static uint64_t word(uint64_t nr, uint64_t place)
{
	uint64_t x = (nr << 40) + place;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static void fill(uint8_t *buf, size_t len, uint64_t nr, uint64_t place)
{
	uint64_t w = word(nr, place / 8);

	for (size_t i = 0; i < len; i++, place++) {
		if (place % 8 == 0)
			w = word(nr, place / 8);
		buf[i] = (uint8_t)(w >> place % 8 * 8);
	}
}

/* Whether @n, from a call that doesn't block, means "later". */
static int later(ssize_t n)
{
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* --- the server */

static void serve_datagram(int fd)
{
	static uint8_t buf[BUFFER];
	struct sockaddr_in6 from;
	socklen_t len = sizeof(from);
	char text[INET6_ADDRSTRLEN];
	ssize_t n = recvfrom(fd, buf, sizeof(buf), 0, (void *)&from, &len);

	if (n < 0)
		return;
	printf("udp %s\n",
	       inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof(text)));
	/* what is lost is sent again */
	sendto(fd, buf, (size_t)n, 0, (void *)&from, len);
}

static void serve_accept(int fd, struct conn *conns, int *count)
{
	struct sockaddr_in6 from;
	socklen_t len = sizeof(from);
	char text[INET6_ADDRSTRLEN];
	int conn = accept4(fd, (void *)&from, &len, SOCK_NONBLOCK);

	if (conn < 0)
		return;
	printf("tcp %s\n",
	       inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof(text)));
	conns[*count] = (struct conn){ .fd = conn, .buf = malloc(BUFFER) };
	if (!conns[(*count)++].buf)
		die("serve", "no memory");
}

/* Take what there is, or send what was taken. Whether it goes on. */
static int serve_conn(struct conn *c)
{
	ssize_t n;

	if (c->out == c->in) {
		n = read(c->fd, c->buf, BUFFER);
		if (n == 0 || (n < 0 && !later(n)))
			return 0;
		c->out = 0;
		c->in = n < 0 ? 0 : (uint64_t)n;
	}
	n = c->out == c->in ? 0 : write(c->fd, c->buf + c->out, c->in - c->out);
	if (n < 0)
		return later(n);
	c->out += (uint64_t)n;
	return 1;
}

static int bound(int type, const char *port)
{
	int fd = check(socket(AF_INET6, type, 0), "socket"), off = 0, on = 1;
	struct address a;

	parse_address(&a, "::", port);
	setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	check(bind(fd, (void *)&a.addr, a.len), port);
	return fd;
}

static void serve(const char *port)
{
	static struct conn conns[MAX_CONNS];
	static struct pollfd fds[MAX_CONNS + 2];
	int count = 0, room;

	fds[0] = (struct pollfd){ bound(SOCK_STREAM, port), POLLIN, 0 };
	fds[1] = (struct pollfd){ bound(SOCK_DGRAM, port), POLLIN, 0 };
	check(listen(fds[0].fd, MAX_CONNS), "listen");
	for (;;) {
		room = count < MAX_CONNS;
		fds[0].events = room ? POLLIN : 0;
		for (int i = 0; i < count; i++) {
			struct conn *c = &conns[i];

			fds[i + 2].fd = c->fd;
			fds[i + 2].events = c->in == c->out ? POLLIN : POLLOUT;
		}
		check(poll(fds, (nfds_t)count + 2, -1), "poll");
		for (int i = count - 1; i >= 0; i--) {
			if (!fds[i + 2].revents || serve_conn(&conns[i]))
				continue;
			close(conns[i].fd);
			free(conns[i].buf);
			conns[i] = conns[--count];
		}
		if (fds[1].revents)
			serve_datagram(fds[1].fd);
		if (fds[0].revents && room)
			serve_accept(fds[0].fd, conns, &count);
	}
}

/* --- the clients */

static void send_more(struct conn *c, uint64_t nr, uint64_t size)
{
	static uint8_t buf[CHUNK];
	size_t len = size - c->out < CHUNK ? size - c->out : CHUNK;
	ssize_t n;

	fill(buf, len, nr, c->out);
	n = write(c->fd, buf, len);
	if (n < 0 && !later(n))
		die_errno("tcp: write");
	c->out += n > 0 ? (uint64_t)n : 0;
}

static void receive_more(struct conn *c, uint64_t nr)
{
	static uint8_t buf[BUFFER], wanted[BUFFER];
	ssize_t n = read(c->fd, buf, sizeof(buf));

	if (later(n))
		return;
	if (n <= 0)
		die("tcp: read", n ? strerror(errno) : "end of file");
	fill(wanted, (size_t)n, nr, c->in);
	if (memcmp(buf, wanted, (size_t)n) != 0)
		die("tcp", "other bytes than were sent");
	c->in += (uint64_t)n;
}

static int connecting(const struct address *a)
{
	int fd =
		check(socket(a->addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0),
		      "socket");

	if (connect(fd, (const void *)&a->addr, a->len) < 0 &&
	    errno != EINPROGRESS)
		die_errno("tcp: connect");
	return fd;
}

/* Say how far the first of those @left has come. */
static void stalled(const struct conn *conns, int left, uint64_t size)
{
	while (conns->in == size)
		conns++;
	printf("peer: tcp: nothing goes on: %d left, one of them with %llu "
	       "bytes sent and %llu back\n",
	       left, (unsigned long long)conns->out,
	       (unsigned long long)conns->in);
	exit(1);
}

/* No connection is closed before all are served. */
static void tcp(const struct address *a, int count, uint64_t size)
{
	static struct conn conns[MAX_CONNS];
	static struct pollfd fds[MAX_CONNS];
	int left = count;

	for (int i = 0; i < count; i++)
		conns[i].fd = connecting(a);
	while (left) {
		left = 0;
		for (int i = 0; i < count; i++) {
			struct conn *c = &conns[i];

			left += c->in < size;
			fds[i].fd = c->in < size ? c->fd : -1;
			fds[i].events = POLLIN | (c->out < size ? POLLOUT : 0);
		}
		if (left && !check(poll(fds, (nfds_t)count, PATIENCE), "poll"))
			stalled(conns, left, size);
		for (int i = 0; i < count && left; i++) {
			if (fds[i].fd < 0 || !fds[i].revents)
				continue;
			if (fds[i].revents & ~POLLOUT)
				receive_more(&conns[i], (uint64_t)i);
			if (fds[i].revents & POLLOUT)
				send_more(&conns[i], (uint64_t)i, size);
		}
	}
}

/* The echo of @sent, as opposed to a late one of an earlier datagram. */
static int echoed(int fd, const uint8_t *sent, size_t size)
{
	static uint8_t buf[BUFFER];
	struct pollfd p = { fd, POLLIN, 0 };

	while (poll(&p, 1, RESEND) > 0) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);

		if (n < 0 && errno != ECONNREFUSED)
			die_errno("udp: recv");
		if (n == (ssize_t)size && memcmp(buf, sent, size) == 0)
			return 1;
	}
	return 0;
}

static void udp(const struct address *a, int count, uint64_t size)
{
	int fd = check(socket(a->addr.ss_family, SOCK_DGRAM, 0), "socket");
	static uint8_t buf[BUFFER];

	if (size > sizeof(buf))
		die("udp", "too large");
	check(connect(fd, (const void *)&a->addr, a->len), "udp: connect");
	for (int i = 0; i < count; i++) {
		int tries = 0;

		fill(buf, size, (uint64_t)i, 0);
		do {
			if (tries++ == RESENDS)
				die("udp", "no echo");
			if (send(fd, buf, size, 0) < 0 && errno != ECONNREFUSED)
				die_errno("udp: send");
		} while (!echoed(fd, buf, size));
	}
}

int main(int argc, char **argv)
{
	struct address a;
	int count;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		serve(argv[2]);
	if (argc != 6)
		die("usage", "peer serve PORT | tcp|udp ADDR PORT N SIZE");
	parse_address(&a, argv[2], argv[3]);
	count = atoi(argv[4]);
	if (count < 1 || count > MAX_CONNS)
		die(argv[4], "not from 1 to 1024");
	(strcmp(argv[1], "udp") == 0 ? udp : tcp)(&a, count,
						  strtoull(argv[5], NULL, 0));
	printf("%s %s x %s intact\n", argv[1], argv[4], argv[5]);
	return 0;
}
