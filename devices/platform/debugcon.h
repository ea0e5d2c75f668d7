/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debugcon.h - the ports to which Bochs's and QEMU's guests print
 *
 * A byte written to 0xE9 (Bochs's "port E9 hack") or to 0x402 (SeaBIOS, OVMF
 * and GRUB) is shown; there is nothing to set up and no wait.  Reading either
 * port gives 0xE9, by which guests find out that it is there.
 *
 * Threads: accessed from any vCPU thread; the bytes of one thread stay in
 * order.  Never blocks: chardev_write() does not.
 */
#ifndef DEVICES_PLATFORM_DEBUGCON_H
#define DEVICES_PLATFORM_DEBUGCON_H

#include <stddef.h>
#include <stdint.h>

#include "base/bus.h"
#include "base/part.h"

struct chardev;

#define DEBUGCON_BOCHS	  0xe9
#define DEBUGCON_SEABIOS  0x402
#define DEBUGCON_READBACK 0xe9

struct debugcon_config {
	/* Where the bytes go; NULL: there is no debug console. */
	struct chardev *chardev;
	/* chardev_write() or chardev_write_aside(). */
	void (*show)(struct chardev *chardev, const uint8_t *buf, size_t len);
};

struct debugcon {
	struct bus_range bochs, seabios;
	struct debugcon_config config;
};

/*
 * Made from a struct debugcon_config, which is copied.  If another device has
 * one of the ports, that device keeps it.
 */
extern const struct part debugcon_part;

#endif
