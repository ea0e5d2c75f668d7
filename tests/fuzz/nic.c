/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/nic.h"

#include <string.h>

#include "devices/net/netdev.h"
#include "tests/fuzz/check.h"

enum { QUEUE_SIZE = 64 };

/* Those that change what the card does, a bit of the header each. */
static const uint8_t features[] = {
	VIRTIO_F_VERSION_1,	 VIRTIO_NET_F_MRG_RXBUF, VIRTIO_NET_F_CSUM,
	VIRTIO_NET_F_GUEST_CSUM, VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_HOST_TSO6,
};

static void broken(void *arg, unsigned index)
{
	struct nic *nic = arg;

	check(index == nic->index);
	check(nic_queue(nic)->broken);
	nic->broken = true;
}

static void interrupt(void *arg)
{
	struct nic *nic = arg;

	check(nic_queue(nic)->ops && !nic_queue(nic)->broken);
}

void nic_init(struct nic *nic, unsigned index, struct netdev *netdev)
{
	static const struct virtio_transport transport = { .broken = broken };
	const struct net_options options = { .mac = { 2 },
					     .mtu = 65520,
					     .queue_size = QUEUE_SIZE };

	log_set_level(LOG_ERR);
	check(!net_init(&nic->net, netdev, &options));
	nic->index = index;
	nic->net.dev.transport = &transport;
	nic->net.dev.transport_arg = nic;
}

struct virtq *nic_queue(struct nic *nic)
{
	return &nic->net.queue[nic->index].vq;
}

void nic_reset(struct nic *nic, const uint8_t *data, size_t size)
{
	struct net *net = &nic->net;

	guest_init(&nic->guest, data, size, QUEUE_SIZE);
	net->dev.negotiated = 0;
	for (unsigned i = 0; i < ARRAY_SIZE(features) && size; i++)
		if (data[size > 7 ? 7 : 0] >> i & 1)
			net->dev.negotiated |= BIT64(features[i]);
}

bool nic_start(struct nic *nic)
{
	struct net *net = &nic->net;
	struct virtq *vq = nic_queue(nic);

	*vq = (struct virtq){ .ops = NULL };
	net->rx = (struct net_rx){ .buf = net->rx.buf,
				   .iov = net->rx.iov,
				   .armed = true };
	net->tx = (struct net_tx){ .iov = net->tx.iov, .limit = net->tx.limit };
	nic->broken = false;
	return guest_start(&nic->guest, vq, interrupt, nic);
}

void nic_check_segment(const struct nic *nic, const struct iovec *iov)
{
	const uint8_t *p = iov->iov_base;

	check(iov->iov_len && p >= nic->guest.ram && iov->iov_len <= RAM);
	check(p + iov->iov_len <= nic->guest.ram + RAM);
}
