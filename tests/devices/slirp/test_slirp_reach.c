/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "devices/slirp/internal.h"
#include "tests/net_guest.h"
#include "tests/net_options.h"

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static struct guest g;

START_TEST(the_hosts_loopback_is_out_of_reach)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	static const uint8_t zero[4];
	static const uint8_t mapped[16] = { [10] = 255, 255, 127, 0, 0, 1 };
	static const uint8_t gateway6[16] = { 0xfe, 0xc0, [15] = 2 };
	const struct {
		const uint8_t *addr;
		size_t len;
	} tos[] = { { gateway, 4 },
		    { loopback, 4 },
		    { zero, 4 },
		    { mapped, 16 },
		    { gateway6, 16 },
		    { in6addr_loopback.s6_addr, 16 },
		    { in6addr_any.s6_addr, 16 } };
	uint16_t port;
	int listener = host_socket(AF_INET, SOCK_STREAM, &port);
	int udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct sockaddr_in in = { .sin_family = AF_INET };
	char c;

	/* With a UDP forward, libslirp's own wall is down. */
	guest_open(&g, "user", "0:5000/udp", NULL);
	guest_up(&g);
	in.sin_port = htons(port);
	ck_assert_int_eq(bind(udp, (void *)&in, sizeof(in)), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(tos); i++) {
		struct guest_tcp t = { .addr_len = tos[i].len,
				       .port = (uint16_t)(1000 + i),
				       .peer_port = port };

		memcpy(t.addr, tos[i].addr, t.addr_len);
		guest_segment(&g, &t, TCP_SYN, NULL, 0);
		guest_udp(&g, t.addr, t.addr_len, 5000, port, "x", 1);
	}
	guest_until(&g, guest_stat(&g, "drop_policy") == 2 * ARRAY_SIZE(tos));
	ck_assert_int_lt(accept(listener, NULL, NULL), 0);
	ck_assert_int_lt(recv(udp, &c, 1, 0), 0);
	close(listener);
	close(udp);
	guest_close(&g);
}
END_TEST

struct own {
	const char *text;
	uint8_t addr[16];
	size_t len;
	/* Listened at by TCP, and by UDP. */
	int tcp, udp;
	uint16_t tcp_port, udp_port;
};

static void own_open(struct own *own, const char *text)
{
	own->text = text;
	own->len = strchr(text, ':') ? 16 : 4;
	inet_pton(own->len == 4 ? AF_INET : AF_INET6, text, own->addr);
	host_address(text);
	own->tcp_port = own->udp_port = 0;
	own->tcp = host_socket_at(text, SOCK_STREAM, &own->tcp_port);
	own->udp = host_socket_at(text, SOCK_DGRAM, &own->udp_port);
}

static void own_check(const struct own *own, bool reached)
{
	uint64_t dropped = guest_stat(&g, "drop_policy");
	struct guest_tcp *t =
		guest_connect(&g, own->addr, own->len, own->tcp_port);
	char c;

	ck_assert_msg(t->established == reached, "%s", own->text);
	guest_udp(&g, own->addr, own->len, 5000, own->udp_port, "x", 1);
	guest_until(&g, recv(own->udp, &c, 1, 0) == 1 ||
				guest_stat(&g, "drop_policy") == dropped + 2);
	ck_assert_msg(guest_stat(&g, "drop_policy") ==
			      dropped + (reached ? 0 : 2),
		      "%s", own->text);
}

/* A cloud's metadata service, and what is listened at on the host's own
 * addresses: also on those that it has since a moment ago. */
START_TEST(the_hosts_addresses_are_out_of_reach)
{
	static const char *const texts[] = { "169.254.169.254", "192.0.2.1",
					     "192.0.2.2", "2001:db8::1",
					     "fd00:ec2::254" };
	static const char *const nets[] = { "user", "user,host=on" };
	struct own own[ARRAY_SIZE(texts) + 2];

	host_namespace();
	for (unsigned i = 0; i < ARRAY_SIZE(texts); i++)
		own_open(&own[i], texts[i]);
	for (unsigned k = 0; k < ARRAY_SIZE(nets); k++) {
		guest_open(&g, nets[k], "0:5000/udp", NULL);
		guest_up(&g);
		if (k == 0) {
			own_open(&own[ARRAY_SIZE(texts)], "192.0.2.3");
			own_open(&own[ARRAY_SIZE(texts) + 1], "2001:db8::2");
		}
		for (unsigned i = 0; i < ARRAY_SIZE(own); i++)
			own_check(&own[i], k == 1);
		guest_close(&g);
	}
}
END_TEST

/* A sandbox without netlink: it has to be said, and host=on needs none. */
START_TEST(without_netlink_nothing_starts_but_with_the_host)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { ARRAY_SIZE(code), code };
	struct net_config config = { .enabled = false };
	struct netdev *dev;

	ck_assert_int_eq(net_option(&config, "user"), 0);
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program),
			 0);
	ck_assert_int_eq(slirp_open(&dev, &config, NULL), -EAFNOSUPPORT);
	config.host = true;
	ck_assert_int_eq(slirp_open(&dev, &config, NULL), 0);
	netdev_free(dev);
	net_config_free(&config);
}
END_TEST

/* To libslirp all of a link's hosts are the host's loopback, too. */
START_TEST(the_hosts_loopback_is_in_no_group)
{
	static const uint8_t all[16] = { 0xff, 2, [15] = 1 };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_addr = in6addr_loopback,
				    .sin6_port = htons(547) };
	int udp;
	char c;

	host_namespace();
	udp = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(udp, (void *)&in6, sizeof(in6)), 0);
	guest_open(&g, "user,restrict=on", "0:5000/udp", NULL);
	guest_up(&g);
	guest_udp(&g, all, 16, 5000, 547, "x", 1);
	guest_until(&g, guest_stat(&g, "drop_policy") == 1 ||
				recv(udp, &c, 1, MSG_PEEK) == 1);
	ck_assert_int_lt(recv(udp, &c, 1, 0), 0);
	close(udp);
	guest_close(&g);
}
END_TEST

START_TEST(nothing_leaves_when_restricted)
{
	static const uint8_t away[4] = { 192, 0, 2, 1 };
	static const uint8_t away6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
	static const uint8_t dns[4] = { 10, 0, 2, 3 };
	struct guest_tcp t = { .addr_len = 4, .port = 1, .peer_port = 80 };
	uint8_t frame[128] = { 0 };
	uint8_t *echo = guest_payload(frame, 4);

	guest_open(&g, "user,restrict=on,host=on", "0:5000/udp", NULL);
	guest_up(&g);
	memcpy(t.addr, away, 4);
	guest_segment(&g, &t, TCP_SYN, NULL, 0);
	memcpy(t.addr, gateway, 4);
	guest_segment(&g, &t, TCP_SYN, NULL, 0);
	guest_udp(&g, away, 4, 5000, 53, "x", 1);
	guest_udp(&g, dns, 4, 5000, 53, "x", 1);
	echo[0] = 8;
	guest_send(&g, frame,
		   guest_ip(&g, frame, away, 4, PROTOCOL_ICMP, 8, 2));
	memcpy(t.addr, away6, 16);
	t.addr_len = 16;
	guest_segment(&g, &t, TCP_SYN, NULL, 0);
	memcpy(t.addr, &g.config.gateway6, 16);
	guest_segment(&g, &t, TCP_SYN, NULL, 0);
	guest_udp(&g, away6, 16, 5000, 53, "x", 1);
	guest_udp(&g, g.config.dns6.s6_addr, 16, 5000, 53, "x", 1);
	guest_until(&g, guest_stat(&g, "drop_policy") == 9);
	/* The network itself still answers. */
	guest_send(&g, frame,
		   guest_ip(&g, frame, gateway, 4, PROTOCOL_ICMP, 8, 2));
	guest_until(&g, g.n_icmp);
	guest_close(&g);
}
END_TEST

static unsigned n_established(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < GUEST_CONNECTIONS; i++)
		n += g.tcp[i].established;
	return n;
}

/* Far more connections and datagrams than there may be sockets.
 * [hostile 75] */
START_TEST(sockets_are_limited)
{
	struct rlimit few = { 128, 128 };
	uint16_t port;
	int listener;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	guest_open(&g, "user,host=on", "0:22", NULL);
	guest_up(&g);
	g.echo_port = 22;
	listener = host_socket(AF_INET, SOCK_STREAM, &port);
	for (unsigned i = 0; i < 200; i++) {
		struct guest_tcp *t = guest_new_tcp(&g);

		memcpy(t->addr, gateway, 4);
		t->addr_len = 4;
		t->port = (uint16_t)(40000 + i);
		t->peer_port = port;
		guest_segment(&g, t, TCP_SYN, NULL, 0);
		guest_udp(&g, gateway, 4, (uint16_t)(1000 + i), 9, "x", 1);
	}
	guest_until(&g, guest_stat(&g, "tx_frames") >= 400);
	ck_assert_uint_gt(guest_stat(&g, "drop_limit"), 150);
	ck_assert_uint_gt(guest_stat(&g, "udp_evicted"), 150);
	guest_until(&g, n_established() > 10 && g.tcp[0].established);
	/* There are descriptors left, and the connections are alive. */
	ck_assert_int_ge(dup(listener), 0);
	guest_segment(&g, &g.tcp[0], TCP_ACK | TCP_FIN, NULL, 0);
	guest_until(&g, g.tcp[0].acked == g.tcp[0].next);
	guest_close(&g);
}
END_TEST

/* What is more than there may be sockets waits in the host's kernel. */
START_TEST(connections_above_the_limit_wait)
{
	enum { BURST = 60 };
	struct rlimit few = { 128, 128 };
	int fds[BURST];

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	guest_open(&g, "user", "0:22", NULL);
	guest_up(&g);
	g.echo_port = 22;
	for (unsigned i = 0; i < BURST; i++)
		fds[i] = host_connect(&g.config.forwards.list[0]);
	host_check_echo(&g, fds[0]);
	for (unsigned i = 0; i < 300; i++)
		guest_step(&g, 1);
	ck_assert_uint_le(n_established(), 33);
	for (unsigned i = 0; i < BURST; i++) {
		if (i)
			host_check_echo(&g, fds[i]);
		close(fds[i]);
	}
	guest_close(&g);
}
END_TEST

/* A service of the network's that is a unix socket of the host's; one that is
 * missing is told, but not each time. */
START_TEST(a_service_is_a_unix_socket)
{
	static const uint8_t service[4] = { 10, 0, 2, 100 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char text[200], buf[8] = "", log[4096] = "";
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int fd = -1, err = dup(STDERR_FILENO), pipes[2];
	struct guest_tcp *t;

	snprintf(un.sun_path, sizeof(un.sun_path), "/tmp/minivmm-test-%d",
		 getpid());
	ck_assert_int_eq(bind(listener, (void *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(listener, 8), 0);
	snprintf(text, sizeof(text),
		 "user,restrict=on,guestfwd=10.0.2.100:80-unix:%s",
		 un.sun_path);
	guest_open(&g, text, NULL, NULL);
	guest_up(&g);
	t = guest_connect(&g, service, 4, 80);
	ck_assert(t->established);
	guest_until(&g, (fd = accept(listener, NULL, NULL)) >= 0);
	guest_segment(&g, t, TCP_ACK | TCP_PSH, "hello", 5);
	guest_until(&g, recv(fd, buf, sizeof(buf), MSG_DONTWAIT) == 5);
	close(fd);
	unlink(un.sun_path);
	close(listener);
	ck_assert_int_eq(pipe(pipes), 0);
	dup2(pipes[1], STDERR_FILENO);
	for (unsigned i = 0; i < 50; i++)
		guest_connect(&g, service, 4, 80);
	dup2(err, STDERR_FILENO);
	close(pipes[1]);
	ck_assert_int_gt(read(pipes[0], log, sizeof(log) - 1), 0);
	ck_assert_msg(strncmp(log, "minivmm: network: ", 18) == 0, "%s", log);
	ck_assert_uint_lt(strlen(log), 500);
	close(pipes[0]);
	close(err);
	guest_close(&g);
}
END_TEST

/* Connections that the guest doesn't complete, and others to a service that
 * is not there, have no socket, but are limited, too; and it goes on when they
 * are gone. */
START_TEST(connections_to_a_service_are_limited)
{
	enum { MANY = 2 * SLIRP_BARE };
	static const uint8_t service[4] = { 10, 0, 2, 100 };
	static struct guest_tcp many[MANY];
	struct guest_tcp *t;

	guest_open(&g, "user,guestfwd=10.0.2.100:80-unix:/nonexistent", NULL,
		   NULL);
	guest_up(&g);
	for (unsigned i = 0; i < MANY; i++) {
		many[i] = (struct guest_tcp){ .addr_len = 4,
					      .port = (uint16_t)(1000 + i),
					      .peer_port = 80 };
		memcpy(many[i].addr, service, 4);
		guest_segment(&g, &many[i], TCP_SYN, NULL, 0);
		while (guest_step(&g, 0))
			;
	}
	guest_until(&g, guest_stat(&g, "drop_limit") == MANY - SLIRP_BARE);
	for (unsigned i = 0; i < MANY; i++) {
		guest_segment(&g, &many[i], TCP_RST, NULL, 0);
		while (guest_step(&g, 0))
			;
	}
	t = guest_new_tcp(&g);
	*t = (struct guest_tcp){
		.used = true, .addr_len = 4, .port = 1, .peer_port = 80
	};
	memcpy(t->addr, service, 4);
	while (!t->established) {
		t->next = 0;
		guest_segment(&g, t, TCP_SYN, NULL, 0);
		guest_step(&g, 20);
	}
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_hosts_loopback_is_out_of_reach,
		the_hosts_addresses_are_out_of_reach,
		without_netlink_nothing_starts_but_with_the_host,
		the_hosts_loopback_is_in_no_group,
		nothing_leaves_when_restricted,
		sockets_are_limited,
		connections_above_the_limit_wait,
		a_service_is_a_unix_socket,
		connections_to_a_service_are_limited,
		NULL,
	};

	return unit_run(unit_suite("slirp_reach", tests));
}
