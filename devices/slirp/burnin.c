/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/slirp/burnin.h"

#include "base/log.h"
#include "devices/slirp/internal.h"

/* How far @n is below the target, modulo 65,536. */
static uint64_t below(uint64_t n)
{
	uint64_t index = n & 0xffff;

	return index < BURNIN_TARGET ? BURNIN_TARGET - index : 0;
}

static void begin(struct burnin *b, uint64_t tx, uint64_t now_ns)
{
	b->begun = true;
	b->tx_begun = b->tx_seen = tx;
	b->moved_ns = now_ns;
}

static uint64_t unanswered(const struct burnin *b)
{
	uint64_t answers = b->tx_seen - b->tx_begun;

	return b->questions > answers ? b->questions - answers : 0;
}

enum burnin_send burnin_next(struct burnin *b, uint64_t rx, uint64_t tx,
			     uint64_t now_ns)
{
	if (!b->on || b->done)
		return BURNIN_NOTHING;
	if (!b->begun)
		begin(b, tx, now_ns);
	if (tx != b->tx_seen) {
		b->tx_seen = tx;
		b->moved_ns = now_ns;
	}
	if (!below(tx) || now_ns - b->moved_ns >= BURNIN_PATIENCE_NS)
		b->sent_enough = true;
	if (!b->sent_enough) {
		if (unanswered(b) >= MIN(below(tx), (uint64_t)BURNIN_WINDOW))
			return BURNIN_NOTHING;
		b->questions++;
		return BURNIN_QUESTION;
	}
	if (below(rx))
		return BURNIN_FILLER;
	b->done = true;
	return BURNIN_NOTHING;
}

bool burnin_call(struct burnin *b, uint64_t now_ns)
{
	if (now_ns < b->call_ns)
		return false;
	b->call_ns = now_ns + BURNIN_CALL_NS;
	return true;
}

uint64_t burnin_deadline(const struct burnin *b)
{
	if (!b->on || b->done || b->sent_enough)
		return UINT64_MAX;
	return b->begun ? b->moved_ns + BURNIN_PATIENCE_NS : b->call_ns;
}

/* ---- Sending it. ---- */

enum {
	/* How many frames are sent before others have their turn. */
	BATCH = 256,
};

void slirp_burnin_start(struct slirp_net *net)
{
	net->burnin = (struct slirp_burnin){
		.state.on = net->config->burnin && net->nic.used,
	};
}

/* The last host address of the network, which is not the guest's. */
static struct in_addr stranger(const struct net_config *config)
{
	struct in_addr last = { htonl(
		ntohl(config->subnet.s_addr | ~config->netmask.s_addr) - 1) };

	return last;
}

static void report(uint64_t rx, uint64_t tx)
{
	log_show("burn-in: the guest has received %llu frames%s%llu",
		 (unsigned long long)rx,
		 tx < BURNIN_TARGET ? ", but answered only so often: " :
				      " and sent ",
		 (unsigned long long)tx);
}

/* Send one frame.  False: there is none to send now. */
static bool send_one(struct slirp_net *net)
{
	uint8_t frame[ETHER_MIN];
	uint64_t rx, tx;

	net->nic.used(net->nic.arg, &rx, &tx);
	switch (burnin_next(&net->burnin.state, rx, tx, net->now_ns)) {
	case BURNIN_QUESTION:
		guest_addr_ask(frame, net->config->gateway, net->guest.v4);
		break;
	case BURNIN_FILLER:
		guest_addr_ask(frame, net->config->gateway,
			       stranger(net->config));
		break;
	default:
		if (net->burnin.state.done)
			report(rx, tx);
		return false;
	}
	slirp_stack_deliver(net, frame, sizeof(frame));
	return true;
}

/* Call a guest that waits to be spoken to, at its usual address. */
static void call(struct slirp_net *net)
{
	uint8_t frame[ETHER_MIN];

	if (!burnin_call(&net->burnin.state, net->now_ns))
		return;
	guest_addr_ask(frame, net->config->gateway, net->config->dhcp_start);
	slirp_stack_deliver(net, frame, sizeof(frame));
}

void slirp_burnin(struct slirp_net *net)
{
	unsigned n = 0;

	net->burnin.more = false;
	if (!net->burnin.state.on || net->burnin.state.done)
		return;
	if (!net->guest.v4.s_addr) {
		call(net);
		return;
	}
	while (n < BATCH && !net->delivery.backlog.first && send_one(net))
		n++;
	net->burnin.more = n == BATCH;
}

uint64_t slirp_burnin_deadline(const struct slirp_net *net)
{
	return net->burnin.more ? 0 : burnin_deadline(&net->burnin.state);
}
