/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostile.h - a driver that does wrong, and what the device must make of it
 *
 * An input is one wrong thing to do, to a device started afresh.  Afterwards
 * the device is reset and must work again, whatever the outcome.
 */
#ifndef GUEST_HOSTILE_H
#define GUEST_HOSTILE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest-tests/lib/virtio.h"

enum {
	VIRTIO_NET_F_CSUM = 0,
	VIRTIO_CONSOLE_F_MULTIPORT = 1,
	VIRTIO_NET_F_MAC = 5,
	VIRTIO_NET_F_HOST_TSO4 = 11,
	VIRTIO_NET_F_MRG_RXBUF = 15,
	VIRTIO_NET_F_HASH_REPORT = 57,
};

/* What has to come of it. */
enum outcome {
	/* NEEDS_RESET, and an interrupt that says so. */
	BREAKS,
	/* The device has used what it was lent. */
	USES,
	/* It was lent nothing: which is used, or breaks a disk, for it has no
	 * place for an answer. */
	EMPTY,
	/* It works on as if nothing had been. */
	WORKS,
	/* It lives; the rest is the guest's own fault. */
	LIVES,
};

/* Where the input makes sense: ring formats and interfaces, and devices. */
enum {
	SPLIT = 1,
	PACKED = 2,
	/* Of modern drivers; legacy ones have split rings only. */
	MODERN = SPLIT | PACKED,
	LEGACY = 4,
	ANY = MODERN | LEGACY,
	/* Not with the interrupt pin. */
	MSIX = 8,
};

struct victim {
	/* VIRTIO_RNG, VIRTIO_BLK, VIRTIO_FS or VIRTIO_NET, and which queue is
	 * q. */
	unsigned type, target;
	/* The ring format and interface: one of the above. */
	unsigned kind;
	struct virtio_dev dev;
	struct virtio_want how;
	/* The one misused: lent nothing as yet.  The others are ready
	 * for use. */
	struct virtq *q;
	struct virtq queue[4];
	unsigned n_queues;
};

struct input {
	/* Begins with its number in the list of such inputs. */
	const char *name;
	/* False: it did not react as it must. */
	bool (*act)(struct victim *v, uint64_t arg);
	uint64_t arg;
	uint8_t outcome, kinds;
	/* To have besides. */
	uint64_t features;
};

struct inputs {
	const struct input *input;
	unsigned n;
};

#define INPUTS(array)                                                          \
	{                                                                      \
		array, sizeof(array) / sizeof((array)[0])                      \
	}

/* Of a device that fills buffers; of a network card's queues. */
extern const struct inputs hostile_ring, hostile_packed, hostile_registers,
	hostile_pci, hostile_net_rx, hostile_net_tx, hostile_blk, hostile_fs,
	hostile_console;

/* Where RAM ends, below 4 GiB. */
uint64_t ram_end(void);

/* Start it, with @features besides. */
bool victim_start(struct victim *v, uint64_t features);
/* Whether it does what it is for. */
bool victim_works(struct victim *v);
bool fs_works(struct victim *v);
bool console_works(struct victim *v);

enum { CONSOLE_RX, CONSOLE_TX, CONSOLE_CONTROL_RX, CONSOLE_CONTROL_TX };

/* victim.c's for network cards. */
enum { NET_RX, NET_TX };
/* Lend the rx queue some buffers; ask who has 10.0.2.2; is there an answer
 * that makes sense? */
void net_lend(struct victim *v);
void net_ask(struct victim *v);
bool net_answered(struct victim *v);
/* What precedes a frame. */
unsigned net_header_len(const struct victim *v);

/* 4 KiB to be misused. */
extern uint8_t hostile_page[4096];

/* Write descriptor @i of the ring, its slot; a packed one is available at
 * once, so the first goes last. */
void raw_desc(struct virtq *q, unsigned i, uint64_t addr, uint32_t len,
	      unsigned flags, unsigned next);
/* Of a split ring: offer @head @n times, and ring the doorbell. */
void raw_offer(struct victim *v, unsigned head, unsigned n);

/* One buffer of a single descriptor, offered. */
bool act_desc(struct victim *v, uint64_t addr, uint32_t len, unsigned flags);
/* Accept feature @arg too, which must be refused. */
bool act_feature(struct victim *v, uint64_t arg);

#endif
