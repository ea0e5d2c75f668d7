/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stress.h - the two ends of a stressed queue, each for a thread of its own
 */
#ifndef TESTS_STRESS_H
#define TESTS_STRESS_H

#include "tests/driver.h"

enum wait { POLLING, SLEEPING, WATCHING };

enum {
	/* A packet and the buffers it may be spread over. */
	PACKET_MIN = 12,
	PACKET_MAX = 300,
	PIECE_MIN = 40,
	PIECE_MAX = 160,
	BUFFER_STRIDE = 512,
	REPLY_LEN = 8,
};

/* Rung by one thread, waited for by the other. */
struct bell {
	int fd;
	uint64_t rung, heard;
};

struct stress {
	/* What this combination is. */
	char name[96];
	enum wait device_waits, driver_waits;
	struct vq_config cfg;
	bool one_in_flight, mergeable;

	struct driver d;
	struct virtq vq;
	struct bell kick, irq;
	uint64_t end_ns;
	/* Set by the driver thread, read by the other: stop now. */
	bool stop;
	/* Buffers the driver took back; the watchdog looks at it. */
	uint64_t progress;
	/* Packets the device has sent or received. */
	uint64_t device_seq;
	/* Driver: buffers lent and taken back, packets received. */
	uint64_t lent, taken, driver_seq;
	uint64_t device_seed;
	/* The device's thread runs there. */
	int cpu;
};

/* Report the state of both ends and end the program. */
void stress_fail(const struct stress *s, const char *why)
	__attribute__((noreturn));

void bell_ring(struct bell *bell);

/* The device's end, for pthread_create: until s->stop. */
void *stress_device(void *arg);

/* The driver's end: until s->end_ns, and all it lent has come back. */
void stress_drive(struct stress *s);

/* What is left when the device has stopped. */
void stress_drain(struct stress *s);

#endif
