/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * smp.c - every processor of the MADT starts, and is reached by interrupts
 *
 * With "reset" on the command line it then asks whether to start all over.
 */
#include "guest-tests/lib/smp.h"
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/serial.h"

enum { ROUNDS = 100, PATIENCE_MS = 10000 };

struct visit {
	unsigned apic_id, count;
};

static void visit(void *arg)
{
	struct visit *v = arg;

	v->apic_id = irq_lapic_id();
	v->count++;
}

static void check_cpu(unsigned cpu)
{
	struct visit v = { 0 };
	unsigned i;

	for (i = 0; i < ROUNDS; i++)
		if (!smp_call(cpu, visit, &v))
			break;
	check(v.count == ROUNDS, "IPIs", "cpu %u: %u of %u", cpu, v.count,
	      ROUNDS);
	check_eq("APIC id", v.apic_id, smp_apic_id[cpu]);
}

void guest_main(void)
{
	unsigned up, n, cpu;

	irq_start();
	n = smp_start(&up);
	print("cpus: %u\n", n);
	check_eq("all up", up, n);
	check_eq("boot processor", irq_lapic_id(), smp_apic_id[0]);
	for (cpu = 1; cpu < up; cpu++)
		check_cpu(cpu);
	if (!boot_has("reset"))
		return;
	print("again?\n");
	if (serial_read(PATIENCE_MS) == 'y')
		outb(0xcf9, 6);
}
