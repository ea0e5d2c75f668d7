/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kvm_alone.c - what KVM itself takes for a virtual machine
 *
 * Creates one with an interrupt controller and a processor that stops at its
 * first instruction, destroys it, and ends: what no test on KVM can do without.
 * Argument: how much memory it has, in MiB.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

static int must(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}

int main(int argc, char **argv)
{
	size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 64) << 20;
	int kvm = must(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	int vm = must(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	struct kvm_userspace_memory_region region = { .memory_size = size };
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int vcpu;

	if (mem == MAP_FAILED)
		must(-1, "mmap");
	region.userspace_addr = (unsigned long)mem;
	must(ioctl(vm, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
	must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "memory");
	vcpu = must(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	/* At the reset vector there is no memory: an MMIO exit or an error. */
	ioctl(vcpu, KVM_RUN, 0);
	return 0;
}
