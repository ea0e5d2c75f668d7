/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vpci.h - a machine without KVM around a virtio PCI device, and the driver's
 * way to its registers
 *
 * Everything goes the way a guest's accesses go: configuration space by ECAM,
 * structures where the capabilities say, doorbells and messages by whatever
 * the fake machine was told last.  Interrupts are read from eventfds.
 */
#ifndef TESTS_VPCI_H
#define TESTS_VPCI_H

#include <linux/pci_regs.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>

#include "base/irq.h"
#include "devices/virtio/virtio_pci.h"
#include "tests/driver.h"
#include "tests/echo.h"
#include "tests/unit.h"

enum {
	VPCI_DEVFN = 1 << 3,
	VPCI_GSI = 11,
	VPCI_BELLS = 16,
	VPCI_MESSAGES = 16,
	VPCI_VECTORS = ECHO_QUEUES + 1,
	/* Names of the BARs, as a test may rely on them. */
	VPCI_BAR_LEGACY = 0,
	VPCI_BAR_MSIX = 1,
	VPCI_BAR = 4,
	/* Lengths of chains of capabilities are bounded by this. */
	VPCI_HOPS = 48,
};

#define VPCI_ECAM     UINT64_C(0xe8000000)
#define VPCI_MMIO     UINT64_C(0xc0000000)
#define VPCI_PORT     0xc000
#define VPCI_MSI(cpu) (0xfee00000u | (cpu) << 12)
#define VPCI_ALL_STATUS                                                        \
	(VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |                \
	 VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK)

/* The ways a driver may set the device up.  A test that is added for
 * VPCI_MODES runs in each of them and finds its own in _i. */
enum vpci_mode {
	VPCI_PACKED = 1,
	VPCI_EVENT_IDX = 2,
	/* Buffers are in indirect tables. */
	VPCI_INDIRECT = 4,
	/* Without, interrupts come by the pin. */
	VPCI_MSIX = 8,
	VPCI_MODES = 16,
	/* Those that are about rings only. */
	VPCI_RING_MODES = 8,
};

/* An event that interrupts: a queue's, by number, or this one. */
enum { VPCI_CONFIG = -1 };

struct vpci {
	struct bus port, mmio;
	struct bus_range ram_range, apic_range;
	struct pci_bus pci;
	struct pci_host host;
	struct irq_line line;
	struct echo echo;
	struct virtio_pci vp;

	/* The fake machine's doorbells and messages. */
	struct doorbell bell[VPCI_BELLS];
	unsigned n_bells;
	struct vpci_message {
		uint64_t addr;
		uint32_t data;
		int fd;
		bool used, routed;
	} message[VPCI_MESSAGES];
	/* Fail the next so many of each. */
	unsigned bells_fail, messages_fail;

	struct mem mem;
	uint8_t *guest_ram;
	/* One per queue. */
	struct driver d[ECHO_QUEUES];
	/* Modern structures, found by vpci_find(). */
	uint64_t common, notify, isr, device, notify_multiplier;
	/* Of the driver that was last started. */
	unsigned mode;
};

/* With the echo device plugged in, @options as given (NULL: packed offered,
 * no others). */
void vpci_init(struct vpci *v, const struct virtio_pci_options *options);
void vpci_free(struct vpci *v);

/* Configuration space. */
uint32_t vpci_config(struct vpci *v, unsigned reg, unsigned size);
void vpci_set_config(struct vpci *v, unsigned reg, unsigned size,
		     uint32_t value);
void vpci_set_command(struct vpci *v, uint16_t set, uint16_t clear);
/* The place of a capability of @id, of virtio's @type if it is 9; 0: none. */
unsigned vpci_capability(struct vpci *v, uint8_t id, uint8_t type);
/* Where BAR @i decodes. */
uint64_t vpci_bar(struct vpci *v, unsigned i);
/* Look the structures up again, after a BAR has moved. */
void vpci_find(struct vpci *v);

/* Registers of the common structure, by VIRTIO_PCI_COMMON_*. */
uint32_t vpci_get(struct vpci *v, unsigned reg, unsigned size);
void vpci_set(struct vpci *v, unsigned reg, unsigned size, uint32_t value);
uint8_t vpci_status(struct vpci *v);
void vpci_set_status(struct vpci *v, uint8_t status);
uint64_t vpci_offered(struct vpci *v);
void vpci_accept(struct vpci *v, uint64_t features);
/* A write as KVM does it: a doorbell takes it, or the bus does. */
void vpci_write(struct vpci *v, bool port, uint64_t addr, unsigned size,
		uint32_t value);
/* A kick at the place the notify capability says. */
void vpci_kick(struct vpci *v, unsigned queue);

/* A driver's initialisation (3.1.1) by @mode, up to and with FEATURES_OK, and
 * the rest.  Vectors: 0 for the configuration, then one per queue. */
void vpci_negotiate(struct vpci *v, unsigned mode);
void vpci_set_up_queue(struct vpci *v, unsigned queue);
void vpci_start(struct vpci *v, unsigned mode);

/* MSI-X: enable it, with entry i sending data 0x40 + i to CPU i. */
void vpci_enable_msix(struct vpci *v);
uint32_t vpci_table(struct vpci *v, unsigned vector, unsigned field);
void vpci_set_table(struct vpci *v, unsigned vector, unsigned field,
		    uint32_t value);
uint32_t vpci_pending(struct vpci *v);

/* How many interrupts vector @i, or the pin, has had since last asked. */
uint64_t vpci_messages(struct vpci *v, unsigned vector);
uint64_t vpci_pulses(struct vpci *v);
/* Wait (long, if it must be) until one comes. */
void vpci_await_message(struct vpci *v, unsigned vector);
void vpci_await_pulse(struct vpci *v);
/* The same by event, whichever way the driver takes its interrupts; the pin is
 * for all of them. */
uint64_t vpci_interrupts(struct vpci *v, int event);
void vpci_await_interrupt(struct vpci *v, int event);

/* One echo: lend a buffer with @byte in it, kick, await the used buffer (by
 * polling the ring), check it. */
void vpci_echo(struct vpci *v, uint8_t byte);
/* The same in steps. */
void vpci_lend(struct vpci *v, unsigned queue, uint8_t byte, bool kick);
void vpci_take(struct vpci *v, unsigned queue, uint8_t byte);

#endif
