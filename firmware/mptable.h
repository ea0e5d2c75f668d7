/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mptable.h - the MP table, which tells of processors and interrupts as ACPI
 * does, for systems that are older than ACPI or do without it
 *
 * Reference: Intel MultiProcessor Specification 1.4, chapter 4.  If both exist,
 * Linux uses the ACPI tables.
 */
#ifndef FIRMWARE_MPTABLE_H
#define FIRMWARE_MPTABLE_H

#include <stdint.h>

struct mem;

#define MPTABLE_PACKED __attribute__((packed))

/* 4.1; found by its signature, at a multiple of 16. */
struct mptable_pointer {
	char signature[4];
	uint32_t table;
	/* In units of 16 bytes. */
	uint8_t length;
	uint8_t revision;
	uint8_t checksum;
	/* All zero: there is a table; no IMCR. */
	uint8_t features[5];
} MPTABLE_PACKED;

/* 4.2 */
struct mptable_header {
	char signature[4];
	uint16_t length;
	uint8_t revision;
	uint8_t checksum;
	char oem_id[8];
	char product_id[12];
	uint32_t oem_table;
	uint16_t oem_table_size;
	uint16_t entries;
	uint32_t lapic_addr;
	uint16_t extended_length;
	uint8_t extended_checksum;
	uint8_t reserved;
} MPTABLE_PACKED;

/* 4.3: in this order. */
enum mptable_entry {
	MPTABLE_CPU,
	MPTABLE_BUS,
	MPTABLE_IOAPIC,
	MPTABLE_IO_INTERRUPT,
	MPTABLE_LOCAL_INTERRUPT,
};

/* 4.3.1 */
enum { MPTABLE_CPU_ENABLED = 1, MPTABLE_CPU_BOOT = 2 };

struct mptable_cpu {
	uint8_t type;
	uint8_t apic_id, apic_version;
	uint8_t flags;
	uint32_t signature, features;
	uint32_t reserved[2];
} MPTABLE_PACKED;

/* 4.3.2 */
struct mptable_bus {
	uint8_t type;
	uint8_t id;
	char name[6];
} MPTABLE_PACKED;

/* 4.3.3 */
struct mptable_ioapic {
	uint8_t type;
	uint8_t id, version;
	/* 1: it is usable. */
	uint8_t flags;
	uint32_t addr;
} MPTABLE_PACKED;

/* 4.3.4, 4.3.5 */
enum { MPTABLE_INT, MPTABLE_NMI, MPTABLE_SMI, MPTABLE_EXTINT };

/* As is usual for the bus, or a level that is active high. */
enum { MPTABLE_CONFORMS = 0, MPTABLE_LEVEL_HIGH = 1 | 3 << 2 };

struct mptable_interrupt {
	uint8_t type;
	uint8_t kind;
	uint16_t flags;
	uint8_t bus, irq;
	/* An IOAPIC and its input, or a local APIC and its LINT. */
	uint8_t apic, input;
} MPTABLE_PACKED;

/* The numbers of the buses: PCI has its own bus number. */
enum { MPTABLE_PCI_BUS = 0, MPTABLE_ISA_BUS = 1 };

/* An APIC id of 8 bits allows no more. */
#define MPTABLE_CPUS_MAX 255

/*
 * Write the pointer to LAYOUT_MPTABLE, and the table after it, for @n_cpus
 * processors (APIC ids 0 ..  @n_cpus - 1; at most the first MPTABLE_CPUS_MAX),
 * with interrupts routed as in ACPI's MADT and DSDT.
 */
void mptable_build(const struct mem *mem, unsigned n_cpus);

#endif
