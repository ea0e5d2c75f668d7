/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * driver.h - a model of the driver's end of a virtqueue, for tests
 *
 * It follows the driver's part of VIRTIO 1.2 sections 2.7 and 2.8 and shares
 * no code with the device's end.  Its positions are 64-bit counters that
 * never wrap, which makes it the oracle for all index arithmetic.  Whatever
 * the device must not rely on is random or poisoned: the order of
 * descriptors, ids in all but the last one of a chain, old used entries.
 *
 * A device that breaks its side of the contract ends the program (abort).
 * One thread at a time may use a driver.
 */
#ifndef TESTS_DRIVER_H
#define TESTS_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "devices/virtio/vq.h"

enum {
	DRIVER_RAM = 16 << 20,
	/* Where a test may put its buffers. */
	DRIVER_DATA = 8 << 20,
	/* Segments in a chain. */
	DRIVER_CHAIN_MAX = 8,
	DRIVER_POISON = 0xdead,
};

/* How chains are laid out.  Mixed, direct and then an indirect table, is
 * for split rings only; a packed one takes it as indirect. */
enum driver_chain { DRIVER_DIRECT, DRIVER_INDIRECT, DRIVER_MIXED };

struct driver_seg {
	uint64_t addr;
	uint32_t len;
	bool write;
};

enum {
	DESC_NEXT = 1,
	DESC_WRITE = 2,
	DESC_INDIRECT = 4,
	DESC_AVAIL = 1 << 7,
	DESC_USED = 1 << 15,
};

/* Descriptors as the device reads them. */
struct driver_desc {
	uint64_t addr;
	uint32_t len;
	union {
		struct {
			uint16_t flags, next;
		} split;
		struct {
			uint16_t id, flags;
		} packed;
	};
};

struct driver {
	struct vq_config cfg;
	enum driver_chain chain;
	struct mem mem;
	uint8_t *ram;
	/* Where indirect tables are, for another driver in the same RAM to
	 * have its own. */
	uint64_t tables;
	/* Positions: made, shown to the device, taken back from it. */
	uint64_t made, published, used;
	/* Packed: the flags that publish; what turns an index into an id. */
	uint16_t held, id_mask;
	uint64_t seed;
	/* A queue of free descriptors (split) or ids (packed). */
	uint16_t *free, free_head;
	uint32_t n_free;
	/* Split: the chains as we built them. */
	uint16_t *next;
	/* By head descriptor or id. */
	struct driver_loan {
		uint64_t cookie;
		uint32_t in_len;
		uint16_t slots;
		bool lent;
	} * loan;
	/* Ids in the order they were lent, for IN_ORDER. */
	uint16_t *fifo;
	uint64_t fifo_in, fifo_out;
};

/* A buffer the device returned. */
struct driver_used {
	uint64_t cookie;
	uint32_t len;
};

/* Zeroed RAM of DRIVER_RAM bytes, not resident until touched. */
uint8_t *driver_ram(void);

/*
 * A driver with its rings in @ram, by @cfg; where that has no address, in
 * pages of their own.  It begins at position @pos (0 for a real one).
 */
void driver_init(struct driver *d, const struct vq_config *cfg,
		 enum driver_chain chain, uint8_t *ram, uint64_t pos);
void driver_free(struct driver *d);

/* With nothing lent: leave the rings as after @pos buffers (split) or slots. */
void driver_age(struct driver *d, uint64_t pos);

/* Start @vq on @d's rings, at @d's position. */
int driver_start(struct driver *d, struct virtq *vq, void (*interrupt)(void *),
		 void *arg);

/* Build a buffer of @n segments; not yet visible.  False: ring is full. */
bool driver_lend(struct driver *d, const struct driver_seg *seg, unsigned n,
		 uint64_t cookie);

/* One contiguous buffer in @pieces (at most DRIVER_CHAIN_MAX) segments. */
bool driver_lend_at(struct driver *d, uint64_t addr, uint32_t len, bool write,
		    unsigned pieces, uint64_t cookie);

/* Make available all that was built.  True: the device wants a kick. */
bool driver_publish(struct driver *d);

/* Is there a used buffer?  Take it. */
bool driver_pending(const struct driver *d);
bool driver_get(struct driver *d, struct driver_used *used);

/* Ask for an interrupt at the next used buffer.  True: there is one now. */
bool driver_arm(struct driver *d);
/* State the wish alone: an interrupt when the device passes @pos. */
void driver_event(struct driver *d, uint64_t pos);
void driver_mute(struct driver *d);

/* The rings, for those who misuse them. */
struct driver_desc *driver_desc(const struct driver *d, unsigned slot);
struct driver_desc *driver_table(const struct driver *d, unsigned id);
uint16_t *driver_avail(const struct driver *d);
uint16_t *driver_device(const struct driver *d);
uint64_t driver_random(struct driver *d);

/* Shared by driver.c and driver_lend.c: the ring slot at @pos, the wrap
 * counter on its lap, and the split ring's used entry, id and len. */
struct driver_desc *driver_slot(const struct driver *d, uint64_t pos);
bool driver_wrap(const struct driver *d, uint64_t pos);
uint32_t *driver_used_entry(const struct driver *d, uint64_t pos);
void driver_die(const struct driver *d, const char *why)
	__attribute__((noreturn));

#endif
