/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connections are dealt out among instances of libslirp: each works wherever it
 * is, and a packet costs the same however many others there are.
 *
 * The program is linked with slirp_pollfds_fill() replaced, to count the
 * sockets that are asked for.
 */
#include <string.h>
#include <unistd.h>

#include "devices/firewall/tcp_frame.h"
#include "devices/slirp/instance.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/output.h"
#include "tests/net_guest.h"

enum { MANY = 5 * SLIRP_SHARD_FULL / 2 };

static const uint8_t gateway[4] = { 10, 0, 2, 2 };
static struct guest g;
static uint64_t n_asked;

void __real_slirp_pollfds_fill(Slirp *slirp, uint32_t *timeout,
			       SlirpAddPollCb add, void *opaque);
void __wrap_slirp_pollfds_fill(Slirp *slirp, uint32_t *timeout,
			       SlirpAddPollCb add, void *opaque);

struct asking {
	SlirpAddPollCb add;
	void *opaque;
};

/* With the network's lock held, like libslirp's. */
static int count_asked(int fd, int events, void *opaque)
{
	const struct asking *a = opaque;

	__atomic_add_fetch(&n_asked, 1, __ATOMIC_RELAXED);
	return a->add(fd, events, a->opaque);
}

void __wrap_slirp_pollfds_fill(Slirp *slirp, uint32_t *timeout,
			       SlirpAddPollCb add, void *opaque)
{
	struct asking a = { add, opaque };

	__real_slirp_pollfds_fill(slirp, timeout, count_asked, &a);
}

static struct slirp_net *slirp(void)
{
	return (struct slirp_net *)(void *)g.dev;
}

/* A connection of the guest's to the host, and the host's end of it. */
struct pair {
	struct guest_tcp *guest;
	int host;
};

static void connect_out(struct pair *pairs, unsigned n)
{
	uint16_t port;
	int listener = host_socket(AF_INET, SOCK_STREAM, &port);

	for (unsigned i = 0; i < n; i++) {
		pairs[i].guest = guest_connect(&g, gateway, 4, port);
		guest_until(&g, (pairs[i].host =
					 accept(listener, NULL, NULL)) >= 0);
	}
	close(listener);
}

static void say(const struct pair *pair)
{
	uint64_t before = pair->guest->received;
	char c;

	guest_segment(&g, pair->guest, TCP_ACK | TCP_PSH, "x", 1);
	guest_until(&g, recv(pair->host, &c, 1, MSG_DONTWAIT) == 1);
	ck_assert_int_eq(send(pair->host, "y", 1, 0), 1);
	guest_until(&g, pair->guest->received == before + 1);
}

START_TEST(the_guests_connections_work_in_each_instance)
{
	static struct pair pairs[MANY];

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	connect_out(pairs, 1);
	say(&pairs[0]);
	ck_assert_uint_eq(guest_stat(&g, "instances"), 1);
	connect_out(pairs + 1, MANY - 1);
	/* By turns, so that each packet is another instance's. */
	for (unsigned i = 0; i < MANY; i++)
		say(&pairs[i * 7 % MANY]);
	ck_assert_uint_eq(guest_stat(&g, "instances"), 3);
	for (unsigned i = 0; i < MANY; i++)
		close(pairs[i].host);
	for (unsigned i = 0; i < MANY; i++)
		guest_until(&g, pairs[i].guest->ended);
	guest_close(&g);
}
END_TEST

static void check_clients(const int *fds)
{
	for (unsigned i = 0; i < MANY; i++)
		host_check_echo(&g, fds[i * 7 % MANY]);
}

/* A forward moves while clients come; those who are there stay. */
START_TEST(the_hosts_clients_work_in_each_instance)
{
	int fds[MANY];
	unsigned n_arp;

	guest_open(&g, "user", "0:22", NULL);
	guest_up(&g);
	g.echo_port = 22;
	n_arp = g.n_arp;
	for (unsigned i = 0; i < MANY; i++)
		fds[i] = host_connect(&g.config.forwards.list[0]);
	check_clients(fds);
	ck_assert_uint_eq(guest_stat(&g, "instances"), 3);
	/* Each new one is told where the guest is. */
	ck_assert_uint_eq(g.n_arp, n_arp);
	for (unsigned i = 0; i < MANY; i++)
		close(fds[i]);
	for (unsigned i = 0; i < MANY; i++)
		guest_until(&g, g.tcp[i].ended);
	guest_close(&g);
}
END_TEST

/* No connection is left, and no forward is moving. */
static bool all_is_over(void)
{
	bool over;

	pthread_mutex_lock(&slirp()->loop.lock);
	over = !slirp_fds_any(slirp()) && !slirp()->forwards.moving;
	pthread_mutex_unlock(&slirp()->loop.lock);
	return over;
}

static void accept_in_another(void)
{
	pthread_mutex_lock(&slirp()->loop.lock);
	ck_assert_int_eq(slirp_shard_open(slirp()), 0);
	slirp()->shards.accepting = slirp()->shards.n - 1;
	slirp_forwards_follow(slirp());
	pthread_mutex_unlock(&slirp()->loop.lock);
	netdev_rx_room(g.dev);
	guest_until(&g, all_is_over());
}

/* A client has the port that another one had, of which its instance knows
 * nothing any more. */
START_TEST(a_port_is_used_again_in_another_instance)
{
	uint16_t local = 0;
	int fd;
	char c;

	guest_open(&g, "user", "0:22", NULL);
	guest_up(&g);
	g.echo_port = 22;
	fd = host_connect_from(&g.config.forwards.list[0], &local);
	host_check_echo(&g, fd);
	g.tcp[0].echo = false;
	guest_segment(&g, &g.tcp[0], TCP_ACK | TCP_FIN, NULL, 0);
	guest_until(&g, recv(fd, &c, 1, MSG_DONTWAIT) == 0);
	close(fd);
	guest_until(&g, all_is_over());
	accept_in_another();
	/* The guest remembers nothing. */
	g.tcp[0].used = false;
	fd = host_connect_from(&g.config.forwards.list[0], &local);
	guest_until(&g, g.tcp[0].established || g.tcp[0].reset);
	ck_assert(!g.tcp[0].reset);
	host_check_echo(&g, fd);
	close(fd);
	guest_close(&g);
}
END_TEST

/* A service at another address than that from which the guest is known: each
 * instance has to ask for it, and hears the answer. */
START_TEST(the_guests_answers_reach_each_instance)
{
	int fds[MANY];

	guest_open(&g, "user,hostfwd=tcp:127.0.0.1:0-10.0.2.99:22", NULL, NULL);
	guest_up(&g);
	g.echo_port = 22;
	g.addr4[3] = 99;
	for (unsigned i = 0; i < MANY; i++) {
		fds[i] = host_connect(&g.config.forwards.list[0]);
		host_check_echo(&g, fds[i]);
	}
	ck_assert_uint_ge(guest_stat(&g, "instances"), 3);
	check_clients(fds);
	for (unsigned i = 0; i < MANY; i++)
		close(fds[i]);
	guest_close(&g);
}
END_TEST

static uint64_t asked_per_word(const struct pair *pair)
{
	enum { WORDS = 20 };
	uint64_t before = __atomic_load_n(&n_asked, __ATOMIC_RELAXED);

	for (unsigned i = 0; i < WORDS; i++)
		say(pair);
	return (__atomic_load_n(&n_asked, __ATOMIC_RELAXED) - before) / WORDS;
}

/* libslirp is asked some times for each word; that each instance asks for is
 * not more than it has connections. */
START_TEST(idle_connections_cost_a_packet_nothing)
{
	enum { IDLE = 400, MOST = 8 * SLIRP_SHARD_FULL };
	static struct pair pairs[IDLE + 1];

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	connect_out(pairs, IDLE + 1);
	ck_assert_uint_le(asked_per_word(&pairs[0]), MOST);
	ck_assert_uint_le(asked_per_word(&pairs[IDLE]), MOST);
	for (unsigned i = 0; i <= IDLE; i++)
		close(pairs[i].host);
	guest_close(&g);
}
END_TEST

/* While net-rx sleeps, the kernel knows all that there is to wait for. */
START_TEST(what_there_is_to_wait_for_is_known_at_once)
{
	static struct pair pairs[4];

	guest_open(&g, "user,host=on", NULL, NULL);
	guest_up(&g);
	for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++) {
		connect_out(&pairs[i], 1);
		pthread_mutex_lock(&slirp()->loop.lock);
		if (slirp()->loop.deadline_ns)
			ck_assert_uint_eq(slirp()->watches.pending.n, 0);
		pthread_mutex_unlock(&slirp()->loop.lock);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++)
		close(pairs[i].host);
	guest_close(&g);
}
END_TEST

/* ---- Without a thread. ---- */

static unsigned n_frames;
/* The flags and the sequence number of the last two, the last one first. */
static struct seen {
	uint8_t flags;
	uint32_t seq;
} last[2];

static bool take(void *arg, const void *frame, size_t len)
{
	const uint8_t *head = frame, *tcp = head + ETHER_HEADER + IPV4_HEADER;

	(void)arg;
	(void)len;
	/* libslirp may ask for the guest. */
	if (get_be16(head + 12) != ETHERTYPE_IPV4)
		return true;
	last[1] = last[0];
	last[0] = (struct seen){ tcp[13], get_be32(tcp + 4) };
	n_frames++;
	return true;
}

static void nothing(void *arg)
{
	(void)arg;
}

/* A segment from the instance @i, of the connection of the client's port @from
 * to @to; true: the guest gets it. */
static bool send_between(unsigned i, uint16_t from, uint16_t to, uint8_t flags,
			 uint32_t seq)
{
	uint8_t out[TCP_FRAME_MAX] = { 0 };
	const struct tcp_frame f = {
		.from_mac = g.gateway_mac,
		.to_mac = g.mac,
		.from = gateway,
		.to = g.addr4,
		.addr_len = 4,
		.from_port = from,
		.to_port = to,
		.seq = seq,
		.flags = flags,
	};
	unsigned before = n_frames;

	slirp_send_packet(out, tcp_frame_write(&f, out),
			  &slirp()->shards.list[i]);
	return n_frames > before;
}

static bool send_from(unsigned i, uint8_t flags, uint32_t seq)
{
	return send_between(i, 4000, 22, flags, seq);
}

/* A client has the port that another one had, of which its instance still
 * says something. */
START_TEST(who_comes_later_has_the_port)
{
	guest_open(&g, "user", NULL, NULL);
	slirp()->nic = (struct netdev_nic){ .rx = take, .rx_done = nothing };
	ck_assert_int_eq(slirp_shard_open(slirp()), 0);
	ck_assert(send_from(0, TCP_SYN, 100));
	ck_assert(send_from(0, TCP_ACK, 101));
	ck_assert(send_from(1, TCP_SYN, 900));
	ck_assert(!send_from(0, TCP_ACK, 101));
	ck_assert(send_from(1, TCP_ACK, 901));
	guest_close(&g);
}
END_TEST

/* Each instance has sequence numbers of its own, so a connection may begin
 * below the end of the last with the same ports: a guest that ended that first
 * remembers it for a minute, and would not let it begin. */
START_TEST(who_comes_later_may_begin_below)
{
	guest_open(&g, "user", NULL, NULL);
	slirp()->nic = (struct netdev_nic){ .rx = take, .rx_done = nothing };
	ck_assert_int_eq(slirp_shard_open(slirp()), 0);
	/* It need not ask for the guest. */
	memcpy(&slirp()->guest.v4, g.addr4, 4);
	slirp_neighbour_tell_guest(&slirp()->shards.list[0]);
	ck_assert(send_from(0, TCP_SYN, 50000));
	ck_assert(send_from(0, TCP_FIN | TCP_ACK, 50001));
	n_frames = 0;
	ck_assert(send_from(1, TCP_SYN, 100));
	ck_assert_uint_eq(n_frames, 2);
	ck_assert_uint_eq(last[1].flags & TCP_RST, TCP_RST);
	ck_assert_uint_eq(last[1].seq, 50002);
	ck_assert_uint_eq(last[0].flags, TCP_SYN);
	ck_assert_uint_eq(last[0].seq, 100);
	/* Not if it is sent again, or above. */
	ck_assert(send_from(1, TCP_SYN, 100));
	ck_assert(send_from(0, TCP_SYN, 70000));
	ck_assert_uint_eq(n_frames, 4);
	guest_close(&g);
}
END_TEST

/* Who cannot be shown to the guest is reset by the instance that has him. */
START_TEST(who_is_refused_is_reset_where_he_is)
{
	const struct conntrack *ct;
	uint16_t first, second;

	guest_open(&g, "user", "0:22 0:22", NULL);
	slirp()->nic = (struct netdev_nic){ .rx = take, .rx_done = nothing };
	ct = &slirp()->firewall.conntrack;
	ck_assert_int_eq(slirp_shard_open(slirp()), 0);
	first = slirp()->forwards.list[0].alias;
	second = slirp()->forwards.list[1].alias;
	for (uint16_t port = 4000; port < 4000 + 64; port++)
		ck_assert(send_between(0, port, first, TCP_SYN, 100));
	ck_assert(!send_between(1, 4000, second, TCP_SYN, 100));
	ck_assert_uint_eq(ct->n_leaving, 1);
	ck_assert_uint_eq(ct->leaving[0]->shard, 1);
	guest_close(&g);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_guests_connections_work_in_each_instance,
		the_hosts_clients_work_in_each_instance,
		a_port_is_used_again_in_another_instance,
		the_guests_answers_reach_each_instance,
		idle_connections_cost_a_packet_nothing,
		what_there_is_to_wait_for_is_known_at_once,
		who_comes_later_has_the_port,
		who_comes_later_may_begin_below,
		who_is_refused_is_reset_where_he_is,
		NULL,
	};

	return unit_run(unit_suite("slirp_shards", tests));
}
