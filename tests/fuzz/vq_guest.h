/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vq_guest.h - the guest that fuzz_vq sets against the device
 */
#ifndef TESTS_FUZZ_VQ_GUEST_H
#define TESTS_FUZZ_VQ_GUEST_H

#include "devices/virtio/vq.h"
#include "vmm/mem.h"

enum {
	RAM = 8192,
	N_IOV = 40,
	N_BUF = 64,
	COMMANDS_MAX = 128,
};

enum { PACKED = 1, EVENT_IDX = 2, INDIRECT = 4, IN_ORDER = 8, RACE = 16 };

enum op {
	OP_WRITE,
	OP_LEND,
	OP_POP,
	OP_GATHER,
	OP_PUSH,
	OP_REWIND,
	OP_COMMIT,
	OP_ARM,
	OP_MUTE,
	OP_RESET,
	N_OPS,
};

/* One step of an input; its kind is op modulo N_OPS. */
struct command {
	uint8_t op, arg;
	uint16_t value;
};

struct guest {
	uint8_t *ram;
	struct mem mem;
	struct vq_config cfg;
	uint16_t made;
};

/* RAM bytes of guest memory with nothing before or behind them. */
uint8_t *guest_ram(void);

/* OP_WRITE: 16 bits, anywhere. */
void guest_write(uint8_t *ram, const struct command *c);

/* OP_LEND: a chain of one to four descriptors as a good driver makes it, or
 * an indirect table of as many. */
void guest_lend(struct guest *g, const struct command *c);

/* Create the second thread, which sleeps until race_start(). */
void racer_init(void);

/* Have it make the writes among @c[@n], round and round; they have begun. */
void race_start(struct guest *g, const struct command *c, size_t n);
void race_stop(void);

#endif
