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
#include "base/part.h"

#define TEST_DEVICE_PORT  0xe0
#define TEST_DEVICE_FLUSH 0xe4
#define TEST_DEVICE_ALIAS 0xe8
#define TEST_DEVICE_IRQ	  0x2000
#define TEST_DEVICE_IRQS  24
#define TEST_DEVICE_MMIO  0xff000000
#define TEST_DEVICE_LEN	  0x10000

/* The port at which the tests expect isa-debug-exit. */
#define TEST_DEVICE_EXIT 0xf4

struct test_device {
	struct bus_range port, flush, alias, irq, mmio;
	/* For its memory and its inputs. */
	const struct board *board;
	pthread_mutex_t lock;
	/* Under the lock. */
	uint8_t latch[4];
	uint8_t *ram;
};

/* Made from a bool: whether there is one.  It changes the protection of pages
 * of the board's memory, so that KVM maps them again. */
extern const struct part test_device_part;

#endif
