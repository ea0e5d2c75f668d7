/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * test_acpi.c - the tables by their bytes, and as ACPICA's disassembler
 * (iasl, without which they could not have been built) sees them
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "devices/platform/debugcon.h"
#include "devices/platform/exit_port.h"
#include "devices/platform/fw_cfg.h"
#include "devices/platform/pvpanic.h"
#include "devices/serial/uart.h"
#include "firmware/acpi.h"
#include "firmware/acpi_tables.h"
#include "firmware/layout.h"
#include "tests/files.h"
#include "tests/unit.h"

static uint8_t sum(const void *p, size_t len)
{
	const uint8_t *byte = p;
	uint8_t s = 0;

	while (len--)
		s = (uint8_t)(s + *byte++);
	return s;
}

/* The table at @addr: whole, inside the area for it, of the right sum. */
static const struct acpi_header *table_at(const struct mem *mem, uint64_t addr)
{
	const struct acpi_header *h = mem_at(mem, addr, sizeof(*h));

	ck_assert_ptr_nonnull(h);
	ck_assert_uint_ge(addr, LAYOUT_ACPI);
	ck_assert_uint_le(addr + h->length, LAYOUT_HIGH);
	if (memcmp(h->signature, "FACS", 4))
		ck_assert_uint_eq(sum(h, h->length), 0);
	return h;
}

static const struct acpi_rsdp *build(const struct mem *mem, unsigned n_cpus)
{
	const struct acpi_rsdp *rsdp;
	uint64_t addr = 0;

	ck_assert_int_eq(acpi_build(mem, n_cpus, &addr), 0);
	ck_assert_uint_eq(addr % 16, 0);
	ck_assert_uint_ge(addr, LAYOUT_ACPI);
	rsdp = mem_at(mem, addr, sizeof(*rsdp));
	ck_assert_mem_eq(rsdp->signature, "RSD PTR ", 8);
	ck_assert_uint_eq(sum(rsdp, 20), 0);
	ck_assert_uint_eq(sum(rsdp, sizeof(*rsdp)), 0);
	ck_assert_uint_eq(rsdp->revision, 2);
	ck_assert_uint_eq(rsdp->length, 36);
	return rsdp;
}

/* The table of @signature by the XSDT, or NULL. */
static const void *find(const struct mem *mem, const struct acpi_rsdp *rsdp,
			const char *signature)
{
	const struct acpi_header *xsdt = table_at(mem, rsdp->xsdt);
	const uint8_t *entry = (const uint8_t *)(xsdt + 1);

	for (unsigned i = 0; i < (xsdt->length - sizeof(*xsdt)) / 8; i++) {
		const struct acpi_header *h =
			table_at(mem, get_le64(entry + 8 * i));

		if (!memcmp(h->signature, signature, 4))
			return h;
	}
	return NULL;
}

START_TEST(both_roots_name_the_same_tables)
{
	const struct acpi_header *rsdt, *xsdt;
	const struct acpi_rsdp *rsdp;
	struct mem mem;

	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	rsdp = build(&mem, 1);
	rsdt = table_at(&mem, rsdp->rsdt);
	xsdt = table_at(&mem, rsdp->xsdt);
	ck_assert_mem_eq(rsdt->signature, "RSDT", 4);
	ck_assert_mem_eq(xsdt->signature, "XSDT", 4);
	ck_assert_uint_eq(rsdt->length, sizeof(*rsdt) + 3 * 4);
	ck_assert_uint_eq(xsdt->length, sizeof(*xsdt) + 3 * 8);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(
			get_le32((const uint8_t *)(rsdt + 1) + 4 * i),
			get_le64((const uint8_t *)(xsdt + 1) + 8 * i));
	ck_assert_ptr_nonnull(find(&mem, rsdp, "FACP"));
	ck_assert_ptr_nonnull(find(&mem, rsdp, "APIC"));
	ck_assert_ptr_nonnull(find(&mem, rsdp, "MCFG"));
	ck_assert_ptr_null(find(&mem, rsdp, "HPET"));
	mem_free(&mem);
}
END_TEST

START_TEST(fadt_says_where_the_registers_are)
{
	const struct acpi_header *dsdt, *facs;
	const struct acpi_fadt *fadt;
	struct mem mem;

	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	fadt = find(&mem, build(&mem, 1), "FACP");
	ck_assert_uint_eq(fadt->header.length, sizeof(*fadt));
	ck_assert_uint_eq(fadt->pm1a_evt, ACPI_PM_BASE);
	ck_assert_uint_eq(fadt->pm1a_cnt, ACPI_PM_BASE + 4);
	ck_assert_uint_eq(fadt->pm_tmr, ACPI_PM_BASE + 8);
	ck_assert_uint_eq(fadt->x_pm1a_evt.address, ACPI_PM_BASE);
	ck_assert_uint_eq(fadt->x_pm1a_cnt.address, ACPI_PM_BASE + 4);
	ck_assert_uint_eq(fadt->x_pm_tmr.address, ACPI_PM_BASE + 8);
	ck_assert_uint_eq(fadt->sci_irq, ACPI_SCI_IRQ);
	ck_assert_uint_eq(fadt->reset_reg.address, ACPI_RESET_REG);
	ck_assert_uint_eq(fadt->reset_value, ACPI_RESET_VAL);
	/* ACPI mode from the start; a fixed power button (bit 4 clear). */
	ck_assert_uint_eq(fadt->smi_cmd, 0);
	ck_assert_uint_eq(fadt->flags & BIT(4), 0);
	/* No 8042 (bit 1 clear), no VGA (bit 2). */
	ck_assert_uint_eq(fadt->boot_arch & 6, 4);
	dsdt = table_at(&mem, fadt->dsdt);
	ck_assert_mem_eq(dsdt->signature, "DSDT", 4);
	ck_assert_uint_eq(fadt->x_dsdt, fadt->dsdt);
	facs = table_at(&mem, fadt->facs);
	ck_assert_mem_eq(facs->signature, "FACS", 4);
	ck_assert_uint_eq(fadt->facs % 64, 0);
	mem_free(&mem);
}
END_TEST

START_TEST(mcfg_has_one_bus)
{
	const struct acpi_mcfg *mcfg;
	struct mem mem;

	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	mcfg = find(&mem, build(&mem, 1), "MCFG");
	ck_assert_uint_eq(mcfg->base, ACPI_ECAM_BASE);
	ck_assert_uint_eq(mcfg->segment, 0);
	ck_assert_uint_eq(mcfg->start_bus, 0);
	ck_assert_uint_eq(mcfg->end_bus, 0);
	mem_free(&mem);
}
END_TEST

/* Count the entries of each type, and that processors come in order. */
static void count_madt(const struct acpi_madt *madt, unsigned *count)
{
	const uint8_t *p = (const uint8_t *)(madt + 1);
	const uint8_t *end = (const uint8_t *)madt + madt->header.length;
	unsigned cpus = 0;

	while (p < end) {
		ck_assert_uint_ge(p[1], 6);
		ck_assert_int_ge(end - p, p[1]);
		ck_assert_uint_le(p[0], ACPI_MADT_X2APIC_NMI);
		if (p[0] == ACPI_MADT_LAPIC) {
			ck_assert_uint_eq(p[3], cpus);
			ck_assert_uint_eq(get_le32(p + 4), 1);
			cpus++;
		} else if (p[0] == ACPI_MADT_X2APIC) {
			ck_assert_uint_eq(get_le32(p + 4), cpus);
			ck_assert_uint_eq(get_le32(p + 8), 1);
			cpus++;
		}
		count[p[0]]++;
		p += p[1];
	}
}

static void check_cpus(unsigned n, unsigned n_xapic)
{
	unsigned count[ACPI_MADT_X2APIC_NMI + 1] = { 0 };
	struct mem mem;

	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	count_madt(find(&mem, build(&mem, n), "APIC"), count);
	ck_assert_uint_eq(count[ACPI_MADT_LAPIC], n_xapic);
	ck_assert_uint_eq(count[ACPI_MADT_X2APIC], n - n_xapic);
	ck_assert_uint_eq(count[ACPI_MADT_LAPIC_NMI], 1);
	ck_assert_uint_eq(count[ACPI_MADT_X2APIC_NMI], n > n_xapic);
	ck_assert_uint_eq(count[ACPI_MADT_IOAPIC], 1);
	ck_assert_uint_eq(count[ACPI_MADT_OVERRIDE], 4);
	mem_free(&mem);
}

START_TEST(madt_lists_every_processor)
{
	check_cpus(1, 1);
	check_cpus(4, 4);
	check_cpus(255, 255);
	check_cpus(256, 255);
	check_cpus(4096, 255);
}
END_TEST

START_TEST(madt_wires_the_interrupts_of_a_pc)
{
	const struct acpi_madt *madt;
	const uint8_t *p, *end;
	unsigned timer = 0, level[16] = { 0 };
	struct mem mem;

	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	madt = find(&mem, build(&mem, 1), "APIC");
	ck_assert_uint_eq(madt->lapic_addr, 0xfee00000);
	ck_assert_uint_eq(madt->flags, 1);
	end = (const uint8_t *)madt + madt->header.length;
	for (p = (const uint8_t *)(madt + 1); p < end; p += p[1]) {
		if (p[0] == ACPI_MADT_IOAPIC)
			ck_assert_uint_eq(get_le32(p + 4), 0xfec00000);
		if (p[0] == ACPI_MADT_OVERRIDE && p[3] == 0)
			timer = get_le32(p + 4);
		if (p[0] == ACPI_MADT_OVERRIDE && p[3] == get_le32(p + 4))
			level[p[3] % 16] = get_le16(p + 8);
	}
	ck_assert_uint_eq(timer, 2);
	/* Active high, level. */
	ck_assert_uint_eq(level[ACPI_SCI_IRQ], 0xd);
	for (unsigned slot = 1; slot < 32; slot++)
		ck_assert_uint_eq(level[ACPI_PCI_GSI(slot)], 0xd);
	mem_free(&mem);
}
END_TEST

START_TEST(too_many_processors_are_refused)
{
	uint64_t rsdp = 42;
	struct mem mem;

	log_capture();
	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	ck_assert_int_eq(acpi_build(&mem, 100000, &rsdp), -ENOSPC);
	ck_assert_uint_eq(rsdp, 42);
	log_expect("--cpus");
	/* Nothing was written beyond the area. */
	ck_assert_uint_eq(*(uint8_t *)mem_at(&mem, LAYOUT_HIGH, 1), 0);
	mem_free(&mem);
}
END_TEST

/* Upper case, and one space for any white space. */
static char *normalise(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		bool space = isspace((unsigned char)*p);

		if (!space)
			*to++ = (char)toupper((unsigned char)*p);
		else if (to == text || to[-1] != ' ')
			*to++ = ' ';
	}
	*to = '\0';
	return text;
}

/* Disassemble @table; the text, to be freed. */
static char *disassemble(const struct acpi_header *table)
{
	char dir[] = "/tmp/minivmm-test-XXXXXX", command[256];
	size_t size = 1 << 16, len;
	char *text = calloc(1, size);
	FILE *f;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(command, sizeof(command), "%s/t.aml", dir);
	f = fopen(command, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(table, 1, table->length, f), table->length);
	ck_assert_int_eq(fclose(f), 0);
	snprintf(command, sizeof(command),
		 "cd %s && iasl -d t.aml >t.log 2>&1; status=$?; "
		 "cat t.log t.dsl; cd / && rm -r %s; exit $status",
		 dir, dir);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	len = fread(text, 1, size - 1, f);
	ck_assert_int_eq(pclose(f), 0);
	text[len] = '\0';
	return normalise(text);
}

/* @text, an output of disassemble(), holds what is printed. */
static void expect_text(const char *text, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void expect_text(const char *text, const char *fmt, ...)
{
	char want[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(want, sizeof(want), fmt, ap);
	va_end(ap);
	normalise(want);
	ck_assert_msg(strstr(text, want), "no \"%s\" in %s", want, text);
}

/* What iasl says when it does not like a table. */
static bool has_complaint(const char *text)
{
	static const char *const bad[] = { "ERROR", "WARNING", "INVALID",
					   "INCORRECT", "UNKNOWN" };

	for (unsigned i = 0; i < ARRAY_SIZE(bad); i++)
		if (strstr(text, bad[i]))
			return true;
	return false;
}

static void check_by_iasl(const struct acpi_header *table, bool good)
{
	char *text = disassemble(table);

	expect_text(text, "t.dsl - ");
	expect_text(text, "[%.4s]", table->signature);
	ck_assert_msg(has_complaint(text) != good, "%s", text);
	free(text);
}

START_TEST(iasl_understands_every_table)
{
	const struct acpi_rsdp *rsdp;
	const struct acpi_fadt *fadt;
	struct mem mem;

	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	rsdp = build(&mem, 300);
	fadt = find(&mem, rsdp, "FACP");
	check_by_iasl(table_at(&mem, rsdp->rsdt), true);
	check_by_iasl(table_at(&mem, rsdp->xsdt), true);
	check_by_iasl(&fadt->header, true);
	check_by_iasl(find(&mem, rsdp, "APIC"), true);
	check_by_iasl(find(&mem, rsdp, "MCFG"), true);
	check_by_iasl(table_at(&mem, fadt->dsdt), true);
	check_by_iasl(table_at(&mem, fadt->facs), true);
	mem_free(&mem);
}
END_TEST

/* Or the test above would mean nothing. */
START_TEST(iasl_notices_a_wrong_checksum)
{
	struct acpi_mcfg mcfg;
	struct mem mem;

	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	memcpy(&mcfg, find(&mem, build(&mem, 1), "MCFG"), sizeof(mcfg));
	mcfg.base++;
	check_by_iasl(&mcfg.header, false);
	mem_free(&mem);
}
END_TEST

static void expect_io(const char *text, unsigned base, unsigned len)
{
	expect_text(text,
		    "IO (Decode16, 0x%04X, // Range Minimum "
		    "0x%04X, // Range Maximum 0x01, // Alignment "
		    "0x%02X, // Length",
		    base, base, len);
}

START_TEST(dsdt_says_the_same_as_the_headers)
{
	const struct acpi_fadt *fadt;
	struct mem mem;
	char *text;

	ck_assert_int_eq(mem_init(&mem, 16 * MIB), 0);
	fadt = find(&mem, build(&mem, 1), "FACP");
	text = disassemble(table_at(&mem, fadt->dsdt));
	expect_text(text,
		    "0x00000000, // Granularity "
		    "0x%08X, // Range Minimum 0x%08X, // Range Maximum "
		    "0x00000000, // Translation Offset 0x%08X, // Length",
		    ACPI_MMIO_BASE, ACPI_MMIO_BASE + ACPI_MMIO_LEN - 1,
		    ACPI_MMIO_LEN);
	expect_text(text,
		    "Memory32Fixed (ReadWrite, 0x%08X, // Address Base "
		    "0x%08X, // Address Length",
		    ACPI_ECAM_BASE, ACPI_ECAM_LEN);
	expect_io(text, ACPI_PM_BASE, ACPI_PM_LEN);
	expect_io(text, UART_COM1_BASE, 8);
	expect_io(text, 0x70, 2);
	expect_io(text, EXIT_PORT_DEFAULT, 1);
	expect_io(text, DEBUGCON_SEABIOS, 1);
	expect_io(text, FW_CFG_PORT, 2);
	expect_text(text, "\"QEMU0001\"");
	expect_io(text, PVPANIC_PORT, 1);
	expect_text(text, "IRQNoFlags () {%d}", UART_COM1_IRQ);
	for (unsigned slot = 1; slot < 32; slot++)
		expect_text(text, "{ 0x%08X, Zero, Zero, 0x%02X }",
			    slot << 16 | 0xffff, ACPI_PCI_GSI(slot));
	ck_assert_int_eq(ACPI_S5_TYPE, 0);
	expect_text(text, "{ Zero, Zero, Zero, Zero }");
	mem_free(&mem);
	free(text);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		both_roots_name_the_same_tables,
		fadt_says_where_the_registers_are,
		mcfg_has_one_bus,
		madt_lists_every_processor,
		madt_wires_the_interrupts_of_a_pc,
		too_many_processors_are_refused,
		iasl_understands_every_table,
		iasl_notices_a_wrong_checksum,
		dsdt_says_the_same_as_the_headers,
		NULL,
	};

	return unit_run(unit_suite("acpi", tests));
}
