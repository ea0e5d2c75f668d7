/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * net_ends.c - keeps the user network busy with what might hold up an end
 *
 * By the command line, again and again, without a pause:
 *
 *	connect	connections to 10.0.2.100, port 80
 *	tftp	requests for the file "fifo"
 *	move	a lease for 10.0.2.15, and ARP from another address
 *
 * The first TFTP error and the first lease are told.
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/string.h"
#include "guest-tests/net/ip.h"

#define SERVICE	  IP_ADDR(10, 0, 2, 100)
#define EVERYBODY 0xffffffff

enum {
	FIRST_PORT = 20000,
	HTTP_PORT = 80,
	TFTP_PORT = 69,
	TFTP_ERROR = 5,
	DHCP_SERVER = 67,
	DHCP_CLIENT = 68,
	DHCP_OPTIONS = 16,
	WINDOW = 4096,
};

static const uint8_t broadcast[6] = { 255, 255, 255, 255, 255, 255 };
static struct ip_peer gateway = { .addr = IP_GATEWAY };
static unsigned round;
static bool refused, leased;

static uint16_t next_port(void)
{
	return be16(FIRST_PORT + round % 32768);
}

/* A segment without data to the service. */
static void send_segment(uint16_t from, uint8_t flags, uint32_t seq,
			 uint32_t ack)
{
	struct {
		uint8_t ip[IP_HEAD];
		struct tcp tcp;
	} __attribute__((packed)) f = {
		.tcp = { .from = from,
			 .to = be16(HTTP_PORT),
			 .seq = be32(seq),
			 .ack = be32(ack),
			 .offset = sizeof(struct tcp) / 4 << 4,
			 .flags = flags,
			 .window = be16(WINDOW) },
	};
	struct ip_peer to = gateway;
	uint64_t sum;

	to.addr = SERVICE;
	sum = checksum_pseudo(IP_SELF, SERVICE, IPV4_TCP, sizeof(f.tcp));
	ip_head(f.ip, &to, IPV4_TCP, sizeof(f.tcp));
	f.tcp.checksum =
		~checksum_fold(checksum_add(sum, &f.tcp, sizeof(f.tcp)));
	nic_send(&(struct nic_out){ .head = &f, .head_len = sizeof(f) });
}

static void send_tftp(void)
{
	static const char request[] = "\0\1fifo\0octet";

	gateway.port = be16(TFTP_PORT);
	udp_send(&gateway, next_port(), request, sizeof(request));
}

/* From nobody to everybody, as it has no address yet. */
static void send_dhcp(void)
{
	struct {
		uint8_t ip[IP_HEAD];
		struct udp udp;
		uint8_t op, hardware, hardware_len, hops;
		uint32_t id, times, addresses[4];
		uint8_t mac[16], names[192];
		uint8_t magic[4], options[DHCP_OPTIONS];
	} __attribute__((packed)) f = {
		.udp = { be16(DHCP_CLIENT), be16(DHCP_SERVER),
			 be16(sizeof(f) - IP_HEAD), 0 },
		.op = 1,
		.hardware = 1,
		.hardware_len = 6,
		.id = round,
		.magic = { 99, 130, 83, 99 },
		/* A request, of this address. */
		.options = { 53, 1, 3, 50, 4, 10, 0, 2, 15, 255 },
	};
	struct ip_peer to = { .addr = EVERYBODY };
	struct ipv4 *ip = (void *)(f.ip + sizeof(struct ether));

	memcpy(to.mac, broadcast, 6);
	memcpy(f.mac, nic.mac, 6);
	ip_head(f.ip, &to, IPV4_UDP, sizeof(f) - IP_HEAD);
	ip->from = 0;
	ip->checksum = 0;
	ip->checksum = ~checksum_fold(checksum_add(0, ip, sizeof(*ip)));
	nic_send(&(struct nic_out){ .head = &f, .head_len = sizeof(f) });
}

static void send_arp(void)
{
	struct {
		struct ether ether;
		struct arp arp;
		uint8_t pad[18];
	} __attribute__((packed)) f = {
		.ether.type = be16(ETHER_ARP),
		.arp = { .hardware = be16(1),
			 .protocol = be16(ETHER_IPV4),
			 .hardware_len = 6,
			 .protocol_len = 4,
			 .operation = be16(ARP_REQUEST),
			 .from_addr = IP_ADDR(10, 0, 2, 16 + round % 8),
			 .to_addr = IP_GATEWAY },
	};

	memcpy(f.ether.to, broadcast, 6);
	memcpy(f.ether.from, nic.mac, 6);
	memcpy(f.arp.from, nic.mac, 6);
	nic_send(&(struct nic_out){ .head = &f, .head_len = sizeof(f) });
}

/* The service took the connection, as far as TCP can tell. */
static void confirm(const struct nic_frame *frame)
{
	const struct tcp *tcp = (const void *)(frame->data + IP_HEAD);

	if (frame->len >= IP_HEAD + sizeof(*tcp) &&
	    tcp->flags == (TCP_SYN | TCP_ACK))
		send_segment(tcp->to, TCP_ACK, be32(tcp->ack),
			     be32(tcp->seq) + 1);
}

/* Looks for what is to be told; addressed to whom, does not matter. */
static void take_udp(const struct nic_frame *frame)
{
	const struct ether *ether = (const void *)frame->data;
	const struct ipv4 *ip = (const void *)(ether + 1);
	const struct udp *udp = (const void *)(ip + 1);
	const uint8_t *data = (const void *)(udp + 1);

	if (frame->len < IP_HEAD + sizeof(*udp) + 2 || ip->protocol != IPV4_UDP)
		return;
	if (!leased && udp->from == be16(DHCP_SERVER))
		print("leased\n");
	leased |= udp->from == be16(DHCP_SERVER);
	if (!refused && udp->from == be16(TFTP_PORT) && data[1] == TFTP_ERROR)
		print("refused\n");
	refused |= udp->from == be16(TFTP_PORT) && data[1] == TFTP_ERROR;
}

/* The connections are none of tcp.h's, which would refuse them. */
static void take(const struct nic_frame *frame)
{
	const struct ether *ether = (const void *)frame->data;
	const struct ipv4 *ip = (const void *)(ether + 1);

	if (frame->len < IP_HEAD || ether->type != be16(ETHER_IPV4)) {
		ip_input(frame);
		return;
	}
	if (ip->protocol == IPV4_TCP)
		confirm(frame);
	else
		take_udp(frame);
}

static void send_round(bool connects, bool tftp, bool moves)
{
	if (connects)
		send_segment(next_port(), TCP_SYN, round, 0);
	if (tftp)
		send_tftp();
	if (moves) {
		send_dhcp();
		send_arp();
	}
	round++;
}

void guest_main(void)
{
	bool connects = boot_has("connect"), tftp = boot_has("tftp");
	bool moves = boot_has("move");
	struct nic_frame f;

	irq_start();
	if (!nic_start() || !check(ip_resolve(&gateway), "gateway", "silent"))
		return;
	print("ready\n");
	for (;;) {
		send_round(connects, tftp, moves);
		nic_flush();
		while (nic_receive(&f))
			take(&f);
	}
}
