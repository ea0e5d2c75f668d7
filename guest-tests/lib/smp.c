/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/lib/smp.h"
#include "guest-tests/lib/acpi.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/gate.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/string.h"

enum {
	ICR_INIT = 0x4500,
	ICR_SIPI = 0x4600 | TRAMPOLINE >> 12,
	ICR_FIXED = 0x4000,
	/* Generous: hosts are shared, and CPL 0 may be slow. */
	PATIENCE_MS = 10000,
};

struct smp_work {
	void (*fn)(void *arg);
	void *arg;
	/* How many calls there were, the start being the first, and how
	 * many of them have ended. */
	unsigned go, done;
};

uint32_t smp_apic_id[CPUS_MAX];

static struct smp_work work[CPUS_MAX];
static uint8_t tss[CPUS_MAX][TSS_STRIDE] __attribute__((aligned(16)));
static uint8_t stack[CPUS_MAX][STACK_SIZE] __attribute__((aligned(16)));
static uint8_t gate_stack[CPUS_MAX][1024] __attribute__((aligned(16)));
static unsigned starting;

extern uint64_t start_stack, gdt[];
extern void (*start_entry)(void);
extern uint16_t start_tss;
extern const char trampoline[], trampoline_end[];

void ap_ring3(void);
void smp_ap_main(void);

/* Release by the one who changes *p, acquire by the one who waits. */
static void set(unsigned *p, unsigned v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

static unsigned get(const unsigned *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static bool wait_for(const unsigned *p, unsigned v)
{
	uint64_t end = clock_after(PATIENCE_MS);

	for (;;) {
		unsigned any = irq_any;

		if (get(p) == v)
			return true;
		if (clock_tsc() > end)
			return false;
		irq_sleep(any);
	}
}

/* On an application processor, at CPL 3, interrupts off. */
void smp_ap_main(void)
{
	struct smp_work *w = &work[starting];

	irq_lapic_on();
	gate(ring0_irq_on, 0, 0, 0);
	for (;;) {
		unsigned any = irq_any;

		if (get(&w->go) == w->done) {
			irq_sleep(any);
			continue;
		}
		if (w->fn)
			w->fn(w->arg);
		set(&w->done, get(&w->go));
		irq_icr(smp_apic_id[0], ICR_FIXED | VECTOR_IPI);
	}
}

static void tss_init(unsigned cpu)
{
	uint64_t base = (uint64_t)tss[cpu];
	uint64_t rsp0 = (uint64_t)(gate_stack[cpu] + sizeof(gate_stack[cpu]));
	uint16_t iomap = TSS_HEAD;
	uint64_t *desc = &gdt[GDT_TSS / 8 + 2 * cpu];

	memcpy(tss[cpu] + TSS_RSP0, &rsp0, sizeof(rsp0));
	memcpy(tss[cpu] + TSS_IOMAP, &iomap, sizeof(iomap));
	tss[cpu][TSS_SIZE - 1] = 0xff;
	desc[0] = (TSS_SIZE - 1) | (base & 0xffffff) << 16 | 0x89ULL << 40 |
		  (base >> 24 & 0xff) << 56;
	desc[1] = base >> 32;
}

static bool smp_start_one(unsigned cpu)
{
	tss_init(cpu);
	starting = cpu;
	start_stack = (uint64_t)(stack[cpu] + STACK_SIZE);
	start_tss = GDT_TSS + 16 * cpu;
	work[cpu].go = 1;
	irq_icr(smp_apic_id[cpu], ICR_INIT);
	clock_sleep(10);
	irq_icr(smp_apic_id[cpu], ICR_SIPI);
	return wait_for(&work[cpu].done, 1);
}

unsigned smp_start(unsigned *up)
{
	unsigned n = acpi_cpus(smp_apic_id, CPUS_MAX), cpu;

	memcpy((void *)TRAMPOLINE, trampoline, trampoline_end - trampoline);
	start_entry = ap_ring3;
	for (cpu = *up = 1; cpu < n; cpu++)
		*up += smp_start_one(cpu);
	return n;
}

void smp_post(unsigned cpu, void (*fn)(void *arg), void *arg)
{
	struct smp_work *w = &work[cpu];

	w->fn = fn;
	w->arg = arg;
	set(&w->go, w->go + 1);
	irq_icr(smp_apic_id[cpu], ICR_FIXED | VECTOR_IPI);
}

bool smp_wait(unsigned cpu)
{
	return wait_for(&work[cpu].done, work[cpu].go);
}

bool smp_call(unsigned cpu, void (*fn)(void *arg), void *arg)
{
	smp_post(cpu, fn, arg);
	return smp_wait(cpu);
}
