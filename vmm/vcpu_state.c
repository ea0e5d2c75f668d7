/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/vcpu_state.h"

#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/log.h"
#include "base/util.h"
#include "firmware/boot.h"

enum {
	CR0_PE = BIT(0),
	CR0_ET = BIT(4),
	CR0_NE = BIT(5),
	CR0_PG = BIT(31),
	CR4_PAE = BIT(5),
	EFER_LME = BIT(8),
	EFER_LMA = BIT(10),
	RFLAGS_ALWAYS = BIT(1),
};

enum {
	MSR_IA32_MISC_ENABLE = 0x1a0,
	MISC_ENABLE_FAST_STRING = BIT(0),
	MSR_MTRR_DEF_TYPE = 0x2ff,
	MSR_LSTAR = 0xc0000082,
	/* MTRRs on, everything write-back. */
	MTRR_DEF_TYPE_WB = BIT(11) | 6,
};

enum {
	APIC_LVT_LINT0 = 0x350,
	APIC_LVT_LINT1 = 0x360,
	APIC_MODE_NMI = 4 << 8,
	APIC_MODE_EXTINT = 7 << 8,
};

static int failed(const char *what, unsigned index)
{
	return log_fail(-errno,
			"KVM: %s of vCPU %u: %s: see "
			"`dmesg | grep -i kvm`",
			what, index, strerror(errno));
}

static int set_msrs(int fd, unsigned index)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry[2];
	} msrs = { .head.nmsrs = 2,
		   .entry = { { .index = MSR_MTRR_DEF_TYPE,
				.data = MTRR_DEF_TYPE_WB },
			      { .index = MSR_IA32_MISC_ENABLE,
				.data = MISC_ENABLE_FAST_STRING } } };

	/* The number of MSRs that were set: the last, MISC_ENABLE, is Intel's,
	 * and not all hosts have it. */
	return ioctl(fd, KVM_SET_MSRS, &msrs) < 1 ? failed("MSRs", index) : 0;
}

static void set_lvt(struct kvm_lapic_state *apic, unsigned offset,
		    uint32_t mode)
{
	memcpy(apic->regs + offset, &mode, sizeof(mode));
}

/* PIC interrupts come through LINT0 and NMIs through LINT1, as after a BIOS. */
static int set_lapic(int fd, unsigned index)
{
	struct kvm_lapic_state apic;

	if (ioctl(fd, KVM_GET_LAPIC, &apic) < 0)
		return failed("local APIC", index);
	set_lvt(&apic, APIC_LVT_LINT0, APIC_MODE_EXTINT);
	set_lvt(&apic, APIC_LVT_LINT1, APIC_MODE_NMI);
	if (ioctl(fd, KVM_SET_LAPIC, &apic) < 0)
		return failed("local APIC", index);
	return 0;
}

static struct kvm_segment flat(uint16_t selector, bool code, bool long_mode)
{
	return (struct kvm_segment){
		.limit = 0xffffffff,
		.selector = selector,
		.type = code ? 11 : 3,
		.present = 1,
		.db = !(code && long_mode),
		.s = 1,
		.l = code && long_mode,
		.g = 1,
	};
}

static int set_sregs(int fd, unsigned index, const struct boot_cpu *boot)
{
	bool long_mode = boot->mode == BOOT_LONG64;
	struct kvm_sregs s;

	if (ioctl(fd, KVM_GET_SREGS, &s) < 0)
		return failed("segments", index);
	s.cs = flat(boot->cs, true, long_mode);
	s.ds = s.es = s.fs = s.gs = s.ss = flat(boot->ds, false, long_mode);
	s.gdt.base = boot->gdt;
	s.gdt.limit = boot->gdt_limit;
	s.idt.base = 0;
	s.idt.limit = 0;
	s.cr0 = CR0_PE | CR0_ET | CR0_NE;
	if (long_mode) {
		s.cr0 |= CR0_PG;
		s.cr3 = boot->cr3;
		s.cr4 = CR4_PAE;
		s.efer = EFER_LME | EFER_LMA;
	}
	return ioctl(fd, KVM_SET_SREGS, &s) < 0 ? failed("segments", index) : 0;
}

static int set_regs(int fd, unsigned index, const struct boot_cpu *boot)
{
	const struct kvm_regs r = { .rip = boot->rip,
				    .rsp = boot->rsp,
				    .rsi = boot->rsi,
				    .rax = boot->eax,
				    .rbx = boot->ebx,
				    .rflags = RFLAGS_ALWAYS };
	const struct kvm_fpu fpu = { .fcw = 0x37f, .mxcsr = 0x1f80 };

	if (ioctl(fd, KVM_SET_REGS, &r) < 0 || ioctl(fd, KVM_SET_FPU, &fpu) < 0)
		return failed("registers", index);
	return 0;
}

int vcpu_state_reset(int fd, unsigned index, const struct boot_cpu *boot)
{
	int err = set_msrs(fd, index);

	if (!err)
		err = set_lapic(fd, index);
	if (!err && boot)
		err = set_sregs(fd, index, boot);
	if (!err && boot)
		err = set_regs(fd, index, boot);
	return err;
}

uint32_t vcpu_state_tsc_khz(int fd)
{
	int khz = ioctl(fd, KVM_GET_TSC_KHZ, 0);

	return khz > 0 ? (uint32_t)khz : 0;
}

uint64_t vcpu_state_syscall_entry(int fd)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msr = { .head.nmsrs = 1, .entry.index = MSR_LSTAR };

	return ioctl(fd, KVM_GET_MSRS, &msr) == 1 ? msr.entry.data : 0;
}
