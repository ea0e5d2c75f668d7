/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/speed.h"

#include <assert.h>
#include <errno.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <time.h>

#include "base/util.h"
#include "vmm/probe_vm.h"

enum {
	INSTRUCTIONS_PER_LOOP = 2,
	/* At a microsecond each, half a millisecond. */
	FIRST_LOOPS = 250,
	GROWTH = 4,
	/* A slow ring 0 may be due to other load on the host: measure again. */
	ROUNDS = 3,
};

/*
 * 1: dec %rcx; jnz 1b; mov %cl, PROBE_DOORBELL
 *
 * It ends by an MMIO exit: unlike a port, ring 3 needs no permission for that.
 */
static const uint8_t loop_code[] = {
	0x48, 0xff, 0xc9, 0x75, 0xfb, 0x88, 0x0c, 0x25, 0x00, 0x00, 0x10, 0x00,
};

/* The thread's own time, the guest's included: others may be running too. */
static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

/* KVM completes an exit only when the guest is entered again. */
static int probe_finish(const struct probe_vm *probe)
{
	int ret;

	probe->run->immediate_exit = 1;
	ret = ioctl(probe->vcpu, KVM_RUN, 0);
	probe->run->immediate_exit = 0;
	return ret < 0 && errno == EINTR ? 0 : -EIO;
}

/* Run the loop @loops times.  The loop ends by its own count, so no timer is
 * needed to get out of the guest. */
static int probe_run(const struct probe_vm *probe, uint8_t ring, uint64_t loops,
		     uint64_t *ns)
{
	int err = probe_vm_start(probe, ring, loops);
	uint64_t start = cpu_ns();

	if (!err)
		err = probe_vm_run(probe);
	*ns = MAX(cpu_ns() - start, 1);
	if (err)
		return err;
	if (probe->run->exit_reason != KVM_EXIT_MMIO ||
	    probe->run->mmio.phys_addr != PROBE_DOORBELL)
		return -EIO;
	return probe_finish(probe);
}

/*
 * Run longer and longer loops while the budget allows: long runs hide the cost
 * of entry and exit.  The best run counts.  The first one warms up, and is not
 * counted against the budget.
 */
static int probe_ring(const struct probe_vm *probe, uint8_t ring,
		      uint64_t budget_ns, double *mips)
{
	uint64_t loops = FIRST_LOOPS, ns = 1, spent = 0;
	int err = probe_run(probe, ring, loops, &ns);

	while (!err) {
		err = probe_run(probe, ring, loops, &ns);
		if (err)
			break;
		*mips = MAX(*mips, 1e3 * INSTRUCTIONS_PER_LOOP * (double)loops /
					   (double)ns);
		spent += ns;
		if (spent + ns * GROWTH > budget_ns)
			break;
		loops *= GROWTH;
	}
	return err;
}

int speed_measure(int kvm_fd, unsigned budget_ms, struct speed *speed)
{
	uint64_t share = budget_ms * (NSEC_PER_SEC / 1000) / 2 / ROUNDS;
	struct probe_vm probe;
	struct speed seen = { 0, 0 };
	int err = probe_vm_open(&probe, kvm_fd, loop_code, sizeof(loop_code));

	assert(err || probe.run);
	for (unsigned i = 0; !err && i < ROUNDS; i++) {
		err = probe_ring(&probe, 0, share, &seen.ring0_mips);
		if (!err)
			err = probe_ring(&probe, 3, share, &seen.ring3_mips);
		if (speed_can_boot_linux(&seen))
			break;
	}
	probe_vm_close(&probe);
	if (!err)
		*speed = seen;
	return err;
}

/*
 * Native code does hundreds of MIPS and emulated code about one.  The ratio
 * tells them apart even where the whole host is emulated and slow; the
 * absolute bound catches a KVM that is slow in every ring.
 */
bool speed_can_boot_linux(const struct speed *speed)
{
	return speed->ring0_mips >= 10 &&
	       speed->ring0_mips * 20 >= speed->ring3_mips;
}
