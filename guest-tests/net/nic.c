/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/net/nic.h"
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/string.h"

enum {
	NET_F_CSUM = 0,
	NET_F_GUEST_CSUM = 1,
	NET_F_MTU = 3,
	NET_F_MAC = 5,
	NET_F_HOST_TSO4 = 11,
	NET_F_MRG_RXBUF = 15,

	CONFIG_MTU = 10,

	HDR_NEEDS_CSUM = 1,
	HDR_DATA_VALID = 2,
	HDR_GSO_TCPV4 = 1,

	/* Buffers behind the last for what follows in the first. */
	OVERHANG = 17,
	TX_SLOTS = 256,
};

/* 5.1.6; we always take mergeable buffers, and so all of it is there. */
struct hdr {
	uint8_t flags, gso_type;
	uint16_t hdr_len, gso_size, csum_start, csum_offset, num_buffers;
};

/* A frame to send, or its head. */
struct slot {
	struct hdr hdr;
	uint8_t data[NIC_COPY_MAX];
};

struct nic nic;

static uint8_t memory[NIC_BUFFERS + OVERHANG][NIC_BUFFER]
	__attribute__((aligned(4096)));
static struct slot slots[TX_SLOTS];
static uint16_t free_slots[TX_SLOTS], n_free;
/* Of the receive buffers: how many are in use, how often any was lent, came
 * back, and may be lent again. */
static unsigned n_buffers;
static uint64_t lent, returned, lendable;

static uint64_t features(void)
{
	uint64_t f = BIT64(NET_F_MAC) | BIT64(NET_F_MRG_RXBUF);

	if (!boot_has("nomtu"))
		f |= BIT64(NET_F_MTU);
	if (boot_has("inorder"))
		f |= BIT64(VIRTIO_F_IN_ORDER);
	if (boot_has("nocsum"))
		return f;
	if (!boot_has("notso"))
		f |= BIT64(NET_F_HOST_TSO4);
	return f | BIT64(NET_F_CSUM) | BIT64(NET_F_GUEST_CSUM);
}

static void read_config(void)
{
	for (unsigned i = 0; i < sizeof(nic.mac); i++)
		nic.mac[i] = virtio_config(&nic.dev, i);
	nic.mtu = 1500;
	if (virtio_has(&nic.dev, NET_F_MTU))
		nic.mtu = virtio_config(&nic.dev, CONFIG_MTU) |
			  virtio_config(&nic.dev, CONFIG_MTU + 1) << 8;
	nic.checksum = virtio_has(&nic.dev, NET_F_CSUM);
	nic.segments = virtio_has(&nic.dev, NET_F_HOST_TSO4);
}

static void lend(void)
{
	while (lent < lendable + n_buffers) {
		unsigned i = lent % NIC_BUFFERS;
		struct virtq_seg seg = { memory[i], NIC_BUFFER };

		if (!virtq_add(&nic.queue[NIC_RX], &seg, 0, 1, i))
			return;
		lent++;
	}
}

bool nic_start(void)
{
	struct virtio_want how = virtio_want();
	const char *why;

	how.features |= features();
	if (!virtio_find(&nic.dev, VIRTIO_NET))
		return check(false, "virtio-net", "none");
	why = virtio_start(&nic.dev, &how, nic.queue, NIC_QUEUES);
	if (!why && !virtio_has(&nic.dev, NET_F_MRG_RXBUF))
		why = "no mergeable buffers";
	if (why)
		return check(false, "start", "%s", why);
	read_config();
	for (n_free = 0; n_free < TX_SLOTS; n_free++)
		free_slots[n_free] = n_free;
	n_buffers = boot_number("buffers=", NIC_BUFFERS);
	lend();
	virtq_mute(&nic.queue[NIC_RX]);
	virtq_mute(&nic.queue[NIC_TX]);
	nic_flush();
	return true;
}

void nic_lend_all(void)
{
	n_buffers = NIC_BUFFERS;
	lend();
	nic_flush();
}

static bool take(unsigned queue, struct virtq_done *out)
{
	struct virtq *q = &nic.queue[queue];
	uint16_t before = q->used;

	if (!virtq_used(q, out))
		return false;
	nic.wraps[queue] += q->used < before;
	return true;
}

/* The next buffer of a frame that began in buffer @first, which is to be
 * continued at @at. */
static bool take_next(uint8_t *at, size_t *len)
{
	struct virtq_done used;
	unsigned i = returned % NIC_BUFFERS;

	if (!take(NIC_RX, &used) || used.token != i) {
		nic.rx_torn++;
		return false;
	}
	returned++;
	*len = used.len;
	if (memory[i] != at)
		memcpy(at, memory[i], used.len);
	return true;
}

bool nic_receive(struct nic_frame *frame)
{
	const struct virtq *q = &nic.queue[NIC_RX];
	uint8_t *start = memory[returned % NIC_BUFFERS], *at = start;
	struct hdr *hdr = (struct hdr *)start;
	size_t len;

	/* The last one has been looked at. */
	lendable = returned;
	lend();
	if (!q->ops->ready(q) || !take_next(at, &len))
		return false;
	for (unsigned n = hdr->num_buffers; at += len, n > 1; n--)
		if (n > OVERHANG || !take_next(at, &len))
			return false;
	*frame = (struct nic_frame){
		.data = (uint8_t *)(hdr + 1),
		.len = at - (uint8_t *)(hdr + 1),
		.valid = hdr->flags & (HDR_NEEDS_CSUM | HDR_DATA_VALID),
	};
	nic.rx_frames++;
	nic.rx_bytes += frame->len;
	return true;
}

static void reclaim(void)
{
	struct virtq_done used;

	while (take(NIC_TX, &used))
		free_slots[n_free++] = used.token;
}

static void fill_hdr(struct hdr *hdr, const struct nic_out *out)
{
	*hdr = (struct hdr){ .hdr_len = 0 };
	if (!out->checksum)
		return;
	hdr->flags = HDR_NEEDS_CSUM;
	hdr->csum_start = out->checksum;
	hdr->csum_offset = out->checksum_at;
	if (!out->segment)
		return;
	hdr->gso_type = HDR_GSO_TCPV4;
	hdr->gso_size = out->segment;
	hdr->hdr_len = out->head_len;
}

bool nic_send(const struct nic_out *out)
{
	bool whole = out->head_len + out->body_len <= NIC_COPY_MAX;
	struct virtq_seg seg[2];
	struct slot *slot;

	if (!n_free)
		reclaim();
	if (!n_free) {
		nic.tx_full++;
		return false;
	}
	slot = &slots[free_slots[n_free - 1]];
	fill_hdr(&slot->hdr, out);
	memcpy(slot->data, out->head, out->head_len);
	seg[0] = (struct virtq_seg){ slot, sizeof(slot->hdr) + out->head_len };
	seg[1] = (struct virtq_seg){ out->body, out->body_len };
	if (whole) {
		memcpy(slot->data + out->head_len, out->body, out->body_len);
		seg[0].len += out->body_len;
	}
	if (!virtq_add(&nic.queue[NIC_TX], seg, whole ? 1 : 2, 0,
		       slot - slots)) {
		reclaim();
		nic.tx_full++;
		return false;
	}
	n_free--;
	nic.tx_frames++;
	nic.tx_bytes += out->head_len + out->body_len;
	return true;
}

void nic_flush(void)
{
	virtq_kick(&nic.queue[NIC_RX]);
	virtq_kick(&nic.queue[NIC_TX]);
}

void nic_sleep(unsigned any, bool sending)
{
	virtio_ack(&nic.dev);
	if (!virtq_arm(&nic.queue[NIC_RX]) &&
	    !(sending && virtq_arm(&nic.queue[NIC_TX])))
		irq_sleep(any);
	virtq_mute(&nic.queue[NIC_RX]);
	virtq_mute(&nic.queue[NIC_TX]);
	reclaim();
}
