/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hold: keep the emulated host's kernel from patching its own code. With the
 * first VM, and again without the last, KVM turns static keys in the scheduler
 * and in its own paths: their jumps are patched while all CPUs run them. QEMU's
 * TCG now and then goes on with a stale translation of the breakpoint that is
 * there for a moment, and that CPU then traps for ever. So one VM, with an
 * interrupt controller and a vCPU that never runs, stays there for good.
 *
 * Ends when the VM is there, and leaves a process behind that holds it.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int create_vm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int vm = ioctl(kvm, KVM_CREATE_VM, 0);

	if (ioctl(vm, KVM_CREATE_IRQCHIP, 0) < 0)
		return -1;
	return ioctl(vm, KVM_CREATE_VCPU, 0);
}

/* A VM belongs to the process that creates it. */
static void hold(int ready)
{
	if (create_vm() < 0 || write(ready, "", 1) != 1)
		return;
	close(ready);
	setsid();
	pause();
}

int main(void)
{
	int ready[2];
	char byte;

	if (pipe(ready) < 0)
		return 1;
	switch (fork()) {
	case -1:
		return 1;
	case 0:
		close(ready[0]);
		hold(ready[1]);
		return 1;
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1)
		return 0;
	fputs("hold: no VM\n", stderr);
	return 1;
}
