/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_alone.c - libslirp without a VM: how fast could it be?
 *
 * The network stack and the server of guest-tests/net, called by libslirp
 * directly and calling it, in one thread: no rings, no copies but libslirp's
 * own and one for each frame, no wake-ups but the sockets'.
 *
 * Argument: the MTU. Prints "forward tcp 127.0.0.1:PORT " and the same of udp,
 * then "ready"; ends when somebody gets /quit.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <slirp/libslirp.h>

#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/net/tcp.h"

enum {
	FRAME_MAX = 65536,
	QUEUE = 512,
	FDS_MAX = 4096,
	/* As minivmm has it, see devices/slirp/instance.c. */
	SEGMENT_MAX = 16384 + 40,
};

struct queue {
	struct {
		size_t len;
		uint8_t data[FRAME_MAX];
	} frame[QUEUE];
	unsigned head, tail;
};

struct nic nic = { .mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 },
		   .checksum = true,
		   .segments = true };
volatile unsigned irq_count[256], irq_any;

static struct queue to_guest, to_slirp;
static Slirp *slirp;
static struct pollfd pfds[FDS_MAX];
static int n_pfds;

/* --- What the stack asks of its library. */

static int64_t now_ns(void *opaque)
{
	struct timespec t;

	(void)opaque;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

uint32_t clock_khz(void)
{
	static uint32_t khz;

	if (!khz) {
		int64_t ns = now_ns(NULL);
		uint64_t tsc = clock_tsc();

		usleep(20000);
		tsc = clock_tsc() - tsc;
		khz = (uint32_t)(tsc * 1000000 / (uint64_t)(now_ns(NULL) - ns));
	}
	return khz;
}

uint64_t clock_after(unsigned ms)
{
	return clock_tsc() + (uint64_t)ms * clock_khz();
}

const char *str_find(const char *s, const char *word)
{
	return strstr(s, word);
}

/* --- A NIC that is two queues. */

static bool is_full(const struct queue *q)
{
	return q->head - q->tail == QUEUE;
}

bool nic_receive(struct nic_frame *frame)
{
	unsigned i = to_guest.tail % QUEUE;

	if (to_guest.tail == to_guest.head)
		return false;
	*frame = (struct nic_frame){ to_guest.frame[i].data,
				     to_guest.frame[i].len, true };
	to_guest.tail++;
	nic.rx_frames++;
	return true;
}

static void complete(uint8_t *frame, size_t len, const struct nic_out *out)
{
	uint16_t sum = (uint16_t)~checksum_fold(
		checksum_add(0, frame + out->checksum, len - out->checksum));

	memcpy(frame + out->checksum + out->checksum_at, &sum, sizeof(sum));
}

bool nic_send(const struct nic_out *out)
{
	unsigned i = to_slirp.head % QUEUE;
	uint8_t *frame = to_slirp.frame[i].data;
	size_t len = out->head_len + out->body_len;

	if (is_full(&to_slirp))
		return false;
	memcpy(frame, out->head, out->head_len);
	memcpy(frame + out->head_len, out->body, out->body_len);
	if (out->checksum)
		complete(frame, len, out);
	to_slirp.frame[i].len = len;
	to_slirp.head++;
	nic.tx_frames++;
	nic.tx_bytes += len;
	return true;
}

void nic_flush(void)
{
	for (; to_slirp.tail != to_slirp.head; to_slirp.tail++) {
		unsigned i = to_slirp.tail % QUEUE;

		slirp_input(slirp, to_slirp.frame[i].data,
			    (int)to_slirp.frame[i].len);
	}
}

void nic_sleep(unsigned any, bool sending)
{
	(void)any;
	(void)sending;
}

/* --- libslirp */

static ssize_t send_packet(const void *data, size_t len, void *opaque)
{
	unsigned i = to_guest.head % QUEUE;

	(void)opaque;
	if (is_full(&to_guest) || len > FRAME_MAX)
		return 0;
	memcpy(to_guest.frame[i].data, data, len);
	to_guest.frame[i].len = len;
	to_guest.head++;
	return (ssize_t)len;
}

static void guest_error(const char *msg, void *opaque)
{
	(void)opaque;
	fprintf(stderr, "net_alone: %s\n", msg);
}

static void no_fd(int fd, void *opaque)
{
	(void)fd;
	(void)opaque;
}

static void no_notify(void *opaque)
{
	(void)opaque;
}

static const SlirpCb callbacks = {
	.send_packet = send_packet,
	.guest_error = guest_error,
	.clock_get_ns = now_ns,
	.register_poll_fd = no_fd,
	.unregister_poll_fd = no_fd,
	.notify = no_notify,
};

static int add_poll(int fd, int events, void *opaque)
{
	short wanted = 0;

	(void)opaque;
	if (events & SLIRP_POLL_IN)
		wanted |= POLLIN;
	if (events & SLIRP_POLL_OUT)
		wanted |= POLLOUT;
	if (events & SLIRP_POLL_PRI)
		wanted |= POLLPRI;
	if (n_pfds == FDS_MAX)
		return -1;
	pfds[n_pfds] = (struct pollfd){ .fd = fd, .events = wanted };
	return n_pfds++;
}

static int get_revents(int i, void *opaque)
{
	short revents = i < 0 ? 0 : pfds[i].revents;
	int events = 0;

	(void)opaque;
	if (revents & POLLIN)
		events |= SLIRP_POLL_IN;
	if (revents & POLLOUT)
		events |= SLIRP_POLL_OUT;
	if (revents & POLLPRI)
		events |= SLIRP_POLL_PRI;
	if (revents & POLLERR)
		events |= SLIRP_POLL_ERR;
	if (revents & POLLHUP)
		events |= SLIRP_POLL_HUP;
	return events;
}

static void turn(void)
{
	uint32_t timeout = 1000;
	struct nic_frame frame;
	int rc;

	n_pfds = 0;
	slirp_pollfds_fill(slirp, &timeout, add_poll, NULL);
	rc = poll(pfds, (nfds_t)n_pfds, (int)timeout);
	slirp_pollfds_poll(slirp, rc < 0, get_revents, NULL);
	while (to_guest.tail != to_guest.head) {
		while (nic_receive(&frame))
			ip_input(&frame);
		tcp_tick();
		tcp_output();
		nic_flush();
		/* Answers leave only by this. */
		slirp_pollfds_poll(slirp, 1, get_revents, NULL);
	}
}

/* A port of the loopback that is free at the moment. */
static int free_port(int type)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, type, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
		exit(1);
	close(fd);
	return ntohs(addr.sin_port);
}

static void forward(bool udp, int guest_port)
{
	struct in_addr host = { htonl(INADDR_LOOPBACK) }, guest = { IP_SELF };
	int port = free_port(udp ? SOCK_DGRAM : SOCK_STREAM);

	if (slirp_add_hostfwd(slirp, udp, host, port, guest, guest_port) < 0)
		exit(1);
	fprintf(stderr, "forward %s 127.0.0.1:%d -\n", udp ? "udp" : "tcp",
		port);
}

/* libslirp's backlog is of one; that is not what is measured. */
static void listen_more(void)
{
	uint32_t timeout = 0;

	n_pfds = 0;
	slirp_pollfds_fill(slirp, &timeout, add_poll, NULL);
	for (int i = 0; i < n_pfds; i++)
		listen(pfds[i].fd, 128);
}

int main(int argc, char **argv)
{
	SlirpConfig config = {
		.version = 1,
		.in_enabled = true,
		.vnetwork.s_addr = IP_ADDR(10, 0, 2, 0),
		.vnetmask.s_addr = IP_ADDR(255, 255, 255, 0),
		.vhost.s_addr = IP_GATEWAY,
		.vdhcp_start.s_addr = IP_SELF,
		.vnameserver.s_addr = IP_ADDR(10, 0, 2, 3),
	};

	nic.mtu = (uint16_t)(argc > 1 ? atoi(argv[1]) : 1500);
	config.if_mtu = nic.mtu;
	config.if_mru = nic.mtu < SEGMENT_MAX ? nic.mtu : SEGMENT_MAX;
	slirp = slirp_new(&config, &callbacks, NULL);
	if (!slirp)
		return 1;
	http_init();
	forward(false, TCP_PORT);
	forward(true, UDP_ECHO_PORT);
	listen_more();
	puts("ready");
	fflush(stdout);
	while (!http_quit || tcp_stats.live)
		turn();
	return 0;
}
