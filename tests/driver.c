/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "tests/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Where the rings are; each part has its pages to itself. */
enum {
	RING_DESC = 1 << 20,
	RING_DRIVER = 2 << 20,
	RING_DEVICE = 3 << 20,
	RING_TABLES = 4 << 20,
};

enum { EVENT_ENABLE, EVENT_DISABLE, EVENT_DESC };

void driver_die(const struct driver *d, const char *why)
{
	fprintf(stderr,
		"driver: %s (%s ring of %u, made %llu, published %llu, "
		"used %llu)\n",
		why, d->cfg.packed ? "packed" : "split", d->cfg.size,
		(unsigned long long)d->made, (unsigned long long)d->published,
		(unsigned long long)d->used);
	abort();
}

static void full_fence(void)
{
#ifdef __SANITIZE_THREAD__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"
#endif
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#ifdef __SANITIZE_THREAD__
#pragma GCC diagnostic pop
#endif
}

uint64_t driver_random(struct driver *d)
{
	d->seed ^= d->seed << 13;
	d->seed ^= d->seed >> 7;
	d->seed ^= d->seed << 17;
	return d->seed;
}

uint8_t *driver_ram(void)
{
	uint8_t *ram = mmap(NULL, DRIVER_RAM, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return ram == MAP_FAILED ? NULL : ram;
}

struct driver_desc *driver_desc(const struct driver *d, unsigned slot)
{
	return (struct driver_desc *)(d->ram + d->cfg.desc) + slot;
}

struct driver_desc *driver_table(const struct driver *d, unsigned id)
{
	return (struct driver_desc *)(d->ram + d->tables) +
	       DRIVER_CHAIN_MAX * id;
}

uint16_t *driver_avail(const struct driver *d)
{
	return (uint16_t *)(d->ram + d->cfg.driver);
}

uint16_t *driver_device(const struct driver *d)
{
	return (uint16_t *)(d->ram + d->cfg.device);
}

/* Split: used entry @pos, as two words: id and len. */
uint32_t *driver_used_entry(const struct driver *d, uint64_t pos)
{
	return (uint32_t *)(d->ram + d->cfg.device + 4) +
	       2 * (pos % d->cfg.size);
}

/* Packed: the wrap counter on the lap that @pos is in. */
bool driver_wrap(const struct driver *d, uint64_t pos)
{
	return !(pos / d->cfg.size & 1);
}

struct driver_desc *driver_slot(const struct driver *d, uint64_t pos)
{
	return driver_desc(d, (unsigned)(pos % d->cfg.size));
}

static void age_packed(struct driver *d, uint64_t pos)
{
	bool wrap = driver_wrap(d, pos);

	/* Slots before @pos were used on this lap, the others on the last. */
	for (unsigned i = 0; i < d->cfg.size; i++) {
		bool now = i < pos % d->cfg.size;

		driver_desc(d, i)->packed.flags =
			now == wrap ? DESC_AVAIL | DESC_USED : 0;
	}
	memset(driver_avail(d), 0, 4);
	memset(driver_device(d), 0, 4);
}

static void age_split(struct driver *d, uint64_t pos)
{
	uint16_t *avail = driver_avail(d), *device = driver_device(d);

	avail[0] = device[0] = 0;
	avail[1] = device[1] = (uint16_t)pos;
	avail[2 + d->cfg.size] = device[2 + 4 * d->cfg.size] = 0;
}

void driver_age(struct driver *d, uint64_t pos)
{
	d->made = d->published = d->used = pos;
	if (d->cfg.packed)
		age_packed(d, pos);
	else
		age_split(d, pos);
}

void driver_init(struct driver *d, const struct vq_config *cfg,
		 enum driver_chain chain, uint8_t *ram, uint64_t pos)
{
	*d = (struct driver){
		.cfg = *cfg,
		.chain = chain,
		.mem = { .region = { { 0, DRIVER_RAM, ram } },
			 .n_regions = 1,
			 .size = DRIVER_RAM },
		.ram = ram,
		.tables = RING_TABLES,
		.id_mask = 0x5a5a,
		.seed = 0x9e3779b97f4a7c15 ^ pos,
		.free = calloc(cfg->size, sizeof(*d->free)),
		.n_free = cfg->size,
		.next = calloc(cfg->size, sizeof(*d->next)),
		.loan = calloc(cfg->size, sizeof(*d->loan)),
		.fifo = calloc(cfg->size, sizeof(*d->fifo)),
	};
	if (!cfg->desc) {
		d->cfg.desc = RING_DESC;
		d->cfg.driver = RING_DRIVER;
		d->cfg.device = RING_DEVICE;
	}
	if (!d->free || !d->next || !d->loan || !d->fifo)
		driver_die(d, "no memory");
	for (unsigned i = 0; i < cfg->size; i++)
		d->free[i] = (uint16_t)i;
	driver_age(d, pos);
}

void driver_free(struct driver *d)
{
	free(d->free);
	free(d->next);
	free(d->loan);
	free(d->fifo);
}

int driver_start(struct driver *d, struct virtq *vq, void (*interrupt)(void *),
		 void *arg)
{
	int r = vq_start(vq, &d->cfg, &d->mem, interrupt, arg);

	if (!r)
		vq->avail = vq->seen = vq->used = vq->limit =
			(uint16_t)(d->made % vq->modulus);
	return r;
}

/* The specification's formula: did [@old, @new) pass @event? */
static bool need_event(uint16_t event, uint16_t new, uint16_t old)
{
	return (uint16_t)(new - event - 1) < (uint16_t)(new - old);
}

static bool kick_due_split(const struct driver *d, uint64_t old)
{
	const uint16_t *device = driver_device(d);

	if (!d->cfg.event_idx)
		return !(__atomic_load_n(&device[0], __ATOMIC_RELAXED) & 1);
	return need_event(
		__atomic_load_n(&device[2 + 4 * d->cfg.size], __ATOMIC_RELAXED),
		(uint16_t)d->made, (uint16_t)old);
}

static bool kick_due_packed(const struct driver *d, uint64_t old)
{
	uint32_t e =
		__atomic_load_n((uint32_t *)driver_device(d), __ATOMIC_RELAXED);
	uint16_t new = (uint16_t)(d->made % d->cfg.size);
	uint16_t event = e & 0x7fff;

	switch (e >> 16) {
	case EVENT_ENABLE:
		return true;
	case EVENT_DISABLE:
		return false;
	case EVENT_DESC:
		if (!d->cfg.event_idx || event >= d->cfg.size)
			driver_die(d, "event structure is nonsense");
		if ((e >> 15 & 1) != driver_wrap(d, d->made))
			event = (uint16_t)(event - d->cfg.size);
		return need_event(event, new,
				  (uint16_t)(new - (d->made - old)));
	default:
		driver_die(d, "event flags are reserved");
		return true;
	}
}

bool driver_publish(struct driver *d)
{
	uint64_t old = d->published;

	if (d->made == old)
		return false;
	if (d->cfg.packed)
		__atomic_store_n(&driver_slot(d, old)->packed.flags, d->held,
				 __ATOMIC_RELEASE);
	else
		__atomic_store_n(&driver_avail(d)[1], (uint16_t)d->made,
				 __ATOMIC_RELEASE);
	d->published = d->made;
	full_fence();
	return d->cfg.packed ? kick_due_packed(d, old) : kick_due_split(d, old);
}

bool driver_pending(const struct driver *d)
{
	uint16_t flags,
		want = driver_wrap(d, d->used) ? DESC_AVAIL | DESC_USED : 0;

	if (!d->cfg.packed)
		return __atomic_load_n(&driver_device(d)[1],
				       __ATOMIC_ACQUIRE) != (uint16_t)d->used;
	flags = __atomic_load_n(&driver_slot(d, d->used)->packed.flags,
				__ATOMIC_ACQUIRE);
	return (flags & (DESC_AVAIL | DESC_USED)) == want;
}

static void give_free(struct driver *d, uint16_t id)
{
	d->free[(d->free_head + d->n_free++) % d->cfg.size] = id;
}

static void free_chain(struct driver *d, uint16_t head, unsigned n)
{
	for (uint16_t i = head; n--; i = d->next[i])
		give_free(d, i);
}

/* The used entry at d->used: id and len. */
static uint32_t read_used(struct driver *d, uint32_t *len)
{
	const struct driver_desc *desc = driver_slot(d, d->used);
	uint32_t *entry = driver_used_entry(d, d->used);

	if (!d->cfg.packed) {
		*len = entry[1];
		return entry[0];
	}
	*len = desc->len;
	if (!(desc->packed.flags & DESC_WRITE) != !*len)
		driver_die(d, "WRITE and len disagree");
	return desc->packed.id ^ d->id_mask;
}

bool driver_get(struct driver *d, struct driver_used *used)
{
	struct driver_loan *loan;
	uint32_t id;

	if (!driver_pending(d))
		return false;
	if (d->used == d->published)
		driver_die(d, "used more than was lent");
	id = read_used(d, &used->len);
	loan = &d->loan[id % d->cfg.size];
	if (id >= d->cfg.size || !loan->lent)
		driver_die(d, "used what was not lent");
	if (used->len > loan->in_len)
		driver_die(d, "wrote more than there was room");
	if (d->cfg.in_order && d->fifo[d->fifo_out++ % d->cfg.size] != id)
		driver_die(d, "not in order");
	used->cookie = loan->cookie;
	loan->lent = false;
	if (d->cfg.packed) {
		d->used += loan->slots;
		give_free(d, (uint16_t)id);
	} else {
		d->used++;
		free_chain(d, (uint16_t)id, loan->slots);
	}
	return true;
}

void driver_event(struct driver *d, uint64_t pos)
{
	uint32_t e = EVENT_ENABLE << 16;

	if (d->cfg.packed) {
		if (d->cfg.event_idx)
			e = (uint32_t)(pos % d->cfg.size) |
			    (uint32_t)driver_wrap(d, pos) << 15 |
			    EVENT_DESC << 16;
		__atomic_store_n((uint32_t *)driver_avail(d), e,
				 __ATOMIC_RELAXED);
	} else if (d->cfg.event_idx) {
		__atomic_store_n(&driver_avail(d)[2 + d->cfg.size],
				 (uint16_t)pos, __ATOMIC_RELAXED);
	} else {
		__atomic_store_n(&driver_avail(d)[0], 0, __ATOMIC_RELAXED);
	}
}

bool driver_arm(struct driver *d)
{
	driver_event(d, d->used);
	full_fence();
	return driver_pending(d);
}

void driver_mute(struct driver *d)
{
	if (d->cfg.packed)
		__atomic_store_n((uint32_t *)driver_avail(d),
				 EVENT_DISABLE << 16, __ATOMIC_RELAXED);
	else if (!d->cfg.event_idx)
		__atomic_store_n(&driver_avail(d)[0], 1, __ATOMIC_RELAXED);
	else
		/* Behind, where it stays for a long time. */
		driver_event(d, d->used - 1);
}
