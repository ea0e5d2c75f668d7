/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostfwd.c - leads forwards to the guest's address
 *
 * libslirp leads a forward to one address for ever.  When the guest's address
 * becomes known or changes, libslirp is told to close its copy of the socket
 * (listener.h) and gets a new one; the same happens when another instance is to
 * accept (shard.h).  Clients that wait at the socket don't notice.  With
 * hundreds of forwards that takes a while, so some are moved in each turn of
 * the loop, and nothing is accepted meanwhile.
 *
 * Until the guest's address is known, connections wait in the host's kernel.
 * A guest that sends nothing by itself is asked for the address that it should
 * have, four times a second while a client waits.
 */
#include "devices/slirp/hostfwd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/count.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/listener.h"

#define ASK_NS (NSEC_PER_SEC / 4)
/* How many forwards are moved in a turn of the loop, and for how long, but at
 * least one. */
enum { MOVE_MAX = 16 };
#define MOVE_NS NSEC_PER_MSEC

static bool leads_to_v6(const struct forward *forward)
{
	return forward->host.ss_family == AF_INET6;
}

static bool is_v6(const struct slirp_forward *f)
{
	return leads_to_v6(f->forward);
}

int slirp_forwards_init(struct slirp_net *net)
{
	const struct forwards *f = &net->config->forwards;

	net->forwards.list = calloc(f->count + 1, sizeof(*net->forwards.list));
	if (!net->forwards.list)
		return -ENOMEM;
	net->forwards.n = f->count;
	for (size_t i = 0; i < f->count; i++)
		net->forwards.list[i] =
			(struct slirp_forward){ .forward = &f->list[i],
						.fd = -1 };
	slirp_alias_init(net);
	return 0;
}

void slirp_forwards_free(struct slirp_net *net)
{
	free(net->forwards.list);
	net->forwards.list = NULL;
	net->forwards.n = 0;
}

void slirp_forwards_forget(struct slirp_net *net)
{
	for (size_t i = 0; i < net->forwards.n; i++)
		if (!net->forwards.list[i].forward->udp)
			net->forwards.list[i].fd = -1;
	fd_bits_clear(&net->fds.listening);
}

static uint16_t guest_port(const struct slirp_forward *f)
{
	return f->alias ? f->alias : f->forward->guest_port;
}

static socklen_t guest_side(const struct slirp_forward *f,
			    struct sockaddr_storage *addr)
{
	struct sockaddr_in *in = (void *)addr;
	struct sockaddr_in6 *in6 = (void *)addr;

	memset(addr, 0, sizeof(*addr));
	if (is_v6(f)) {
		in6->sin6_family = AF_INET6;
		in6->sin6_addr = f->guest6;
		in6->sin6_port = htons(guest_port(f));
		return sizeof(*in6);
	}
	in->sin_family = AF_INET;
	in->sin_addr = f->guest4;
	in->sin_port = htons(guest_port(f));
	return sizeof(*in);
}

static void take_away(struct slirp_net *net, struct slirp_forward *f)
{
	struct slirp_shard *shard = &net->shards.list[f->shard];

	if (f->fd < 0)
		return;
	if (f->forward->udp) {
		udp_nat_leave(&net->udp, f->forward);
		f->fd = -1;
		return;
	}
	slirp_listener_remove(shard, &f->forward->host, f->forward->host_len);
	fd_bits_remove(&net->fds.listening, f->fd);
	f->fd = -1;
}

static int give_tcp(struct slirp_net *net, struct slirp_forward *f)
{
	unsigned to = net->shards.accepting;
	struct sockaddr_storage guest;
	socklen_t len = guest_side(f, &guest);
	int fd = slirp_listener_add(&net->shards.list[to], f->forward->fd,
				    &guest, len);

	if (fd < 0)
		return -1;
	f->fd = fd;
	f->shard = to;
	fd_bits_add(&net->fds.listening, fd);
	return 0;
}

/* UDP forwards are not libslirp's (udp_nat.h). */
static int give_udp(struct slirp_net *net, struct slirp_forward *f)
{
	uint16_t port = f->forward->guest_port;
	struct net_end guest = is_v6(f) ? net_end_of(&f->guest6, 16, port) :
					  net_end_of(&f->guest4, 4, port);

	if (udp_nat_lead(&net->udp, f->forward, &guest, net->guest.mac) < 0)
		return -1;
	f->fd = f->forward->fd;
	return 0;
}

static void give(struct slirp_net *net, struct slirp_forward *f)
{
	char text[FORWARD_TEXT];

	if ((f->forward->udp ? give_udp(net, f) : give_tcp(net, f)) == 0)
		return;
	log_guest(&net->limit, "network: no forward from %s: %s",
		  forward_host_text(f->forward, text), strerror(errno));
}

bool slirp_forward_target(const struct slirp_net *net,
			  const struct forward *forward, struct in_addr *guest4,
			  struct in6_addr *guest6)
{
	static const struct in6_addr zeros;

	*guest4 = (struct in_addr){ 0 };
	*guest6 = zeros;
	if (leads_to_v6(forward)) {
		*guest6 = net->guest.v6;
		return memcmp(guest6, &zeros, sizeof(zeros)) != 0;
	}
	if (!net->guest.v4.s_addr)
		return false;
	*guest4 = forward->guest.s_addr ? forward->guest : net->guest.v4;
	return true;
}

void slirp_forward_for(const struct slirp_net *net, uint16_t port,
		       struct forward *forward)
{
	*forward = (struct forward){ .host.ss_family = AF_INET,
				     .guest_port = port,
				     .fd = -1 };
	for (size_t i = 0; i < net->forwards.n; i++) {
		const struct forward *f = net->forwards.list[i].forward;

		if (f->udp || f->guest_port != port)
			continue;
		*forward = *f;
		return;
	}
}

static bool is_in_place(const struct slirp_net *net,
			const struct slirp_forward *f)
{
	return f->fd < 0 || f->forward->udp ||
	       f->shard == net->shards.accepting;
}

static void begin_move(struct slirp_net *net, struct slirp_forward *f)
{
	net->forwards.moving += !f->moving;
	f->moving = true;
}

void slirp_forwards_follow(struct slirp_net *net)
{
	for (size_t i = 0; i < net->forwards.n; i++) {
		struct slirp_forward *f = &net->forwards.list[i];
		struct in_addr guest4;
		struct in6_addr guest6;
		bool known =
			slirp_forward_target(net, f->forward, &guest4, &guest6);

		if (known == (f->fd >= 0) && is_in_place(net, f) &&
		    f->guest4.s_addr == guest4.s_addr &&
		    memcmp(&f->guest6, &guest6, sizeof(guest6)) == 0)
			continue;
		f->guest4 = guest4;
		f->guest6 = guest6;
		f->known = known;
		begin_move(net, f);
	}
}

/* How much moving is still allowed in this turn. */
struct effort {
	uint64_t until;
	unsigned n;
};

static bool is_enough(struct effort *effort)
{
	return ++effort->n >= MOVE_MAX || now_ns() >= effort->until;
}

static bool take_all_away(struct slirp_net *net, struct effort *effort)
{
	/* The newest first: libslirp finds these faster in its list. */
	for (size_t i = net->forwards.n; i-- > 0;) {
		struct slirp_forward *f = &net->forwards.list[i];

		if (!f->moving || f->fd < 0)
			continue;
		take_away(net, f);
		if (is_enough(effort))
			return false;
	}
	return true;
}

void slirp_forwards_move(struct slirp_net *net)
{
	struct effort effort = { .n = 0 };

	if (!net->forwards.moving)
		return;
	effort.until = now_ns() + MOVE_NS;
	if (!take_all_away(net, &effort))
		return;
	/* libslirp should not have to ask for an address that is known. */
	slirp_neighbour_tell_guest(&net->shards.list[net->shards.accepting]);
	for (size_t i = 0; i < net->forwards.n; i++) {
		struct slirp_forward *f = &net->forwards.list[i];

		if (!f->moving)
			continue;
		f->moving = false;
		net->forwards.moving--;
		if (f->known)
			give(net, f);
		if (is_enough(&effort))
			return;
	}
}

static void ask_at(struct slirp_net *net, struct in_addr guest)
{
	uint8_t frame[ETHER_MIN];

	guest_addr_ask(frame, net->config->gateway, guest);
	slirp_stack_deliver(net, frame, sizeof(frame));
	count_add(&net->forwards.asked, 1);
}

bool slirp_forwards_learn(struct slirp_net *net, const struct packet *packet)
{
	bool moved =
		guest_addr_from(&net->guest, net->config, packet, net->now_ns);

	if (guest_addr_doubts(&net->guest))
		ask_at(net, net->guest.v4);
	return moved;
}

bool slirp_forwards_settle(struct slirp_net *net)
{
	return guest_addr_settle(&net->guest, net->now_ns);
}

void slirp_forwards_poll(struct slirp_net *net)
{
	for (size_t i = 0; i < net->forwards.n; i++) {
		struct slirp_forward *f = &net->forwards.list[i];

		f->asks = f->fd < 0 && !f->moving && (f->known || !is_v6(f)) &&
			  f->ask_ns <= net->now_ns;
		if (f->asks)
			slirp_watch_add(net, f->forward->fd, EPOLLIN);
	}
}

void slirp_forward_ask(struct slirp_net *net, const struct forward *forward)
{
	struct in_addr guest = forward->guest;

	/* An IPv6 guest is not asked, as its address can't be guessed. */
	if (leads_to_v6(forward))
		return;
	if (!guest.s_addr)
		guest = net->guest.leased;
	if (!guest.s_addr)
		guest = net->config->dhcp_start;
	ask_at(net, guest);
}

void slirp_forwards_ask(struct slirp_net *net)
{
	for (size_t i = 0; i < net->forwards.n; i++) {
		struct slirp_forward *f = &net->forwards.list[i];

		if (!f->asks || f->fd >= 0 ||
		    !slirp_watch_came(net, f->forward->fd))
			continue;
		f->ask_ns = net->now_ns + ASK_NS;
		/* libslirp could not be told where it leads. */
		if (f->known)
			begin_move(net, f);
		else
			slirp_forward_ask(net, f->forward);
	}
}

uint64_t slirp_forwards_deadline(const struct slirp_net *net)
{
	uint64_t deadline = net->forwards.moving ? 0 : UINT64_MAX;

	for (size_t i = 0; i < net->forwards.n; i++) {
		const struct slirp_forward *f = &net->forwards.list[i];

		if (f->fd < 0 && f->ask_ns > net->now_ns)
			deadline = MIN(deadline, f->ask_ns);
	}
	return deadline;
}
