/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * acpi.h - finding tables and reading the MADT; ACPI 6.5, chapter 5
 */
#ifndef GUEST_LIB_ACPI_H
#define GUEST_LIB_ACPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct acpi_rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt, length;
	uint64_t xsdt;
	uint8_t extended_checksum, reserved[3];
} __attribute__((packed));

struct acpi_table {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem[6], oem_table[8];
	uint32_t oem_revision;
	char creator[4];
	uint32_t creator_revision;
	uint8_t body[];
} __attribute__((packed));

/* Scan the BIOS area; NULL when there is none. */
const struct acpi_rsdp *acpi_rsdp(void);

/* The table of that signature in the XSDT (or RSDT), or NULL. */
const struct acpi_table *acpi_find(const char *signature);

/* The sum of @len bytes, which is 0 for a sound table. */
uint8_t acpi_sum(const void *p, size_t len);

/* Little-endian fields by their offset in a table. */
uint64_t acpi_field(const struct acpi_table *t, size_t offset, size_t size);

/* The next MADT entry after @entry (NULL: the first), or NULL. */
const uint8_t *acpi_madt_next(const uint8_t *entry);

/* APIC ids of the usable processors; returns how many, at most @max. */
unsigned acpi_cpus(uint32_t *ids, unsigned max);

/* Where an ISA interrupt arrives. */
struct acpi_override {
	unsigned gsi;
	bool level, active_low;
};

struct acpi_override acpi_isa_irq(unsigned irq);

#endif
