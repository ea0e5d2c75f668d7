/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "tests/fuzz/slirp_rig.h"

#include <arpa/inet.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/util.h"
#include "devices/slirp/internal.h"
#include "devices/slirp/slirp.h"
#include "tests/fuzz/check.h"
#include "tests/net_options.h"

const uint8_t rig_guest4[4] = { 10, 0, 2, 15 };
const uint8_t rig_gateway4[4] = { 10, 0, 2, 2 };
const uint8_t rig_service4[4] = { 10, 0, 2, 100 };
const uint8_t rig_guest6[16] = { 0xfe, 0xc0, [15] = 15 };
const uint8_t rig_gateway6[16] = { 0xfe, 0xc0, [15] = 2 };

/* ---- Time, which is the harness's own. ---- */

/* CLOCK_MONOTONIC's. */
static uint64_t rig_time_ns = 1000 * NSEC_PER_SEC;

int __real_clock_gettime(clockid_t clock, struct timespec *t);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t);

int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	if (clock != CLOCK_MONOTONIC)
		return __real_clock_gettime(clock, t);
	t->tv_sec = (time_t)(rig_time_ns / NSEC_PER_SEC);
	t->tv_nsec = (long)(rig_time_ns % NSEC_PER_SEC);
	return 0;
}

/* ---- The NIC. ---- */

/* Of which connection @p is. */
static unsigned peer_of(const struct packet *p)
{
	if (get_be16(p->payload + 2) == RIG_FORWARDED)
		return RIG_CLIENT;
	if (p->addr_len == 16)
		return RIG_GATEWAY6;
	return memcmp(p->addrs, rig_service4, 4) == 0 ? RIG_SERVICE4 :
							RIG_GATEWAY4;
}

static bool on_frame(void *arg, const void *frame, size_t len)
{
	struct slirp_rig *rig = arg;
	struct packet p;
	enum packet_fault fault =
		packet_parse(&p, (uint8_t *)(uintptr_t)frame, len);
	unsigned peer;

	check(fault != PACKET_MALFORMED);
	if (fault != PACKET_OK || p.ethertype == ETHERTYPE_ARP ||
	    p.protocol != PROTOCOL_TCP)
		return true;
	check(packet_is_sound(&p) && len <= ETHER_HEADER + RIG_MTU);
	conntrack_to_flow(&rig->firewall.conntrack, &p);
	libslirp_faults_learn(&p);
	conntrack_to(&rig->firewall.conntrack, &p);
	peer = peer_of(&p);
	if (peer != RIG_CLIENT && get_be16(p.payload) != RIG_PORT)
		return true;
	rig->client_port =
		peer == RIG_CLIENT ? get_be16(p.payload) : rig->client_port;
	rig->expected[peer] =
		get_be32(p.payload + 4) +
		(uint32_t)(p.payload_len - packet_tcp_header(&p)) +
		!!(p.payload[13] & (TCP_SYN | TCP_FIN));
	rig->next[peer] = get_be32(p.payload + 8);
	return true;
}

static void on_done(void *arg)
{
	(void)arg;
}

/* ---- The firewall. ---- */

/* What brings libslirp down is not in what it sees. */
static void check_clean(const struct packet *p)
{
	if (p->ethertype == ETHERTYPE_IPV4)
		check(!(get_be16(p->net + 6) & (IPV4_OFFSET | IPV4_MORE)));
	if (p->ethertype != ETHERTYPE_ARP && p->protocol == PROTOCOL_TCP)
		check(!(p->payload[13] & TCP_URG) &&
		      !get_be16(p->payload + 18));
	check(p->len <= ETHER_MAX);
}

/* Nor does a connection begin that the user forbids. */
static void check_allowed(const struct policy *policy, const struct packet *p)
{
	bool to_gateway =
		p->addr_len == 4 && !memcmp(p->addrs + 4, rig_gateway4, 4);
	bool to_service = p->addr_len == 4 &&
			  !memcmp(p->addrs + 4, rig_service4, 4) &&
			  get_be16(p->payload + 2) == RIG_PORT;

	if (p->ethertype == ETHERTYPE_ARP || p->protocol != PROTOCOL_TCP ||
	    (p->payload[13] & (TCP_SYN | TCP_ACK)) != TCP_SYN)
		return;
	check(policy->host || !to_gateway);
	check(!policy->restricted || to_service);
}

/* One of its own judges a copy that is as large as the frame, so that reading
 * past its end is seen. */
static void judge(struct slirp_rig *rig, const uint8_t *frame, size_t len)
{
	uint8_t *copy = malloc(MAX(len, (size_t)ETHER_MIN));
	struct packet p;

	memcpy(copy, frame, len);
	if (firewall_judge(&rig->firewall, &p, copy, len, rig_time_ns) ==
	    FIREWALL_PASS) {
		check_clean(&p);
		check_allowed(&rig->firewall.policy, &p);
	}
	free(copy);
}

/* ---- The network. ---- */

static void turn(struct slirp_rig *rig)
{
	struct slirp_net *net = (struct slirp_net *)(void *)rig->dev;

	/* It does not sleep. */
	netdev_rx_room(rig->dev);
	pthread_mutex_lock(&net->loop.lock);
	slirp_loop_turn(net);
	pthread_mutex_unlock(&net->loop.lock);
}

void rig_turn(struct slirp_rig *rig)
{
	turn(rig);
}

void rig_settle(struct slirp_rig *rig)
{
	struct slirp_net *net = (struct slirp_net *)(void *)rig->dev;

	while (tftp_worker_is_busy(net->tftp))
		sched_yield();
	turn(rig);
}

void rig_pass_time(struct slirp_rig *rig, uint64_t ns)
{
	rig_time_ns += ns;
	turn(rig);
}

void rig_input(struct slirp_rig *rig, const uint8_t *frame, size_t len)
{
	const struct iovec iov = { (void *)(uintptr_t)frame, len };
	const struct netdev_offload offload = {
		.segment = len > ETHER_HEADER + RIG_MTU ? RIG_MTU : 0,
	};

	judge(rig, frame, len);
	while (netdev_tx(rig->dev, &iov, 1, &offload) == NETDEV_FULL)
		turn(rig);
	netdev_tx_done(rig->dev);
	turn(rig);
}

/* If libslirp has no connection but established ones. */
static bool is_established(void *arg, const struct flow *flow)
{
	(void)arg;
	(void)flow;
	return true;
}

/* Asking the kernel would make a run depend on the host. */
static bool is_local(void *arg, const void *addr, size_t len)
{
	(void)arg;
	(void)addr;
	(void)len;
	return false;
}

static void set_policy(struct policy *policy, const struct policy *of)
{
	*policy = *of;
	policy->is_local = is_local;
}

void rig_open(struct slirp_rig *rig, const char *options)
{
	struct slirp_net *net;

	memset(rig, 0, sizeof(*rig));
	check(net_option(&rig->config, options) == 0);
	rig->config.mtu = RIG_MTU;
	check(forwards_open(&rig->config.forwards) == 0);
	check(slirp_open(&rig->dev, &rig->config, NULL) == 0);
	net = (struct slirp_net *)(void *)rig->dev;
	net->nic = (struct netdev_nic){ .rx = on_frame,
					.rx_done = on_done,
					.tx_room = on_done,
					.arg = rig };
	net->firewall.policy.is_local = is_local;
	set_policy(&rig->firewall.policy, &net->firewall.policy);
	libslirp_faults_init(&rig->firewall.faults, "4.7.0");
	rig->firewall.faults.established = is_established;
	rig->firewall.faults.mtu = RIG_MTU;
	/* Near the end of sequence numbers, where they begin anew. */
	for (unsigned i = 0; i < RIG_PEERS; i++)
		rig->next[i] = 0xffffff00 + i * 0x70;
	rig_announce(rig);
}

void rig_restrict(struct slirp_rig *rig, uint8_t arg)
{
	struct slirp_net *net = (struct slirp_net *)(void *)rig->dev;
	struct policy *both[] = { &net->firewall.policy,
				  &rig->firewall.policy };

	for (unsigned i = 0; i < ARRAY_SIZE(both); i++) {
		both[i]->restricted = arg & 1;
		both[i]->host = !(arg & 2);
		both[i]->tftp = !(arg & 4);
	}
}

void rig_close(struct slirp_rig *rig)
{
	netdev_free(rig->dev);
	net_config_free(&rig->config);
}
