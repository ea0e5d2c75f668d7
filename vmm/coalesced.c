/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/coalesced.h"

#include <linux/kvm.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/bus.h"
#include "base/util.h"
#include "vmm/kvm.h"

enum {
	/* Exits after which KVM gets the ports. */
	EXITS = 4,
	/* How KVM counts, see kvm_coalesced_mmio_ring. */
	PAGE = 4096,
	ENTRIES = (PAGE - sizeof(struct kvm_coalesced_mmio_ring)) /
		  sizeof(struct kvm_coalesced_mmio),
};

/* For how long a write may stay in the ring, at most. */
#define QUIET_NS (20 * NSEC_PER_MSEC)

/* The size is that of the write that matters, too. */
static const struct zone {
	uint16_t port;
	uint8_t size;
	/* One of the ports has to be written to soon. */
	bool soon;
} zones[COALESCED_ZONES] = {
	/* PCI's address; 0xCF9 is the reset control register. */
	{ 0xcf8, 4, true },
	/* The index of the clock's registers. */
	{ 0x70, 1, false },
};

static int tell_kvm(const struct coalesced *c, const struct zone *z, bool on)
{
	struct kvm_coalesced_mmio_zone zone = { .addr = z->port,
						.size = z->size,
						.pio = 1 };

	return ioctl(c->kvm->vm,
		     on ? KVM_REGISTER_COALESCED_MMIO :
			  KVM_UNREGISTER_COALESCED_MMIO,
		     &zone);
}

static bool is_empty(const struct coalesced *c)
{
	/* Acquire: pairs with KVM's barrier after it has filled an entry, and
	 * with the release in take().  What this vCPU wrote before its exit is
	 * seen in any case. */
	return __atomic_load_n(&c->ring->last, __ATOMIC_ACQUIRE) ==
	       __atomic_load_n(&c->ring->first, __ATOMIC_ACQUIRE);
}

static void write_port(const struct coalesced *c,
		       const struct kvm_coalesced_mmio *entry)
{
	uint64_t value = 0;

	memcpy(&value, entry->data, MIN(entry->len, 8u));
	bus_write(c->port, entry->phys_addr, entry->len, value);
}

/* Under the lock: the writes keep their order, and a vCPU whose write another
 * one carries out waits until that is done. */
static void take(struct coalesced *c)
{
	while (!is_empty(c)) {
		uint32_t first = c->ring->first % ENTRIES;

		write_port(c, &c->ring->coalesced_mmio[first]);
		c->taken++;
		/* Release: pairs with KVM's look for room and with the acquire
		 * in is_empty().  The write has been carried out. */
		__atomic_store_n(&c->ring->first, (first + 1) % ENTRIES,
				 __ATOMIC_RELEASE);
	}
}

bool coalesced_take(struct coalesced *c)
{
	if (!c || !c->ring || is_empty(c))
		return false;
	pthread_mutex_lock(&c->lock);
	take(c);
	pthread_mutex_unlock(&c->lock);
	return true;
}

static void begin(struct coalesced *c, unsigned i)
{
	struct coalesced_zone *zone = &c->zone[i];

	if (zone->on || ++zone->exits < EXITS)
		return;
	zone->exits = 0;
	zone->on = tell_kvm(c, &zones[i], true) == 0;
	if (zone->on && zones[i].soon)
		loop_post(c->loop, &c->begun);
}

void coalesced_exit(struct coalesced *c, uint16_t port, unsigned size)
{
	if (!c || !c->ring)
		return;
	for (unsigned i = 0; i < COALESCED_ZONES; i++)
		if (zones[i].port == port && zones[i].size == size) {
			pthread_mutex_lock(&c->lock);
			begin(c, i);
			pthread_mutex_unlock(&c->lock);
		}
}

static void arm(void *arg)
{
	struct coalesced *c = arg;

	loop_arm(c->loop, &c->timer, now_ns() + QUIET_NS);
}

/* KVM keeps no more writes to these ports.  Those that it has kept before this
 * call returns are still in the ring.  False: it refuses. */
static bool end(struct coalesced *c)
{
	bool ended = true;

	for (unsigned i = 0; i < COALESCED_ZONES; i++)
		if (zones[i].soon && c->zone[i].on) {
			c->zone[i].on = tell_kvm(c, &zones[i], false) < 0;
			ended = ended && !c->zone[i].on;
		}
	return ended;
}

static void look(void *arg)
{
	struct coalesced *c = arg;
	bool ended;

	pthread_mutex_lock(&c->lock);
	take(c);
	ended = c->taken == c->taken_before && end(c);
	take(c);
	c->taken_before = c->taken;
	pthread_mutex_unlock(&c->lock);
	if (!ended)
		arm(c);
}

void coalesced_init(struct coalesced *c, const struct kvm *kvm,
		    struct bus *port, struct loop *loop)
{
	*c = (struct coalesced){ .kvm = kvm,
				 .port = port,
				 .loop = loop,
				 .begun = { .fn = arm, .arg = c },
				 .timer = { .expired = look, .arg = c } };
	pthread_mutex_init(&c->lock, NULL);
}

void coalesced_map(struct coalesced *c, void *run, size_t size)
{
	int page =
		ioctl(c->kvm->fd, KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_MMIO);

	if (page > 0 && size >= ((size_t)page + 1) * PAGE &&
	    ioctl(c->kvm->fd, KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_PIO) > 0)
		c->ring = (void *)((char *)run + (size_t)page * PAGE);
}

void coalesced_free(struct coalesced *c)
{
	loop_cancel(c->loop, &c->begun);
	loop_disarm(c->loop, &c->timer);
	pthread_mutex_destroy(&c->lock);
}
