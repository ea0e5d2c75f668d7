/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/net_guest.h"
#include "tests/net_options.h"

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static struct guest g;

START_TEST(the_gateway_answers_arp)
{
	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	ck_assert_uint_eq(g.gateway_mac[0], 0x52);
	guest_close(&g);
}
END_TEST

/* The resolver is the one of /etc/resolv.conf, though it may be the host's
 * own: here one that is made for this. */
START_TEST(dns_goes_to_the_hosts_resolver)
{
	static const uint8_t dns[4] = { 10, 0, 2, 3 };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_port = htons(53) };
	char buf[8];
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	int fd;

	host_namespace();
	host_file("/etc/resolv.conf", "nameserver 127.0.0.1\n");
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (void *)&in, sizeof(in)), 0);
	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	guest_udp(&g, dns, 4, 4000, 53, "who?", 4);
	guest_until(&g, recvfrom(fd, buf, sizeof(buf), 0, (void *)&from,
				 &from_len) == 4);
	ck_assert_mem_eq(buf, "who?", 4);
	ck_assert_int_eq(sendto(fd, "he!", 3, 0, (void *)&from, from_len), 3);
	guest_until(&g, g.udp_came);
	ck_assert_uint_eq(g.udp_from_port, 53);
	ck_assert_mem_eq(g.udp_from, dns, 4);
	ck_assert_uint_eq(g.udp_len, 3);
	close(fd);
	guest_close(&g);
}
END_TEST

START_TEST(tftp_serves_a_directory)
{
	static const char request[] = "\0\1boot.img\0octet";
	char dir[] = "/tmp/minivmm-test-XXXXXX", text[80], path[80];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/boot.img", dir);
	close(open(path, O_CREAT | O_WRONLY, 0644));
	host_write(path, "content");
	snprintf(text, sizeof(text), "user,restrict=on,tftp=%s", dir);
	guest_open(&g, text, NULL, NULL);
	guest_up(&g);
	guest_udp(&g, gateway, 4, 2000, 69, request, sizeof(request));
	guest_until(&g, g.udp_came);
	/* The first block, number 1. */
	ck_assert_uint_eq(g.udp_len, 4 + 7);
	ck_assert_mem_eq(g.udp_data, "\0\3\0\1content", 11);
	guest_close(&g);
	unlink(path);
	rmdir(dir);
}
END_TEST

/* A FIFO that nobody writes to, and a directory, which libslirp's own server
 * must not see: the guest gets an error, from the right port, and the network
 * goes on and ends. */
START_TEST(tftp_is_not_held_up)
{
	static const char fifo[] = "\0\1fifo\0octet";
	static const char sub[] = "\0\1sub\0octet";
	char dir[] = "/tmp/minivmm-test-XXXXXX", text[80], path[80];

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(text, sizeof(text), "user,tftp=%s", dir);
	snprintf(path, sizeof(path), "%s/sub", dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/fifo", dir);
	ck_assert_int_eq(mkfifo(path, 0644), 0);
	guest_open(&g, text, NULL, NULL);
	guest_up(&g);
	guest_udp(&g, gateway, 4, 2000, 69, fifo, sizeof(fifo));
	guest_until(&g, g.udp_came && g.udp_port == 2000);
	ck_assert_mem_eq(g.udp_data, "\0\5\0\2", 4);
	g.udp_came = false;
	guest_udp(&g, gateway, 4, 2001, 69, sub, sizeof(sub));
	guest_until(&g, g.udp_came && g.udp_port == 2001);
	ck_assert_mem_eq(g.udp_data, "\0\5\0\2", 4);
	ck_assert_uint_eq(g.udp_from_port, 69);
	guest_close(&g);
	unlink(path);
	snprintf(path, sizeof(path), "%s/sub", dir);
	rmdir(path);
	rmdir(dir);
}
END_TEST

START_TEST(a_missing_tftp_directory_is_told)
{
	struct net_config config = { .enabled = false };
	struct netdev *dev;

	ck_assert_int_eq(net_option(&config, "user,tftp=/nonexistent"), 0);
	ck_assert_int_eq(slirp_open(&dev, &config, NULL), -ENOENT);
	ck_assert_int_eq(net_option(&config, "user,tftp=/etc/passwd"), 0);
	ck_assert_int_eq(slirp_open(&dev, &config, NULL), -ENOTDIR);
	net_config_free(&config);
}
END_TEST

START_TEST(ipv6_can_be_switched_off)
{
	guest_open(&g, "user,ipv6=off", NULL, NULL);
	guest_up(&g);
	guest_solicit(&g, g.config.gateway6.s6_addr);
	guest_echo(&g, gateway, 8, 0);
	guest_until(&g, g.n_icmp);
	ck_assert_uint_eq(g.other.data[12], 8);
	guest_close(&g);
}
END_TEST

/* A TCP connection to the host's loopback, both ways, then closed. */
static void tcp_out(int family, const char *to_text, const char *net_text)
{
	uint8_t to[16];
	size_t len = family == AF_INET ? 4 : 16;
	struct guest_tcp *t;
	uint16_t port;
	char buf[16] = "";
	int listener, fd = -1;

	inet_pton(family, to_text, to);
	guest_open(&g, net_text, NULL, NULL);
	guest_up(&g);
	listener = host_socket(family, SOCK_STREAM, &port);
	t = guest_connect(&g, to, len, port);
	ck_assert(t->established);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	guest_segment(&g, t, TCP_ACK | TCP_PSH, "hello", 5);
	guest_until(&g, recv(fd, buf, sizeof(buf), MSG_DONTWAIT) == 5);
	ck_assert_mem_eq(buf, "hello", 5);
	ck_assert_int_eq(send(fd, "world!", 6, 0), 6);
	guest_until(&g, t->received == 6);
	close(fd);
	guest_until(&g, t->ended);
	close(listener);
	guest_close(&g);
}

START_TEST(tcp_leaves_by_ipv4)
{
	tcp_out(AF_INET, "10.0.2.2", "user,host=on");
}
END_TEST

START_TEST(tcp_leaves_by_ipv6)
{
	tcp_out(AF_INET6, "fec0::2", "user,host=on");
}
END_TEST

START_TEST(udp_goes_out_and_back)
{
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	static uint8_t data[60000], got[60000];
	size_t sizes[] = { 1, 1472, 60000 };
	uint16_t port;
	int fd = host_socket(AF_INET, SOCK_DGRAM, &port);

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	guest_open(&g, "user,host=on", NULL, NULL);
	guest_start(&g, NET_MTU_MAX);
	guest_arp(&g, 1, gateway);
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t n = sizes[i];

		guest_udp(&g, gateway, 4, 3000, port, data, n);
		guest_until(&g,
			    recvfrom(fd, got, sizeof(got), MSG_DONTWAIT,
				     (void *)&from, &from_len) == (ssize_t)n);
		ck_assert_mem_eq(got, data, n);
		g.udp_came = false;
		ck_assert_int_eq(
			sendto(fd, data, n, 0, (void *)&from, from_len),
			(ssize_t)n);
		guest_until(&g, g.udp_came);
		ck_assert_uint_eq(g.udp_len, n);
		ck_assert_mem_eq(g.udp_data, data, n);
	}
	close(fd);
	guest_close(&g);
}
END_TEST

/* Behind ::1, as the gateway's prefix stands for the host's loopback. */
START_TEST(udp_goes_out_and_back_by_ipv6)
{
	static uint8_t data[60000], got[60000];
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	const size_t sizes[] = { 1, 1452, 60000 };
	uint16_t port;
	int fd = host_socket(AF_INET6, SOCK_DGRAM, &port);

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 5);
	guest_open(&g, "user,host=on", NULL, NULL);
	guest_start(&g, NET_MTU_MAX);
	for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++) {
		ssize_t n = (ssize_t)sizes[i];

		guest_udp(&g, g.config.gateway6.s6_addr, 16, 3000, port, data,
			  sizes[i]);
		guest_until(&g, recvfrom(fd, got, sizeof(got), MSG_DONTWAIT,
					 (void *)&from, &from_len) == n);
		ck_assert_mem_eq(got, data, sizes[i]);
		g.udp_came = false;
		ck_assert_int_eq(
			sendto(fd, data, sizes[i], 0, (void *)&from, from_len),
			n);
		guest_until(&g, g.udp_came);
		ck_assert_uint_eq(g.udp_len, sizes[i]);
		ck_assert_mem_eq(g.udp_data, data, sizes[i]);
	}
	close(fd);
	guest_close(&g);
}
END_TEST

/* An echo request to a host elsewhere is one of the host's own, without any
 * privilege, where the administrator lets its group send such. */
START_TEST(ping_goes_out_and_back)
{
	static const uint8_t away[4] = { 192, 0, 2, 1 };

	host_namespace();
	host_write("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
	host_address("192.0.2.1");
	ck_assert_int_eq(setgid(12345), 0);
	ck_assert_int_eq(setuid(12345), 0);
	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	guest_echo(&g, away, 100, 7);
	guest_until(&g, g.n_icmp);
	ck_assert_mem_eq(g.other.data + ETHER_HEADER + 12, away, 4);
	ck_assert_uint_eq(guest_payload(g.other.data, 4)[0], 0);
	ck_assert_uint_eq(guest_payload(g.other.data, 4)[99], 7);
	guest_close(&g);
}
END_TEST

START_TEST(the_gateway_answers_ping_by_ipv6)
{
	static uint8_t frame[128];
	uint8_t *echo = guest_payload(frame, 16);

	guest_open(&g, "user", NULL, NULL);
	guest_up(&g);
	echo[0] = 128;
	echo[63] = 9;
	guest_send(&g, frame,
		   guest_ip(&g, frame, g.config.gateway6.s6_addr, 16,
			    PROTOCOL_ICMPV6, 64, 2));
	/* It may ask first where the guest is. */
	guest_until(&g, g.n_icmp && guest_payload(g.other.data, 16)[0] == 129);
	ck_assert_uint_eq(guest_payload(g.other.data, 16)[63], 9);
	guest_close(&g);
}
END_TEST

/* What is sent follows what the guest agreed to: fragments, not a frame it
 * can't take. */
START_TEST(no_frame_is_larger_than_the_guest_agreed_to)
{
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	static uint8_t data[9000];
	struct guest_frame *f = malloc(sizeof(*f));
	size_t total = 0;
	uint16_t port;
	int fd = host_socket(AF_INET, SOCK_DGRAM, &port);

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	guest_udp(&g, gateway, 4, 3000, port, data, 10);
	guest_until(&g, recvfrom(fd, data, sizeof(data), MSG_DONTWAIT,
				 (void *)&from, &from_len) == 10);
	ck_assert_int_eq(sendto(fd, data, 9000, 0, (void *)&from, from_len),
			 9000);
	while (total < 9000 + UDP_HEADER) {
		ck_assert(guest_take(&g, f, GUEST_PATIENCE_MS));
		ck_assert_uint_le(f->len, ETHER_HEADER + 1500);
		total += get_be16(f->data + 16) - IPV4_HEADER;
	}
	ck_assert_uint_eq(total, 9000 + UDP_HEADER);
	free(f);
	close(fd);
	guest_close(&g);
}
END_TEST

/* The same by IPv6, of which libslirp makes no fragments. */
START_TEST(large_ipv6_datagrams_come_in_fragments)
{
	enum { LEN = 4000 };
	static uint8_t data[LEN], got[LEN + UDP_HEADER];
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	struct guest_frame *f = malloc(sizeof(*f));
	const uint8_t *ip = f->data + ETHER_HEADER, *fragment = ip + 40;
	size_t total = 0, n;
	uint16_t port;
	int fd = host_socket(AF_INET6, SOCK_DGRAM, &port);

	for (size_t i = 0; i < LEN; i++)
		data[i] = (uint8_t)(i * 7);
	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	guest_udp(&g, g.config.gateway6.s6_addr, 16, 3000, port, data, 10);
	guest_solicit(&g, g.config.gateway6.s6_addr);
	guest_until(&g, recvfrom(fd, data, LEN, MSG_DONTWAIT, (void *)&from,
				 &from_len) == 10);
	ck_assert_int_eq(sendto(fd, data, LEN, 0, (void *)&from, from_len),
			 LEN);
	while (total < sizeof(got)) {
		ck_assert(guest_take(&g, f, GUEST_PATIENCE_MS));
		ck_assert_uint_le(f->len, ETHER_HEADER + 1500);
		if (get_be16(f->data + 12) != ETHERTYPE_IPV6 ||
		    ip[6] != PROTOCOL_FRAGMENT)
			continue;
		n = get_be16(ip + 4) - 8U;
		ck_assert_uint_eq(f->len, ETHER_HEADER + 48 + n);
		ck_assert_uint_eq(fragment[0], PROTOCOL_UDP);
		ck_assert_uint_eq(get_be16(fragment + 2),
				  total | (total + n < sizeof(got)));
		ck_assert_uint_eq(get_be32(fragment + 4), 1);
		memcpy(got + total, fragment + 8, n);
		total += n;
	}
	ck_assert_uint_eq(total, sizeof(got));
	ck_assert_uint_eq(get_be16(got + 4), sizeof(got));
	ck_assert_mem_eq(got + UDP_HEADER, data, LEN);
	free(f);
	close(fd);
	guest_close(&g);
}
END_TEST

struct capture {
	size_t blocks, to_guest, from_guest;
};

static void on_capture(void *arg, const void *buf, size_t len)
{
	struct capture *c = arg;
	const uint8_t *block = buf;

	c->blocks++;
	/* The last option of a packet is its direction. */
	if (get_le32(block) != 6)
		return;
	if (get_le32(block + len - 12) == 1)
		c->to_guest++;
	else
		c->from_guest++;
}

START_TEST(both_directions_are_captured)
{
	struct capture seen = { 0 };
	const struct pcapng capture = { on_capture, &seen };

	guest_open(&g, "user", NULL, &capture);
	guest_up(&g);
	guest_echo(&g, gateway, 8, 0);
	guest_until(&g, g.n_icmp);
	netdev_stop(g.dev);
	ck_assert_uint_eq(seen.blocks, 2 + guest_stat(&g, "tx_frames") +
					       guest_stat(&g, "rx_frames"));
	ck_assert_uint_eq(seen.from_guest, guest_stat(&g, "tx_frames"));
	ck_assert_uint_eq(seen.to_guest, guest_stat(&g, "rx_frames"));
	ck_assert_uint_ge(seen.to_guest, 2);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_gateway_answers_arp,
		dns_goes_to_the_hosts_resolver,
		tftp_serves_a_directory,
		tftp_is_not_held_up,
		a_missing_tftp_directory_is_told,
		ipv6_can_be_switched_off,
		tcp_leaves_by_ipv4,
		tcp_leaves_by_ipv6,
		udp_goes_out_and_back,
		udp_goes_out_and_back_by_ipv6,
		ping_goes_out_and_back,
		the_gateway_answers_ping_by_ipv6,
		no_frame_is_larger_than_the_guest_agreed_to,
		large_ipv6_datagrams_come_in_fragments,
		both_directions_are_captured,
		NULL,
	};

	return unit_run(unit_suite("slirp", tests));
}
