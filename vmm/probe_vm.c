/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/probe_vm.h"

#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "base/util.h"

enum {
	PML4 = 0x0000,
	PDPT = 0x1000,
	PD = 0x2000,

	PTE_TABLE = 0x27,
	PTE_LARGE = 0xe7,

	CR0_VALUE = 0x80000033,
	CR4_PAE = 0x20,
	EFER_LMA_LME = 0x500,
	RFLAGS_FIXED = 2,

	/* Signals that interrupt one run before it counts as lost. */
	MAX_INTERRUPTIONS = 1000,
};

static void put_le64(uint8_t *at, uint64_t v)
{
	memcpy(at, &v, sizeof(v));
}

static int make_memory(struct probe_vm *probe, const uint8_t *code, size_t len)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = PROBE_SIZE,
	};
	void *mem = mmap(NULL, PROBE_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED)
		return -errno;
	probe->mem = mem;
	put_le64(probe->mem + PML4, PDPT | PTE_TABLE);
	put_le64(probe->mem + PDPT, PD | PTE_TABLE);
	put_le64(probe->mem + PD, PTE_LARGE);
	memcpy(probe->mem + PROBE_CODE, code, len);
	region.userspace_addr = (uint64_t)(uintptr_t)mem;
	if (ioctl(probe->vm, KVM_SET_USER_MEMORY_REGION, &region) < 0)
		return -errno;
	return 0;
}

int probe_vm_open(struct probe_vm *probe, int kvm_fd, const uint8_t *code,
		  size_t len)
{
	int size = ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0), err;
	void *run;

	*probe = (struct probe_vm){ .vm = -1, .vcpu = -1 };
	if (size < 0)
		return -errno;
	probe->vm = ioctl(kvm_fd, KVM_CREATE_VM, 0);
	if (probe->vm < 0)
		return -errno;
	err = make_memory(probe, code, len);
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

void probe_vm_close(struct probe_vm *probe)
{
	if (probe->run)
		munmap(probe->run, probe->run_size);
	close_fd(&probe->vcpu);
	close_fd(&probe->vm);
	if (probe->mem)
		munmap(probe->mem, PROBE_SIZE);
}

/* Long mode at the given privilege level. */
static int set_ring(const struct probe_vm *probe, uint8_t ring)
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

int probe_vm_start(const struct probe_vm *probe, uint8_t ring, uint64_t rcx)
{
	const struct kvm_regs regs = {
		.rip = PROBE_CODE,
		.rcx = rcx,
		.rflags = RFLAGS_FIXED,
	};
	int err = set_ring(probe, ring);

	if (!err && ioctl(probe->vcpu, KVM_SET_REGS, &regs) < 0)
		err = -errno;
	return err;
}

int probe_vm_run(const struct probe_vm *probe)
{
	unsigned interruptions = 0;

	while (ioctl(probe->vcpu, KVM_RUN, 0) < 0)
		if (errno != EINTR || ++interruptions == MAX_INTERRUPTIONS)
			return -errno;
	return 0;
}
