/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/net/net_part.h"

#include <string.h>

#include "devices/net/net.h"
#include "devices/net/net_config.h"
#include "devices/net/netdev.h"
#include "devices/virtio/virtio_config.h"
#include "devices/virtio/virtio_part.h"

static const void *net_instance(const void *config, unsigned i)
{
	const struct net_part_config *c = config;

	return i == 0 && c->netdev ? c : NULL;
}

static struct net_options card_options(const struct net_config *c)
{
	unsigned size = c->queue_size ? c->queue_size : VIRTIO_QUEUE_SIZE;
	struct net_options options = {
		.mtu = (uint16_t)c->mtu,
		.queue_size = (uint16_t)size,
		.packed_only = c->ring == NET_RING_PACKED,
	};

	memcpy(options.mac, c->mac, sizeof(options.mac));
	return options;
}

static int net_make(void *self, struct board *board, const void *config)
{
	const struct net_part_config *c = config;
	const struct net_options options = card_options(c->net);
	const struct virtio_config virtio = {
		.packed = c->net->ring != NET_RING_SPLIT,
		.in_order = c->net->in_order,
		.transitional = c->net->transitional,
	};
	struct net *net = self;
	int err = net_init(net, c->netdev, &options);

	if (err)
		return err;
	err = virtio_plug(&net->dev, board, &virtio);
	if (err)
		net_free(net);
	return err;
}

static void net_drop(void *self, struct board *board)
{
	struct net *net = self;

	virtio_unplug(&net->dev, board);
	net_free(net);
}

static void net_show(const void *self, const struct count_view *view)
{
	const struct net *net = self;

	virtio_part_show(net, view);
	netdev_show(net->netdev, view);
}

const struct part net_part = {
	.name = "virtio-net",
	.size = sizeof(struct net),
	.on_pci = true,
	.instance = net_instance,
	.make = net_make,
	.drop = net_drop,
	.show = net_show,
	.counters = &net_table,
};
