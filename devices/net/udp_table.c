/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/net/udp_table.h"

#include <stdlib.h>
#include <string.h>

static struct udp_source source_of(const struct packet *p)
{
	struct udp_source source = { .addr_len = (uint32_t)p->addr_len,
				     .port = get_be16(p->payload) };

	memcpy(source.addr, p->addrs, p->addr_len);
	return source;
}

static unsigned bucket_of(const struct udp_source *source)
{
	uint32_t hash = source->port;

	/* FNV-1a. */
	for (size_t i = 0; i < sizeof(source->addr); i++)
		hash = (hash ^ source->addr[i]) * 0x01000193;
	return hash % UDP_TABLE_BUCKETS;
}

static bool grow(struct udp_table *table, size_t n)
{
	struct udp_socket *sockets =
		realloc(table->sockets, n * sizeof(*sockets));

	if (!sockets)
		return false;
	memset(sockets + table->n_sockets, 0,
	       (n - table->n_sockets) * sizeof(*sockets));
	table->sockets = sockets;
	table->n_sockets = n;
	return true;
}

void udp_table_add(struct udp_table *table, int fd, const struct packet *packet)
{
	struct udp_source source = source_of(packet);
	int *first = &table->buckets[bucket_of(&source)];
	size_t i = (size_t)fd;

	if (fd < 0 || (i >= table->n_sockets && !grow(table, 2 * i + 64)))
		return;
	udp_table_remove(table, fd);
	table->sockets[i] =
		(struct udp_socket){ .source = source, .next = *first - 1 };
	*first = fd + 1;
}

void udp_table_remove(struct udp_table *table, int fd)
{
	struct udp_socket *s;
	int *link, at;

	if (fd < 0 || (size_t)fd >= table->n_sockets ||
	    !table->sockets[fd].source.addr_len)
		return;
	s = &table->sockets[fd];
	link = &table->buckets[bucket_of(&s->source)];
	at = *link - 1;
	if (at == fd) {
		*link = s->next + 1;
	} else {
		while (table->sockets[at].next != fd)
			at = table->sockets[at].next;
		table->sockets[at].next = s->next;
	}
	*s = (struct udp_socket){ .next = -1 };
}

bool udp_table_has(const struct udp_table *table, const struct packet *packet)
{
	struct udp_source source = source_of(packet);

	for (int at = table->buckets[bucket_of(&source)] - 1; at >= 0;
	     at = table->sockets[at].next)
		if (memcmp(&table->sockets[at].source, &source,
			   sizeof(source)) == 0)
			return true;
	return false;
}

void udp_table_clear(struct udp_table *table)
{
	memset(table->buckets, 0, sizeof(table->buckets));
	if (table->sockets)
		memset(table->sockets, 0,
		       table->n_sockets * sizeof(*table->sockets));
}

void udp_table_free(struct udp_table *table)
{
	free(table->sockets);
	*table = (struct udp_table){ .sockets = NULL };
}
