/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poweroff.c - S5, asked for as an operating system does: from the tables
 */
#include "guest-tests/lib/acpi.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/serial.h"

enum {
	FADT_PM1A_CNT = 64,
	SLP_EN = 0x2000,
	SLP_TYP = 0x1c00,
};

void guest_main(void)
{
	const struct acpi_table *fadt = acpi_find("FACP");
	uint16_t control;

	if (!check(fadt != NULL, "FADT", "none"))
		return;
	control = acpi_field(fadt, FADT_PM1A_CNT, 4);
	/* SLP_EN alone decides; the type without it does nothing. */
	outw(control, inw(control) & ~(SLP_EN | SLP_TYP));
	check(true, "type without enable", " ");
	print("off\n");
	serial_drain();
	outw(control, SLP_EN | inw(control));
	check(false, "power-off", "still here");
}
