/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * spin.c - guests that never end by themselves
 *
 * By the command line: "ring3" and "ring0" spin with interrupts off, "halt"
 * sleeps with interrupts off, "doze" with interrupts on, "deaf" takes
 * interrupts and ignores the power button, "ports" and "mmio" do nothing but
 * exit to the hypervisor, "smp" has every processor spin.  With "linux" it says
 * that it is Linux.  "calls" spins in a function that others have called, which
 * keep frame pointers; "plain" in one of functions that don't.
 */
#include "guest-tests/lib/boot.h"
#include "guest-tests/lib/gate.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/report.h"
#include "guest-tests/lib/smp.h"

static void spin(void)
{
	for (;;)
		__asm__ volatile("pause");
}

/* What follows each call keeps it from becoming a jump. */
#define KEPT	 __asm__ volatile("" ::: "memory")
#define FRAMED	 __attribute__((noinline, optimize("no-omit-frame-pointer")))
#define UNFRAMED __attribute__((noinline, optimize("omit-frame-pointer")))

FRAMED static void framed_innermost(void)
{
	spin();
}

FRAMED static void framed_middle(void)
{
	framed_innermost();
	KEPT;
}

FRAMED static void framed_outer(void)
{
	framed_middle();
	KEPT;
}

UNFRAMED static void plain_innermost(void)
{
	spin();
}

UNFRAMED static void plain_middle(void)
{
	plain_innermost();
	KEPT;
}

UNFRAMED static void plain_outer(void)
{
	plain_middle();
	KEPT;
}

static void spin_ports(void)
{
	for (;;)
		inb(0x5a8);
}

static void spin_mmio(void)
{
	for (;;)
		mmio_read32(0xd0000000);
}

static void sleep_deaf(void)
{
	irq_start();
	for (;;)
		irq_sleep(irq_any);
}

/* Released here, acquired by the boot processor. */
static void spin_ap(void *arg)
{
	__atomic_store_n((bool *)arg, true, __ATOMIC_RELEASE);
	spin();
}

static void spin_smp(void)
{
	static bool spinning[CPUS_MAX];
	unsigned up, cpu;

	irq_start();
	smp_start(&up);
	for (cpu = 1; cpu < up; cpu++)
		smp_post(cpu, spin_ap, &spinning[cpu]);
	for (cpu = 1; cpu < up; cpu++)
		while (!__atomic_load_n(&spinning[cpu], __ATOMIC_ACQUIRE))
			;
	irq_stop();
}

void guest_main(void)
{
	if (boot_has("linux"))
		print("[    0.000000] %s version 0\n", "Linux");
	if (boot_has("smp"))
		spin_smp();
	print("spinning\n");
	if (boot_has("ring0"))
		gate(ring0_spin, 0, 0, 0);
	else if (boot_has("halt"))
		gate(ring0_halt, 0, 0, 0);
	else if (boot_has("doze"))
		gate(ring0_doze, 0, 0, 0);
	else if (boot_has("deaf"))
		sleep_deaf();
	else if (boot_has("ports"))
		spin_ports();
	else if (boot_has("mmio"))
		spin_mmio();
	else if (boot_has("calls"))
		framed_outer();
	else if (boot_has("plain"))
		plain_outer();
	spin();
}
