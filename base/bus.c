/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/bus.h"

#include <errno.h>
#include <stddef.h>

#include "base/log.h"
#include "base/util.h"

static uint64_t mask(unsigned size)
{
	return UINT64_MAX >> (64 - 8 * size);
}

static bool overlaps(const struct bus_range *r, uint64_t base, uint64_t len)
{
	return base < r->base + r->len && r->base < base + len;
}

void bus_init(struct bus *bus, const char *name)
{
	*bus = (struct bus){ .name = name };
	pthread_rwlock_init(&bus->lock, NULL);
	pthread_mutex_init(&bus->seen_lock, NULL);
}

void bus_free(struct bus *bus)
{
	pthread_rwlock_destroy(&bus->lock);
	pthread_mutex_destroy(&bus->seen_lock);
}

int bus_add(struct bus *bus, struct bus_range *range)
{
	int err = 0;

	if (!range->len || range->base + range->len < range->base)
		return -EINVAL;
	pthread_rwlock_wrlock(&bus->lock);
	for (struct bus_range *r = bus->ranges; r && !err; r = r->next)
		if (overlaps(r, range->base, range->len))
			err = -EEXIST;
	if (!err) {
		range->next = bus->ranges;
		bus->ranges = range;
	}
	pthread_rwlock_unlock(&bus->lock);
	return err;
}

static uint64_t reserved_read(void *owner, uint64_t offset, unsigned size)
{
	(void)owner;
	(void)offset;
	(void)size;
	return UINT64_MAX;
}

static void reserved_write(void *owner, uint64_t offset, unsigned size,
			   uint64_t value)
{
	(void)owner;
	(void)offset;
	(void)size;
	(void)value;
}

int bus_reserve(struct bus *bus, struct bus_range *range, uint64_t base,
		uint64_t len, const char *name)
{
	static const struct bus_ops reserved = { reserved_read, reserved_write,
						 8 };

	*range = (struct bus_range){ base, len, &reserved, NULL, name, NULL };
	return bus_add(bus, range);
}

void bus_remove(struct bus *bus, struct bus_range *range)
{
	struct bus_range **p = &bus->ranges;

	pthread_rwlock_wrlock(&bus->lock);
	while (*p && *p != range)
		p = &(*p)->next;
	if (*p)
		*p = range->next;
	pthread_rwlock_unlock(&bus->lock);
}

/* Copies the range that any byte of the access touches; false if none. */
static bool find(struct bus *bus, uint64_t addr, unsigned size,
		 struct bus_range *out)
{
	struct bus_range *r;

	pthread_rwlock_rdlock(&bus->lock);
	for (r = bus->ranges; r && !overlaps(r, addr, size); r = r->next)
		;
	if (r)
		*out = *r;
	pthread_rwlock_unlock(&bus->lock);
	return r;
}

/* Whether the device takes this access in one piece. */
static bool fits(const struct bus_range *r, uint64_t addr, unsigned size)
{
	return size <= r->ops->width && addr >= r->base &&
	       addr - r->base + size <= r->len;
}

/* True the first time it is asked about @addr, while there is room to
 * remember it. */
static bool first_time(struct bus *bus, uint64_t addr)
{
	bool first = true;

	pthread_mutex_lock(&bus->seen_lock);
	for (unsigned i = 0; i < bus->n_seen && first; i++)
		first = bus->seen[i] != addr;
	if (bus->n_seen == BUS_SEEN_MAX)
		first = false;
	if (first)
		bus->seen[bus->n_seen++] = addr;
	pthread_mutex_unlock(&bus->seen_lock);
	return first;
}

/* Whether an access that nobody answers is to be told. */
static bool unclaimed(struct bus *bus, uint64_t addr)
{
	__atomic_fetch_add(&bus->unclaimed, 1, __ATOMIC_RELAXED);
	return log_enabled(LOG_DEBUG) && first_time(bus, addr);
}

uint64_t bus_read(struct bus *bus, uint64_t addr, unsigned size)
{
	struct bus_range r;
	unsigned half = size / 2;

	if (!find(bus, addr, size, &r)) {
		if (unclaimed(bus, addr))
			log_debug("%s 0x%llx: %u-byte read: nobody answers",
				  bus->name, (unsigned long long)addr, size);
		return mask(size);
	}
	if (fits(&r, addr, size))
		return r.ops->read(r.owner, addr - r.base, size) & mask(size);
	return bus_read(bus, addr, half) | bus_read(bus, addr + half, half)
						   << (8 * half);
}

void bus_write(struct bus *bus, uint64_t addr, unsigned size, uint64_t value)
{
	struct bus_range r;
	unsigned half = size / 2;

	if (!find(bus, addr, size, &r)) {
		if (unclaimed(bus, addr))
			log_debug("%s 0x%llx: %u-byte write of 0x%llx: nobody "
				  "answers",
				  bus->name, (unsigned long long)addr, size,
				  (unsigned long long)(value & mask(size)));
		return;
	}
	if (fits(&r, addr, size)) {
		r.ops->write(r.owner, addr - r.base, size, value & mask(size));
		return;
	}
	bus_write(bus, addr, half, value);
	bus_write(bus, addr + half, half, value >> (8 * half));
}
