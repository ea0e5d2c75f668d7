/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fw_cfg.h - tells the number of processors and the memory size, like QEMU's
 * fw_cfg
 *
 * Guests made for QEMU ask its firmware configuration device instead of ACPI;
 * kvm-unit-tests wait for as many processors as it tells.  Here this device has
 * the selector at port 0x510, the data at port 0x511, and the keys below.  As
 * in QEMU, every other key has length 0, and so reads 0.  The directory of
 * files is empty, and there is no DMA.  ACPI does not name the device, so Linux
 * does not look for files in it.
 *
 * Reference: QEMU, docs/specs/fw_cfg.
 *
 * Threads: registers are accessed from any vCPU thread; one lock.
 */
#ifndef DEVICES_PLATFORM_FW_CFG_H
#define DEVICES_PLATFORM_FW_CFG_H

#include <pthread.h>
#include <stdint.h>

#include "base/bus.h"
#include "base/part.h"

/* The selector port; the data port is the next one. */
#define FW_CFG_PORT 0x510

enum fw_cfg_key {
	FW_CFG_SIGNATURE = 0x00,
	/* 4 bytes: which interfaces exist. */
	FW_CFG_ID = 0x01,
	/* 8 bytes: the size of the memory. */
	FW_CFG_RAM_SIZE = 0x03,
	/* 2 bytes each: how many processors run, and how many could. */
	FW_CFG_NB_CPUS = 0x05,
	FW_CFG_MAX_CPUS = 0x0f,
};

struct fw_cfg {
	struct bus_range range;
	uint64_t ram_size;
	uint16_t n_cpus;
	pthread_mutex_t lock;
	/* Under the lock: the key, and how far its value has been read. */
	uint16_t key;
	uint8_t position;
};

/* Its values are the board's processors and memory. */
extern const struct part fw_cfg_part;

#endif
