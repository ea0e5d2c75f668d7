/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_virtio_pci.c - libFuzzer harness: a virtio device on a PCI bus, with
 * its worker thread, and one or two vCPUs that access it as the input says
 *
 * An input is a byte of options and then accesses of 8 bytes each: to the
 * header by ECAM or ports, to registers wherever they are at the time, to any
 * address at all, to memory.  Two of them are shorthands without which little
 * would be reached: a driver's whole initialisation, and a buffer made
 * available.  With the RACE option a second vCPU makes the same accesses from
 * the last to the first.
 *
 * Whatever they do: a reset then ends, the device can be initialised again,
 * and works.  An input is an object's whole life, so it can be repeated.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/virtio_pci.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "devices/virtio/virtio_pci.h"
#include "tests/echo.h"
#include "vmm/irq.h"
#include "vmm/log.h"
#include "vmm/mem.h"
#include "vmm/util.h"

enum {
	RAM = 65536,
	DEVFN = 8,
	ACCESSES_MAX = 256,
	DATA = 0x8000,
};

#define ECAM  UINT64_C(0xe8000000)
#define MMIO  UINT64_C(0xc0000000)
#define PORTS 0xc000

enum option { PACKED = 1, IN_ORDER = 2, TRANSITIONAL = 4, RACE = 8 };

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
	TARGETS,
};

struct access {
	uint8_t target;
	/* Bits 0, 1: the size's logarithm; bit 2: a write. */
	uint8_t how;
	uint16_t offset;
	uint32_t value;
};

struct machine {
	struct bus port, mmio;
	struct bus_range ram_range, apic_range;
	struct pci_bus pci;
	struct pci_host host;
	struct irq_line line;
	struct mem mem;
	struct echo echo;
	struct virtio_pci vp;
	int messages;
	const struct access *access;
	size_t n_accesses;
};

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* Half the doorbells are refused, so kicks go both ways. */
static int bell_add(void *arg, const struct doorbell *bell)
{
	(void)arg;
	return bell->addr & 4 ? -ENOSPC : 0;
}

static void bell_remove(void *arg, const struct doorbell *bell)
{
	(void)arg;
	must(!(bell->addr & 4));
}

static int message_add(void *arg, int fd)
{
	struct machine *m = arg;

	must(fd >= 0);
	return m->messages++;
}

static void message_remove(void *arg, int handle, int fd)
{
	(void)arg;
	(void)handle;
	must(fd >= 0);
}

static int message_route(void *arg, int handle, uint64_t addr, uint32_t data)
{
	struct machine *m = arg;

	(void)data;
	must(handle < m->messages);
	return addr >> 20 == 0xfee ? 0 : -EINVAL;
}

static void build(struct machine *m, uint8_t options)
{
	static const struct doorbell_ops bells = { bell_add, bell_remove };
	static const struct msi_ops messages = { message_add, message_remove,
						 message_route };
	const struct virtio_pci_options vp = {
		.packed = options & PACKED,
		.in_order = options & IN_ORDER,
		.transitional = options & TRANSITIONAL,
	};

	bus_init(&m->port, "port");
	bus_init(&m->mmio, "mmio");
	must(!bus_reserve(&m->mmio, &m->ram_range, 0, RAM, "RAM"));
	must(!bus_reserve(&m->mmio, &m->apic_range, 0xfec00000, 0x1400000,
			  "APIC"));
	must(!pci_bus_init(&m->pci, &m->port, &m->mmio, ECAM));
	must(!irq_line_init(&m->line));
	m->host = (struct pci_host){ .pci = &m->pci,
				     .port = &m->port,
				     .mmio = &m->mmio,
				     .port_window = { PORTS, 0x10000 },
				     .mmio_window = { MMIO, 0xd0000000 },
				     .doorbells = &bells,
				     .msi = &messages,
				     .msi_arg = m };
	echo_init(&m->echo);
	must(!virtio_pci_init(&m->vp, &m->echo.dev, &m->host, DEVFN, &m->mem,
			      &m->line, 11, &vp));
}

static void take_apart(struct machine *m)
{
	virtio_pci_free(&m->vp);
	echo_free(&m->echo);
	irq_line_free(&m->line);
	pci_bus_free(&m->pci, &m->port, &m->mmio);
	bus_free(&m->port);
	bus_free(&m->mmio);
}

/* Where BAR @i is, or was last. */
static uint64_t bar(struct machine *m, unsigned i)
{
	uint64_t base;

	pthread_mutex_lock(&m->vp.function.lock);
	base = m->vp.bars.bar[i].range.base;
	pthread_mutex_unlock(&m->vp.function.lock);
	return base;
}

static void reg(struct machine *m, unsigned at, unsigned size, uint32_t value)
{
	bus_write(&m->mmio, bar(m, 4) + at, size, value);
}

static void header(struct machine *m, unsigned at, unsigned size,
		   uint32_t value)
{
	bus_write(&m->mmio, ECAM + PCI_CONFIG_ADDRESS(DEVFN) + at, size, value);
}

/* A driver's initialisation, of a split queue of 8 at page 1 of memory, or a
 * packed one. */
static void start(struct machine *m, bool packed)
{
	reg(m, VIRTIO_PCI_COMMON_STATUS, 1, 0);
	reg(m, VIRTIO_PCI_COMMON_STATUS, 1, 3);
	reg(m, VIRTIO_PCI_COMMON_GFSELECT, 4, 0);
	reg(m, VIRTIO_PCI_COMMON_GF, 4, 0);
	reg(m, VIRTIO_PCI_COMMON_GFSELECT, 4, 1);
	reg(m, VIRTIO_PCI_COMMON_GF, 4,
	    BIT(VIRTIO_F_VERSION_1 - 32) | BIT(VIRTIO_F_RING_RESET - 32) |
		    (packed ? BIT(VIRTIO_F_RING_PACKED - 32) : 0));
	reg(m, VIRTIO_PCI_COMMON_STATUS, 1, 11);
	for (uint32_t q = 0; q < ECHO_QUEUES; q++) {
		reg(m, VIRTIO_PCI_COMMON_Q_SELECT, 2, q);
		reg(m, VIRTIO_PCI_COMMON_Q_SIZE, 2, 8);
		for (uint32_t i = 0; i < 3; i++) {
			reg(m, VIRTIO_PCI_COMMON_Q_DESCLO + 8 * i, 4,
			    0x1000 * (1 + 3 * q + i));
			reg(m, VIRTIO_PCI_COMMON_Q_DESCHI + 8 * i, 4, 0);
		}
		reg(m, VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
	}
	reg(m, VIRTIO_PCI_COMMON_STATUS, 1, 15);
}

static void put(struct machine *m, uint32_t at, const void *from, size_t len)
{
	uint8_t *ram = mem_at(&m->mem, at, len);

	/* Byte by byte and atomic: the device reads at the same time. */
	for (size_t i = 0; i < len; i++)
		__atomic_store_n(ram + i, ((const uint8_t *)from)[i],
				 __ATOMIC_RELAXED);
}

/* In split queue @q, its @n-th buffer: one segment of 64 bytes to write. */
static void lend(struct machine *m, uint32_t q, uint16_t n)
{
	const struct {
		uint64_t addr;
		uint32_t len;
		uint16_t flags, next;
	} desc = { DATA, 64, 2, 0 };
	uint32_t ring = 0x1000 * (1 + 3 * q);
	const uint16_t head = 0, index = (uint16_t)(n + 1);

	put(m, ring, &desc, sizeof(desc));
	put(m, ring + 0x1000 + 4 + 2 * (n % 8u), &head, sizeof(head));
	put(m, ring + 0x1002, &index, sizeof(index));
	reg(m, VIRTIO_PCI_COMMON_Q_SELECT, 2, q);
	bus_write(&m->mmio, bar(m, 4) + 0x3000 + 4 * q, 2, q);
	virtio_config_begin(&m->echo.dev);
	virtio_config_end(&m->echo.dev, n & 1);
	must(write(m->echo.queue[q].doorbell, &(uint64_t){ 1 }, 8) == 8);
}

static void end_of_interrupt(struct machine *m)
{
	must(write(m->line.resample_fd, &(uint64_t){ 1 }, 8) == 8);
	irq_line_resample(&m->line);
}

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
static void by_ports(struct machine *m, const struct access *a)
{
	uint32_t at = a->offset & 0xffu;

	bus_write(&m->port, 0xcf8, 4, BIT(31) | DEVFN << 8 | (at & 0xfc));
	on_bus(&m->port, 0xcfc + (at & 3), a);
}

static void make_access(struct machine *m, const struct access *a)
{
	switch (a->target % TARGETS) {
	case COMMON:
	case ISR:
	case DEVICE:
	case NOTIFY:
		on_bus(&m->mmio,
		       bar(m, 4) + 0x1000u * (a->target % TARGETS) +
			       (a->offset & 0x3f),
		       a);
		break;
	case MSIX:
		on_bus(&m->mmio, bar(m, 1) + (a->offset & 0xfff), a);
		break;
	case LEGACY:
		on_bus(&m->port, bar(m, 0) + (a->offset & 0x3f), a);
		break;
	case HEADER:
		on_bus(&m->mmio,
		       ECAM + PCI_CONFIG_ADDRESS(DEVFN) + (a->offset & 0x1ff),
		       a);
		break;
	case CONFIG_PORTS:
		by_ports(m, a);
		break;
	case ANY_MEMORY:
		on_bus(&m->mmio, (uint64_t)a->offset << 16, a);
		break;
	case ANY_PORT:
		on_bus(&m->port, a->offset, a);
		break;
	case GUEST_RAM:
		put(m, a->offset % (RAM - 4), &a->value, 4);
		break;
	case START:
		start(m, a->how & 1);
		break;
	case LEND:
		lend(m, a->how & 1, a->offset);
		break;
	case FAIL:
		echo_fail(&m->echo);
		break;
	case CONFIGURE:
		echo_configure(&m->echo, a->offset % ECHO_CONFIG,
			       (uint8_t)a->value);
		break;
	default:
		end_of_interrupt(m);
		break;
	}
}

static void *second_vcpu(void *arg)
{
	struct machine *m = arg;

	for (size_t i = m->n_accesses; i--;)
		make_access(m, &m->access[i]);
	return NULL;
}

/* The device is none the worse for it. */
static void use_again(struct machine *m)
{
	uint8_t *ram = m->mem.region[0].host;
	const uint16_t *used = (const uint16_t *)(ram + 0x3002);

	header(m, PCI_BASE_ADDRESS_4, 4, 0xc8000000);
	header(m, PCI_BASE_ADDRESS_5, 4, 0);
	header(m, PCI_COMMAND, 2, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	reg(m, VIRTIO_PCI_COMMON_STATUS, 1, 0);
	must(!bus_read(&m->mmio, 0xc8000000 + VIRTIO_PCI_COMMON_STATUS, 1));
	memset(ram, 0, RAM);
	__atomic_store_n(&m->echo.fail, false, __ATOMIC_RELAXED);
	start(m, false);
	lend(m, ECHO_QUEUE, 0);
	while (__atomic_load_n(used, __ATOMIC_ACQUIRE) != 1)
		sched_yield();
	must(bus_read(&m->mmio, 0xc8000000 + VIRTIO_PCI_COMMON_STATUS, 1) ==
	     15);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_set_level(LOG_ERR);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct access accesses[ACCESSES_MAX];
	static uint8_t ram[RAM] __attribute__((aligned(4096)));
	static struct machine m;
	pthread_t thread;

	if (size < 1)
		return 0;
	memset(ram, 0, sizeof(ram));
	m = (struct machine){
		.mem = { .region = { { 0, RAM, ram } },
			 .n_regions = 1,
			 .size = RAM },
		.access = accesses,
		.n_accesses = MIN((size - 1) / sizeof(*accesses),
				  (size_t)ACCESSES_MAX),
	};
	memcpy(accesses, data + 1, m.n_accesses * sizeof(*accesses));
	build(&m, data[0]);
	if (data[0] & RACE)
		must(!pthread_create(&thread, NULL, second_vcpu, &m));
	for (size_t i = 0; i < m.n_accesses; i++)
		make_access(&m, &accesses[i]);
	if (data[0] & RACE)
		pthread_join(thread, NULL);
	use_again(&m);
	take_apart(&m);
	return 0;
}
