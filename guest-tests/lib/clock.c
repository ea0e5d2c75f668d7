/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest-tests/lib/clock.h"
#include "guest-tests/lib/gate.h"
#include "guest-tests/lib/irq.h"

enum { MSR_KVM_SYSTEM_TIME = 0x4b564d01, FALLBACK_KHZ = 1000000 };

/* What kvmclock keeps in memory; Linux Documentation/virt/kvm/x86/msr.rst */
struct kvmclock {
	uint32_t version, pad0;
	uint64_t tsc_timestamp, system_time;
	uint32_t mul;
	int8_t shift;
	uint8_t flags, pad[2];
};

static struct kvmclock kvmclock __attribute__((aligned(64)));

/* ns = (ticks << shift) * mul >> 32 */
static uint32_t kvmclock_khz(void)
{
	uint64_t khz = ((uint64_t)1000000 << 32) / kvmclock.mul;

	return kvmclock.shift < 0 ? khz << -kvmclock.shift :
				    khz >> kvmclock.shift;
}

uint32_t clock_khz(void)
{
	static uint32_t khz;

	if (!khz) {
		msr_write(MSR_KVM_SYSTEM_TIME, (uint64_t)&kvmclock | 1);
		khz = kvmclock.mul ? kvmclock_khz() : FALLBACK_KHZ;
		msr_write(MSR_KVM_SYSTEM_TIME, 0);
	}
	return khz;
}

uint64_t clock_after(unsigned ms)
{
	return clock_tsc() + (uint64_t)ms * clock_khz();
}

void clock_nap(void)
{
	unsigned i;

	if (irq_running())
		irq_sleep(irq_any);
	else
		for (i = 0; i < 200; i++)
			__asm__ volatile("pause");
}

void clock_sleep(unsigned ms)
{
	uint64_t end = clock_after(ms);

	while (clock_tsc() < end)
		clock_nap();
}
