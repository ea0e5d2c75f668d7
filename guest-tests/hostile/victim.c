/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * victim.c - starting a device, and seeing that it works
 */
#include "guest-tests/hostile/hostile.h"
#include "guest-tests/lib/arp.h"
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/string.h"

enum {
	LEN = 64,
	PATIENCE_MS = 10000,
	RX_LENT = 8,
	RX_BUFFERS = 2 * RX_LENT,
	RX_LEN = 2048
};

uint8_t hostile_page[4096] __attribute__((aligned(4096)));

uint64_t ram_end(void)
{
	uint64_t end = 0;
	unsigned i;

	for (i = 0; i < boot.n_map; i++) {
		const struct boot_range *r = &boot.map[i];

		if (r->type == BOOT_RAM && r->start + r->len <= 1ull << 32)
			end = r->start + r->len;
	}
	return end;
}

bool victim_start(struct victim *v, uint64_t features)
{
	struct virtio_want how = v->how;

	how.features |= features;
	if (virtio_start(&v->dev, &how, v->queue, v->n_queues))
		return false;
	if (features & ~v->dev.features)
		return false;
	if (v->type == VIRTIO_NET && v->target == NET_TX)
		net_lend(v);
	return true;
}

static bool rng_works(struct victim *v)
{
	static uint8_t data[LEN], zero[LEN];
	struct virtq_seg seg = { data, LEN };
	struct virtq_done done;

	memset(data, 0, LEN);
	if (!virtq_add(v->q, &seg, 0, 1, 1))
		return false;
	virtq_notify(v->q);
	return virtq_wait(v->q, PATIENCE_MS) && virtq_used(v->q, &done) &&
	       done.len == LEN && memcmp(data, zero, LEN);
}

/* Its first sector is read, whatever is there. */
static bool blk_works(struct victim *v)
{
	static struct {
		uint32_t type, reserved;
		uint64_t sector;
	} header;
	static uint8_t data[512], status;
	const struct virtq_seg seg[] = { { &header, sizeof(header) },
					 { data, sizeof(data) },
					 { &status, 1 } };
	struct virtq_done done;

	status = 0xff;
	if (!virtq_add(v->q, seg, 1, 2, 1))
		return false;
	virtq_notify(v->q);
	return virtq_wait(v->q, PATIENCE_MS) && virtq_used(v->q, &done) &&
	       done.len == sizeof(data) + 1 && !status;
}

bool victim_works(struct victim *v)
{
	if (v->type == VIRTIO_BLK)
		return blk_works(v);
	if (v->type == VIRTIO_FS)
		return fs_works(v);
	if (v->type == VIRTIO_CONSOLE)
		return console_works(v);
	if (v->type == VIRTIO_RNG)
		return rng_works(v);
	net_lend(v);
	net_ask(v);
	return net_answered(v);
}

void raw_desc(struct virtq *q, unsigned i, uint64_t addr, uint32_t len,
	      unsigned flags, unsigned next)
{
	struct virtq_desc *d = virtq_desc(q, i);

	d->addr = addr;
	d->len = len;
	if (q->packed) {
		d->packed.id = i;
		__atomic_store_n(&d->packed.flags, flags | DESC_AVAIL,
				 __ATOMIC_RELEASE);
	} else {
		d->split.flags = flags;
		d->split.next = next;
	}
}

void raw_offer(struct victim *v, unsigned head, unsigned n)
{
	struct virtq_avail *avail = (struct virtq_avail *)v->q->driver;
	unsigned i;

	if (!v->q->packed) {
		for (i = 0; i < v->q->size; i++)
			avail->ring[i] = head;
		__atomic_store_n(&avail->idx, n, __ATOMIC_RELEASE);
	}
	virtq_notify(v->q);
}

bool act_desc(struct victim *v, uint64_t addr, uint32_t len, unsigned flags)
{
	raw_desc(v->q, 0, addr, len, flags, 0);
	raw_offer(v, 0, 1);
	return true;
}

/* The network card. */

static uint8_t rx_buffer[RX_BUFFERS][RX_LEN];

unsigned net_header_len(const struct victim *v)
{
	return v->dev.legacy && !virtio_has(&v->dev, VIRTIO_NET_F_MRG_RXBUF) ?
		       10 :
		       12;
}

/* In turn, so that none is lent twice. */
void net_lend(struct victim *v)
{
	static unsigned turn;
	struct virtq *q = &v->queue[NET_RX];

	while (virtq_lent(q) < RX_LENT) {
		unsigned i = turn++ % RX_BUFFERS;
		struct virtq_seg seg = { rx_buffer[i], RX_LEN };

		virtq_add(q, &seg, 0, 1, i);
	}
	virtq_kick(q);
}

void net_ask(struct victim *v)
{
	static uint8_t frame[12 + sizeof(arp_question)];
	struct virtq *q = &v->queue[NET_TX];
	struct virtq_seg seg = { frame,
				 net_header_len(v) + sizeof(arp_question) };
	struct virtq_done done;

	while (virtq_used(q, &done))
		;
	memcpy(frame + net_header_len(v), &arp_question, sizeof(arp_question));
	virtq_add(q, &seg, 1, 0, 0);
	virtq_kick(q);
}

/* Other frames may come in between. */
bool net_answered(struct victim *v)
{
	struct virtq *q = &v->queue[NET_RX];
	struct virtq_done done;

	while (virtq_wait(q, PATIENCE_MS) && virtq_used(q, &done)) {
		uint8_t *buffer = rx_buffer[done.token % RX_BUFFERS];
		unsigned header_len = net_header_len(v);

		if (done.len > header_len &&
		    arp_is_answer(buffer + header_len, done.len - header_len))
			return true;
	}
	return false;
}
