/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest-tests/netpeer/peer.h"

void request(int fd, const char *method, const char *path, const char *more)
{
	char text[256];
	int len = snprintf(text, sizeof(text),
			   "%s %s HTTP/1.1\r\nHost: guest\r\n%s\r\n", method,
			   path, more);

	send_all(fd, text, (size_t)len);
}

static size_t receive(int fd, char *buf, size_t size)
{
	ssize_t n;

	await_input(fd);
	n = recv(fd, buf, size, 0);
	if (n <= 0)
		fail("the guest hung up: %s", n ? strerror(errno) : "end");
	return (size_t)n;
}

uint64_t read_head(int fd, char *buf, size_t size, size_t *len)
{
	const char *field = "\r\nContent-Length: ";
	char *end = NULL, *value;
	uint64_t body;
	size_t have = 0;

	while (!end) {
		if (have == size - 1)
			fail("no end of the head");
		have += receive(fd, buf + have, size - 1 - have);
		buf[have] = 0;
		end = strstr(buf, "\r\n\r\n");
	}
	value = strstr(buf, field);
	if (strncmp(buf, "HTTP/1.1 200 ", 13) != 0 || !value || value > end)
		fail("not an answer: %s", buf);
	body = strtoull(value + strlen(field), NULL, 10);
	*len = have - (size_t)(end + 4 - buf);
	memmove(buf, end + 4, *len);
	return body;
}

void get_page(unsigned port, const char *path, char *buf, size_t size)
{
	int fd = tcp_connect(port);
	size_t have;
	uint64_t len;

	request(fd, "GET", path, "Connection: close\r\n");
	len = read_head(fd, buf, size, &have);
	if (len >= size)
		fail("%s is too long", path);
	while (have < len)
		have += receive(fd, buf + have, size - 1 - have);
	buf[have] = 0;
	close(fd);
}

uint64_t guest_counter(unsigned port, const char *name)
{
	char page[4096], key[64], *at;

	get_page(port, "/stats", page, sizeof(page));
	snprintf(key, sizeof(key), "\n%s ", name);
	at = strstr(page, key);
	if (!at)
		fail("/stats has no %s", name);
	return strtoull(at + strlen(key), NULL, 10);
}

/* get PORT PATH: print a page */
void cmd_get(char **arg)
{
	char page[4096];

	get_page((unsigned)to_number(arg[0]), arg[1], page, sizeof(page));
	puts(page);
}

/* A connection with one request under way. */
struct asker {
	int fd;
	uint64_t seq, asked_ns;
};

struct asking {
	unsigned port;
	bool anew;
	int epoll;
	uint64_t next, total, answered;
	uint64_t *latency;
};

/* True: it has asked for the next page. */
static bool ask(struct asking *all, struct asker *a)
{
	char path[32];

	if (all->next == all->total)
		return false;
	a->asked_ns = now_ns();
	if (a->fd < 0) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = a };

		a->fd = tcp_connect(all->port);
		epoll_ctl(all->epoll, EPOLL_CTL_ADD, a->fd, &event);
	}
	a->seq = all->next++;
	snprintf(path, sizeof(path), "/seq/%" PRIu64, a->seq);
	request(a->fd, "GET", path, all->anew ? "Connection: close\r\n" : "");
	return true;
}

static void check_answer(struct asking *all, struct asker *a)
{
	char buf[512];
	size_t have;
	uint64_t len = read_head(a->fd, buf, sizeof(buf), &have);

	while (have < len)
		have += receive(a->fd, buf + have, sizeof(buf) - 1 - have);
	buf[have] = 0;
	if (have != len || strtoull(buf, NULL, 10) != a->seq)
		fail("asked for %" PRIu64 ", got %s", a->seq, buf);
	all->latency[all->answered++] = now_ns() - a->asked_ns;
	if (all->anew) {
		close(a->fd);
		a->fd = -1;
	}
}

/* PORT COUNT CONNECTIONS: so many small requests, each answered with its own
 * number, one at a time on each connection, or on one of its own */
static void ask_all(char **arg, bool anew)
{
	struct asking all = { .port = (unsigned)to_number(arg[0]),
			      .anew = anew,
			      .epoll = epoll_create1(EPOLL_CLOEXEC),
			      .total = to_number(arg[1]) };
	size_t n = to_number(arg[2]);
	struct asker *askers = calloc(n, sizeof(*askers));
	uint64_t begun = now_ns();

	all.latency = calloc(all.total + 1, sizeof(*all.latency));
	if (!askers || !all.latency || all.epoll < 0)
		fail("%s", strerror(errno));
	for (size_t i = 0; i < n; i++) {
		askers[i].fd = -1;
		ask(&all, &askers[i]);
	}
	while (all.answered < all.total) {
		struct epoll_event event[64];
		int ready = epoll_wait(all.epoll, event, 64, PEER_PATIENCE_MS);

		if (ready <= 0)
			fail("no answer for %d s, after %" PRIu64,
			     PEER_PATIENCE_MS / 1000, all.answered);
		for (int i = 0; i < ready; i++) {
			check_answer(&all, event[i].data.ptr);
			ask(&all, event[i].data.ptr);
		}
	}
	show("rate", (double)all.total * 1e9 / (double)(now_ns() - begun));
	show_latency(all.latency, all.total);
}

void cmd_seq(char **arg)
{
	ask_all(arg, false);
}

void cmd_connect(char **arg)
{
	ask_all(arg, true);
}
