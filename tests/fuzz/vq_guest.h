/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vq_guest.h - the guest that fuzzers set against a queue
 *
 * An input is a header of 8 bytes, then commands of 4 bytes each.  The header
 * says how the queue is set up; a command's kind is the harness's affair, but
 * the work of two kinds is done here.  In some inputs a second thread races.
 */
#ifndef TESTS_FUZZ_VQ_GUEST_H
#define TESTS_FUZZ_VQ_GUEST_H

#include "base/mem.h"
#include "devices/virtio/vq.h"

enum {
	RAM = 8192,
	HEADER_LEN = 8,
	COMMAND_LEN = 4,
	COMMANDS_MAX = 128,
	/* Where good drivers put indirect tables, and buffers. */
	TABLES = 4096,
	BUFFERS = 5120,
};

/* The header's first byte. */
enum {
	PACKED = 1,
	EVENT_IDX = 2,
	INDIRECT = 4,
	IN_ORDER = 8,
};

/* One step of an input. */
struct command {
	uint8_t op, arg;
	uint16_t value;
};

struct guest {
	uint8_t *ram;
	struct mem mem;
	struct vq_config cfg;
	/* Buffers or slots made available so far. */
	uint16_t made;
	/* The writes that the second thread makes. */
	struct command write[COMMANDS_MAX];
	size_t n_writes;
	bool race;
	/* RAM as the guest left it, while nobody races. */
	bool remembered;
	uint8_t before[RAM];
};

/*
 * Zeroed RAM, and a queue by the header of the input @data[@size], of at most
 * @size_max slots: 64, or VQ_SIZE_MAX, which is any number at all.
 */
void guest_init(struct guest *g, const uint8_t *data, size_t size,
		uint16_t size_max);

/* Start @vq as set up; or, if that can't be, with a size that can.  False:
 * not that either. */
bool guest_start(struct guest *g, struct virtq *vq, void (*interrupt)(void *),
		 void *arg);

/* The commands of an input; how many. */
size_t guest_commands(const uint8_t *data, size_t size, struct command *c);

/* 16 bits, anywhere. */
void guest_write(struct guest *g, const struct command *c);

/*
 * A chain of descriptors as a good driver makes it, or an indirect table, of
 * buffers of (value & 0xff) + 1 bytes.  Bits of arg: 0 and 1, how many less
 * one; 2, they are to be written; 3, a table, which with 4 is the ring itself;
 * 5, sixteen times as many; 6, eight times as large, and all the same.
 */
void guest_lend(struct guest *g, const struct command *c);

/*
 * If the header said so, have the second thread make the writes of @c[@n],
 * those whose kind is @op modulo @n_ops, until guest_race_stop().  How often
 * to go through the commands meanwhile.
 */
unsigned guest_race(struct guest *g, const struct command *c, size_t n,
		    uint8_t op, uint8_t n_ops);
void guest_race_stop(void);

/* Nobody races: check that between the two no memory changed but the device's
 * area of the ring.  After a step of the guest's own, forget. */
void guest_remember(struct guest *g);
void guest_forget(struct guest *g);
void guest_check(const struct guest *g);

#endif
