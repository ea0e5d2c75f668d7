/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/lib/realmode.h"
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/irq.h"
#include "guest-tests/lib/string.h"

enum {
	ICR_INIT = 0x4500,
	ICR_SIPI = 0x4600 | REALMODE >> 12,
	PATIENCE_MS = 10000,
};

extern const char realmode[], realmode_vector[], realmode_end[];

bool realmode_int(unsigned apic_id, uint8_t vector, struct realmode_regs *regs)
{
	char *code = (char *)(uint64_t)REALMODE;
	struct realmode_regs *r = (void *)(code + REALMODE_REGS);
	uint64_t end = clock_after(PATIENCE_MS);

	memcpy(code, realmode, realmode_end - realmode);
	code[realmode_vector - realmode] = (char)vector;
	regs->done = 0;
	*r = *regs;
	irq_icr(apic_id, ICR_INIT);
	clock_sleep(10);
	irq_icr(apic_id, ICR_SIPI);
	/* Acquire: it wrote the others before. */
	while (!__atomic_load_n(&r->done, __ATOMIC_ACQUIRE))
		if (clock_tsc() > end)
			return false;
	*regs = *r;
	return true;
}
