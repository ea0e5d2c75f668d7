/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/mainboard.h"

#include <assert.h>
#include <errno.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "firmware/acpi.h"
#include "vmm/kvm.h"

/* ---- Doorbells: writes that KVM turns into an eventfd's signal.  The vCPU
 * that rings goes on at once, without leaving the kernel. ---- */

/* Size 0 means any size: KVM then need not decode the instruction (possible
 * since Linux 4.4). */
static int request(const struct kvm *kvm, const struct doorbell *bell,
		   uint32_t flags)
{
	struct kvm_ioeventfd io = {
		.datamatch = bell->value,
		.addr = bell->addr,
		.len = bell->size,
		.fd = bell->fd,
		.flags = flags | (bell->port ? KVM_IOEVENTFD_FLAG_PIO : 0) |
			 (bell->match ? KVM_IOEVENTFD_FLAG_DATAMATCH : 0),
	};

	return ioctl(kvm->vm, KVM_IOEVENTFD, &io) < 0 ? -errno : 0;
}

static int doorbell_add(void *arg, const struct doorbell *bell)
{
	return request(arg, bell, 0);
}

static void doorbell_remove(void *arg, const struct doorbell *bell)
{
	request(arg, bell, KVM_IOEVENTFD_FLAG_DEASSIGN);
}

/* The argument is a struct kvm with a VM. */
static const struct doorbell_ops doorbell_ops = { doorbell_add,
						  doorbell_remove };

/* ---- The board. ---- */

static struct mainboard *of(struct board *board)
{
	return (struct mainboard *)((char *)board -
				    offsetof(struct mainboard, board));
}

static int wire_edge(void *arg, unsigned gsi, const struct irq *irq)
{
	return kvm_wire_irq(arg, gsi, irq);
}

static int wire_level(void *arg, unsigned gsi, const struct irq_line *line)
{
	return kvm_wire_irq_line(arg, gsi, line);
}

static void set_input(void *arg, unsigned gsi, bool level)
{
	kvm_set_line(arg, gsi, level);
}

void mainboard_init(struct mainboard *mainboard, struct kvm *kvm,
		    struct loop *loop, const struct power *power, unsigned cpus)
{
	static const struct board_inputs inputs = { wire_edge, wire_level,
						    set_input };
	struct mainboard *m = mainboard;

	*m = (struct mainboard){
		.board = { .mem = &m->mem,
			   .cpus = cpus,
			   .port = &m->port,
			   .mmio = &m->mmio,
			   .loop = loop,
			   .power = power,
			   .inputs = &inputs,
			   .inputs_arg = kvm,
			   .pci = &m->pci_host,
			   .pci_passed = &m->pci.passed,
			   .virtio = &m->virtio },
		.kvm = kvm,
	};
	bus_init(&m->port, "port");
	bus_init(&m->mmio, "mmio");
}

void mainboard_free(struct mainboard *mainboard)
{
	bus_free(&mainboard->mmio);
	bus_free(&mainboard->port);
}

/* Keep BARs away from the fixed addresses of devices in the kernel. */
static void reserve_addresses(struct mainboard *m)
{
	int err = 0;

	for (unsigned i = 0; i < m->mem.n_regions && !err; i++)
		err = bus_reserve(&m->mmio, &m->ram_range[i],
				  m->mem.region[i].gpa, m->mem.region[i].size,
				  "RAM");
	if (!err)
		err = bus_reserve(&m->mmio, &m->apic_range, ACPI_RESERVED_BASE,
				  ACPI_RESERVED_LEN, "interrupt controllers");
	assert(!err);
}

static int make_ram(void *self, struct board *board, const void *config)
{
	const uint64_t *size = config;
	struct mainboard *m = of(board);
	int err = mem_init(&m->mem, *size);

	(void)self;
	if (!err)
		reserve_addresses(m);
	return err;
}

static void drop_ram(void *self, struct board *board)
{
	(void)self;
	mem_free(&of(board)->mem);
}

const struct part ram_part = {
	.name = "memory",
	.make = make_ram,
	.drop = drop_ram,
};

static int make_kvm(void *self, struct board *board, const void *config)
{
	(void)self;
	(void)config;
	return kvm_vm_create(of(board)->kvm, board->mem);
}

static void drop_kvm(void *self, struct board *board)
{
	(void)self;
	kvm_vm_destroy(of(board)->kvm);
}

const struct part kvm_part = {
	.name = "KVM virtual machine",
	.make = make_kvm,
	.drop = drop_kvm,
};

static int make_routes(void *self, struct board *board, const void *config)
{
	struct mainboard *m = of(board);

	(void)self;
	(void)config;
	return kvm_msi_init(&m->msi, m->kvm);
}

static void drop_routes(void *self, struct board *board)
{
	(void)self;
	kvm_msi_free(&of(board)->msi);
}

const struct part routes_part = {
	.name = "interrupt routes",
	.make = make_routes,
	.drop = drop_routes,
};

static unsigned slot_gsi(unsigned slot)
{
	return ACPI_PCI_GSI(slot);
}

static int make_pci(void *self, struct board *board, const void *config)
{
	struct mainboard *m = of(board);

	(void)self;
	(void)config;
	m->pci_host = (struct pci_host){
		.pci = &m->pci,
		.port = &m->port,
		.mmio = &m->mmio,
		.port_window = { ACPI_PORT_BASE,
				 ACPI_PORT_BASE + ACPI_PORT_LEN },
		.mmio_window = { ACPI_MMIO_BASE,
				 ACPI_MMIO_BASE + ACPI_MMIO_LEN },
		.doorbells = &doorbell_ops,
		.doorbells_arg = m->kvm,
		.msi = &kvm_msi_ops,
		.msi_arg = &m->msi,
		.slot_gsi = slot_gsi,
	};
	return pci_bus_init(&m->pci, &m->port, &m->mmio, ACPI_ECAM_BASE);
}

static void drop_pci(void *self, struct board *board)
{
	struct mainboard *m = of(board);

	(void)self;
	pci_bus_free(&m->pci, &m->port, &m->mmio);
}

const struct part pci_part = {
	.name = "PCI bus",
	.make = make_pci,
	.drop = drop_pci,
};
