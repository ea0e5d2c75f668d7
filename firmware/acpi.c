/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/acpi.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/util.h"
#include "dsdt.hex"
#include "firmware/acpi_tables.h"
#include "firmware/layout.h"

#define OEM_ID	     "MINVMM"
#define OEM_TABLE_ID "MINIVMM "
#define CREATOR_ID   "MVMM"

#define LAPIC_ADDR  0xfee00000
#define IOAPIC_ADDR 0xfec00000
/* 255 is the broadcast id of xAPIC mode; from there on only x2APIC. */
#define XAPIC_IDS 255

/* CMOS register of the century. */
#define RTC_CENTURY 0x32

/* FADT latencies that mean "no such state", 5.2.9. */
#define NO_C2 0x0fff
#define NO_C3 0xffff

/* Tables are written one after another from LAYOUT_ACPI on.  A table that does
 * not fit is not written, and the writer remembers that. */
struct writer {
	uint8_t *base;
	uint64_t used;
	bool full;
};

/* The guest address of @len new bytes, copied from @from. */
static uint64_t append(struct writer *w, const void *from, uint64_t len)
{
	uint64_t at = w->used;

	if (w->full || len > LAYOUT_ACPI_LEN - at) {
		w->full = true;
		return 0;
	}
	memcpy(w->base + at, from, len);
	w->used += len;
	return LAYOUT_ACPI + at;
}

static void align(struct writer *w, uint64_t to)
{
	w->used = MIN(ALIGN_UP(w->used, to), LAYOUT_ACPI_LEN);
}

/* The byte that makes the sum of the @len bytes at @p 0. */
static uint8_t checksum(const void *p, uint64_t len)
{
	const uint8_t *byte = p;
	uint8_t sum = 0;

	while (len--)
		sum = (uint8_t)(sum + *byte++);
	return (uint8_t)-sum;
}

static struct acpi_header header(const char *signature, uint8_t revision,
				 uint64_t length)
{
	struct acpi_header h = {
		.length = (uint32_t)length,
		.revision = revision,
		.oem_revision = 1,
		.creator_revision = 1,
	};

	memcpy(h.signature, signature, sizeof(h.signature));
	memcpy(h.oem_id, OEM_ID, sizeof(h.oem_id));
	memcpy(h.oem_table_id, OEM_TABLE_ID, sizeof(h.oem_table_id));
	memcpy(h.creator_id, CREATOR_ID, sizeof(h.creator_id));
	return h;
}

/* Set length and checksum of the table that begins at @addr and ends at the
 * last byte written. */
static void finish(struct writer *w, uint64_t addr)
{
	struct acpi_header h;
	uint8_t *table;

	if (w->full)
		return;
	table = w->base + (addr - LAYOUT_ACPI);
	memcpy(&h, table, sizeof(h));
	h.length = (uint32_t)(LAYOUT_ACPI + w->used - addr);
	memcpy(table, &h, sizeof(h));
	h.checksum = checksum(table, h.length);
	memcpy(table, &h, sizeof(h));
}

/* Append a whole table whose checksum is still 0. */
static uint64_t append_table(struct writer *w, const void *table, uint64_t len)
{
	uint64_t addr;

	align(w, 16);
	addr = append(w, table, len);
	finish(w, addr);
	return addr;
}

static uint64_t put_facs(struct writer *w)
{
	const struct acpi_facs facs = {
		.signature = "FACS",
		.length = sizeof(facs),
		.version = 2,
	};

	align(w, 64);
	return append(w, &facs, sizeof(facs));
}

static struct acpi_address io(uint64_t port, uint8_t bits, uint8_t access)
{
	return (struct acpi_address){
		.space = ACPI_SPACE_IO,
		.bit_width = bits,
		.access_size = access,
		.address = port,
	};
}

/* Always in ACPI mode (no SMI command), with a fixed power button.  The guest
 * need not probe for the keyboard controller, which has no keyboard. */
static uint64_t put_fadt(struct writer *w, uint64_t facs, uint64_t dsdt)
{
	const struct acpi_fadt fadt = {
		.header = header("FACP", 6, sizeof(fadt)),
		.facs = (uint32_t)facs,
		.dsdt = (uint32_t)dsdt,
		.sci_irq = ACPI_SCI_IRQ,
		.pm1a_evt = ACPI_PM_EVT,
		.pm1a_cnt = ACPI_PM_CNT,
		.pm_tmr = ACPI_PM_TMR,
		.pm1_evt_len = 4,
		.pm1_cnt_len = 2,
		.pm_tmr_len = 4,
		.c2_latency = NO_C2,
		.c3_latency = NO_C3,
		.century = RTC_CENTURY,
		.boot_arch = ACPI_BOOT_LEGACY_DEVICES | ACPI_BOOT_NO_VGA,
		.flags = ACPI_FADT_WBINVD | ACPI_FADT_PROC_C1 |
			 ACPI_FADT_NO_SLEEP_BUTTON | ACPI_FADT_NO_RTC_WAKE |
			 ACPI_FADT_TIMER_32BIT | ACPI_FADT_RESET_REG,
		.reset_reg = io(ACPI_RESET_REG, 8, ACPI_ACCESS_BYTE),
		.reset_value = ACPI_RESET_VAL,
		.minor_revision = 5,
		.x_dsdt = dsdt,
		.x_pm1a_evt = io(ACPI_PM_EVT, 32, ACPI_ACCESS_WORD),
		.x_pm1a_cnt = io(ACPI_PM_CNT, 16, ACPI_ACCESS_WORD),
		.x_pm_tmr = io(ACPI_PM_TMR, 32, ACPI_ACCESS_DWORD),
		.hypervisor_id = "minivmm",
	};

	return append_table(w, &fadt, sizeof(fadt));
}

static void put_cpu(struct writer *w, unsigned id)
{
	const struct acpi_madt_lapic lapic = {
		.type = ACPI_MADT_LAPIC,
		.length = sizeof(lapic),
		.uid = (uint8_t)id,
		.apic_id = (uint8_t)id,
		.flags = ACPI_MADT_ENABLED,
	};
	const struct acpi_madt_x2apic x2apic = {
		.type = ACPI_MADT_X2APIC,
		.length = sizeof(x2apic),
		.apic_id = id,
		.flags = ACPI_MADT_ENABLED,
		.uid = id,
	};

	if (id < XAPIC_IDS)
		append(w, &lapic, sizeof(lapic));
	else
		append(w, &x2apic, sizeof(x2apic));
}

static void put_override(struct writer *w, uint8_t irq, uint32_t gsi,
			 uint16_t flags)
{
	const struct acpi_madt_override override = {
		.type = ACPI_MADT_OVERRIDE,
		.length = sizeof(override),
		.irq = irq,
		.gsi = gsi,
		.flags = flags,
	};

	append(w, &override, sizeof(override));
}

static void put_level(struct writer *w, uint8_t irq)
{
	put_override(w, irq, irq, ACPI_MADT_ACTIVE_HIGH | ACPI_MADT_LEVEL);
}

/* LINT1 of every processor is wired to the NMI. */
static void put_nmi(struct writer *w, unsigned n_cpus)
{
	const struct acpi_madt_lapic_nmi nmi = {
		.type = ACPI_MADT_LAPIC_NMI,
		.length = sizeof(nmi),
		.uid = UINT8_MAX,
		.lint = 1,
	};
	const struct acpi_madt_x2apic_nmi x2apic_nmi = {
		.type = ACPI_MADT_X2APIC_NMI,
		.length = sizeof(x2apic_nmi),
		.uid = UINT32_MAX,
		.lint = 1,
	};

	append(w, &nmi, sizeof(nmi));
	if (n_cpus > XAPIC_IDS)
		append(w, &x2apic_nmi, sizeof(x2apic_nmi));
}

static uint64_t put_madt(struct writer *w, unsigned n_cpus)
{
	const struct acpi_madt madt = {
		.header = header("APIC", 6, 0),
		.lapic_addr = LAPIC_ADDR,
		.flags = ACPI_MADT_PCAT_COMPAT,
	};
	const struct acpi_madt_ioapic ioapic = {
		.type = ACPI_MADT_IOAPIC,
		.length = sizeof(ioapic),
		.address = IOAPIC_ADDR,
	};
	uint64_t addr;

	align(w, 16);
	addr = append(w, &madt, sizeof(madt));
	for (unsigned id = 0; id < n_cpus && !w->full; id++)
		put_cpu(w, id);
	append(w, &ioapic, sizeof(ioapic));
	/* The PIT, as on every PC. */
	put_override(w, 0, 2, 0);
	put_level(w, ACPI_SCI_IRQ);
	put_level(w, ACPI_PCI_GSI(0));
	put_level(w, ACPI_PCI_GSI(1));
	put_nmi(w, n_cpus);
	finish(w, addr);
	return addr;
}

static uint64_t put_mcfg(struct writer *w)
{
	const struct acpi_mcfg mcfg = {
		.header = header("MCFG", 1, sizeof(mcfg)),
		.base = ACPI_ECAM_BASE,
	};

	return append_table(w, &mcfg, sizeof(mcfg));
}

/* The root table, by addresses of @width bytes: 4 in an RSDT, for systems
 * that know ACPI 1.0 only, 8 in an XSDT. */
static uint64_t put_root(struct writer *w, const char *signature,
			 unsigned width, const uint64_t *tables, unsigned n)
{
	const struct acpi_header h = header(signature, 1, 0);
	uint64_t addr;

	align(w, 16);
	addr = append(w, &h, sizeof(h));
	for (unsigned i = 0; i < n; i++)
		append(w, &tables[i], width);
	finish(w, addr);
	return addr;
}

static uint64_t put_rsdp(struct writer *w, uint64_t rsdt, uint64_t xsdt)
{
	struct acpi_rsdp rsdp = {
		.signature = "RSD PTR ",
		.oem_id = OEM_ID,
		.revision = 2,
		.rsdt = (uint32_t)rsdt,
		.length = sizeof(rsdp),
		.xsdt = xsdt,
	};

	/* The first checksum is for the part that ACPI 1.0 had. */
	rsdp.checksum = checksum(&rsdp, offsetof(struct acpi_rsdp, length));
	rsdp.extended_checksum = checksum(&rsdp, sizeof(rsdp));
	align(w, 16);
	return append(w, &rsdp, sizeof(rsdp));
}

int acpi_build(const struct mem *mem, unsigned n_cpus, uint64_t *rsdp)
{
	struct writer w = { .base = mem_at(mem, LAYOUT_ACPI, LAYOUT_ACPI_LEN) };
	uint64_t facs, dsdt, tables[3], rsdt, xsdt, addr;

	assert(w.base);
	facs = put_facs(&w);
	/* It has its checksum already. */
	dsdt = append(&w, dsdt_aml_code, sizeof(dsdt_aml_code));
	tables[0] = put_fadt(&w, facs, dsdt);
	tables[1] = put_madt(&w, n_cpus);
	tables[2] = put_mcfg(&w);
	rsdt = put_root(&w, "RSDT", 4, tables, ARRAY_SIZE(tables));
	xsdt = put_root(&w, "XSDT", 8, tables, ARRAY_SIZE(tables));
	addr = put_rsdp(&w, rsdt, xsdt);
	if (w.full)
		return log_fail(-ENOSPC,
				"ACPI tables: no room for %u processors: use "
				"fewer --cpus",
				n_cpus);
	*rsdp = addr;
	return 0;
}
