/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * nic.h - virtio-net (VIRTIO 1.2, section 5.1), by the guest's command line
 *
 * Its words are those of lib/virtio.h and
 *
 *	nocsum		no offloads: all checksums are the guest's
 *	notso		no segments cut by the device
 *	nomtu		frames of 1500 bytes
 *	inorder		buffers come back in order, as they do in any case
 *	buffers=N	lend only so many receive buffers, of NIC_BUFFER bytes,
 *			until nic_lend_all()
 *
 * Buffers are lent in the order of their addresses and must come back in it,
 * so that a frame which is merged from several is contiguous.
 */
#ifndef GUEST_NET_NIC_H
#define GUEST_NET_NIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest-tests/lib/virtio.h"

enum { NIC_RX, NIC_TX, NIC_QUEUES };

enum {
	NIC_BUFFER = 4096,
	NIC_BUFFERS = 256,
	NIC_HEAD_MAX = 128,
	/* A frame up to here is copied whole when it is sent. */
	NIC_COPY_MAX = 1536,
};

struct nic {
	uint8_t mac[6];
	uint16_t mtu;
	/* The device completes checksums, and cuts TCP segments. */
	bool checksum, segments;
	struct virtio_dev dev;
	struct virtq queue[NIC_QUEUES];
	uint64_t rx_frames, rx_bytes, tx_frames, tx_bytes;
	/* How often the position of used buffers passed 0. */
	uint64_t wraps[NIC_QUEUES];
	/* Frames that there was no room to send; receive buffers that came
	 * back in another order, or without the rest of their frame. */
	uint64_t tx_full, rx_torn;
};

extern struct nic nic;

/* A frame that came; only until the next nic_receive(). */
struct nic_frame {
	uint8_t *data;
	size_t len;
	/* The device vouches for its checksums. */
	bool valid;
};

/* A frame to send: @head and @body.  The head is copied; the body of one that
 * is longer than NIC_COPY_MAX must not change until the device has read it. */
struct nic_out {
	const void *head, *body;
	size_t head_len, body_len;
	/* Complete the checksum at @checksum + @checksum_at, over all from
	 * @checksum on; 0: there is none. */
	uint16_t checksum, checksum_at;
	/* Cut it into segments of so many bytes of payload; 0: don't. */
	uint16_t segment;
};

/* Find the device and start it; false after a FAIL.  After irq_start(). */
bool nic_start(void);

/* The next frame; false: there is none. */
bool nic_receive(struct nic_frame *frame);

/* False: no room. */
bool nic_send(const struct nic_out *out);

/* Tell the device of everything sent and lent since the last time. */
void nic_flush(void);

/* Sleep until the device or a tick interrupts, unless there is something to
 * receive, or, if @sending, room to send; or irq_any is no longer @any. */
void nic_sleep(unsigned any, bool sending);

/* Lend what buffers=N kept back. */
void nic_lend_all(void);

#endif
