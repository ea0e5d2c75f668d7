/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/speed.h"

#include <assert.h>
#include <errno.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "base/util.h"

/*
 * The guest: 2 MiB mapped at 0, for every ring, of which the memory slot
 * holds the first pages.  It ends by a store behind them, an MMIO exit:
 * unlike a port, ring 3 needs no permission for that.
 */
enum {
	PML4 = 0x0000,
	PDPT = 0x1000,
	PD = 0x2000,
	CODE = 0x3000,
	GUEST_SIZE = 0x4000,
	DOORBELL = 0x100000,

	PTE_TABLE = 0x27,
	PTE_LARGE = 0xe7,

	CR0_VALUE = 0x80000033,
	CR4_PAE = 0x20,
	EFER_LMA_LME = 0x500,
	RFLAGS_FIXED = 2,

	INSTRUCTIONS_PER_LOOP = 2,
	/* At a microsecond each, half a millisecond. */
	FIRST_LOOPS = 250,
	GROWTH = 4,
	/* A slow ring 0 may have been somebody else's noise: look again. */
	ROUNDS = 3,
	/* Signals that interrupt one run before it counts as lost. */
	MAX_INTERRUPTIONS = 1000,
};

/* 1: dec %rcx; jnz 1b; mov %cl, DOORBELL */
static const uint8_t loop_code[] = {
	0x48, 0xff, 0xc9, 0x75, 0xfb, 0x88, 0x0c, 0x25, 0x00, 0x00, 0x10, 0x00,
};

struct probe {
	int vm, vcpu;
	uint8_t *mem;
	struct kvm_run *run;
	size_t run_size;
};

static void put_le64(uint8_t *at, uint64_t v)
{
	memcpy(at, &v, sizeof(v));
}

static void probe_fill(uint8_t *mem)
{
	put_le64(mem + PML4, PDPT | PTE_TABLE);
	put_le64(mem + PDPT, PD | PTE_TABLE);
	put_le64(mem + PD, PTE_LARGE);
	memcpy(mem + CODE, loop_code, sizeof(loop_code));
}

static int probe_memory(struct probe *probe)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = GUEST_SIZE,
	};
	void *mem = mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		return -errno;
	probe->mem = mem;
	probe_fill(probe->mem);
	region.userspace_addr = (uint64_t)(uintptr_t)mem;
	if (ioctl(probe->vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		return -errno;
	return 0;
}

static int probe_open(struct probe *probe, int kvm_fd)
{
	int size = ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0), err;
	void *run;

	if (size < 0)
		return -errno;
	probe->vm = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	if (probe->vm < 0)
		return -errno;
	err = probe_memory(probe);
	if (err)
		return err;
	probe->vcpu = ioctl(probe->vm, KVM_CREATE_VCPU, 0);
	if (probe->vcpu < 0)
		return -errno;
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   probe->vcpu, 0);
	if (run == MAP_FAILED)
		return -errno;
	probe->run = run;
	probe->run_size = (size_t)size;
	return 0;
}

static void probe_close(struct probe *probe)
{
	if (probe->run)
		munmap(probe->run, probe->run_size);
	close_fd(&probe->vcpu);
	close_fd(&probe->vm);
	if (probe->mem)
		munmap(probe->mem, GUEST_SIZE);
}

/* Long mode at the given privilege level. */
static int probe_set_ring(const struct probe *probe, uint8_t ring)
{
	struct kvm_segment code = {
		.limit = UINT32_MAX,
		.selector = (uint16_t)(0x08 | ring),
		.type = 0xb,
		.present = 1,
		.dpl = ring,
		.s = 1,
		.l = 1,
		.g = 1,
	};
	struct kvm_segment data = code;
	struct kvm_sregs sregs;

	if (ioctl(probe->vcpu, KVM_GET_SREGS, &sregs) < 0)
		return -errno;
	data.selector += 8;
	data.type = 3;
	data.l = 0;
	data.db = 1;
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	sregs.cr0 = CR0_VALUE;
	sregs.cr3 = PML4;
	sregs.cr4 = CR4_PAE;
	sregs.efer = EFER_LMA_LME;
	return ioctl(probe->vcpu, KVM_SET_SREGS, &sregs) < 0 ? -errno : 0;
}

/* The thread's own time, the guest's included: others may be running too. */
static uint64_t cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * NSEC_PER_SEC + (uint64_t)t.tv_nsec;
}

/* The exit is over for KVM only when the guest is entered again. */
static int probe_finish(const struct probe *probe)
{
	int ret;

	probe->run->immediate_exit = 1;
	ret = ioctl(probe->vcpu, KVM_RUN, 0);
	probe->run->immediate_exit = 0;
	return ret < 0 && errno == EINTR ? 0 : -EIO;
}

/*
 * Run the loop @loops times.  It ends by its own count: no timer is needed
 * to get the guest back.
 */
static int probe_run(const struct probe *probe, uint64_t loops, uint64_t *ns)
{
	struct kvm_regs regs = {
		.rip = CODE,
		.rcx = loops,
		.rflags = RFLAGS_FIXED,
	};
	unsigned interruptions = 0;
	uint64_t start;
	int ret;

	if (ioctl(probe->vcpu, KVM_SET_REGS, &regs) < 0)
		return -errno;
	start = cpu_ns();
	do
		ret = ioctl(probe->vcpu, KVM_RUN, 0);
	while (ret < 0 && errno == EINTR &&
	       ++interruptions < MAX_INTERRUPTIONS);
	*ns = MAX(cpu_ns() - start, 1);
	if (ret < 0)
		return -errno;
	if (probe->run->exit_reason != KVM_EXIT_MMIO ||
	    probe->run->mmio.phys_addr != DOORBELL)
		return -EIO;
	return probe_finish(probe);
}

/*
 * Longer and longer runs while the budget allows: long ones hide the cost of
 * entry and exit.  The best one counts; the first warms up, and its time is
 * not held against the others.
 */
static int probe_ring(const struct probe *probe, uint8_t ring,
		      uint64_t budget_ns, double *mips)
{
	uint64_t loops = FIRST_LOOPS, ns = 1, spent = 0;
	int err = probe_set_ring(probe, ring);

	if (!err)
		err = probe_run(probe, loops, &ns);
	while (!err) {
		err = probe_run(probe, loops, &ns);
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
	struct probe probe = { .vm = -1, .vcpu = -1 };
	struct speed seen = { 0, 0 };
	int err = probe_open(&probe, kvm_fd);

	assert(err || probe.run);
	for (unsigned i = 0; !err && i < ROUNDS; i++) {
		err = probe_ring(&probe, 0, share, &seen.ring0_mips);
		if (!err)
			err = probe_ring(&probe, 3, share, &seen.ring3_mips);
		if (speed_can_boot_linux(&seen))
			break;
	}
	probe_close(&probe);
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
