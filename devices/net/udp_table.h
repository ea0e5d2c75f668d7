/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * udp_table.h - which addresses and ports of the guest have a UDP socket
 *
 * One thread.
 */
#ifndef DEVICES_NET_UDP_TABLE_H
#define DEVICES_NET_UDP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/net/packet.h"

enum { UDP_TABLE_BUCKETS = 1024 };

/* From where the guest sends. */
struct udp_source {
	uint8_t addr[16];
	uint32_t addr_len;
	uint16_t port, zero;
};

struct udp_socket {
	struct udp_source source;
	/* The next of the bucket's, or -1; unused: addr_len is 0. */
	int next;
};

/* To be zero-initialised. */
struct udp_table {
	/* By descriptor. */
	struct udp_socket *sockets;
	size_t n_sockets;
	/* The first's descriptor and 1, or 0. */
	int buckets[UDP_TABLE_BUCKETS];
};

/* @fd is the socket of the source of @packet, a UDP packet from the guest.
 * When out of memory, that is not noted. */
void udp_table_add(struct udp_table *table, int fd,
		   const struct packet *packet);
/* What is not in it can be removed, too. */
void udp_table_remove(struct udp_table *table, int fd);
/* Whether the source of @packet, a UDP packet from the guest, has one. */
bool udp_table_has(const struct udp_table *table, const struct packet *packet);
void udp_table_clear(struct udp_table *table);
void udp_table_free(struct udp_table *table);

#endif
