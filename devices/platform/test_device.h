/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_device.h - what kvm-unit-tests expect of QEMU's pc-testdev
 *
 *	0xE0	4 ports that keep what is written, in accesses of any width
 *	0xE4	4 bytes: a guest address, whose page KVM is to map anew
 *	0xE8	as 0xE0, and the same 4 bytes
 *	0x2000	24 ports, a byte each: the level of that interrupt input
 *	0xFF000000  64 KiB that act as RAM but are not: each access is an exit
 *
 * It is there only where the user asks for it (--test-device): its ports are
 * of no use to other guests.
 *
 * Reference: QEMU, hw/misc/pc-testdev.c.
 *
 * Threads: registers are accessed from any vCPU thread; one lock, which is
 * not held while an interrupt input is driven.
 */
#ifndef DEVICES_PLATFORM_TEST_DEVICE_H
#define DEVICES_PLATFORM_TEST_DEVICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bus.h"

struct mem;

#define TEST_DEVICE_PORT  0xe0
#define TEST_DEVICE_FLUSH 0xe4
#define TEST_DEVICE_ALIAS 0xe8
#define TEST_DEVICE_IRQ	  0x2000
#define TEST_DEVICE_IRQS  24
#define TEST_DEVICE_MMIO  0xff000000
#define TEST_DEVICE_LEN	  0x10000

/* Where the tests expect isa-debug-exit beside it. */
#define TEST_DEVICE_EXIT 0xf4

/* How it drives interrupt inputs.  Any thread. */
struct test_device_lines {
	void (*set)(void *arg, unsigned gsi, bool level);
	void *arg;
};

struct test_device {
	struct bus_range port, flush, alias, irq, mmio;
	struct test_device_lines lines;
	const struct mem *mem;
	pthread_mutex_t lock;
	/* Under the lock. */
	uint8_t latch[4];
	uint8_t *ram;
};

/*
 * Put it on @port_bus and @mmio_bus; pages of @mem are mapped anew, and
 * @lines is copied.  -EEXIST when a range is taken, -ENOMEM; after an error
 * test_device_free() is not called.
 */
int test_device_init(struct test_device *dev, struct bus *port_bus,
		     struct bus *mmio_bus, const struct mem *mem,
		     const struct test_device_lines *lines);

/* No vCPU may be running. */
void test_device_free(struct test_device *dev, struct bus *port_bus,
		      struct bus *mmio_bus);

#endif
