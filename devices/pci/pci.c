/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/pci/pci.h"

#include <assert.h>
#include <linux/pci_regs.h>

#include "base/util.h"

#define ADDRESS_PORT   0xcf8
#define DATA_PORT      0xcfc
#define ADDRESS_ENABLE BIT(31)
/* The bits that the address register has: enable, bus, devfn, dword. */
#define ADDRESS_MASK (ADDRESS_ENABLE | 0xfffffc)

static uint64_t header_read(void *owner, uint64_t offset, unsigned size)
{
	struct pci_function *function = owner;
	uint32_t value = 0;

	pthread_mutex_lock(&function->lock);
	if (function->ops && function->ops->reading)
		function->ops->reading(function->arg, (unsigned)offset, size);
	memcpy(&value, function->config + offset, size);
	pthread_mutex_unlock(&function->lock);
	return value;
}

static void header_write(void *owner, uint64_t offset, unsigned size,
			 uint64_t value)
{
	struct pci_function *function = owner;

	pthread_mutex_lock(&function->lock);
	for (unsigned i = 0; i < size; i++) {
		uint8_t mask = function->writable[offset + i];
		uint8_t *byte = &function->config[offset + i];

		*byte = (*byte & ~mask) | (uint8_t)(value >> (8 * i) & mask);
	}
	if (function->ops && function->ops->written)
		function->ops->written(function->arg, (unsigned)offset, size);
	pthread_mutex_unlock(&function->lock);
}

void pci_put16(struct pci_function *function, unsigned offset, uint16_t value)
{
	memcpy(function->config + offset, &value, sizeof(value));
}

void pci_put32(struct pci_function *function, unsigned offset, uint32_t value)
{
	memcpy(function->config + offset, &value, sizeof(value));
}

void pci_function_init(struct pci_function *function,
		       const struct pci_identity *id)
{
	static const struct bus_ops ops = { header_read, header_write, 4 };
	*function = (struct pci_function){
		.range = { .len = PCI_CONFIG_SIZE,
			   .ops = &ops,
			   .owner = function,
			   .name = "pci function" },
		.capability_link = PCI_CAPABILITY_LIST,
		.capability_next = PCI_STD_HEADER_SIZEOF,
	};
	pthread_mutex_init(&function->lock, NULL);
	pci_put16(function, PCI_VENDOR_ID, id->vendor);
	pci_put16(function, PCI_DEVICE_ID, id->device);
	pci_put32(function, PCI_CLASS_REVISION,
		  id->class_code << 8 | id->revision);
	pci_put16(function, PCI_SUBSYSTEM_VENDOR_ID, id->subsystem_vendor);
	pci_put16(function, PCI_SUBSYSTEM_ID, id->subsystem);
}

void pci_function_free(struct pci_function *function)
{
	pthread_mutex_destroy(&function->lock);
}

unsigned pci_add_capability(struct pci_function *function, uint8_t id,
			    unsigned len)
{
	unsigned at = function->capability_next;

	function->capability_next = ALIGN_UP(at + len, 4);
	assert(function->capability_next <= PCI_CONFIG_SIZE);
	function->config[function->capability_link] = (uint8_t)at;
	function->config[at + PCI_CAP_LIST_ID] = id;
	function->capability_link = at + PCI_CAP_LIST_NEXT;
	function->config[PCI_STATUS] |= PCI_STATUS_CAP_LIST;
	return at;
}

int pci_add(struct pci_bus *pci, uint8_t devfn, struct pci_function *function)
{
	function->range.base = PCI_CONFIG_ADDRESS(devfn);
	return bus_add(&pci->config, &function->range);
}

void pci_remove(struct pci_bus *pci, struct pci_function *function)
{
	bus_remove(&pci->config, &function->range);
}

static uint64_t address_read(void *owner, uint64_t offset, unsigned size)
{
	struct pci_bus *pci = owner;
	uint32_t address;

	if (size != 4)
		return bus_read(&pci->passed, ADDRESS_PORT + offset, size);
	pthread_mutex_lock(&pci->lock);
	address = pci->address;
	pthread_mutex_unlock(&pci->lock);
	return address;
}

static void address_write(void *owner, uint64_t offset, unsigned size,
			  uint64_t value)
{
	struct pci_bus *pci = owner;

	if (size != 4) {
		bus_write(&pci->passed, ADDRESS_PORT + offset, size, value);
		return;
	}
	pthread_mutex_lock(&pci->lock);
	pci->address = (uint32_t)value & ADDRESS_MASK;
	pthread_mutex_unlock(&pci->lock);
}

/* Where an access to the data port goes: *@at of the bus returned. */
static struct bus *data_target(struct pci_bus *pci, uint64_t offset,
			       uint64_t *at)
{
	uint32_t address;

	pthread_mutex_lock(&pci->lock);
	address = pci->address;
	pthread_mutex_unlock(&pci->lock);
	if (!(address & ADDRESS_ENABLE)) {
		*at = DATA_PORT + offset;
		return &pci->passed;
	}
	/* The bus number goes along: on other buses there is nobody. */
	*at = PCI_CONFIG_ADDRESS(address >> 8 & 0xffff) |
	      ((address & 0xfc) + offset);
	return &pci->config;
}

static uint64_t data_read(void *owner, uint64_t offset, unsigned size)
{
	uint64_t at;
	struct bus *target = data_target(owner, offset, &at);

	return bus_read(target, at, size);
}

static void data_write(void *owner, uint64_t offset, unsigned size,
		       uint64_t value)
{
	uint64_t at;
	struct bus *target = data_target(owner, offset, &at);

	bus_write(target, at, size, value);
}

static uint64_t ecam_read(void *owner, uint64_t offset, unsigned size)
{
	struct pci_bus *pci = owner;

	return bus_read(&pci->config, offset, size);
}

static void ecam_write(void *owner, uint64_t offset, unsigned size,
		       uint64_t value)
{
	struct pci_bus *pci = owner;

	bus_write(&pci->config, offset, size, value);
}

static int add_windows(struct pci_bus *pci, struct bus *port_bus,
		       struct bus *mmio_bus)
{
	int err = bus_add(port_bus, &pci->address_range);

	if (!err)
		err = bus_add(port_bus, &pci->data_range);
	if (!err)
		err = bus_add(mmio_bus, &pci->ecam_range);
	return err;
}

int pci_bus_init(struct pci_bus *pci, struct bus *port_bus,
		 struct bus *mmio_bus, uint64_t ecam_base)
{
	static const struct bus_ops address = { address_read, address_write,
						4 };
	static const struct bus_ops data = { data_read, data_write, 4 };
	static const struct bus_ops ecam = { ecam_read, ecam_write, 4 };
	/* The generic PCI Express host bridge; its header is read-only. */
	static const struct pci_identity host = { .vendor = 0x1b36,
						  .device = 0x0008,
						  .class_code = 0x060000 };
	int err;

	*pci = (struct pci_bus){
		.address_range = { ADDRESS_PORT, 4, &address, pci,
				   "pci address", NULL },
		.data_range = { DATA_PORT, 4, &data, pci, "pci data", NULL },
		.ecam_range = { ecam_base, PCI_ECAM_SIZE, &ecam, pci,
				"pci ecam", NULL },
	};
	bus_init(&pci->config, "pci config");
	bus_init(&pci->passed, "port");
	pthread_mutex_init(&pci->lock, NULL);
	pthread_mutex_init(&pci->bars_lock, NULL);
	pci_function_init(&pci->host_bridge, &host);
	err = pci_add(pci, 0, &pci->host_bridge);
	if (!err)
		err = add_windows(pci, port_bus, mmio_bus);
	if (err)
		pci_bus_free(pci, port_bus, mmio_bus);
	return err;
}

void pci_bus_free(struct pci_bus *pci, struct bus *port_bus,
		  struct bus *mmio_bus)
{
	bus_remove(port_bus, &pci->address_range);
	bus_remove(port_bus, &pci->data_range);
	bus_remove(mmio_bus, &pci->ecam_range);
	pci_remove(pci, &pci->host_bridge);
	pci_function_free(&pci->host_bridge);
	pthread_mutex_destroy(&pci->bars_lock);
	pthread_mutex_destroy(&pci->lock);
	bus_free(&pci->config);
	bus_free(&pci->passed);
}
