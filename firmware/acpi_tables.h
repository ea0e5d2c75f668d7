/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * acpi_tables.h - the tables of ACPI 6.5, chapter 5, as they lie in memory
 */
#ifndef FIRMWARE_ACPI_TABLES_H
#define FIRMWARE_ACPI_TABLES_H

#include <stdint.h>

#define ACPI_PACKED __attribute__((packed))

/* 5.2.5.3 */
struct acpi_rsdp {
	char signature[8];
	uint8_t checksum;
	char oem_id[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
	uint8_t extended_checksum;
	uint8_t reserved[3];
} ACPI_PACKED;

/* 5.2.6 */
struct acpi_header {
	char signature[4];
	uint32_t length;
	uint8_t revision;
	uint8_t checksum;
	char oem_id[6];
	char oem_table_id[8];
	uint32_t oem_revision;
	char creator_id[4];
	uint32_t creator_revision;
} ACPI_PACKED;

/* 5.2.3.2 */
enum { ACPI_SPACE_IO = 1 };
enum { ACPI_ACCESS_BYTE = 1, ACPI_ACCESS_WORD, ACPI_ACCESS_DWORD };

struct acpi_address {
	uint8_t space, bit_width, bit_offset, access_size;
	uint64_t address;
} ACPI_PACKED;

/* 5.2.9 */
enum {
	ACPI_FADT_WBINVD = 1 << 0,
	ACPI_FADT_PROC_C1 = 1 << 2,
	ACPI_FADT_NO_SLEEP_BUTTON = 1 << 5,
	ACPI_FADT_NO_RTC_WAKE = 1 << 6,
	ACPI_FADT_TIMER_32BIT = 1 << 8,
	ACPI_FADT_RESET_REG = 1 << 10,
};

/* 5.2.9.3 */
enum {
	ACPI_BOOT_LEGACY_DEVICES = 1 << 0,
	ACPI_BOOT_NO_VGA = 1 << 2,
};

struct acpi_fadt {
	struct acpi_header header;
	uint32_t facs, dsdt;
	uint8_t reserved0, profile;
	uint16_t sci_irq;
	uint32_t smi_cmd;
	uint8_t acpi_enable, acpi_disable, s4bios_req, pstate_cnt;
	uint32_t pm1a_evt, pm1b_evt, pm1a_cnt, pm1b_cnt;
	uint32_t pm2_cnt, pm_tmr, gpe0, gpe1;
	uint8_t pm1_evt_len, pm1_cnt_len, pm2_cnt_len, pm_tmr_len;
	uint8_t gpe0_len, gpe1_len, gpe1_base, cst_cnt;
	uint16_t c2_latency, c3_latency;
	uint16_t flush_size, flush_stride;
	uint8_t duty_offset, duty_width;
	uint8_t day_alarm, month_alarm, century;
	uint16_t boot_arch;
	uint8_t reserved1;
	uint32_t flags;
	struct acpi_address reset_reg;
	uint8_t reset_value;
	uint16_t arm_boot_arch;
	uint8_t minor_revision;
	uint64_t x_facs, x_dsdt;
	struct acpi_address x_pm1a_evt, x_pm1b_evt, x_pm1a_cnt, x_pm1b_cnt;
	struct acpi_address x_pm2_cnt, x_pm_tmr, x_gpe0, x_gpe1;
	struct acpi_address sleep_control, sleep_status;
	char hypervisor_id[8];
} ACPI_PACKED;

_Static_assert(sizeof(struct acpi_fadt) == 276, "FADT of revision 6");

/* 5.2.10 */
struct acpi_facs {
	char signature[4];
	uint32_t length;
	uint32_t hardware_signature, waking_vector, global_lock, flags;
	uint64_t x_waking_vector;
	uint8_t version;
	uint8_t reserved0[3];
	uint32_t ospm_flags;
	uint8_t reserved1[24];
} ACPI_PACKED;

_Static_assert(sizeof(struct acpi_facs) == 64, "FACS");

/* 5.2.12 */
enum { ACPI_MADT_PCAT_COMPAT = 1 << 0 };

struct acpi_madt {
	struct acpi_header header;
	uint32_t lapic_addr;
	uint32_t flags;
} ACPI_PACKED;

/* Interrupt controller structures, 5.2.12.2 and on. */
enum {
	ACPI_MADT_LAPIC = 0,
	ACPI_MADT_IOAPIC = 1,
	ACPI_MADT_OVERRIDE = 2,
	ACPI_MADT_LAPIC_NMI = 4,
	ACPI_MADT_X2APIC = 9,
	ACPI_MADT_X2APIC_NMI = 10,
};

enum { ACPI_MADT_ENABLED = 1 << 0 };

/* Of interrupts, 5.2.12.5; 0 means as the bus has it. */
enum {
	ACPI_MADT_ACTIVE_HIGH = 1 << 0,
	ACPI_MADT_LEVEL = 3 << 2,
};

struct acpi_madt_lapic {
	uint8_t type, length;
	uint8_t uid, apic_id;
	uint32_t flags;
} ACPI_PACKED;

struct acpi_madt_ioapic {
	uint8_t type, length;
	uint8_t id, reserved;
	uint32_t address, gsi_base;
} ACPI_PACKED;

struct acpi_madt_override {
	uint8_t type, length;
	uint8_t bus, irq;
	uint32_t gsi;
	uint16_t flags;
} ACPI_PACKED;

struct acpi_madt_lapic_nmi {
	uint8_t type, length;
	uint8_t uid;
	uint16_t flags;
	uint8_t lint;
} ACPI_PACKED;

struct acpi_madt_x2apic {
	uint8_t type, length;
	uint16_t reserved;
	uint32_t apic_id, flags, uid;
} ACPI_PACKED;

struct acpi_madt_x2apic_nmi {
	uint8_t type, length;
	uint16_t flags;
	uint32_t uid;
	uint8_t lint;
	uint8_t reserved[3];
} ACPI_PACKED;

/* PCI Firmware Specification 3.3, 4.1.2 */
struct acpi_mcfg {
	struct acpi_header header;
	uint64_t reserved0;
	uint64_t base;
	uint16_t segment;
	uint8_t start_bus, end_bus;
	uint32_t reserved1;
} ACPI_PACKED;

#endif
