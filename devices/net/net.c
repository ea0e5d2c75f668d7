/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/net/net.h"

#include <errno.h>
#include <linux/virtio_ids.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/trace.h"
#include "base/util.h"
#include "devices/net/netdev.h"

/* Ethernet controller. */
#define NET_CLASS 0x020000

static struct net *to_net(struct virtio_device *dev)
{
	return (struct net *)dev;
}

/* A driver without mergeable buffers would have to lend 64 KiB for each frame,
 * and hardly any does. */
static unsigned agreed_mtu(const struct net *net)
{
	if (virtio_has(&net->dev, VIRTIO_NET_F_MTU) &&
	    virtio_has(&net->dev, VIRTIO_NET_F_MRG_RXBUF))
		return net->config.mtu;
	return MIN(net->config.mtu, (unsigned)NET_MTU_DEFAULT);
}

static void set_link(struct net *net, bool up)
{
	uint16_t status = up ? VIRTIO_NET_S_LINK_UP : 0;
	bool changed;

	virtio_config_begin(&net->dev);
	changed = net->config.status != status;
	net->config.status = status;
	virtio_config_end(&net->dev, changed);
}

static void tx_room(void *arg)
{
	struct net *net = arg;

	virtio_worker_again(&net->worker, NET_TX);
}

static void rx_kicked(void *arg, uint64_t n)
{
	struct net *net = arg;

	trace_moment(net->dev.trace, net->queue[NET_RX].track, TRACE_KICK, n);
	vq_kicked(&net->queue[NET_RX].vq, n);
}

static uint64_t used(const struct net *net, unsigned queue)
{
	return count_get(&net->queue[queue].vq.stats.used);
}

static void used_since(void *arg, uint64_t *rx, uint64_t *tx)
{
	const struct net *net = arg;

	*rx = used(net, NET_RX) - net->used_before[NET_RX];
	*tx = used(net, NET_TX) - net->used_before[NET_TX];
}

static void lost(void *arg)
{
	set_link(arg, false);
}

/* The driver has lent the rx queue: start the back end, which gets it. */
static void start_netdev(struct net *net)
{
	const struct netdev_nic nic = { .rx = net_rx_frame,
					.rx_done = net_rx_done,
					.tx_room = tx_room,
					.kicked = rx_kicked,
					.used = used_since,
					.lost = lost,
					.arg = net };
	int err;

	net->rx.armed = true;
	for (unsigned i = 0; i < NET_QUEUES; i++)
		net->used_before[i] = used(net, i);
	virtio_queue_waits(&net->queue[NET_RX], false);
	err = netdev_start(net->netdev, &nic, agreed_mtu(net));
	if (err)
		log_err("virtio-net: no thread: %s: the link is down",
			strerror(-err));
	net->running = !err;
	set_link(net, net->running && !netdev_is_dead(net->netdev));
	if (net->running)
		tx_room(net);
}

static bool queue_taken(struct virtio_device *dev, unsigned index)
{
	if (index == NET_RX)
		start_netdev(to_net(dev));
	return index == NET_TX;
}

static bool queue_returned(struct virtio_device *dev, unsigned index)
{
	struct net *net = to_net(dev);

	if (index == NET_RX) {
		netdev_stop(net->netdev);
		net->running = false;
	}
	return true;
}

static enum worker_turn serve(struct virtio_device *dev, unsigned index)
{
	struct net *net = to_net(dev);

	(void)index;
	return net->running ? net_tx_serve(net) : WORKER_WAITS;
}

static void queue_start(struct virtio_device *dev, unsigned index)
{
	virtio_worker_start(&to_net(dev)->worker, index);
}

static void queue_stop(struct virtio_device *dev, unsigned index)
{
	virtio_worker_stop(&to_net(dev)->worker, index);
}

static int queue_doorbell(struct virtio_device *dev, unsigned index)
{
	return index == NET_RX ? to_net(dev)->netdev->wake_fd : -1;
}

/* The rules between features, 5.1.3.1, and the one that the user wants. */
static void set_rules(struct net *net, bool packed_only)
{
	const struct virtio_rule rules[] = {
		{ VIRTIO_NET_F_HOST_TSO4, BIT64(VIRTIO_NET_F_CSUM) },
		{ VIRTIO_NET_F_HOST_TSO6, BIT64(VIRTIO_NET_F_CSUM) },
		{ VIRTIO_F_VERSION_1, BIT64(VIRTIO_F_RING_PACKED) },
	};

	memcpy(net->rules, rules, sizeof(rules));
	net->dev.rules = net->rules;
	net->dev.n_rules = ARRAY_SIZE(rules) - !packed_only;
}

static int allocate(struct net *net)
{
	net->rx.buf = calloc(net->dev.queue_size, sizeof(*net->rx.buf));
	net->rx.iov = calloc(net->n_iov, sizeof(*net->rx.iov));
	net->tx.iov = calloc(net->n_iov, sizeof(*net->tx.iov));
	if (net->rx.buf && net->rx.iov && net->tx.iov)
		return 0;
	return log_fail(-ENOMEM, "virtio-net: %s: free some memory",
			strerror(ENOMEM));
}

static void release(struct net *net)
{
	free(net->rx.buf);
	free(net->rx.iov);
	free(net->tx.iov);
}

int net_init(struct net *net, struct netdev *netdev,
	     const struct net_options *options)
{
	static const struct virtio_ops ops = {
		.queue_start = queue_start,
		.queue_stop = queue_stop,
		.queue_doorbell = queue_doorbell,
	};
	int err;

	*net = (struct net){
		.dev = { .name = "virtio-net",
			 .type = VIRTIO_ID_NET,
			 .class_code = NET_CLASS,
			 .ops = &ops,
			 .features = BIT64(VIRTIO_NET_F_MAC) |
				     BIT64(VIRTIO_NET_F_STATUS) |
				     BIT64(VIRTIO_NET_F_MTU) |
				     BIT64(VIRTIO_NET_F_MRG_RXBUF) |
				     BIT64(VIRTIO_NET_F_CSUM) |
				     BIT64(VIRTIO_NET_F_GUEST_CSUM) |
				     BIT64(VIRTIO_NET_F_HOST_TSO4) |
				     BIT64(VIRTIO_NET_F_HOST_TSO6),
			 .n_queues = NET_QUEUES,
			 .queue_size = options->queue_size,
			 .queue = net->queue,
			 .config = (const uint8_t *)&net->config,
			 /* The configuration is only as long as the features
			  * above need. */
			 .config_len =
				 offsetof(struct virtio_net_config, speed),
			 .counters = &net_table },
		.queue = { [NET_RX] = { .name = "rx", .receives = true },
			   [NET_TX] = { .name = "tx" } },
		.config = { .status = VIRTIO_NET_S_LINK_UP,
			    .mtu = options->mtu },
		.worker_ops = { .serve = serve,
				.start = queue_taken,
				.stop = queue_returned,
				.kind = netdev->kind,
				.looks = PATIENCE_LOOKS },
		.netdev = netdev,
		.n_iov = vq_chain_max(options->queue_size),
	};
	memcpy(net->config.mac, options->mac, sizeof(net->config.mac));
	set_rules(net, options->packed_only);
	err = allocate(net);
	if (!err)
		err = virtio_worker_init(&net->worker, "net-tx", &net->dev,
					 &net->worker_ops);
	if (err)
		release(net);
	return err;
}

void net_free(struct net *net)
{
	virtio_worker_free(&net->worker);
	netdev_unplug(net->netdev);
	release(net);
}

#define RX(field) offsetof(struct net, rx.field), COUNT_SUM
#define TX(field) offsetof(struct net, tx.field), COUNT_SUM

static const struct count_spec specs[] = {
	{ "rx_frames", "frames given to the driver", RX(frames) },
	{ "rx_bytes", "bytes in them", RX(bytes) },
	{ "rx_waits", "times a frame had to wait for buffers", RX(waits) },
	{ "rx_drop_small",
	  "frames dropped because they would never fit the driver's buffers",
	  RX(drop_small) },
	{ "rx_drop_broken", "frames dropped because the driver broke the queue",
	  RX(drop_broken) },
	{ "tx_frames", "frames sent by the driver", TX(frames) },
	{ "tx_bytes", "bytes in them", TX(bytes) },
	{ "tx_waits", "times a frame had to wait for the network", TX(waits) },
	{ "tx_drop_header", "frames dropped because of what their header asks",
	  TX(drop_header) },
	{ "tx_drop_frame", "frames dropped because of their length",
	  TX(drop_frame) },
};

const struct count_table net_table = { "card", specs, ARRAY_SIZE(specs) };
