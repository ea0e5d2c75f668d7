/* SPDX-License-Identifier: BSD-2-Clause */
#include "devices/pci/pci.h"

#include <errno.h>
#include <linux/pci_regs.h>

#include "base/util.h"
#include "tests/unit.h"

#define ECAM   0xe8000000
#define ENABLE 0x80000000

struct rig {
	struct bus port, mmio;
	struct pci_bus pci;
	struct pci_function nic;
};

#define NIC 0x18

static void rig_init(struct rig *rig)
{
	static const struct pci_identity id = { 0x1af4, 0x1041, 0x020000,
						1,	0x1af4, 0x1100 };

	bus_init(&rig->port, "port");
	bus_init(&rig->mmio, "mmio");
	ck_assert_int_eq(pci_bus_init(&rig->pci, &rig->port, &rig->mmio, ECAM),
			 0);
	pci_function_init(&rig->nic, &id);
	rig->nic.writable[PCI_COMMAND] = 0x07;
	memset(rig->nic.writable + 0x40, 0xff, 4);
	ck_assert_int_eq(pci_add(&rig->pci, NIC, &rig->nic), 0);
}

static void rig_free(struct rig *rig)
{
	pci_remove(&rig->pci, &rig->nic);
	pci_function_free(&rig->nic);
	pci_bus_free(&rig->pci, &rig->port, &rig->mmio);
	bus_free(&rig->port);
	bus_free(&rig->mmio);
}

static unsigned in(struct rig *rig, unsigned port, unsigned size)
{
	return (unsigned)bus_read(&rig->port, port, size);
}

static void out(struct rig *rig, unsigned port, unsigned size, uint32_t value)
{
	bus_write(&rig->port, port, size, value);
}

/* Configuration reads and writes by the ports. */
static unsigned cfg(struct rig *rig, unsigned devfn, unsigned reg,
		    unsigned size)
{
	out(rig, 0xcf8, 4, ENABLE | devfn << 8 | (reg & 0xfc));
	return in(rig, 0xcfc + (reg & 3), size);
}

static void cfg_set(struct rig *rig, unsigned devfn, unsigned reg,
		    unsigned size, uint32_t value)
{
	out(rig, 0xcf8, 4, ENABLE | devfn << 8 | (reg & 0xfc));
	out(rig, 0xcfc + (reg & 3), size, value);
}

static uint64_t ecam(struct rig *rig, unsigned devfn, unsigned reg,
		     unsigned size)
{
	return bus_read(&rig->mmio, ECAM + (devfn << 12 | reg), size);
}

START_TEST(the_host_bridge)
{
	struct rig rig;

	rig_init(&rig);
	ck_assert_uint_eq(cfg(&rig, 0, PCI_VENDOR_ID, 4), 0x00081b36);
	ck_assert_uint_eq(cfg(&rig, 0, PCI_CLASS_REVISION, 4), 0x06000000);
	ck_assert_uint_eq(cfg(&rig, 0, PCI_CLASS_DEVICE, 2), 0x0600);
	ck_assert_uint_eq(cfg(&rig, 0, PCI_HEADER_TYPE, 1), 0);
	ck_assert_uint_eq(cfg(&rig, 0, PCI_CAPABILITY_LIST, 1), 0);
	/* Nothing of it can be changed. */
	for (unsigned reg = 0; reg < 256; reg += 4) {
		unsigned before = cfg(&rig, 0, reg, 4);

		cfg_set(&rig, 0, reg, 4, 0xffffffff);
		ck_assert_uint_eq(cfg(&rig, 0, reg, 4), before);
		cfg_set(&rig, 0, reg, 4, 0);
		ck_assert_uint_eq(cfg(&rig, 0, reg, 4), before);
	}
	rig_free(&rig);
}
END_TEST

START_TEST(headers_carry_the_identity)
{
	struct rig rig;

	rig_init(&rig);
	ck_assert_uint_eq(cfg(&rig, NIC, PCI_VENDOR_ID, 2), 0x1af4);
	ck_assert_uint_eq(cfg(&rig, NIC, PCI_DEVICE_ID, 2), 0x1041);
	ck_assert_uint_eq(cfg(&rig, NIC, PCI_CLASS_REVISION, 4), 0x02000001);
	ck_assert_uint_eq(cfg(&rig, NIC, PCI_SUBSYSTEM_VENDOR_ID, 4),
			  0x11001af4);
	rig_free(&rig);
}
END_TEST

/* PCI 6.1: a write changes the bits it covers that are writable, and no others
 * [hostile 64, 65] */
START_TEST(writes_change_only_writable_bits)
{
	struct rig rig;

	rig_init(&rig);
	cfg_set(&rig, NIC, PCI_COMMAND, 4, 0xffffffff);
	ck_assert_uint_eq(cfg(&rig, NIC, PCI_COMMAND, 4), 0x7);
	cfg_set(&rig, NIC, PCI_COMMAND, 1, 0x2);
	ck_assert_uint_eq(cfg(&rig, NIC, PCI_COMMAND, 2), 0x2);
	cfg_set(&rig, NIC, 0x40, 4, 0x44332211);
	cfg_set(&rig, NIC, 0x41, 1, 0xaa);
	cfg_set(&rig, NIC, 0x42, 2, 0xccbb);
	ck_assert_uint_eq(cfg(&rig, NIC, 0x40, 4), 0xccbbaa11);
	ck_assert_uint_eq(cfg(&rig, NIC, 0x43, 1), 0xcc);
	/* An access over the end of the data port is cut there. */
	ck_assert_uint_eq(cfg(&rig, NIC, 0x43, 2), 0xffcc);
	cfg_set(&rig, NIC, 0x42, 4, 0x01020304);
	ck_assert_uint_eq(cfg(&rig, NIC, 0x40, 4), 0x0304aa11);
	ck_assert_uint_eq(cfg(&rig, NIC, 0x44, 4), 0);
	rig_free(&rig);
}
END_TEST

/* PCI 3.2.2.3.2: the address register takes dwords only; a narrower access is
 * not for it [hostile 64] */
START_TEST(the_address_register)
{
	struct rig rig;

	rig_init(&rig);
	ck_assert_uint_eq(in(&rig, 0xcf8, 4), 0);
	out(&rig, 0xcf8, 4, 0xffffffff);
	ck_assert_uint_eq(in(&rig, 0xcf8, 4), 0x80fffffc);
	/* Narrower or misplaced accesses are not for it. */
	out(&rig, 0xcf8, 1, 0);
	out(&rig, 0xcf8, 2, 0);
	out(&rig, 0xcfa, 2, 0);
	out(&rig, 0xcf6, 4, 0);
	ck_assert_uint_eq(in(&rig, 0xcf8, 4), 0x80fffffc);
	ck_assert_uint_eq(in(&rig, 0xcf8, 1), 0xff);
	ck_assert_uint_eq(in(&rig, 0xcfa, 2), 0xffff);
	/* Two dwords at once: the address and its data. */
	out(&rig, 0xcf8, 4, ENABLE);
	ck_assert_uint_eq(bus_read(&rig.port, 0xcf8, 8),
			  UINT64_C(0x00081b3680000000));
	rig_free(&rig);
}
END_TEST

/* PCI 3.2.2.3.2: without the enable bit there is nothing at the data port
 * [hostile 64] */
START_TEST(a_disabled_address_reaches_nothing)
{
	struct rig rig;

	rig_init(&rig);
	out(&rig, 0xcf8, 4, NIC << 8 | 0x40);
	ck_assert_uint_eq(in(&rig, 0xcfc, 4), 0xffffffff);
	out(&rig, 0xcfc, 4, 0x12345678);
	ck_assert_uint_eq(cfg(&rig, NIC, 0x40, 4), 0);
	rig_free(&rig);
}
END_TEST

/* PCI 6.1: what is absent, bus, device or function, reads as all ones and takes
 * no writes [hostile 64] */
START_TEST(absent_functions_read_all_ones)
{
	struct rig rig;

	rig_init(&rig);
	for (unsigned devfn = 1; devfn < 256; devfn++) {
		if (devfn == NIC)
			continue;
		ck_assert_uint_eq(cfg(&rig, devfn, 0, 4), 0xffffffff);
		ck_assert_uint_eq(ecam(&rig, devfn, 0, 4), 0xffffffff);
		cfg_set(&rig, devfn, 0x40, 4, 0);
	}
	/* And so do functions 0x18 of all other buses. */
	for (unsigned bus = 1; bus < 256; bus++)
		ck_assert_uint_eq(cfg(&rig, bus << 8 | NIC, 0, 4), 0xffffffff);
	ck_assert_uint_eq(rig.port.unclaimed + rig.mmio.unclaimed, 0);
	rig_free(&rig);
}
END_TEST

/* PCI 6.1: by ECAM the same registers, and nothing beyond them [hostile 64] */
START_TEST(ecam_shows_the_same)
{
	struct rig rig;

	rig_init(&rig);
	for (unsigned reg = 0; reg < 256; reg++)
		ck_assert_uint_eq(ecam(&rig, NIC, reg, 1),
				  cfg(&rig, NIC, reg, 1));
	bus_write(&rig.mmio, ECAM + (NIC << 12 | 0x40), 4, 0xcafef00d);
	ck_assert_uint_eq(cfg(&rig, NIC, 0x40, 4), 0xcafef00d);
	ck_assert_uint_eq(ecam(&rig, NIC, 0x40, 8), 0xcafef00d);
	ck_assert_uint_eq(ecam(&rig, 0, 0, 8), 0x81b36);
	/* No extended configuration space. */
	ck_assert_uint_eq(ecam(&rig, NIC, 0x100, 4), 0xffffffff);
	ck_assert_uint_eq(ecam(&rig, NIC, 0xffc, 4), 0xffffffff);
	ck_assert_uint_eq(ecam(&rig, NIC, 0xfe, 4), 0xffff0000);
	ck_assert_uint_eq(ecam(&rig, 0xff, 0xffc, 8), UINT64_MAX);
	rig_free(&rig);
}
END_TEST

START_TEST(functions_come_and_go)
{
	struct rig rig;
	struct pci_function other;
	static const struct pci_identity id = { .vendor = 1, .device = 2 };

	rig_init(&rig);
	pci_function_init(&other, &id);
	ck_assert_int_eq(pci_add(&rig.pci, 0, &other), -EEXIST);
	ck_assert_int_eq(pci_add(&rig.pci, NIC, &other), -EEXIST);
	ck_assert_int_eq(pci_add(&rig.pci, 0xff, &other), 0);
	ck_assert_uint_eq(cfg(&rig, 0xff, 0, 4), 0x20001);
	pci_remove(&rig.pci, &other);
	ck_assert_uint_eq(cfg(&rig, 0xff, 0, 4), 0xffffffff);
	pci_function_free(&other);
	rig_free(&rig);
}
END_TEST

START_TEST(taken_ranges_are_an_error)
{
	struct rig rig;
	struct pci_bus pci;
	struct bus port;

	rig_init(&rig);
	ck_assert_int_eq(pci_bus_init(&pci, &rig.port, &rig.mmio, 0), -EEXIST);
	bus_init(&port, "port");
	ck_assert_int_eq(pci_bus_init(&pci, &port, &rig.mmio, ECAM), -EEXIST);
	/* What was taken is given back. */
	ck_assert_uint_eq(bus_read(&port, 0xcf8, 4), 0xffffffff);
	ck_assert_uint_eq(bus_read(&port, 0xcfc, 4), 0xffffffff);
	ck_assert_uint_eq(port.unclaimed, 2);
	bus_free(&port);
	rig_free(&rig);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		the_host_bridge,
		headers_carry_the_identity,
		writes_change_only_writable_bits,
		the_address_register,
		a_disabled_address_reaches_nothing,
		absent_functions_read_all_ones,
		ecam_shows_the_same,
		functions_come_and_go,
		taken_ranges_are_an_error,
		NULL,
	};

	return unit_run(unit_suite("pci", tests));
}
