/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/vq_guest.h"

#include <string.h>
#include <sys/mman.h>

#include "tests/fuzz/check.h"
#include "tests/fuzz/racer.h"

enum {
	PAGE = 4096,
	/* Races are slow, so they are rare, and made worth while. */
	RACE_ONE_IN = 512,
	RACE_ROUNDS = 16,
};

/* With nothing before or behind it. */
static uint8_t *map_ram(void)
{
	uint8_t *p = mmap(NULL, RAM + 2 * PAGE, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(p != MAP_FAILED);
	check(!mprotect(p + PAGE, RAM, PROT_READ | PROT_WRITE));
	return p + PAGE;
}

/* Mostly small, so that the rings wrap. */
static uint16_t ring_size(const uint8_t *h, uint16_t size_max)
{
	if (h[1] & 0x80 && size_max == VQ_SIZE_MAX)
		return (uint16_t)(h[2] << 8 | h[3]);
	return 1 + (h[1] & 63);
}

void guest_init(struct guest *g, const uint8_t *data, size_t size,
		uint16_t size_max)
{
	uint8_t h[HEADER_LEN] = { 0 };

	memcpy(h, data, MIN(size, HEADER_LEN));
	if (!g->ram)
		g->ram = map_ram();
	memset(g->ram, 0, RAM);
	g->mem = (struct mem){
		.region = { { 0, RAM, g->ram } },
		.n_regions = 1,
		.size = RAM,
	};
	g->made = 0;
	g->cfg = (struct vq_config){
		.desc = (h[4] & 1) * 512u,
		.driver = 1024 + h[5] * 4u,
		.device = 2048 + h[6] * 4u,
		.size = ring_size(h, size_max),
		.packed = h[0] & PACKED,
		.event_idx = h[0] & EVENT_IDX,
		.indirect = h[0] & INDIRECT,
		.in_order = h[0] & IN_ORDER,
	};
	g->race = race_wanted(data, size, RACE_ONE_IN);
	g->remembered = false;
}

bool guest_start(struct guest *g, struct virtq *vq, void (*interrupt)(void *),
		 void *arg)
{
	if (!vq_start(vq, &g->cfg, &g->mem, interrupt, arg))
		return true;
	/* A power of two lets the split ring start too. */
	g->cfg.size = 16;
	return !vq_start(vq, &g->cfg, &g->mem, interrupt, arg);
}

size_t guest_commands(const uint8_t *data, size_t size, struct command *c)
{
	size_t n = 0;

	if (size >= HEADER_LEN)
		n = MIN((size - HEADER_LEN) / COMMAND_LEN, COMMANDS_MAX);
	if (n)
		memcpy(c, data + HEADER_LEN, n * sizeof(*c));
	return n;
}

void guest_write(struct guest *g, const struct command *c)
{
	/* The rings, mostly: they are in the first part of RAM. */
	uint32_t at = c->op & 0x80 ? c->arg * 64u : c->arg * 8u;

	at += (c->op >> 4 & 7) * 2u;
	__atomic_store_n((uint16_t *)(g->ram + at % RAM), c->value,
			 __ATOMIC_RELAXED);
}

static void put_desc(uint8_t *p, uint64_t addr, uint32_t len, uint16_t a,
		     uint16_t b)
{
	memcpy(p, &addr, 8);
	memcpy(p + 8, &len, 4);
	memcpy(p + 12, &a, 2);
	memcpy(p + 14, &b, 2);
}

/* The @k-th of @n descriptors of a buffer, good ones. */
static void put_nth(const struct guest *g, uint8_t *p, const struct command *c,
		    uint16_t k, uint16_t n, uint16_t next)
{
	bool large = c->arg & 64;
	uint32_t len = (1 + (c->value & 0xffu)) << (large ? 3 : 0);
	uint64_t at = BUFFERS + (large ? 0 : len * k);
	uint16_t flags = (uint16_t)((c->arg & 4 ? 2 : 0) | (k + 1 < n ? 1 : 0));
	bool wrap = !((g->made + k) / g->cfg.size & 1);

	if (g->cfg.packed)
		put_desc(p, at, len, c->value, flags | (wrap ? 0x80 : 0x8000));
	else
		put_desc(p, at, len, flags, next);
}

/* In the ring slot we are at: a table of @n descriptors, or of whatever
 * the ring itself contains. */
static void put_table(const struct guest *g, const struct command *c,
		      uint16_t n)
{
	uint16_t i = g->made % g->cfg.size;
	uint64_t table = TABLES + (n > 4 ? 0 : 64 * (i & 15u));
	uint8_t *d = g->ram + g->cfg.desc + 16 * i;

	if (c->arg & 16)
		table = g->cfg.desc;
	for (uint16_t k = 0; k < n && !(c->arg & 16); k++)
		put_nth(g, g->ram + table + 16 * k, c, k, n, k + 1);
	put_nth(g, d, c, 0, 1, 0);
	memcpy(d, &table, 8);
	memcpy(d + 8, &(uint32_t){ 16u * n }, 4);
	d[g->cfg.packed ? 14 : 12] |= 4;
}

void guest_lend(struct guest *g, const struct command *c)
{
	uint16_t *avail = (uint16_t *)(g->ram + g->cfg.driver);
	uint16_t size = g->cfg.size, head = g->made % size;
	uint16_t n = (uint16_t)((1 + (c->arg & 3)) << (c->arg & 32 ? 4 : 0));
	uint16_t slots = c->arg & 8 ? 1 : n;

	if (c->arg & 8)
		put_table(g, c, n);
	for (uint16_t k = 0; k < n && !(c->arg & 8); k++) {
		uint16_t i = (uint16_t)(g->made + k) % size;

		put_nth(g, g->ram + g->cfg.desc + 16 * i, c, k, n,
			(uint16_t)((i + 1) % size));
	}
	if (g->cfg.packed) {
		g->made = (uint16_t)((g->made + slots) % (2 * size));
		return;
	}
	avail[2 + avail[1] % size] = head;
	avail[1]++;
	g->made = (uint16_t)(g->made + slots);
}

static void race_writes(void *arg)
{
	struct guest *g = arg;

	for (size_t i = 0; i < g->n_writes; i++)
		guest_write(g, &g->write[i]);
}

unsigned guest_race(struct guest *g, const struct command *c, size_t n,
		    uint8_t op, uint8_t n_ops)
{
	g->n_writes = 0;
	for (size_t i = 0; i < n && g->race; i++)
		if (c[i].op % n_ops == op)
			g->write[g->n_writes++] = c[i];
	g->race = g->n_writes;
	if (!g->race)
		return 1;
	race_start(race_writes, g);
	return RACE_ROUNDS;
}

void guest_race_stop(void)
{
	race_stop();
}

void guest_remember(struct guest *g)
{
	if (!g->race && !g->remembered)
		memcpy(g->before, g->ram, RAM);
	g->remembered = !g->race;
}

void guest_forget(struct guest *g)
{
	g->remembered = false;
}

void guest_check(const struct guest *g)
{
	const struct vq_config *cfg = &g->cfg;
	uint64_t from = cfg->device, to;

	if (!g->remembered)
		return;
	to = from + (cfg->packed ? 4 : 6 + 8 * cfg->size);
	if (cfg->packed) {
		from = MIN(from, cfg->desc);
		to = MAX(to, cfg->desc + 16 * cfg->size);
	}
	check(!memcmp(g->before, g->ram, from));
	check(!memcmp(g->before + to, g->ram + to, RAM - to));
}
