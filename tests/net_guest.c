/* SPDX-License-Identifier: BSD-2-Clause */
/* net_guest.c - a guest and the host around it */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/net_guest.h"
#include "tests/net_options.h"

/* What is published, with blanks in between. */
static void guest_publish(struct guest *g, const char *publish)
{
	char text[200] = "", *rest = text, *one;

	if (publish)
		snprintf(text, sizeof(text), "%s", publish);
	while ((one = strsep(&rest, " ")))
		if (*one)
			ck_assert_int_eq(
				publish_option(&g->config.forwards, one), 0);
}

void guest_open(struct guest *g, const char *net_text, const char *publish,
		const struct pcapng *capture)
{
	uint8_t mac[6] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };

	memset(g, 0, sizeof(*g));
	/* As main() does: what libslirp writes may fail on any thread. */
	signal(SIGPIPE, SIG_IGN);
	memcpy(g->mac, mac, 6);
	memset(g->gateway_mac, 0xff, 6);
	inet_pton(AF_INET, "10.0.2.15", g->addr4);
	inet_pton(AF_INET6, "fec0::15", g->addr6);
	g->queue = malloc(GUEST_QUEUE * sizeof(*g->queue));
	g->room = GUEST_QUEUE;
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->more, NULL);
	ck_assert_int_eq(net_option(&g->config, net_text), 0);
	guest_publish(g, publish);
	ck_assert_int_eq(net_config_check(&g->config), 0);
	ck_assert_int_eq(forwards_open(&g->config.forwards), 0);
	ck_assert_int_eq(slirp_open(&g->dev, &g->config, capture), 0);
}

void guest_start(struct guest *g, unsigned mtu)
{
	const struct netdev_nic nic = { .rx = guest_nic_rx,
					.rx_done = guest_nic_rx_done,
					.tx_room = guest_nic_tx_room,
					.used = guest_nic_used,
					.arg = g };

	g->mtu = mtu;
	ck_assert_int_eq(netdev_start(g->dev, &nic, mtu), 0);
}

/* The usual start: the guest asks for the gateway. */
void guest_up_with(struct guest *g, unsigned mtu)
{
	static const uint8_t gateway[4] = { 10, 0, 2, 2 };

	guest_start(g, mtu);
	guest_arp(g, 1, gateway);
	guest_until(g, g->gateway_mac[0] != 0xff);
}

void guest_up(struct guest *g)
{
	guest_up_with(g, 1500);
}

void guest_close(struct guest *g)
{
	netdev_free(g->dev);
	net_config_free(&g->config);
	pthread_cond_destroy(&g->more);
	pthread_mutex_destroy(&g->lock);
	free(g->queue);
}

struct guest_stat {
	const char *name;
	uint64_t value;
	bool found;
};

static void guest_on_group(void *arg, const char *name)
{
	(void)arg;
	(void)name;
}

static void guest_on_end(void *arg)
{
	(void)arg;
}

static void guest_on_stat(void *arg, const struct count_spec *spec,
			  const uint64_t *value)
{
	struct guest_stat *stat = arg;

	if (strcmp(spec->name, stat->name) != 0)
		return;
	stat->value = *value;
	stat->found = true;
}

uint64_t guest_stat(struct guest *g, const char *name)
{
	struct guest_stat stat = { .name = name };
	const struct count_view view = { .begin = guest_on_group,
					 .counter = guest_on_stat,
					 .end = guest_on_end,
					 .arg = &stat };

	netdev_show(g->dev, &view);
	ck_assert_msg(stat.found, "no counter %s", name);
	return stat.value;
}

/* A connection out, established when this returns. */
struct guest_tcp *guest_connect(struct guest *g, const uint8_t *to,
				size_t addr_len, uint16_t port)
{
	struct guest_tcp *t = guest_new_tcp(g);

	memcpy(t->addr, to, addr_len);
	t->addr_len = addr_len;
	t->port = (uint16_t)(40000 + g->n_connects++);
	t->peer_port = port;
	guest_segment(g, t, TCP_SYN, NULL, 0);
	guest_until(g, t->established || t->reset);
	return t;
}

/* ---- The host's side. ---- */

void host_namespace(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd;

	ck_assert_int_eq(unshare(CLONE_NEWNET | CLONE_NEWNS), 0);
	ck_assert_int_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	ck_assert_int_eq(ioctl(fd, SIOCSIFFLAGS, &lo), 0);
	close(fd);
}

/* One of IPv4 needs an interface's name of its own: lo: and a number. */
static void host_address4(const char *addr)
{
	static unsigned number;
	struct ifreq req = { 0 };
	struct sockaddr_in *in = (void *)&req.ifr_addr;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(req.ifr_name, sizeof(req.ifr_name), "lo:%u", number++);
	in->sin_family = AF_INET;
	inet_pton(AF_INET, addr, &in->sin_addr);
	ck_assert_int_eq(ioctl(fd, SIOCSIFADDR, &req), 0);
	inet_pton(AF_INET, "255.255.255.255", &in->sin_addr);
	ck_assert_int_eq(ioctl(fd, SIOCSIFNETMASK, &req), 0);
	close(fd);
}

void host_address(const char *addr)
{
	/* As in the kernel's <linux/ipv6.h>, which libc's headers exclude. */
	struct {
		struct in6_addr addr;
		uint32_t prefix_len;
		int interface;
	} req = { .prefix_len = 128, .interface = 1 };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	int fd;

	if (inet_pton(AF_INET6, addr, &req.addr) != 1) {
		host_address4(addr);
		return;
	}
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	ck_assert_int_eq(ioctl(fd, SIOCSIFADDR, &req), 0);
	/* The kernel makes it usable a moment later. */
	in6.sin6_addr = req.addr;
	while (bind(fd, (void *)&in6, sizeof(in6)) < 0)
		usleep(1000);
	close(fd);
}

void host_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

void host_file(const char *path, const char *text)
{
	char name[] = "/tmp/minivmm-test-XXXXXX";

	close(mkstemp(name));
	host_write(name, text);
	ck_assert_int_eq(mount(name, path, NULL, MS_BIND, NULL), 0);
	unlink(name);
}

int host_socket_at(const char *text, int type, uint16_t *port)
{
	struct sockaddr_storage addr = { .ss_family = AF_INET };
	struct sockaddr_in *in = (void *)&addr;
	struct sockaddr_in6 *in6 = (void *)&addr;
	socklen_t len = sizeof(*in);
	int fd;

	if (inet_pton(AF_INET, text, &in->sin_addr) != 1) {
		addr.ss_family = AF_INET6;
		len = sizeof(*in6);
		ck_assert_int_eq(inet_pton(AF_INET6, text, &in6->sin6_addr), 1);
	}
	/* At the same place in both. */
	in->sin_port = htons(*port);
	fd = socket(addr.ss_family, type | SOCK_NONBLOCK, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (void *)&addr, len), 0);
	if (type == SOCK_STREAM)
		ck_assert_int_eq(listen(fd, 128), 0);
	ck_assert_int_eq(getsockname(fd, (void *)&addr, &len), 0);
	*port = ntohs(in->sin_port);
	return fd;
}

int host_socket(int family, int type, uint16_t *port)
{
	*port = 0;
	return host_socket_at(family == AF_INET ? "127.0.0.1" : "::1", type,
			      port);
}

/* Begins a connection to a forward. */
int host_connect(const struct forward *f)
{
	int fd = socket(f->host.ss_family,
			(f->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK, 0);
	int rc;

	ck_assert_int_ge(fd, 0);
	rc = connect(fd, (const void *)&f->host, f->host_len);
	ck_assert_msg(rc == 0 || errno == EINPROGRESS, "%s", strerror(errno));
	return fd;
}

int host_connect_from(const struct forward *f, uint16_t *local)
{
	struct sockaddr_storage addr = { .ss_family = f->host.ss_family };
	struct sockaddr_in6 *in6 = (void *)&addr;
	struct sockaddr_in *in = (void *)&addr;
	socklen_t len = f->host_len;
	int fd = socket(f->host.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (f->host.ss_family == AF_INET6)
		in6->sin6_addr = in6addr_loopback;
	else
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	/* At the same place for IPv6. */
	in->sin_port = htons(*local);
	ck_assert_int_eq(bind(fd, (void *)&addr, len), 0);
	ck_assert(connect(fd, (const void *)&f->host, f->host_len) == 0 ||
		  errno == EINPROGRESS);
	ck_assert_int_eq(getsockname(fd, (void *)&addr, &len), 0);
	*local = ntohs(in->sin_port);
	return fd;
}

void host_check_echo(struct guest *g, int fd)
{
	char buf[8] = "";
	ssize_t n;

	guest_until(g, send(fd, "ping", 4, MSG_DONTWAIT | MSG_NOSIGNAL) == 4);
	guest_until(g, (n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) == 4);
	ck_assert_mem_eq(buf, "ping", 4);
}
