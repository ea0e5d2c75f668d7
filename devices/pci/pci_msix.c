/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/pci/pci_msix.h"

#include <assert.h>
#include <linux/pci_regs.h>

#include "base/log.h"
#include "base/util.h"
#include "devices/pci/pci_bar.h"

#define PBA_OFFSET 2048

static bool stale(const struct msix_vector *v)
{
	return !v->routed || v->addr != v->routed_addr ||
	       v->data != v->routed_data;
}

/* Tell the machine the message of a vector that is not live. */
static void route(struct pci_msix *msix, struct msix_vector *v)
{
	int err = msix->ops->route(msix->ops_arg, v->handle, v->addr, v->data);

	v->routed = true;
	v->routed_addr = v->addr;
	v->routed_data = v->data;
	if (err)
		log_debug("MSI-X: message 0x%x to 0x%llx: %s", v->data,
			  (unsigned long long)v->addr, strerror(-err));
}

static void set_live(struct pci_msix *msix, struct msix_vector *v, bool live)
{
	pthread_mutex_lock(&msix->lock);
	v->live = live;
	if (live && v->pending) {
		v->pending = false;
		irq_pulse(&v->irq);
	}
	pthread_mutex_unlock(&msix->lock);
}

/* Whether MSI-X as a whole lets messages out. */
static bool open_gate(const struct pci_msix *msix)
{
	const uint8_t *config = msix->function->config;
	uint16_t control = get_le16(config + msix->capability + PCI_MSIX_FLAGS);

	return control & PCI_MSIX_FLAGS_ENABLE &&
	       !(control & PCI_MSIX_FLAGS_MASKALL) &&
	       get_le16(config + PCI_COMMAND) & PCI_COMMAND_MASTER;
}

/* A live vector has the message of its table entry, always: one that is
 * changed while unmasked is not live for that moment. */
static void refresh(struct pci_msix *msix, struct msix_vector *v)
{
	bool live = open_gate(msix) && !v->masked;

	/* Written under the function's lock only, which we hold. */
	if (v->live && (!live || stale(v)))
		set_live(msix, v, false);
	if (v->live == live)
		return;
	if (stale(v))
		route(msix, v);
	set_live(msix, v, true);
}

void pci_msix_update(struct pci_msix *msix)
{
	const uint8_t *control =
		msix->function->config + msix->capability + PCI_MSIX_FLAGS;
	bool enabled = get_le16(control) & PCI_MSIX_FLAGS_ENABLE;

	pthread_mutex_lock(&msix->lock);
	msix->enabled = enabled;
	for (unsigned i = 0; i < msix->n_vectors && !enabled; i++)
		msix->vector[i].pending = false;
	pthread_mutex_unlock(&msix->lock);
	for (unsigned i = 0; i < msix->n_vectors; i++)
		refresh(msix, &msix->vector[i]);
}

void pci_msix_forget(struct pci_msix *msix)
{
	pthread_mutex_lock(&msix->lock);
	for (unsigned i = 0; i < msix->n_vectors; i++)
		msix->vector[i].pending = false;
	pthread_mutex_unlock(&msix->lock);
}

bool pci_msix_enabled(struct pci_msix *msix)
{
	bool enabled;

	pthread_mutex_lock(&msix->lock);
	enabled = msix->enabled;
	pthread_mutex_unlock(&msix->lock);
	return enabled;
}

bool pci_msix_notify(struct pci_msix *msix, unsigned vector)
{
	bool enabled;

	pthread_mutex_lock(&msix->lock);
	enabled = msix->enabled;
	if (enabled && vector < msix->n_vectors) {
		struct msix_vector *v = &msix->vector[vector];

		if (v->live)
			irq_pulse(&v->irq);
		else
			v->pending = true;
	}
	pthread_mutex_unlock(&msix->lock);
	return enabled;
}

/* The dword at @offset of the table. */
static uint32_t table_get(const struct pci_msix *msix, uint64_t offset)
{
	uint64_t i = offset / PCI_MSIX_ENTRY_SIZE;
	const struct msix_vector *v = &msix->vector[i % PCI_MSIX_VECTORS_MAX];

	if (i >= msix->n_vectors)
		return 0;
	switch (offset % PCI_MSIX_ENTRY_SIZE) {
	case PCI_MSIX_ENTRY_LOWER_ADDR:
		return (uint32_t)v->addr;
	case PCI_MSIX_ENTRY_UPPER_ADDR:
		return (uint32_t)(v->addr >> 32);
	case PCI_MSIX_ENTRY_DATA:
		return v->data;
	default:
		return v->masked ? PCI_MSIX_ENTRY_CTRL_MASKBIT : 0;
	}
}

/* The dword at @offset of the pending bits, of which there are 64 at most. */
static uint32_t pending_get(struct pci_msix *msix, uint64_t offset)
{
	uint64_t bits = 0;

	pthread_mutex_lock(&msix->lock);
	for (unsigned i = 0; i < msix->n_vectors; i++)
		if (msix->vector[i].pending)
			bits |= BIT64(i);
	pthread_mutex_unlock(&msix->lock);
	return offset < 8 ? (uint32_t)(bits >> (8 * offset)) : 0;
}

/* Accesses but of aligned dwords are undefined (6.8.2): here they read the
 * bytes and write nothing. */
static uint64_t msix_read(void *owner, uint64_t offset, unsigned size)
{
	struct pci_msix *msix = owner;
	uint64_t at = ALIGN_DOWN(offset, 4);
	uint32_t value = at < PBA_OFFSET ? table_get(msix, at) :
					   pending_get(msix, at - PBA_OFFSET);

	(void)size;
	return value >> (8 * (offset - at));
}

static void msix_write(void *owner, uint64_t offset, unsigned size,
		       uint64_t value)
{
	struct pci_msix *msix = owner;
	uint64_t i = offset / PCI_MSIX_ENTRY_SIZE;
	struct msix_vector *v = &msix->vector[i % PCI_MSIX_VECTORS_MAX];
	uint32_t dword = (uint32_t)value;

	if (size != 4 || offset % 4 || i >= msix->n_vectors)
		return;
	switch (offset % PCI_MSIX_ENTRY_SIZE) {
	case PCI_MSIX_ENTRY_LOWER_ADDR:
		v->addr = (v->addr & ~(uint64_t)UINT32_MAX) | (dword & ~3u);
		break;
	case PCI_MSIX_ENTRY_UPPER_ADDR:
		v->addr = (uint32_t)v->addr | (uint64_t)dword << 32;
		break;
	case PCI_MSIX_ENTRY_DATA:
		v->data = dword;
		break;
	default:
		v->masked = dword & PCI_MSIX_ENTRY_CTRL_MASKBIT;
		break;
	}
	refresh(msix, v);
}

static void add_capability(struct pci_msix *msix, unsigned bar)
{
	struct pci_function *function = msix->function;
	unsigned at = pci_add_capability(function, PCI_CAP_ID_MSIX,
					 PCI_CAP_MSIX_SIZEOF);

	msix->capability = at;
	pci_put16(function, at + PCI_MSIX_FLAGS,
		  (uint16_t)(msix->n_vectors - 1));
	pci_put32(function, at + PCI_MSIX_TABLE, bar);
	pci_put32(function, at + PCI_MSIX_PBA, PBA_OFFSET | bar);
	function->writable[at + PCI_MSIX_FLAGS + 1] =
		(PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL) >> 8;
}

static int wire(struct pci_msix *msix, struct msix_vector *v)
{
	int err = irq_init(&v->irq);

	if (err)
		return err;
	v->handle = msix->ops->add(msix->ops_arg, v->irq.fd);
	return MIN(v->handle, 0);
}

int pci_msix_init(struct pci_msix *msix, struct pci_bars *bars, unsigned bar,
		  unsigned n)
{
	static const struct bus_ops table = { msix_read, msix_write, 4 };
	int err;

	assert(n <= PCI_MSIX_VECTORS_MAX);
	*msix = (struct pci_msix){
		.function = bars->function,
		.ops = bars->host->msi,
		.ops_arg = bars->host->msi_arg,
		.n_vectors = n,
	};
	pthread_mutex_init(&msix->lock, NULL);
	for (unsigned i = 0; i < n; i++)
		msix->vector[i] = (struct msix_vector){ .irq.fd = -1,
							.handle = -1,
							.masked = true };
	msix->function->writable[PCI_COMMAND] |= PCI_COMMAND_MASTER;
	add_capability(msix, bar);
	err = pci_bar_add(bars, bar, PCI_BAR_MEM32, PCI_MSIX_BAR_SIZE, &table,
			  msix, "msix table");
	for (unsigned i = 0; i < n && !err; i++)
		err = wire(msix, &msix->vector[i]);
	return err;
}

void pci_msix_free(struct pci_msix *msix)
{
	if (!msix->function)
		return;
	for (unsigned i = 0; i < msix->n_vectors; i++) {
		struct msix_vector *v = &msix->vector[i];

		if (v->handle >= 0)
			msix->ops->remove(msix->ops_arg, v->handle, v->irq.fd);
		irq_free(&v->irq);
	}
	pthread_mutex_destroy(&msix->lock);
	msix->function = NULL;
}
