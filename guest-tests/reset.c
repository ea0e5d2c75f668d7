/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * reset.c - every way of restarting the machine
 *
 * Memory does not survive, so the person at the console says what to do:
 * "c" port 0xCF9, "k" the keyboard controller, "p" port 0x92, "a" the ACPI
 * reset register, "t" a triple fault; "q" powers off.
 */
#include "guest-tests/lib/acpi.h"
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/gate.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/serial.h"

enum { FADT_RESET_ADDRESS = 120, FADT_RESET_VALUE = 128 };

/* Reset leaves nothing behind: .bss alone would not show it, so look at
 * memory no image covers. */
static uint64_t *const marker = (uint64_t *)0x800000;

static void reset(int how)
{
	const struct acpi_table *fadt;

	switch (how) {
	case 'c':
		/* As a guest does that looks for devices: KVM then keeps what
		 * is written to these ports. */
		for (unsigned i = 0; i < 10; i++)
			outl(0xcf8, 0x80000000);
		outb(0xcf9, 0x02);
		outb(0xcf9, 0x06);
		break;
	case 'k':
		outb(0x64, 0xfe);
		break;
	case 'p':
		outb(0x92, inb(0x92) | 1);
		break;
	case 'a':
		fadt = acpi_find("FACP");
		outb(acpi_field(fadt, FADT_RESET_ADDRESS, 8),
		     acpi_field(fadt, FADT_RESET_VALUE, 1));
		break;
	case 't':
		gate(ring0_triple_fault, 0, 0, 0);
		break;
	case 'q':
		done();
	}
}

void guest_main(void)
{
	int how;

	irq_start();
	check_eq("clean memory", *marker, 0);
	*marker = 0x1234;
	print("boot\n");
	do
		how = serial_read(10000);
	while (how == '\n');
	print("%c\n", how < 0 ? '?' : how);
	serial_drain();
	reset(how);
	check(false, "reset", "still here");
}
