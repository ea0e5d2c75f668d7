/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Base address registers: sizes, moves, and places where they cannot be.  A
 * comment that begins with PCI and a section is a line of docs/VIRTIO.md.
 */
#include "devices/pci/pci_bar.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "base/util.h"
#include "tests/unit.h"

#define ECAM	    UINT64_C(0xe8000000)
#define DEVFN	    0x10
#define OTHER_DEVFN 0x18
#define NONE	    UINT64_MAX

enum { PORTS, SMALL, BIG = 4 };

/* A function with three BARs of its own kind each: BAR 0 32 ports, BAR 1 4 KiB
 * of memory, BAR 4 64 KiB at 64 bits.  A read gives the BAR and the offset. */
struct card {
	struct pci_function function;
	struct pci_bars bars;
	struct pci_doorbell bell[2];
	uint64_t last_write[6];
};

static struct {
	struct bus port, mmio;
	struct bus_range ram, apic, high_ram;
	struct pci_bus pci;
	struct pci_host host;
	struct card card, other;
	struct doorbell bell[8];
	unsigned n_bells;
} m;

static uint64_t read_0(void *owner, uint64_t offset, unsigned size)
{
	(void)owner;
	(void)size;
	return offset;
}

static uint64_t read_1(void *owner, uint64_t offset, unsigned size)
{
	(void)owner;
	(void)size;
	return 0x10000000 | offset;
}

static uint64_t read_4(void *owner, uint64_t offset, unsigned size)
{
	(void)owner;
	(void)size;
	return 0x40000000 | offset;
}

static void card_write(void *owner, uint64_t offset, unsigned size,
		       uint64_t value)
{
	struct card *card = owner;

	(void)size;
	card->last_write[0] = offset;
	card->last_write[1] = value;
}

static int bell_add(void *arg, const struct doorbell *bell)
{
	(void)arg;
	m.bell[m.n_bells++] = *bell;
	return 0;
}

static void bell_remove(void *arg, const struct doorbell *bell)
{
	unsigned i = 0;

	(void)arg;
	while (memcmp(&m.bell[i], bell, sizeof(*bell)) != 0)
		ck_assert_uint_lt(++i, m.n_bells);
	m.bell[i] = m.bell[--m.n_bells];
}

static const struct doorbell_ops bells = { bell_add, bell_remove };

static void written(void *arg, unsigned offset, unsigned size)
{
	struct card *card = arg;

	(void)offset;
	(void)size;
	pci_bars_update(&card->bars);
}

static void plug(struct card *card, uint8_t devfn)
{
	static const struct pci_function_ops ops = { NULL, written };
	static const struct pci_identity id = { .vendor = 1 };
	static const struct bus_ops bar_ops[] = { { read_0, card_write, 4 },
						  { read_1, card_write, 4 },
						  { read_4, card_write, 4 } };

	*card = (struct card){ 0 };
	pci_function_init(&card->function, &id);
	card->function.ops = &ops;
	card->function.arg = card;
	pci_bars_init(&card->bars, &card->function, &m.host);
	ck_assert_int_eq(pci_bar_add(&card->bars, PORTS, PCI_BAR_IO, 32,
				     &bar_ops[0], card, "ports"),
			 0);
	ck_assert_int_eq(pci_bar_add(&card->bars, SMALL, PCI_BAR_MEM32, 4096,
				     &bar_ops[1], card, "small"),
			 0);
	ck_assert_int_eq(pci_bar_add(&card->bars, BIG, PCI_BAR_MEM64, 65536,
				     &bar_ops[2], card, "big"),
			 0);
	card->bell[0] = (struct pci_doorbell){
		.bell = { .addr = 0x10, .size = 2, .match = true, .value = 7 },
		.bar = PORTS
	};
	card->bell[1] =
		(struct pci_doorbell){ .bell = { .addr = 0x100 }, .bar = BIG };
	pci_bar_add_doorbell(&card->bars, &card->bell[0]);
	pci_bar_add_doorbell(&card->bars, &card->bell[1]);
	pci_bars_update(&card->bars);
	ck_assert_int_eq(pci_add(&m.pci, devfn, &card->function), 0);
}

static void unplug(struct card *card)
{
	pci_remove(&m.pci, &card->function);
	pci_bars_free(&card->bars);
	pci_function_free(&card->function);
}

static void set_up(void)
{
	bus_init(&m.port, "port");
	bus_init(&m.mmio, "mmio");
	bus_reserve(&m.mmio, &m.ram, 0, 0x10000000, "RAM");
	bus_reserve(&m.mmio, &m.apic, 0xfec00000, 0x1400000, "APIC");
	bus_reserve(&m.mmio, &m.high_ram, 4 * GIB, GIB, "RAM");
	pci_bus_init(&m.pci, &m.port, &m.mmio, ECAM);
	m.host = (struct pci_host){ .pci = &m.pci,
				    .port = &m.port,
				    .mmio = &m.mmio,
				    .port_window = { 0xc000, 0x10000 },
				    .mmio_window = { 0xc0000000, 0xd0000000 },
				    .doorbells = &bells };
	plug(&m.card, DEVFN);
}

static void tear_down(void)
{
	unplug(&m.card);
	ck_assert_uint_eq(m.n_bells, 0);
	pci_bus_free(&m.pci, &m.port, &m.mmio);
	bus_free(&m.port);
	bus_free(&m.mmio);
}

static uint32_t cfg(unsigned reg)
{
	return (uint32_t)bus_read(&m.mmio,
				  ECAM + PCI_CONFIG_ADDRESS(DEVFN) + reg, 4);
}

static void set_cfg(unsigned reg, uint32_t value)
{
	bus_write(&m.mmio, ECAM + PCI_CONFIG_ADDRESS(DEVFN) + reg, 4, value);
}

static void set_other_cfg(unsigned reg, uint32_t value)
{
	bus_write(&m.mmio, ECAM + PCI_CONFIG_ADDRESS(OTHER_DEVFN) + reg, 4,
		  value);
}

static unsigned bar_reg(unsigned i)
{
	return PCI_BASE_ADDRESS_0 + 4 * i;
}

static void move(unsigned i, uint64_t base)
{
	set_cfg(bar_reg(i), (uint32_t)base);
	if (i == BIG)
		set_cfg(bar_reg(i + 1), (uint32_t)(base >> 32));
}

/* What decodes at @at of memory. */
static uint32_t mem(uint64_t at)
{
	return (uint32_t)bus_read(&m.mmio, at, 4);
}

/* PCI 6.2.5.1: all ones written, a BAR reads back its size; its kind is
 * read-only; 64-bit BARs take two registers */
START_TEST(sizes)
{
	static const struct {
		unsigned i;
		uint32_t reads;
	} bar[] = {
		{ PORTS, 0xffffffe1 },
		{ SMALL, 0xfffff000 },
		{ 2, 0 },
		{ 3, 0 },
		{ BIG, 0xffff0004 },
		{ 5, UINT32_MAX },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(bar); i++) {
		uint32_t before = cfg(bar_reg(bar[i].i));

		set_cfg(bar_reg(bar[i].i), UINT32_MAX);
		ck_assert_uint_eq(cfg(bar_reg(bar[i].i)), bar[i].reads);
		set_cfg(bar_reg(bar[i].i), 0);
		ck_assert_uint_eq(cfg(bar_reg(bar[i].i)), before & 0xf);
		set_cfg(bar_reg(bar[i].i), before);
		ck_assert_uint_eq(cfg(bar_reg(bar[i].i)), before);
	}
	ck_assert_uint_eq(mem(0xc0000000), 0x10000000);
	/* Not a BAR: the ROM. */
	set_cfg(PCI_ROM_ADDRESS, UINT32_MAX);
	ck_assert_uint_eq(cfg(PCI_ROM_ADDRESS), 0);
}
END_TEST

/* PCI 6.2.2: memory and I/O decode by the command register */
START_TEST(decode_bits)
{
	ck_assert_uint_eq(mem(0xc0000004), 0x10000004);
	ck_assert_uint_eq(mem(0xc0010008), 0x40000008);
	ck_assert_uint_eq(bus_read(&m.port, 0xc00c, 4), 0xc);
	set_cfg(PCI_COMMAND, PCI_COMMAND_MEMORY);
	ck_assert_uint_eq(bus_read(&m.port, 0xc00c, 4), UINT32_MAX);
	ck_assert_uint_eq(mem(0xc0000004), 0x10000004);
	ck_assert_uint_eq(m.n_bells, 1);
	set_cfg(PCI_COMMAND, PCI_COMMAND_IO);
	ck_assert_uint_eq(mem(0xc0000004), UINT32_MAX);
	ck_assert_uint_eq(mem(0xc0010008), UINT32_MAX);
	ck_assert_uint_eq(bus_read(&m.port, 0xc00c, 4), 0xc);
	ck_assert_uint_eq(m.n_bells, 1);
	set_cfg(PCI_COMMAND, 0);
	ck_assert_uint_eq(m.n_bells, 0);
	set_cfg(PCI_COMMAND, 3);
	ck_assert_uint_eq(m.n_bells, 2);
}
END_TEST

/* PCI 6.2.5: BARs move while they decode, doorbells with them: nothing stays
 * behind [hostile 62] */
START_TEST(moves)
{
	static const uint64_t to[] = { 0xd5550000, 0xe9000000, 6 * GIB,
				       BIT64(40), 0x20000000 };

	move(PORTS, 0x1234 & ~31u);
	ck_assert_uint_eq(bus_read(&m.port, 0x1220, 1), 0);
	ck_assert_uint_eq(bus_read(&m.port, 0xc000, 1), 0xff);
	ck_assert_uint_eq(m.bell[1].addr, 0x1230);
	ck_assert(m.bell[1].port);
	for (unsigned i = 0; i < ARRAY_SIZE(to); i++) {
		move(BIG, to[i]);
		ck_assert_uint_eq(mem(to[i] + 0xfffc), 0x4000fffc);
		ck_assert_uint_eq(mem(i ? to[i - 1] : 0xc0010000), UINT32_MAX);
		ck_assert_uint_eq(m.n_bells, 2);
		ck_assert_uint_eq(m.bell[1].addr, to[i] + 0x100);
		ck_assert(!m.bell[1].port);
		bus_write(&m.mmio, to[i] + 8, 4, 0x99);
		ck_assert_uint_eq(m.card.last_write[0], 8);
		ck_assert_uint_eq(m.card.last_write[1], 0x99);
	}
}
END_TEST

/* PCI 6.2.5: where a BAR cannot be it does not decode, and it does again once
 * moved away: RAM, interrupt controllers, ECAM, another BAR, the ends of
 * memory [hostile 18, 62, 63] */
START_TEST(impossible_places)
{
	static const uint64_t bad[] = {
		0,
		0xfff0000,
		4 * GIB,
		5 * GIB - 0x10000,
		0xfec00000,
		0xfee00000,
		0xffff0000,
		ECAM,
		ECAM + 0xf0000,
		/* BAR 1 */
		0xc0000000,
		0xffffffffffff0000,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
		uint64_t refused;

		move(BIG, 0xd0000000);
		ck_assert_uint_eq(mem(0xd0000000), 0x40000000);
		refused = m.card.bars.refused;
		move(BIG, bad[i]);
		ck_assert_uint_gt(m.card.bars.refused, refused);
		ck_assert(!m.card.bars.bar[BIG].mapped);
		ck_assert_uint_eq(m.n_bells, 1);
		ck_assert_uint_ne(mem(bad[i]), 0x40000000);
		ck_assert_uint_eq(cfg(bar_reg(BIG)), (uint32_t)bad[i] | 4);
	}
	ck_assert_uint_eq(mem(0xc0000000), 0x10000000);
}
END_TEST

/* PCI 6.2.5: two functions whose BARs overlap: the first one there answers */
START_TEST(overlap)
{
	uint64_t at;

	plug(&m.other, OTHER_DEVFN);
	at = m.other.bars.bar[BIG].range.base;
	ck_assert_uint_eq(at % 65536, 0);
	bus_write(&m.mmio, at, 4, 5);
	ck_assert_uint_eq(m.other.last_write[1], 5);
	move(BIG, at);
	bus_write(&m.mmio, at, 4, 6);
	ck_assert_uint_eq(m.other.last_write[1], 6);
	ck_assert_uint_eq(m.card.last_write[1], 0);
	unplug(&m.other);
	bus_write(&m.mmio, at, 4, 7);
	ck_assert_uint_eq(m.card.last_write[1], 7);
}
END_TEST

/* PCI 6.2.5: BARs change places while they decode, of two functions or of
 * one: each answers as soon as the other has gone, and has its doorbells */
START_TEST(change_places)
{
	uint64_t a = m.card.bars.bar[BIG].range.base, b;

	plug(&m.other, OTHER_DEVFN);
	b = m.other.bars.bar[BIG].range.base;
	move(BIG, b);
	ck_assert_uint_eq(mem(a), UINT32_MAX);
	ck_assert_uint_eq(m.n_bells, 3);
	set_other_cfg(bar_reg(BIG), (uint32_t)a);
	bus_write(&m.mmio, a, 4, 5);
	ck_assert_uint_eq(m.other.last_write[1], 5);
	bus_write(&m.mmio, b, 4, 6);
	ck_assert_uint_eq(m.card.last_write[1], 6);
	ck_assert_uint_eq(m.n_bells, 4);
	/* One that is switched off waits for nothing. */
	move(BIG, a);
	set_cfg(PCI_COMMAND, 0);
	set_other_cfg(bar_reg(BIG), 0xd0000000);
	ck_assert_uint_eq(mem(a), UINT32_MAX);
	set_cfg(PCI_COMMAND, 3);
	ck_assert_uint_eq(mem(a), 0x40000000);
	unplug(&m.other);
	move(SMALL, a);
	set_cfg(bar_reg(BIG), 0xd0000000);
	ck_assert_uint_eq(mem(a), 0x10000000);
	ck_assert_uint_eq(mem(0xd0000000), 0x40000000);
}
END_TEST

/* Windows run out; what a BAR is given lies within. */
START_TEST(windows)
{
	static const struct bus_ops ops = { read_0, card_write, 4 };
	static const struct pci_identity id = { .vendor = 1 };
	struct pci_function f;
	struct pci_bars bars;

	pci_function_init(&f, &id);
	pci_bars_init(&bars, &f, &m.host);
	ck_assert_int_eq(pci_bar_add(&bars, 0, PCI_BAR_MEM64, 0x10000000, &ops,
				     NULL, "huge"),
			 -ENOSPC);
	ck_assert_int_eq(
		pci_bar_add(&bars, 0, PCI_BAR_IO, 0x8000, &ops, NULL, "huge"),
		-ENOSPC);
	ck_assert_int_eq(pci_bar_add(&bars, 0, PCI_BAR_MEM32, 0x8000000, &ops,
				     NULL, "large"),
			 0);
	ck_assert_uint_eq(get_le32(f.config + PCI_BASE_ADDRESS_0), 0xc8000000);
	pci_bars_free(&bars);
	pci_function_free(&f);
}
END_TEST

/* Accesses that do not come by the bus. */
START_TEST(accesses_by_number)
{
	struct pci_bars *bars = &m.card.bars;
	uint32_t value = 1;

	set_cfg(PCI_COMMAND, 0);
	ck_assert(pci_bar_read(bars, BIG, 0xfffc, 4, &value));
	ck_assert_uint_eq(value, 0x4000fffc);
	ck_assert(pci_bar_write(bars, SMALL, 2, 2, 3));
	ck_assert_uint_eq(m.card.last_write[0], 2);
	value = 1;
	ck_assert(!pci_bar_read(bars, BIG, 0xfffd, 4, &value));
	ck_assert(!pci_bar_read(bars, BIG, 0, 8, &value));
	ck_assert(!pci_bar_read(bars, BIG, 0, 3, &value));
	ck_assert(!pci_bar_read(bars, BIG, UINT64_MAX, 4, &value));
	ck_assert(!pci_bar_read(bars, 5, 0, 4, &value));
	ck_assert(!pci_bar_read(bars, 6, 0, 4, &value));
	ck_assert(!pci_bar_write(bars, UINT32_MAX, 0, 4, 0));
	ck_assert_uint_eq(value, 1);
}
END_TEST

struct mover {
	pthread_t thread;
	bool stop;
};

static void *move_about(void *arg)
{
	struct mover *mover = arg;

	while (!__atomic_load_n(&mover->stop, __ATOMIC_RELAXED)) {
		move(BIG, 0xd0000000);
		move(BIG, 0xd8000000);
		set_cfg(PCI_COMMAND, 0);
		move(BIG, UINT64_MAX);
		set_cfg(PCI_COMMAND, 3);
	}
	return NULL;
}

/* PCI 6.2.5: moved while another processor uses it: each access reaches the
 * BAR or nobody [hostile 62] */
START_TEST(moves_under_load)
{
	struct mover mover = { .stop = false };

	ck_assert_int_eq(
		pthread_create(&mover.thread, NULL, move_about, &mover), 0);
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t a = mem(0xd0000010), b = mem(0xd8000010);

		ck_assert(a == UINT32_MAX || a == 0x40000010);
		ck_assert(b == UINT32_MAX || b == 0x40000010);
		bus_write(&m.mmio, 0xd0000000, 4, i);
	}
	__atomic_store_n(&mover.stop, true, __ATOMIC_RELAXED);
	pthread_join(mover.thread, NULL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		sizes,
		decode_bits,
		moves,
		impossible_places,
		overlap,
		change_places,
		windows,
		accesses_by_number,
		moves_under_load,
		NULL,
	};

	return unit_run(
		unit_suite_fixture("pci_bar", tests, set_up, tear_down));
}
