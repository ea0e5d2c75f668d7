/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_slirp_faults.c - what a guest could do to libslirp, and cannot
 *
 * Each fault is shown in a child process that gives frames to libslirp
 * directly, and gone in one that has the firewall before it.  Of a libslirp
 * in which it is mended, the first is not expected.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <slirp/libslirp.h>

#include "devices/firewall/firewall.h"
#include "tests/net_guest.h"
#include "tests/net_options.h"

static const uint8_t gateway[4] = { 10, 0, 2, 2 };

/* libslirp on the test's only thread, behind the fake guest's NIC. */
struct bare {
	struct netdev dev;
	struct guest g;
	struct firewall firewall;
	bool sanitize;
	Slirp *slirp;
	struct pollfd pfds[64];
	int n_pfds;
};

static struct bare bare;

static enum netdev_tx bare_tx(struct netdev *dev, const struct iovec *iov,
			      unsigned n, const struct netdev_offload *offload)
{
	static uint8_t frame[ETHER_MAX + 100];
	struct packet p = { .frame = frame };

	(void)dev;
	(void)offload;
	for (unsigned i = 0; i < n; i++) {
		memcpy(frame + p.len, iov[i].iov_base, iov[i].iov_len);
		p.len += iov[i].iov_len;
	}
	if (!bare.sanitize || firewall_judge(&bare.firewall, &p, frame, p.len,
					     now_ns()) == FIREWALL_PASS)
		slirp_input(bare.slirp, p.frame, (int)p.len);
	return NETDEV_SENT;
}

static const struct netdev_ops bare_ops = { .tx = bare_tx };

static ssize_t send_packet(const void *buf, size_t len, void *opaque)
{
	uint8_t padded[ETHER_MIN] = { 0 };
	struct packet p;

	(void)opaque;
	if (packet_parse(&p, (uint8_t *)(uintptr_t)buf, len) == PACKET_OK &&
	    p.protocol == PROTOCOL_TCP) {
		conntrack_to_flow(&bare.firewall.conntrack, &p);
		if (bare.firewall.faults.has[FAULT_ZERO])
			libslirp_faults_learn(&p);
		conntrack_to(&bare.firewall.conntrack, &p);
	}
	memcpy(padded, buf, MIN(len, sizeof(padded)));
	guest_nic_rx(&bare.g, len < ETHER_MIN ? padded : buf,
		     MAX(len, (size_t)ETHER_MIN));
	return (ssize_t)len;
}

static int64_t clock_get_ns(void *opaque)
{
	(void)opaque;
	return (int64_t)now_ns();
}

static void ignore_text(const char *msg, void *opaque)
{
	(void)msg;
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
	.register_poll_fd = ignore_fd,
	.unregister_poll_fd = ignore_fd,
	.notify = ignore,
};

static int add_poll(int fd, int events, void *opaque)
{
	(void)opaque;
	ck_assert_int_lt(bare.n_pfds, 64);
	bare.pfds[bare.n_pfds] = (struct pollfd){
		.fd = fd,
		.events = (short)((events & SLIRP_POLL_IN ? POLLIN : 0) |
				  (events & SLIRP_POLL_OUT ? POLLOUT : 0)),
	};
	return bare.n_pfds++;
}

static int get_revents(int i, void *opaque)
{
	short revents = bare.pfds[i].revents;

	(void)opaque;
	return (revents & POLLIN ? SLIRP_POLL_IN : 0) |
	       (revents & POLLOUT ? SLIRP_POLL_OUT : 0);
}

/* One turn of a loop: libslirp's sockets, then the guest's frames. */
static void bare_turn(int ms)
{
	uint32_t timeout = (uint32_t)ms;

	bare.n_pfds = 0;
	slirp_pollfds_fill(bare.slirp, &timeout, add_poll, NULL);
	poll(bare.pfds, (nfds_t)bare.n_pfds, (int)timeout);
	slirp_pollfds_poll(bare.slirp, 0, get_revents, NULL);
	while (guest_step(&bare.g, 0))
		;
}

/* There is only one connection. */
static bool is_established(void *arg, const struct flow *flow)
{
	char *info = slirp_connection_info(bare.slirp);
	bool yes = strstr(info, "TCP[ESTABLISHED]");

	(void)arg;
	(void)flow;
	free(info);
	return yes;
}

static void bare_open(bool sanitize)
{
	SlirpConfig config = { .version = 1, .in_enabled = true };
	struct policy *policy = &bare.firewall.policy;

	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(net_option(&bare.g.config, "user"), 0);
	config.vnetwork = policy->subnet = bare.g.config.subnet;
	config.vnetmask = policy->netmask = bare.g.config.netmask;
	config.vhost = policy->gateway = bare.g.config.gateway;
	config.vnameserver = policy->dns = bare.g.config.dns;
	config.vdhcp_start = bare.g.config.dhcp_start;
	policy->host = true;
	bare.sanitize = sanitize;
	libslirp_faults_init(&bare.firewall.faults, slirp_version_string());
	bare.firewall.faults.established = is_established;
	bare.dev = (struct netdev){ .ops = &bare_ops, .wake_fd = -1 };
	bare.g.dev = &bare.dev;
	bare.g.queue = malloc(GUEST_QUEUE * sizeof(*bare.g.queue));
	bare.g.room = GUEST_QUEUE;
	pthread_mutex_init(&bare.g.lock, NULL);
	pthread_cond_init(&bare.g.more, NULL);
	memcpy(bare.g.mac, "\x52\x54\0\x12\x34\x56", 6);
	memcpy(bare.g.addr4, "\x0a\0\x02\x0f", 4);
	bare.slirp = slirp_new(&config, &callbacks, NULL);
	guest_arp(&bare.g, 1, gateway);
	bare_turn(0);
}

enum {
	/* Far more than a child takes on a loaded machine. */
	CHILD_SECONDS = 120,
};

/* The status of a child that runs @fn with and without the firewall. */
static int in_child(void (*fn)(void), bool sanitize)
{
	struct rlimit no_core = { 0, 0 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		/* It may also go on for ever.  Check's handler of this signal
		 * would kill the test, too. */
		signal(SIGALRM, SIG_DFL);
		alarm(CHILD_SECONDS);
		close(STDERR_FILENO);
		bare_open(sanitize);
		fn();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

/* A connection to a service of the host's, whose end of it is returned. */
static int connect_out(struct guest_tcp *t)
{
	uint16_t port;
	int fd, listener = host_socket(AF_INET, SOCK_STREAM, &port);

	memcpy(t->addr, gateway, 4);
	t->addr_len = 4;
	t->port = 40000;
	t->peer_port = port;
	guest_segment(&bare.g, t, TCP_SYN, NULL, 0);
	while (!t->established)
		bare_turn(10);
	while ((fd = accept(listener, NULL, NULL)) < 0)
		bare_turn(10);
	return fd;
}

/* Exits with 1 when the host's peer gets more than the guest sent. */
static void send_urgent(void)
{
	struct guest_tcp *t = guest_new_tcp(&bare.g);
	uint8_t urgent[ETHER_HEADER + IPV4_HEADER + TCP_HEADER + 6] = { 0 };
	uint8_t *tcp = guest_payload(urgent, 4);
	static char buf[65536];
	int fd = connect_out(t);
	size_t received = 0;
	ssize_t n;

	put_be16(tcp, t->port);
	put_be16(tcp + 2, t->peer_port);
	put_be32(tcp + 4, t->next);
	put_be32(tcp + 8, t->expected);
	tcp[12] = 0x50;
	tcp[13] = TCP_ACK | TCP_URG | TCP_PSH;
	put_be16(tcp + 14, 65535);
	/* Far behind the data there is. */
	put_be16(tcp + 18, 3000);
	memcpy(tcp + TCP_HEADER, "secret", 6);
	guest_ip(&bare.g, urgent, gateway, 4, PROTOCOL_TCP, TCP_HEADER + 6, 16);
	guest_send(&bare.g, urgent, sizeof(urgent));
	for (unsigned i = 0; i < 100 && received < MIB; i++) {
		bare_turn(5);
		while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
			received += (size_t)n;
	}
	_exit(received > 6 ? 1 : received == 6 ? 0 : 2);
}

START_TEST(urgent_data_leaks_no_memory)
{
	int status = in_child(send_urgent, true);
	struct libslirp_faults faults;

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	libslirp_faults_init(&faults, slirp_version_string());
	status = in_child(send_urgent, false);
	ck_assert_int_eq(status != 0, faults.has[FAULT_URGENT]);
}
END_TEST

/* Fragments of all offsets and sizes, of a few datagrams. */
static void send_fragments(void)
{
	static uint8_t frame[2048];
	uint32_t x = 1;

	for (unsigned i = 0; i < 100000; i++) {
		uint8_t *ip = frame + ETHER_HEADER;
		uint16_t sum, word;
		size_t len, n;

		x = x * 1103515245 + 12345;
		len = 8 * (1 + (x >> 16) % 100);
		n = guest_ip(&bare.g, frame, gateway, 4,
			     x >> 31 ? PROTOCOL_UDP : PROTOCOL_TCP, len, -1);
		put_be16(ip + 4, (uint16_t)((x >> 8) & 3));
		word = (uint16_t)((x >> 20) & 63);
		if (x & 0x80)
			word |= IPV4_MORE;
		put_be16(ip + 6, word);
		memset(ip + 10, 0, 2);
		sum = checksum(ip, IPV4_HEADER);
		memcpy(ip + 10, &sum, 2);
		guest_send(&bare.g, frame, n);
	}
	_exit(0);
}

START_TEST(fragments_bring_nothing_down)
{
	ck_assert_int_eq(in_child(send_fragments, true), 0);
	if (strcmp(slirp_version_string(), "4.7.0") == 0)
		ck_assert_int_ne(in_child(send_fragments, false), 0);
}
END_TEST

/* In KiB. */
static size_t memory_used(void)
{
	size_t size = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fscanf(f, "%zu %zu", &size, &resident), 2);
	fclose(f);
	return resident * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

/* Ends that come before their turn, again and again.  Exits with 1 when
 * libslirp keeps them all. */
static void send_ends(void)
{
	struct guest_tcp *t = guest_new_tcp(&bare.g);
	int fd = connect_out(t);
	size_t before = memory_used();
	uint32_t next = t->next;

	for (unsigned i = 0; i < 20000; i++) {
		t->next = next + 1000;
		guest_segment(&bare.g, t, TCP_ACK | TCP_FIN, NULL, 0);
		if (i % 64 == 0)
			bare_turn(0);
	}
	close(fd);
	_exit(memory_used() - before > 32 * 1024);
}

START_TEST(ends_before_their_turn_use_no_memory)
{
	int status = in_child(send_ends, true);

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	/* No version mends it. */
	ck_assert_int_ne(in_child(send_ends, false), 0);
}
END_TEST

/* Data whose last byte has the last sequence number there is, in two pieces,
 * the second first; then, as that may have been refused, again. */
static void send_to_the_last(void)
{
	struct guest_tcp *t = guest_new_tcp(&bare.g);
	char buf[64];
	int fd;

	t->next = t->acked = (uint32_t)-21;
	fd = connect_out(t);
	t->next = (uint32_t)-10;
	guest_segment(&bare.g, t, TCP_ACK, "klmnopqrst", 10);
	t->next = (uint32_t)-20;
	guest_segment(&bare.g, t, TCP_ACK, "abcdefghij", 10);
	bare_turn(5);
	t->next = (uint32_t)-10;
	guest_segment(&bare.g, t, TCP_ACK, "klmnopqrst", 10);
	guest_segment(&bare.g, t, TCP_ACK, "uvw", 3);
	for (unsigned i = 0; i < 10; i++)
		bare_turn(5);
	if (recv(fd, buf, sizeof(buf), 0) != 23 ||
	    memcmp(buf, "abcdefghijklmnopqrstuvw", 23) != 0)
		_exit(1);
	_exit(0);
}

START_TEST(the_last_sequence_number_brings_nothing_down)
{
	struct libslirp_faults faults;

	ck_assert_int_eq(in_child(send_to_the_last, true), 0);
	libslirp_faults_init(&faults, slirp_version_string());
	ck_assert_int_eq(in_child(send_to_the_last, false) != 0,
			 faults.has[FAULT_ZERO]);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		urgent_data_leaks_no_memory,
		fragments_bring_nothing_down,
		ends_before_their_turn_use_no_memory,
		the_last_sequence_number_brings_nothing_down,
		NULL,
	};

	return unit_run(unit_suite("slirp_faults", tests));
}
