/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/pci/pci_bar.h"

#include <assert.h>
#include <errno.h>
#include <linux/pci_regs.h>

#include "base/log.h"
#include "base/util.h"

unsigned pci_take_slot(struct pci_host *host)
{
	host->slot = MIN(host->slot + 1, PCI_SLOTS);
	return host->slot;
}

static unsigned offset_of(unsigned i)
{
	return PCI_BASE_ADDRESS_0 + 4 * i;
}

static struct bus *bus_of(const struct pci_bar *bar)
{
	const struct pci_host *host = bar->bars->host;

	return bar->kind == PCI_BAR_IO ? host->port : host->mmio;
}

/* Where the header says that the BAR is. */
static uint64_t address(const struct pci_bar *bar)
{
	const struct pci_bars *bars = bar->bars;
	const uint8_t *reg =
		bars->function->config + offset_of((unsigned)(bar - bars->bar));
	uint64_t low = get_le32(reg);

	switch (bar->kind) {
	case PCI_BAR_IO:
		return low & (uint32_t)PCI_BASE_ADDRESS_IO_MASK;
	case PCI_BAR_MEM64:
		low |= (uint64_t)get_le32(reg + 4) << 32;
		/* fallthrough */
	default:
		return low & (uint64_t)PCI_BASE_ADDRESS_MEM_MASK;
	}
}

static bool enabled(const struct pci_bar *bar)
{
	uint16_t command = get_le16(bar->bars->function->config + PCI_COMMAND);

	return command &
	       (bar->kind == PCI_BAR_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY);
}

static uint64_t bar_read(void *owner, uint64_t offset, unsigned size)
{
	struct pci_bar *bar = owner;
	uint64_t value;

	pthread_mutex_lock(&bar->bars->function->lock);
	value = bar->ops->read(bar->owner, offset, size);
	pthread_mutex_unlock(&bar->bars->function->lock);
	return value;
}

static void bar_write(void *owner, uint64_t offset, unsigned size,
		      uint64_t value)
{
	struct pci_bar *bar = owner;

	pthread_mutex_lock(&bar->bars->function->lock);
	bar->ops->write(bar->owner, offset, size, value);
	pthread_mutex_unlock(&bar->bars->function->lock);
}

void pci_bars_init(struct pci_bars *bars, struct pci_function *function,
		   struct pci_host *host)
{
	struct pci_bus *pci = host->pci;

	*bars = (struct pci_bars){ .function = function, .host = host };
	pthread_mutex_lock(&pci->bars_lock);
	bars->next = pci->bars;
	pci->bars = bars;
	pthread_mutex_unlock(&pci->bars_lock);
}

/* An aligned piece of @window. */
static int take(struct pci_window *window, uint64_t size, uint64_t *addr)
{
	uint64_t at = ALIGN_UP(window->next, size);

	if (at > window->end || window->end - at < size)
		return -ENOSPC;
	window->next = at + size;
	*addr = at;
	return 0;
}

/* The register as sizing it reveals: which bits can be changed, and the kind
 * in those that cannot. */
static void fill_register(struct pci_function *function, unsigned i,
			  enum pci_bar_kind kind, uint64_t size, uint64_t addr)
{
	static const uint32_t flags[] = {
		[PCI_BAR_IO] = PCI_BASE_ADDRESS_SPACE_IO,
		[PCI_BAR_MEM32] = PCI_BASE_ADDRESS_MEM_TYPE_32,
		[PCI_BAR_MEM64] = PCI_BASE_ADDRESS_MEM_TYPE_64,
	};
	uint64_t mask = ~(size - 1), value = addr | flags[kind];
	size_t len = kind == PCI_BAR_MEM64 ? 8 : 4;

	memcpy(function->config + offset_of(i), &value, len);
	memcpy(function->writable + offset_of(i), &mask, len);
}

int pci_bar_add(struct pci_bars *bars, unsigned i, enum pci_bar_kind kind,
		uint64_t size, const struct bus_ops *ops, void *owner,
		const char *name)
{
	static const struct bus_ops locked = { bar_read, bar_write, 4 };
	struct pci_function *function = bars->function;
	struct pci_host *host = bars->host;
	uint8_t decode;
	uint64_t addr;
	int err = take(kind == PCI_BAR_IO ? &host->port_window :
					    &host->mmio_window,
		       size, &addr);

	if (err)
		return err;
	assert(i + (kind == PCI_BAR_MEM64) < PCI_BARS);
	bars->bar[i] = (struct pci_bar){
		.range = { .len = size,
			   .ops = &locked,
			   .owner = &bars->bar[i],
			   .name = name },
		.bars = bars,
		.kind = kind,
		.ops = ops,
		.owner = owner,
	};
	fill_register(function, i, kind, size, addr);
	decode = kind == PCI_BAR_IO ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY;
	function->config[PCI_COMMAND] |= decode;
	function->writable[PCI_COMMAND] |= decode;
	return 0;
}

void pci_bar_add_doorbell(struct pci_bars *bars, struct pci_doorbell *bell)
{
	bell->bell.port = bars->bar[bell->bar].kind == PCI_BAR_IO;
	bell->next = bars->doorbells;
	bars->doorbells = bell;
}

static void wire(struct pci_bar *bar)
{
	const struct pci_bars *bars = bar->bars;
	const struct pci_host *host = bars->host;

	for (struct pci_doorbell *d = bars->doorbells; d; d = d->next) {
		int err;

		if (&bars->bar[d->bar] != bar)
			continue;
		d->at = d->bell;
		d->at.addr += bar->range.base;
		err = host->doorbells->add(host->doorbells_arg, &d->at);
		d->wired = !err;
		if (err)
			log_debug("%s: doorbell at 0x%llx: %s", bar->range.name,
				  (unsigned long long)d->at.addr,
				  strerror(-err));
	}
}

static void unwire(struct pci_bar *bar)
{
	const struct pci_bars *bars = bar->bars;
	const struct pci_host *host = bars->host;

	for (struct pci_doorbell *d = bars->doorbells; d; d = d->next) {
		if (&bars->bar[d->bar] != bar || !d->wired)
			continue;
		host->doorbells->remove(host->doorbells_arg, &d->at);
		d->wired = false;
	}
}

static void unmap(struct pci_bar *bar)
{
	if (!bar->mapped)
		return;
	unwire(bar);
	bus_remove(bus_of(bar), &bar->range);
	bar->mapped = false;
}

/* Puts @bar on the bus, if it is wanted there. */
static int map(struct pci_bar *bar)
{
	int err;

	if (!bar->wanted || bar->mapped)
		return 0;
	err = bus_add(bus_of(bar), &bar->range);
	if (err)
		return err;
	bar->mapped = true;
	wire(bar);
	return 0;
}

/* Takes those off the bus that the header says are elsewhere. */
static void unmap_moved(struct pci_bars *bars)
{
	for (unsigned i = 0; i < PCI_BARS; i++) {
		struct pci_bar *bar = &bars->bar[i];
		uint64_t base;

		if (!bar->kind)
			continue;
		base = address(bar);
		bar->wanted = enabled(bar);
		if (!bar->wanted || bar->range.base != base)
			unmap(bar);
		if (!bar->mapped)
			bar->range.base = base;
	}
}

static void refuse(struct pci_bar *bar, int err)
{
	bar->bars->refused++;
	log_debug("%s: not decoding at 0x%llx: %s", bar->range.name,
		  (unsigned long long)bar->range.base, strerror(-err));
}

/* Of every function, for what one leaves another may be waiting for; it is
 * the place of @moved that may be none. */
static void map_all(struct pci_bus *pci, const struct pci_bars *moved)
{
	for (struct pci_bars *bars = pci->bars; bars; bars = bars->next)
		for (unsigned i = 0; i < PCI_BARS; i++) {
			int err = map(&bars->bar[i]);

			if (err && bars == moved)
				refuse(&bars->bar[i], err);
		}
}

void pci_bars_update(struct pci_bars *bars)
{
	struct pci_bus *pci = bars->host->pci;

	pthread_mutex_lock(&pci->bars_lock);
	unmap_moved(bars);
	map_all(pci, bars);
	pthread_mutex_unlock(&pci->bars_lock);
}

void pci_bars_free(struct pci_bars *bars)
{
	struct pci_bus *pci = bars->host->pci;
	struct pci_bars **p = &pci->bars;

	pthread_mutex_lock(&pci->bars_lock);
	while (*p && *p != bars)
		p = &(*p)->next;
	if (*p)
		*p = bars->next;
	for (unsigned i = 0; i < PCI_BARS; i++)
		unmap(&bars->bar[i]);
	map_all(pci, NULL);
	pthread_mutex_unlock(&pci->bars_lock);
}

/* BAR @i if there is one and the access is one it takes. */
static struct pci_bar *target(struct pci_bars *bars, unsigned i,
			      uint64_t offset, unsigned size)
{
	struct pci_bar *bar = i < PCI_BARS ? &bars->bar[i] : NULL;

	if (!bar || !bar->kind || (size != 1 && size != 2 && size != 4) ||
	    offset > bar->range.len || bar->range.len - offset < size)
		return NULL;
	return bar;
}

bool pci_bar_read(struct pci_bars *bars, unsigned i, uint64_t offset,
		  unsigned size, uint32_t *value)
{
	struct pci_bar *bar = target(bars, i, offset, size);

	if (bar)
		*value = (uint32_t)bar->ops->read(bar->owner, offset, size);
	return bar;
}

bool pci_bar_write(struct pci_bars *bars, unsigned i, uint64_t offset,
		   unsigned size, uint32_t value)
{
	struct pci_bar *bar = target(bars, i, offset, size);

	if (bar)
		bar->ops->write(bar->owner, offset, size, value);
	return bar;
}
