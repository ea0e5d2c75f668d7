/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_virtio_pci.c - libFuzzer harness: a virtio device on a PCI bus, and
 * accesses to all of it as the input says
 *
 * An input is a byte of options and then accesses of 8 bytes each: to the
 * header by ECAM or ports, to registers wherever they are at the time, to any
 * address at all, to memory.  Some are shorthands without which little would
 * be reached: a driver's whole initialisation, a buffer made available, and
 * what the device does.  In some inputs the device has a thread of its own,
 * and a second vCPU makes the same accesses, from the last to the first and
 * over again.
 *
 * Whatever they do: a reset then ends, the device can be initialised again,
 * and works.  An input is an object's whole life, so it can be repeated.
 */
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/util.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/pci_machine.h"
#include "tests/fuzz/racer.h"

enum {
	ACCESSES_MAX = 128,
	/* Of a queue that start() sets up. */
	SIZE = 8,
	DATA = 0x8000,
	/* Where use_again() has those in memory. */
	BAR_1 = 0x20000000,
	BAR_4 = 0x30000000,
	RACE_ONE_IN = 512,
	RACE_ROUNDS = 8,
};

enum option { PACKED = 1, IN_ORDER = 2, TRANSITIONAL = 4 };

enum target {
	/* One per structure of BAR 4. */
	COMMON,
	ISR,
	DEVICE,
	NOTIFY,
	MSIX,
	LEGACY,
	HEADER,
	CONFIG_PORTS,
	ANY_MEMORY,
	ANY_PORT,
	GUEST_RAM,
	START,
	LEND,
	FAIL,
	CONFIGURE,
	END_OF_INTERRUPT,
	SERVE,
	GIVE_BACK,
	TARGETS,
};

struct access {
	uint8_t target;
	/* Bits 0, 1: the size's logarithm; bit 2: a write. */
	uint8_t how;
	uint16_t offset;
	uint32_t value;
};

static struct {
	struct machine m;
	struct access access[ACCESSES_MAX];
	size_t n;
	bool packed;
	/* Buffers lent so far; atomic, relaxed: two vCPUs may be at it. */
	uint32_t n_lent[ECHO_QUEUES];
} f;

static void reg(unsigned at, unsigned size, uint32_t value)
{
	bus_write(&f.m.mmio, machine_bar(&f.m, 4) + at, size, value);
}

static uint32_t status(void)
{
	return (uint32_t)bus_read(
		&f.m.mmio, machine_bar(&f.m, 4) + VIRTIO_PCI_COMMON_STATUS, 1);
}

static uint64_t header_at(unsigned at)
{
	return MACHINE_ECAM + PCI_CONFIG_ADDRESS(MACHINE_DEVFN) + at;
}

/* --- a driver's shorthands ---------------------------------------------- */

static void accept(uint64_t features)
{
	for (uint32_t i = 0; i < 2; i++) {
		reg(VIRTIO_PCI_COMMON_GFSELECT, 4, i);
		reg(VIRTIO_PCI_COMMON_GF, 4, (uint32_t)(features >> 32 * i));
	}
}

static void set_up_queue(uint32_t q)
{
	reg(VIRTIO_PCI_COMMON_Q_SELECT, 2, q);
	reg(VIRTIO_PCI_COMMON_Q_SIZE, 2, SIZE);
	for (uint32_t i = 0; i < 3; i++) {
		reg(VIRTIO_PCI_COMMON_Q_DESCLO + 8 * i, 4,
		    0x1000 * (1 + 3 * q + i));
		reg(VIRTIO_PCI_COMMON_Q_DESCHI + 8 * i, 4, 0);
	}
	reg(VIRTIO_PCI_COMMON_Q_MSIX, 2, q + 1);
	reg(VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
	__atomic_store_n(&f.n_lent[q], 0, __ATOMIC_RELAXED);
}

/* Every vector's message, and MSI-X on. */
static void enable_msix(void)
{
	uint64_t table = machine_bar(&f.m, 1);

	for (uint32_t i = 0; i <= ECHO_QUEUES; i++, table += 16) {
		bus_write(&f.m.mmio, table, 4, 0xfee00000);
		bus_write(&f.m.mmio, table + 8, 4, 0x40 + i);
		bus_write(&f.m.mmio, table + 12, 4, 0);
	}
	bus_write(&f.m.mmio, header_at(f.m.vp.msix.capability + PCI_MSIX_FLAGS),
		  2, PCI_MSIX_FLAGS_ENABLE);
}

/* A driver's initialisation, its rings from page 1 of memory on.  Bits of
 * @how choose what it agrees to, and how it is interrupted. */
static void start(unsigned how)
{
	uint64_t features =
		BIT64(VIRTIO_F_VERSION_1) | BIT64(VIRTIO_F_RING_RESET);

	if (f.packed)
		features |= BIT64(VIRTIO_F_RING_PACKED);
	if (how & 1)
		features |= BIT64(VIRTIO_RING_F_EVENT_IDX);
	if (how & 2)
		features |= BIT64(VIRTIO_RING_F_INDIRECT_DESC);
	reg(VIRTIO_PCI_COMMON_STATUS, 1, 0);
	if (!f.m.threaded)
		machine_settle(&f.m);
	reg(VIRTIO_PCI_COMMON_STATUS, 1, 3);
	accept(features);
	reg(VIRTIO_PCI_COMMON_STATUS, 1, 11);
	for (uint32_t q = 0; q < ECHO_QUEUES; q++)
		set_up_queue(q);
	reg(VIRTIO_PCI_COMMON_MSIX, 2, 0);
	if (how & 4)
		enable_msix();
	reg(VIRTIO_PCI_COMMON_STATUS, 1, 15);
}

static void put(uint32_t at, const void *from, size_t len)
{
	uint8_t *ram = mem_at(&f.m.mem, at, len);

	/* Byte by byte and atomic: the device reads at the same time. */
	for (size_t i = 0; i < len; i++)
		__atomic_store_n(ram + i, ((const uint8_t *)from)[i],
				 __ATOMIC_RELAXED);
}

static void put_packed(uint32_t ring, uint32_t n)
{
	bool first_lap = !(n / SIZE & 1);
	const struct vring_packed_desc desc = {
		.addr = DATA,
		.len = 64,
		.flags = (uint16_t)(VRING_DESC_F_WRITE |
				    (first_lap ? 0x80 : 0x8000)),
	};

	put(ring + n % SIZE * sizeof(desc), &desc, sizeof(desc));
}

static void put_split(uint32_t ring, uint32_t n)
{
	const struct vring_desc desc = { DATA, 64, VRING_DESC_F_WRITE, 0 };
	const uint16_t head = 0, index = (uint16_t)(n + 1);

	put(ring, &desc, sizeof(desc));
	put(ring + 0x1000 + 4 + 2 * (n % SIZE), &head, sizeof(head));
	put(ring + 0x1002, &index, sizeof(index));
}

/* In queue @q as start() sets it up: one more buffer, of 64 bytes to write. */
static void lend(uint32_t q)
{
	uint32_t n = __atomic_fetch_add(&f.n_lent[q], 1, __ATOMIC_RELAXED);
	uint32_t ring = 0x1000 * (1 + 3 * q);

	if (f.packed)
		put_packed(ring, n);
	else
		put_split(ring, n);
	bus_write(&f.m.mmio, machine_bar(&f.m, 4) + 0x3000 + 4 * q, 2, q);
}

static void end_of_interrupt(void)
{
	check(write(f.m.line.resample_fd, &(uint64_t){ 1 }, 8) == 8);
	irq_line_resample(&f.m.line);
}

/* --- accesses ----------------------------------------------------------- */

static void on_bus(struct bus *bus, uint64_t at, const struct access *a)
{
	unsigned size = 1u << (a->how & 3);
	uint64_t value = a->value | (uint64_t)a->value << 32;

	if (a->how & 4)
		bus_write(bus, at, size, value);
	else
		bus_read(bus, at, size);
}

/* By ports 0xCF8 and 0xCFC. */
static void by_ports(const struct access *a)
{
	uint32_t at = a->offset & 0xffu;

	bus_write(&f.m.port, 0xcf8, 4,
		  BIT(31) | MACHINE_DEVFN << 8 | (at & 0xfc));
	on_bus(&f.m.port, 0xcfc + (at & 3), a);
}

static void by_device(enum target target, const struct access *a)
{
	struct machine *m = &f.m;

	switch (target) {
	case FAIL:
		echo_fail(&m->echo);
		break;
	case CONFIGURE:
		echo_configure(&m->echo, a->offset % ECHO_CONFIG,
			       (uint8_t)a->value);
		break;
	case SERVE:
		machine_serve(m, a->how & 1);
		break;
	case GIVE_BACK:
		machine_give_back(m, a->how & 1);
		break;
	default:
		end_of_interrupt();
		break;
	}
}

static void make_access(const struct access *a)
{
	enum target target = a->target % TARGETS;
	struct machine *m = &f.m;

	switch (target) {
	case COMMON:
	case ISR:
	case DEVICE:
	case NOTIFY:
		on_bus(&m->mmio,
		       machine_bar(m, 4) + 0x1000u * target +
			       (a->offset & 0x3f),
		       a);
		break;
	case MSIX:
		on_bus(&m->mmio, machine_bar(m, 1) + (a->offset & 0xfff), a);
		break;
	case LEGACY:
		on_bus(&m->port, machine_bar(m, 0) + (a->offset & 0x3f), a);
		break;
	case HEADER:
		on_bus(&m->mmio, header_at(a->offset & 0x1ff), a);
		break;
	case CONFIG_PORTS:
		by_ports(a);
		break;
	case ANY_MEMORY:
		on_bus(&m->mmio, (uint64_t)a->offset << 16, a);
		break;
	case ANY_PORT:
		on_bus(&m->port, a->offset, a);
		break;
	case GUEST_RAM:
		put(a->offset % (MACHINE_RAM - 4), &a->value, 4);
		break;
	case START:
		start(a->how);
		break;
	case LEND:
		lend(a->how & 1);
		break;
	default:
		by_device(target, a);
		break;
	}
}

static void second_vcpu(void *arg)
{
	(void)arg;
	for (size_t i = f.n; i--;)
		make_access(&f.access[i]);
}

static void first_vcpu(void)
{
	for (size_t i = 0; i < f.n; i++) {
		make_access(&f.access[i]);
		if (!f.m.threaded)
			machine_check(&f.m);
	}
}

/* --- the harness -------------------------------------------------------- */

static uint16_t used_index(void)
{
	const uint8_t *ring = f.m.ram + 0x1000, *used = f.m.ram + 0x3000;

	if (f.packed)
		return get_le16(ring + 14) & 0x8000 ? 1 : 0;
	return __atomic_load_n((const uint16_t *)used + 1, __ATOMIC_ACQUIRE);
}

/* The device is none the worse for it. */
static void use_again(void)
{
	struct machine *m = &f.m;

	bus_write(&m->mmio, header_at(PCI_BASE_ADDRESS_1), 4, BAR_1);
	bus_write(&m->mmio, header_at(PCI_BASE_ADDRESS_4), 4, BAR_4);
	bus_write(&m->mmio, header_at(PCI_BASE_ADDRESS_5), 4, 0);
	bus_write(&m->mmio, header_at(PCI_COMMAND), 2,
		  PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	check(machine_bar(m, 4) == BAR_4);
	reg(VIRTIO_PCI_COMMON_STATUS, 1, 0);
	if (!m->threaded)
		machine_settle(m);
	check(status() == 0);
	memset(m->ram, 0, MACHINE_RAM);
	__atomic_store_n(&m->echo.fail, false, __ATOMIC_RELAXED);
	start(0);
	check(status() == 15);
	lend(ECHO_QUEUE);
	if (!m->threaded)
		machine_serve(m, ECHO_QUEUE);
	while (m->threaded && used_index() != 1)
		sched_yield();
	check(used_index() == 1);
	check(status() == 15);
	reg(VIRTIO_PCI_COMMON_STATUS, 1, 0);
	if (!m->threaded)
		machine_settle(m);
	check(status() == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_set_level(LOG_ERR);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool race = race_wanted(data, size, RACE_ONE_IN);
	struct virtio_pci_options options;

	if (size < 1)
		return 0;
	f.packed = data[0] & PACKED;
	options = (struct virtio_pci_options){
		.packed = f.packed,
		.in_order = data[0] & IN_ORDER,
		.transitional = data[0] & TRANSITIONAL,
	};
	f.n = MIN((size - 1) / sizeof(*f.access), (size_t)ACCESSES_MAX);
	memcpy(f.access, data + 1, f.n * sizeof(*f.access));
	memset(f.n_lent, 0, sizeof(f.n_lent));
	machine_build(&f.m, race, &options);
	if (race)
		race_start(second_vcpu, NULL);
	for (unsigned i = 0; i < (race ? RACE_ROUNDS : 1); i++)
		first_vcpu();
	race_stop();
	use_again();
	machine_take_apart(&f.m);
	return 0;
}
