/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/vpci.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/util.h"

/* Buffers: what to read, what to write. */
enum { OUT = DRIVER_DATA, IN = DRIVER_DATA + 65536, BUFFER = 64 };

/* --- the fake machine --------------------------------------------------- */

static int bell_add(void *arg, const struct doorbell *bell)
{
	struct vpci *v = arg;

	if (v->bells_fail) {
		v->bells_fail--;
		return -ENOSPC;
	}
	ck_assert_uint_lt(v->n_bells, VPCI_BELLS);
	v->bell[v->n_bells++] = *bell;
	return 0;
}

static void bell_remove(void *arg, const struct doorbell *bell)
{
	struct vpci *v = arg;
	unsigned i = 0;

	while (i < v->n_bells && memcmp(&v->bell[i], bell, sizeof(*bell)) != 0)
		i++;
	ck_assert_uint_lt(i, v->n_bells);
	v->bell[i] = v->bell[--v->n_bells];
}

static int message_add(void *arg, int fd)
{
	struct vpci *v = arg;
	int i = 0;

	if (v->messages_fail) {
		v->messages_fail--;
		return -ENOSPC;
	}
	while (v->message[i].used)
		i++;
	ck_assert_int_lt(i, VPCI_MESSAGES);
	v->message[i] = (struct vpci_message){ .fd = fd, .used = true };
	return i;
}

static void message_remove(void *arg, int handle, int fd)
{
	struct vpci *v = arg;

	ck_assert(v->message[handle].used);
	ck_assert_int_eq(v->message[handle].fd, fd);
	v->message[handle].used = false;
}

static int message_route(void *arg, int handle, uint64_t addr, uint32_t data)
{
	struct vpci *v = arg;
	struct vpci_message *m = &v->message[handle];

	ck_assert(m->used);
	m->addr = addr;
	m->data = data;
	m->routed = addr >> 20 == 0xfee;
	return m->routed ? 0 : -EINVAL;
}

static const struct doorbell_ops bells = { bell_add, bell_remove };
static const struct msi_ops messages = { message_add, message_remove,
					 message_route };

static void init_machine(struct vpci *v)
{
	bus_init(&v->port, "port");
	bus_init(&v->mmio, "mmio");
	ck_assert_int_eq(
		bus_reserve(&v->mmio, &v->ram_range, 0, DRIVER_RAM, "RAM"), 0);
	ck_assert_int_eq(bus_reserve(&v->mmio, &v->apic_range, 0xfec00000,
				     0x1400000, "APIC"),
			 0);
	ck_assert_int_eq(pci_bus_init(&v->pci, &v->port, &v->mmio, VPCI_ECAM),
			 0);
	ck_assert_int_eq(irq_line_init(&v->line), 0);
	v->host = (struct pci_host){
		.pci = &v->pci,
		.port = &v->port,
		.mmio = &v->mmio,
		.port_window = { VPCI_PORT, 0x10000 },
		.mmio_window = { VPCI_MMIO, 0xe0000000 },
		.doorbells = &bells,
		.doorbells_arg = v,
		.msi = &messages,
		.msi_arg = v,
	};
}

void vpci_init(struct vpci *v, const struct virtio_pci_options *options)
{
	static const struct virtio_pci_options packed = { .packed = true };
	uint8_t *ram = driver_ram();

	ck_assert_ptr_nonnull(ram);
	*v = (struct vpci){
		.mem = { .region = { { 0, DRIVER_RAM, ram } },
			 .n_regions = 1,
			 .size = DRIVER_RAM },
		.guest_ram = ram,
	};
	init_machine(v);
	echo_init(&v->echo);
	ck_assert_int_eq(virtio_pci_init(&v->vp, &v->echo.dev, &v->host,
					 VPCI_DEVFN, &v->mem, &v->line,
					 VPCI_GSI, options ? options : &packed),
			 0);
	vpci_find(v);
}

void vpci_free(struct vpci *v)
{
	virtio_pci_free(&v->vp);
	echo_free(&v->echo);
	ck_assert_uint_eq(v->n_bells, 0);
	for (unsigned i = 0; i < VPCI_MESSAGES; i++)
		ck_assert(!v->message[i].used);
	for (unsigned i = 0; i < ECHO_QUEUES; i++)
		driver_free(&v->d[i]);
	munmap(v->guest_ram, DRIVER_RAM);
	irq_line_free(&v->line);
	pci_bus_free(&v->pci, &v->port, &v->mmio);
	bus_free(&v->port);
	bus_free(&v->mmio);
}

/* --- configuration space ------------------------------------------------ */

uint32_t vpci_config(struct vpci *v, unsigned reg, unsigned size)
{
	return (uint32_t)bus_read(
		&v->mmio, VPCI_ECAM + PCI_CONFIG_ADDRESS(VPCI_DEVFN) + reg,
		size);
}

void vpci_set_config(struct vpci *v, unsigned reg, unsigned size,
		     uint32_t value)
{
	bus_write(&v->mmio, VPCI_ECAM + PCI_CONFIG_ADDRESS(VPCI_DEVFN) + reg,
		  size, value);
}

void vpci_set_command(struct vpci *v, uint16_t set, uint16_t clear)
{
	uint32_t command = vpci_config(v, PCI_COMMAND, 2);

	vpci_set_config(v, PCI_COMMAND, 2, (command | set) & ~(uint32_t)clear);
}

unsigned vpci_capability(struct vpci *v, uint8_t id, uint8_t type)
{
	unsigned at = vpci_config(v, PCI_CAPABILITY_LIST, 1);

	for (unsigned hops = 0; at; hops++) {
		ck_assert_uint_lt(hops, VPCI_HOPS);
		ck_assert_uint_eq(at % 4, 0);
		if (vpci_config(v, at, 1) == id &&
		    (id != PCI_CAP_ID_VNDR ||
		     vpci_config(v, at + VIRTIO_PCI_CAP_CFG_TYPE, 1) == type))
			return at;
		at = vpci_config(v, at + PCI_CAP_LIST_NEXT, 1);
	}
	return 0;
}

uint64_t vpci_bar(struct vpci *v, unsigned i)
{
	unsigned reg = PCI_BASE_ADDRESS_0 + 4 * i;
	uint64_t bar = vpci_config(v, reg, 4);

	if (bar & PCI_BASE_ADDRESS_SPACE_IO)
		return bar & ~UINT64_C(3);
	if (bar & PCI_BASE_ADDRESS_MEM_TYPE_64)
		bar |= (uint64_t)vpci_config(v, reg + 4, 4) << 32;
	return bar & ~UINT64_C(15);
}

static uint64_t structure(struct vpci *v, uint8_t type)
{
	unsigned cap = vpci_capability(v, PCI_CAP_ID_VNDR, type);

	ck_assert_uint_ne(cap, 0);
	return vpci_bar(v, vpci_config(v, cap + VIRTIO_PCI_CAP_BAR, 1)) +
	       vpci_config(v, cap + VIRTIO_PCI_CAP_OFFSET, 4);
}

void vpci_find(struct vpci *v)
{
	unsigned cap =
		vpci_capability(v, PCI_CAP_ID_VNDR, VIRTIO_PCI_CAP_NOTIFY_CFG);

	v->common = structure(v, VIRTIO_PCI_CAP_COMMON_CFG);
	v->notify = structure(v, VIRTIO_PCI_CAP_NOTIFY_CFG);
	v->isr = structure(v, VIRTIO_PCI_CAP_ISR_CFG);
	v->device = structure(v, VIRTIO_PCI_CAP_DEVICE_CFG);
	v->notify_multiplier =
		vpci_config(v, cap + VIRTIO_PCI_NOTIFY_CAP_MULT, 4);
}

/* --- the driver --------------------------------------------------------- */

uint32_t vpci_get(struct vpci *v, unsigned reg, unsigned size)
{
	return (uint32_t)bus_read(&v->mmio, v->common + reg, size);
}

void vpci_set(struct vpci *v, unsigned reg, unsigned size, uint32_t value)
{
	bus_write(&v->mmio, v->common + reg, size, value);
}

uint8_t vpci_status(struct vpci *v)
{
	return (uint8_t)vpci_get(v, VIRTIO_PCI_COMMON_STATUS, 1);
}

void vpci_set_status(struct vpci *v, uint8_t status)
{
	vpci_set(v, VIRTIO_PCI_COMMON_STATUS, 1, status);
}

uint64_t vpci_offered(struct vpci *v)
{
	uint64_t features;

	vpci_set(v, VIRTIO_PCI_COMMON_DFSELECT, 4, 1);
	features = (uint64_t)vpci_get(v, VIRTIO_PCI_COMMON_DF, 4) << 32;
	vpci_set(v, VIRTIO_PCI_COMMON_DFSELECT, 4, 0);
	return features | vpci_get(v, VIRTIO_PCI_COMMON_DF, 4);
}

void vpci_accept(struct vpci *v, uint64_t features)
{
	for (unsigned i = 0; i < 2; i++) {
		vpci_set(v, VIRTIO_PCI_COMMON_GFSELECT, 4, i);
		vpci_set(v, VIRTIO_PCI_COMMON_GF, 4,
			 (uint32_t)(features >> 32 * i));
	}
}

void vpci_write(struct vpci *v, bool port, uint64_t addr, unsigned size,
		uint32_t value)
{
	uint64_t one = 1;

	for (unsigned i = 0; i < v->n_bells; i++) {
		const struct doorbell *b = &v->bell[i];

		if (b->addr != addr || b->port != port ||
		    (b->size && b->size != size) ||
		    (b->match && b->value != value))
			continue;
		ck_assert_int_eq(write(b->fd, &one, sizeof(one)), sizeof(one));
		return;
	}
	bus_write(port ? &v->port : &v->mmio, addr, size, value);
}

void vpci_kick(struct vpci *v, unsigned queue)
{
	uint32_t off;

	vpci_set(v, VIRTIO_PCI_COMMON_Q_SELECT, 2, queue);
	off = vpci_get(v, VIRTIO_PCI_COMMON_Q_NOFF, 2);
	vpci_write(v, false, v->notify + off * v->notify_multiplier, 2, queue);
}

static uint64_t features_of(unsigned mode)
{
	return BIT64(VIRTIO_F_VERSION_1) | BIT64(VIRTIO_F_RING_RESET) |
	       BIT64(ECHO_F_BASE) |
	       (mode & VPCI_PACKED ? BIT64(VIRTIO_F_RING_PACKED) : 0) |
	       (mode & VPCI_EVENT_IDX ? BIT64(VIRTIO_RING_F_EVENT_IDX) : 0) |
	       (mode & VPCI_INDIRECT ? BIT64(VIRTIO_RING_F_INDIRECT_DESC) : 0);
}

void vpci_negotiate(struct vpci *v, unsigned mode)
{
	v->mode = mode;
	vpci_set_status(v, 0);
	ck_assert_uint_eq(vpci_status(v), 0);
	vpci_set_status(v, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	vpci_set_status(v,
			VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	vpci_accept(v, features_of(mode));
	vpci_set_status(v,
			VPCI_ALL_STATUS & (uint8_t)~VIRTIO_CONFIG_S_DRIVER_OK);
	ck_assert_uint_eq(vpci_status(v) & VIRTIO_CONFIG_S_FEATURES_OK,
			  VIRTIO_CONFIG_S_FEATURES_OK);
}

static void set_address(struct vpci *v, unsigned reg, uint64_t addr)
{
	vpci_set(v, reg, 4, (uint32_t)addr);
	vpci_set(v, reg + 4, 4, (uint32_t)(addr >> 32));
}

void vpci_set_up_queue(struct vpci *v, unsigned queue)
{
	uint64_t at = (queue + 1) * UINT64_C(0x80000);
	struct vq_config cfg = {
		.desc = at,
		.driver = at + 0x10000,
		.device = at + 0x20000,
		.packed = v->mode & VPCI_PACKED,
		.event_idx = v->mode & VPCI_EVENT_IDX,
		.indirect = v->mode & VPCI_INDIRECT,
	};
	uint8_t *ram = v->guest_ram;

	vpci_set(v, VIRTIO_PCI_COMMON_Q_SELECT, 2, queue);
	cfg.size = (uint16_t)vpci_get(v, VIRTIO_PCI_COMMON_Q_SIZE, 2);
	driver_free(&v->d[queue]);
	driver_init(&v->d[queue], &cfg,
		    cfg.indirect ? DRIVER_INDIRECT : DRIVER_DIRECT, ram, 0);
	v->d[queue].tables += 0x10000 * queue;
	set_address(v, VIRTIO_PCI_COMMON_Q_DESCLO, cfg.desc);
	set_address(v, VIRTIO_PCI_COMMON_Q_AVAILLO, cfg.driver);
	set_address(v, VIRTIO_PCI_COMMON_Q_USEDLO, cfg.device);
	vpci_set(v, VIRTIO_PCI_COMMON_Q_ENABLE, 2, 1);
	ck_assert_uint_eq(vpci_get(v, VIRTIO_PCI_COMMON_Q_ENABLE, 2), 1);
}

void vpci_start(struct vpci *v, unsigned mode)
{
	vpci_negotiate(v, mode);
	if (mode & VPCI_MSIX)
		vpci_enable_msix(v);
	for (unsigned i = 0; i < ECHO_QUEUES; i++) {
		vpci_set_up_queue(v, i);
		vpci_set(v, VIRTIO_PCI_COMMON_Q_MSIX, 2, i + 1);
	}
	vpci_set(v, VIRTIO_PCI_COMMON_MSIX, 2, 0);
	vpci_set_status(v, VPCI_ALL_STATUS);
	ck_assert_uint_eq(vpci_status(v), VPCI_ALL_STATUS);
}

/* --- interrupts --------------------------------------------------------- */

uint32_t vpci_table(struct vpci *v, unsigned vector, unsigned field)
{
	return (uint32_t)bus_read(
		&v->mmio, vpci_bar(v, VPCI_BAR_MSIX) + 16 * vector + field, 4);
}

void vpci_set_table(struct vpci *v, unsigned vector, unsigned field,
		    uint32_t value)
{
	bus_write(&v->mmio, vpci_bar(v, VPCI_BAR_MSIX) + 16 * vector + field, 4,
		  value);
}

uint32_t vpci_pending(struct vpci *v)
{
	unsigned cap = vpci_capability(v, PCI_CAP_ID_MSIX, 0);
	uint32_t pba = vpci_config(v, cap + PCI_MSIX_PBA, 4);

	return (uint32_t)bus_read(&v->mmio, vpci_bar(v, pba & 7) + (pba & ~7u),
				  4);
}

void vpci_enable_msix(struct vpci *v)
{
	unsigned cap = vpci_capability(v, PCI_CAP_ID_MSIX, 0);

	vpci_set_config(v, cap + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE);
	for (unsigned i = 0; i < VPCI_VECTORS; i++) {
		vpci_set_table(v, i, PCI_MSIX_ENTRY_LOWER_ADDR, VPCI_MSI(i));
		vpci_set_table(v, i, PCI_MSIX_ENTRY_UPPER_ADDR, 0);
		vpci_set_table(v, i, PCI_MSIX_ENTRY_DATA, 0x40 + i);
		vpci_set_table(v, i, PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
	}
}

static uint64_t take_count(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

uint64_t vpci_messages(struct vpci *v, unsigned vector)
{
	return take_count(v->message[vector].fd);
}

uint64_t vpci_pulses(struct vpci *v)
{
	return take_count(v->line.assert_fd);
}

static void await(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	ck_assert_int_eq(poll(&p, 1, 60000), 1);
}

void vpci_await_message(struct vpci *v, unsigned vector)
{
	await(v->message[vector].fd);
}

void vpci_await_pulse(struct vpci *v)
{
	await(v->line.assert_fd);
}

uint64_t vpci_interrupts(struct vpci *v, int event)
{
	return v->mode & VPCI_MSIX ? vpci_messages(v, (unsigned)(event + 1)) :
				     vpci_pulses(v);
}

void vpci_await_interrupt(struct vpci *v, int event)
{
	if (v->mode & VPCI_MSIX)
		vpci_await_message(v, (unsigned)(event + 1));
	else
		vpci_await_pulse(v);
}

/* --- buffers ------------------------------------------------------------ */

void vpci_lend(struct vpci *v, unsigned queue, uint8_t byte, bool kick)
{
	const struct driver_seg seg[] = {
		{ OUT + 256 * queue, BUFFER, false },
		{ IN + 256 * queue, BUFFER, true },
	};
	uint8_t *ram = v->guest_ram;

	memset(ram + seg[0].addr, byte, BUFFER);
	memset(ram + seg[1].addr, 0, BUFFER);
	ck_assert(driver_lend(&v->d[queue], seg, 2, byte));
	driver_publish(&v->d[queue]);
	if (kick)
		vpci_kick(v, queue);
}

void vpci_take(struct vpci *v, unsigned queue, uint8_t byte)
{
	const uint8_t *in = v->guest_ram + IN + 256 * queue;
	bool echo = queue == ECHO_QUEUE;
	struct driver_used used;

	while (!driver_get(&v->d[queue], &used))
		usleep(100);
	ck_assert_uint_eq(used.cookie, byte);
	ck_assert_uint_eq(used.len, echo ? BUFFER : 0);
	for (unsigned i = 0; i < BUFFER; i++)
		ck_assert_uint_eq(in[i], echo ? byte : 0);
}

void vpci_echo(struct vpci *v, uint8_t byte)
{
	vpci_lend(v, ECHO_QUEUE, byte, true);
	vpci_take(v, ECHO_QUEUE, byte);
}
