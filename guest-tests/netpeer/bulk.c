/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bulk.c - many bytes in either direction
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest-tests/net/pattern.h"
#include "guest-tests/netpeer/peer.h"

enum { CHUNK = 1 << 18, STREAMS_MAX = 64, HEAD_MAX = 4096 };

/* One direction of a connection: how far it is. */
struct stream {
	int fd;
	uint64_t at, total;
};

static struct pattern pattern;
static uint8_t chunk[CHUNK];

static void check_pattern(const uint8_t *data, size_t len, uint64_t at)
{
	while (len) {
		size_t n = len < PATTERN_RUN ? len : PATTERN_RUN;

		if (memcmp(data, pattern_at(&pattern, at), n) != 0)
			fail("wrong bytes behind %" PRIu64, at);
		data += n;
		at += n;
		len -= n;
	}
}

static void show_rate(uint64_t bytes, uint64_t begun)
{
	show("mbit", (double)bytes * 8000 / (double)(now_ns() - begun));
}

/* Ask for @len bytes; what came along with the head is checked. */
static struct stream begin_pull(int fd, uint64_t len)
{
	char head[HEAD_MAX], path[64];
	struct stream s = { .fd = fd };
	size_t have;

	snprintf(path, sizeof(path), "/bytes/%" PRIu64, len);
	request(fd, "GET", path, "");
	s.total = read_head(fd, head, sizeof(head), &have);
	if (s.total != len)
		fail("%" PRIu64 " bytes, not %" PRIu64, s.total, len);
	check_pattern((uint8_t *)head, have, 0);
	s.at = have;
	return s;
}

static void pull_some(struct stream *s, bool check)
{
	ssize_t n = recv(s->fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		fail("the end after %" PRIu64 " bytes", s->at);
	if (check)
		check_pattern(chunk, (size_t)n, s->at);
	s->at += (uint64_t)n;
}

static void push_some(struct stream *s)
{
	uint64_t left = s->total - s->at;
	size_t len = left < PATTERN_RUN ? left : PATTERN_RUN;
	ssize_t n = send(s->fd, pattern_at(&pattern, s->at), len,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN)
		fail("send: %s", strerror(errno));
	if (n > 0)
		s->at += (uint64_t)n;
}

/* Until all are through. */
static void run(struct stream *s, unsigned n, short events, bool check)
{
	struct pollfd pfds[STREAMS_MAX];
	unsigned left = n;

	for (unsigned i = 0; i < n; i++)
		pfds[i] = (struct pollfd){ .fd = s[i].fd, .events = events };
	while (left) {
		if (poll(pfds, n, PEER_PATIENCE_MS) <= 0)
			fail("stuck after %" PRIu64 " of %" PRIu64 " bytes",
			     s[0].at, s[0].total);
		for (unsigned i = 0; i < n; i++) {
			if (!pfds[i].revents)
				continue;
			if (events == POLLIN)
				pull_some(&s[i], check);
			else
				push_some(&s[i]);
			if (s[i].at < s[i].total)
				continue;
			pfds[i].fd = -1;
			left--;
		}
	}
}

static unsigned n_streams(const char *text)
{
	uint64_t n = to_number(text);

	if (!n || n > STREAMS_MAX)
		fail("%s: from 1 to %d streams", text, STREAMS_MAX);
	return (unsigned)n;
}

/* pull PORT BYTES STREAMS [check]: from the guest, so many in all */
void cmd_pull(char **arg)
{
	unsigned port = (unsigned)to_number(arg[0]), n = n_streams(arg[2]);
	uint64_t bytes = to_number(arg[1]) / n, begun = now_ns();
	struct stream s[STREAMS_MAX];

	pattern_fill(&pattern);
	for (unsigned i = 0; i < n; i++)
		s[i] = begin_pull(tcp_connect(port), bytes);
	run(s, n, POLLIN, arg[3]);
	show_rate(bytes * n, begun);
}

/* push PORT BYTES STREAMS [check]: to the guest, which checks them */
void cmd_push(char **arg)
{
	unsigned port = (unsigned)to_number(arg[0]), n = n_streams(arg[2]);
	uint64_t bytes = to_number(arg[1]) / n, begun = now_ns();
	struct stream s[STREAMS_MAX];
	char more[64], answer[HEAD_MAX];
	size_t len;

	pattern_fill(&pattern);
	snprintf(more, sizeof(more), "Content-Length: %" PRIu64 "\r\n", bytes);
	for (unsigned i = 0; i < n; i++) {
		s[i] = (struct stream){ tcp_connect(port), 0, bytes };
		request(s[i].fd, "POST", arg[3] ? "/check" : "/sink", more);
	}
	run(s, n, POLLOUT, false);
	for (unsigned i = 0; i < n; i++) {
		read_head(s[i].fd, answer, sizeof(answer), &len);
		answer[len] = 0;
		if (!len || strtoull(answer, NULL, 10) != bytes)
			fail("the guest says: %s", answer);
	}
	show_rate(bytes * n, begun);
}

/* Until the guest can send no more, or has sent all: the counter of its bytes,
 * which was at @before, stands still. */
static void await_stall(unsigned port, uint64_t before, uint64_t bytes)
{
	uint64_t probes = guest_counter(port, "tcp_probes"), last = 0, sent = 0;
	unsigned still = 0;

	while (still < 3 ||
	       (guest_counter(port, "tcp_probes") == probes && sent < bytes)) {
		poll(NULL, 0, 100);
		sent = guest_counter(port, "tx_bytes") - before;
		/* /stats costs some, too. */
		still = sent - last < 5000 ? still + 1 : 0;
		last = sent;
	}
}

/*
 * slow PORT BYTES BUFFER: ask for so many and read none until the guest is
 * held up, with a receive buffer of so many bytes; then read all. The guest
 * must not have to probe for the window to learn that it is open again.
 */
void cmd_slow(char **arg)
{
	unsigned port = (unsigned)to_number(arg[0]);
	uint64_t bytes = to_number(arg[1]), probes, before;
	int fd = tcp_connect(port), size = (int)to_number(arg[2]);
	struct stream s;

	pattern_fill(&pattern);
	if (size &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0)
		fail("SO_RCVBUF: %s", strerror(errno));
	before = guest_counter(port, "tx_bytes");
	s = begin_pull(fd, bytes);
	await_stall(port, before, bytes);
	probes = guest_counter(port, "tcp_probes");
	run(&s, 1, POLLIN, true);
	probes = guest_counter(port, "tcp_probes") - probes;
	show("probes", (double)probes);
	/* One may have been on its way. */
	if (probes > 2)
		fail("%" PRIu64 " probes: it is not told of room", probes);
	close(fd);
}
