/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * powerbutton.c - the power button is an SCI, and is answered with S5
 */
#include "guest-tests/lib/acpi.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"

enum {
	PM1A_STS = 0x600,
	PM1A_EN = 0x602,
	PWRBTN = 1 << 8,
	SCI = 9,
	PATIENCE_MS = 60000,
};

void guest_main(void)
{
	unsigned seen, gsi;

	irq_start();
	gsi = irq_route_isa(SCI, VECTOR_SCI);
	seen = irq_count[VECTOR_SCI];
	check_eq("not pressed", inw(PM1A_STS) & PWRBTN, 0);
	outw(PM1A_EN, PWRBTN);
	check_eq("enabled", inw(PM1A_EN) & PWRBTN, PWRBTN);
	print("press\n");
	if (!check(irq_wait(VECTOR_SCI, seen, PATIENCE_MS), "SCI", "lost"))
		return;
	check(inw(PM1A_STS) & PWRBTN, "pressed", "%x", inw(PM1A_STS));
	outw(PM1A_STS, PWRBTN);
	check_eq("cleared", inw(PM1A_STS) & PWRBTN, 0);
	irq_eoi();
	/* The line has gone down: no third and fourth interrupt. */
	seen = irq_count[VECTOR_SCI];
	if (irq_wait(VECTOR_SCI, seen, 100)) {
		seen++;
		irq_eoi();
	}
	check(!irq_wait(VECTOR_SCI, seen, 100), "the line is down", "again");
	irq_mask_gsi(gsi);
}
