/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * acpi.c - the tables are there, sum up, and say what the machine is
 */
#include "guest-tests/lib/acpi.h"
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/string.h"

enum {
	FADT_FACS = 36,
	FADT_DSDT = 40,
	FADT_SCI = 46,
	FADT_PM1A_EVT = 56,
	FADT_PM1A_CNT = 64,
	FADT_PM_TIMER = 76,
	FADT_RESET_REG = 116,
	FADT_RESET_VALUE = 128,
	FADT_X_DSDT = 140,
	GAS_ADDRESS = 4,

	MADT_LAPIC_ADDRESS = 36,
	MADT_IOAPIC = 1,

	MCFG_BASE = 44,
	MCFG_BUSES = 54,
};

/* Within the BIOS area or RAM, and summing up. */
static const struct acpi_table *table(const char *signature)
{
	const struct acpi_table *t = acpi_find(signature);

	if (!check(t != NULL, signature, "missing"))
		return NULL;
	check(!acpi_sum(t, t->length), signature, "checksum");
	return t;
}

static void check_dsdt(const struct acpi_table *fadt)
{
	uint64_t at = acpi_field(fadt, FADT_X_DSDT, 8);
	const struct acpi_table *dsdt;
	const char *aml;
	uint32_t i;

	if (!at)
		at = acpi_field(fadt, FADT_DSDT, 4);
	dsdt = (const void *)at;
	if (!check(at && !memcmp(dsdt->signature, "DSDT", 4), "DSDT", "%lx",
		   at))
		return;
	check(!acpi_sum(dsdt, dsdt->length), "DSDT", "checksum");
	aml = (const char *)dsdt;
	for (i = 0; i + 4 < dsdt->length; i++)
		if (!memcmp(aml + i, "_S5_", 4))
			break;
	check(i + 4 < dsdt->length, "\\_S5", "not in the DSDT");
}

static void check_fadt(const struct acpi_table *fadt)
{
	uint64_t facs = acpi_field(fadt, FADT_FACS, 4);
	uint32_t timer = acpi_field(fadt, FADT_PM_TIMER, 4);

	check_eq("SCI", acpi_field(fadt, FADT_SCI, 2), 9);
	check_eq("PM1a events", acpi_field(fadt, FADT_PM1A_EVT, 4), 0x600);
	check_eq("PM1a control", acpi_field(fadt, FADT_PM1A_CNT, 4), 0x604);
	check_eq("SCI_EN", inw(0x604) & 1, 1);
	check_eq("PM timer", timer, 0x608);
	check(inl(timer) != inl(timer), "PM timer runs", "stands still");
	check(facs && !memcmp((const char *)facs, "FACS", 4), "FACS", "%lx",
	      facs);
	check_eq("reset register",
		 acpi_field(fadt, FADT_RESET_REG + GAS_ADDRESS, 8), 0xcf9);
	check_eq("reset value", acpi_field(fadt, FADT_RESET_VALUE, 1), 6);
	check_dsdt(fadt);
}

static void check_madt(const struct acpi_table *madt)
{
	const uint8_t *e = NULL;
	uint32_t ids[CPUS_MAX], ioapic = 0;

	check_eq("LAPIC", acpi_field(madt, MADT_LAPIC_ADDRESS, 4), 0xfee00000);
	print("cpus: %u\n", acpi_cpus(ids, CPUS_MAX));
	while ((e = acpi_madt_next(e)))
		if (e[0] == MADT_IOAPIC)
			memcpy(&ioapic, e + 4, 4);
	check_eq("IOAPIC", ioapic, 0xfec00000);
	check(acpi_isa_irq(9).level, "SCI is a level", "edge");
	check_eq("SCI's GSI", acpi_isa_irq(9).gsi, 9);
}

static void check_rsdp(void)
{
	const struct acpi_rsdp *rsdp = acpi_rsdp();
	const struct acpi_table *xsdt;

	if (!check(rsdp != NULL, "RSDP", "none"))
		done();
	check(rsdp->revision >= 2, "revision", "%u", rsdp->revision);
	check(!acpi_sum(rsdp, sizeof(*rsdp)), "RSDP", "extended checksum");
	check(!boot.rsdp || boot.rsdp == (uint64_t)rsdp, "RSDP from loader",
	      "%lx, not %lx", boot.rsdp, (uint64_t)rsdp);
	xsdt = (const void *)rsdp->xsdt;
	check(!memcmp(xsdt->signature, "XSDT", 4) &&
		      !acpi_sum(xsdt, xsdt->length),
	      "XSDT", "%lx", rsdp->xsdt);
	check(!boot_is_ram((uint64_t)xsdt, 1), "tables are no free RAM", "%lx",
	      rsdp->xsdt);
}

void guest_main(void)
{
	const struct acpi_table *t;

	check_rsdp();
	t = table("FACP");
	if (t)
		check_fadt(t);
	t = table("APIC");
	if (t)
		check_madt(t);
	t = table("MCFG");
	if (t) {
		check_eq("ECAM", acpi_field(t, MCFG_BASE, 8), 0xe8000000);
		check_eq("one bus", acpi_field(t, MCFG_BUSES, 2), 0);
	}
}
