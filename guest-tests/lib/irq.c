/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/acpi.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/gate.h"
#include "guest-tests/lib/io.h"
#include "guest-tests/lib/report.h"

enum {
	LAPIC = 0xfee00000,
	LAPIC_ID = LAPIC + 0x20,
	LAPIC_EOI = LAPIC + 0xb0,
	LAPIC_SVR = LAPIC + 0xf0,
	LAPIC_ICR = LAPIC + 0x300,
	LAPIC_ICR_DEST = LAPIC + 0x310,
	LAPIC_LVT_TIMER = LAPIC + 0x320,
	LAPIC_TIMER_INIT = LAPIC + 0x380,
	LAPIC_TIMER_DIVIDE = LAPIC + 0x3e0,

	SVR_ENABLE = 0x100,
	ICR_PENDING = 0x1000,
	LVT_MASKED = 0x10000,
	LVT_PERIODIC = 0x20000,
	DIVIDE_BY_1 = 0xb,
	/* KVM's local APIC counts nanoseconds. */
	TICK_COUNT = 20 * 1000 * 1000,

	IOAPIC = 0xfec00000,
	IOAPIC_DATA = IOAPIC + 0x10,
	IOAPIC_MASKED = 0x10000,
	IOAPIC_LEVEL = 0x8000,
	IOAPIC_LOW = 0x2000,

	GATE_INTERRUPT = 0x8e,
	GATE_USER = 0xee,
	VECTOR_NMI = 2,
	STUB_SIZE = 32,
	EXCEPTION_STUB_SIZE = 16,
};

struct idt_gate {
	uint16_t offset_low, selector;
	uint8_t ist, type;
	uint16_t offset_mid;
	uint32_t offset_high, zero;
};

extern struct idt_gate idt[256];
extern const char gate_entry[], irq_stubs[], irq_spurious[], exception_stubs[];
extern uint64_t exception_seen[4];

void exception_report(void);

static bool running;

static void idt_set(unsigned vector, const char *handler, uint8_t type)
{
	uint64_t offset = (uint64_t)handler;

	idt[vector] = (struct idt_gate){
		.offset_low = offset,
		.selector = GDT_CODE64,
		.type = type,
		.offset_mid = offset >> 16,
		.offset_high = offset >> 32,
	};
}

void irq_init(void)
{
	unsigned v;

	for (v = 0; v < VECTOR_LATE; v++)
		idt_set(v, exception_stubs + v * EXCEPTION_STUB_SIZE,
			GATE_INTERRUPT);
	for (v = VECTOR_LATE; v < VECTOR_END; v++)
		idt_set(v, irq_stubs + (v - VECTOR_LATE) * STUB_SIZE,
			GATE_INTERRUPT);
	idt_set(VECTOR_SPURIOUS, irq_spurious, GATE_INTERRUPT);
	idt_set(VECTOR_GATE, gate_entry, GATE_USER);
}

/* An NMI is somebody's question whether this processor is alive. */
void exception_report(void)
{
	if (exception_seen[0] == VECTOR_NMI) {
		print("NMI at %lx\n", exception_seen[2]);
		gate(ring0_halt, 0, 0, 0);
	}
	check(false, "exception", "%lu code %lx rip %lx cr2 %lx",
	      exception_seen[0], exception_seen[1], exception_seen[2],
	      exception_seen[3]);
	done();
}

void irq_lapic_on(void)
{
	mmio_write32(LAPIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
}

unsigned irq_lapic_id(void)
{
	return mmio_read32(LAPIC_ID) >> 24;
}

void irq_tick(bool on)
{
	mmio_write32(LAPIC_LVT_TIMER,
		     (on ? LVT_PERIODIC : LVT_MASKED) | VECTOR_TICK);
}

void irq_start(void)
{
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
	irq_lapic_on();
	mmio_write32(LAPIC_TIMER_DIVIDE, DIVIDE_BY_1);
	irq_tick(true);
	mmio_write32(LAPIC_TIMER_INIT, TICK_COUNT);
	gate(ring0_irq_on, 0, 0, 0);
	running = true;
}

void irq_stop(void)
{
	running = false;
	irq_tick(false);
	gate(ring0_irq_off, 0, 0, 0);
}

bool irq_running(void)
{
	return running;
}

void irq_sleep(unsigned any)
{
	gate(ring0_sleep, (uint64_t)&irq_any, any, 0);
}

bool irq_wait(unsigned vector, unsigned seen, unsigned timeout_ms)
{
	uint64_t end = clock_after(timeout_ms);

	for (;;) {
		unsigned any = irq_any;

		if (irq_count[vector] != seen)
			return true;
		if (clock_tsc() > end)
			return false;
		irq_sleep(any);
	}
}

void irq_eoi(void)
{
	mmio_write32(LAPIC_EOI, 0);
}

static void ioapic_write(unsigned reg, uint32_t value)
{
	mmio_write32(IOAPIC, reg);
	mmio_write32(IOAPIC_DATA, value);
}

unsigned irq_route_isa(unsigned irq, unsigned vector)
{
	struct acpi_override o = acpi_isa_irq(irq);
	uint32_t low = vector;

	if (o.level)
		low |= IOAPIC_LEVEL;
	if (o.active_low)
		low |= IOAPIC_LOW;
	irq_mask_gsi(o.gsi);
	ioapic_write(0x11 + 2 * o.gsi, irq_lapic_id() << 24);
	ioapic_write(0x10 + 2 * o.gsi, low);
	return o.gsi;
}

void irq_mask_gsi(unsigned gsi)
{
	ioapic_write(0x10 + 2 * gsi, IOAPIC_MASKED);
}

void irq_icr(unsigned apic_id, uint32_t command)
{
	mmio_write32(LAPIC_ICR_DEST, apic_id << 24);
	mmio_write32(LAPIC_ICR, command);
	while (mmio_read32(LAPIC_ICR) & ICR_PENDING)
		__asm__ volatile("pause");
}
