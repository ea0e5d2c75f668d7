/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/vcpu_registers.h"

#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/util.h"
#include "gdb/registers.h"
#include "gdb/walk.h"

enum {
	MSR_KERNEL_GS_BASE = 0xc0000102,

	/* The XSAVE area: Intel SDM volume 1, section 13.4. */
	XSAVE_FCW = 0,
	XSAVE_FSW = 2,
	XSAVE_FTW = 4,
	XSAVE_FOP = 6,
	XSAVE_FIP = 8,
	XSAVE_FCS = 12,
	XSAVE_FDP = 16,
	XSAVE_FDS = 20,
	XSAVE_MXCSR = 24,
	XSAVE_ST = 32,
	XSAVE_XMM = 160,
	XSAVE_BV = 512,
	/* The same offset on all processors that have AVX. */
	XSAVE_YMMH = 576,

	BV_X87 = BIT(0),
	BV_SSE = BIT(1),
	BV_AVX = BIT(2),

	/* Two bits per register: it is empty. */
	TAG_EMPTY = 3,
};

/* In GDB's order. */
static void copy_general(struct kvm_regs *k, uint64_t *g, bool to_kvm)
{
	__u64 *const order[16] = {
		&k->rax, &k->rbx, &k->rcx, &k->rdx, &k->rsi, &k->rdi,
		&k->rbp, &k->rsp, &k->r8,  &k->r9,  &k->r10, &k->r11,
		&k->r12, &k->r13, &k->r14, &k->r15,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
		if (to_kvm)
			*order[i] = g[i];
		else
			g[i] = *order[i];
	}
}

static uint64_t get_kernel_gs(int fd)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msr = { .head.nmsrs = 1, .entry.index = MSR_KERNEL_GS_BASE };

	return ioctl(fd, KVM_GET_MSRS, &msr) == 1 ? msr.entry.data : 0;
}

static int set_kernel_gs(int fd, uint64_t value)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msr = { .head.nmsrs = 1,
		  .entry = { .index = MSR_KERNEL_GS_BASE, .data = value } };

	return ioctl(fd, KVM_SET_MSRS, &msr) == 1 ? 0 : -EINVAL;
}

/* XSAVE has one bit per register, set if it is in use; GDB has two bits. */
static uint32_t wide_tags(uint8_t narrow)
{
	uint32_t wide = 0;

	for (unsigned i = 0; i < 8; i++)
		if (!(narrow & BIT(i)))
			wide |= (uint32_t)TAG_EMPTY << 2 * i;
	return wide;
}

static uint8_t narrow_tags(uint32_t wide)
{
	uint8_t narrow = 0;

	for (unsigned i = 0; i < 8; i++)
		if ((wide >> 2 * i & TAG_EMPTY) != TAG_EMPTY)
			narrow |= (uint8_t)BIT(i);
	return narrow;
}

static void get_vectors(const uint8_t *area, struct gdb_registers *r)
{
	uint64_t in_use = get_le64(area + XSAVE_BV);

	for (unsigned i = 0; i < 8; i++)
		memcpy(r->st[i], area + XSAVE_ST + (size_t)16 * i,
		       sizeof(r->st[i]));
	r->fctrl = get_le16(area + XSAVE_FCW);
	r->fstat = get_le16(area + XSAVE_FSW);
	r->ftag = wide_tags(area[XSAVE_FTW]);
	r->fop = get_le16(area + XSAVE_FOP);
	r->fioff = get_le32(area + XSAVE_FIP);
	r->fiseg = get_le16(area + XSAVE_FCS);
	r->fooff = get_le32(area + XSAVE_FDP);
	r->foseg = get_le16(area + XSAVE_FDS);
	r->mxcsr = get_le32(area + XSAVE_MXCSR);
	memcpy(r->xmm, area + XSAVE_XMM, sizeof(r->xmm));
	if (in_use & BV_AVX)
		memcpy(r->ymmh, area + XSAVE_YMMH, sizeof(r->ymmh));
}

static void put_le16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static void put_le32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

static void put_vectors(uint8_t *area, const struct gdb_registers *r)
{
	static const uint8_t none[sizeof(r->ymmh)];
	uint64_t in_use = get_le64(area + XSAVE_BV) | BV_X87 | BV_SSE;

	for (unsigned i = 0; i < 8; i++)
		memcpy(area + XSAVE_ST + (size_t)16 * i, r->st[i],
		       sizeof(r->st[i]));
	put_le16(area + XSAVE_FCW, r->fctrl);
	put_le16(area + XSAVE_FSW, r->fstat);
	area[XSAVE_FTW] = narrow_tags(r->ftag);
	put_le16(area + XSAVE_FOP, r->fop);
	put_le32(area + XSAVE_FIP, r->fioff);
	put_le16(area + XSAVE_FCS, r->fiseg);
	put_le32(area + XSAVE_FDP, r->fooff);
	put_le16(area + XSAVE_FDS, r->foseg);
	put_le32(area + XSAVE_MXCSR, r->mxcsr);
	memcpy(area + XSAVE_XMM, r->xmm, sizeof(r->xmm));
	/* Upper halves that are all 0 need not be marked as in use, and on a
	 * processor without AVX they must not be. */
	if (memcmp(r->ymmh, none, sizeof(none)) != 0)
		in_use |= BV_AVX;
	if (in_use & BV_AVX)
		memcpy(area + XSAVE_YMMH, r->ymmh, sizeof(r->ymmh));
	memcpy(area + XSAVE_BV, &in_use, sizeof(in_use));
}

static void get_system(int fd, const struct kvm_sregs *s,
		       struct gdb_registers *r)
{
	r->cs = s->cs.selector;
	r->ss = s->ss.selector;
	r->ds = s->ds.selector;
	r->es = s->es.selector;
	r->fs = s->fs.selector;
	r->gs = s->gs.selector;
	r->fs_base = s->fs.base;
	r->gs_base = s->gs.base;
	r->k_gs_base = get_kernel_gs(fd);
	r->cr0 = s->cr0;
	r->cr2 = s->cr2;
	r->cr3 = s->cr3;
	r->cr4 = s->cr4;
	r->cr8 = s->cr8;
	r->efer = s->efer;
}

int vcpu_registers_get(int fd, struct gdb_registers *registers)
{
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_xsave xsave;
	uint64_t general[16];

	memset(registers, 0, sizeof(*registers));
	if (ioctl(fd, KVM_GET_REGS, &regs) < 0 ||
	    ioctl(fd, KVM_GET_SREGS, &sregs) < 0)
		return -errno;
	copy_general(&regs, general, false);
	memcpy(registers->general, general, sizeof(general));
	registers->rip = regs.rip;
	registers->eflags = (uint32_t)regs.rflags;
	get_system(fd, &sregs, registers);
	/* On a KVM without XSAVE these registers read as zeros. */
	if (ioctl(fd, KVM_GET_XSAVE, &xsave) == 0)
		get_vectors((const uint8_t *)xsave.region, registers);
	return 0;
}

static int set_general(int fd, const struct gdb_registers *r)
{
	struct kvm_regs regs;
	uint64_t general[16];

	if (ioctl(fd, KVM_GET_REGS, &regs) < 0)
		return -errno;
	memcpy(general, r->general, sizeof(general));
	copy_general(&regs, general, true);
	regs.rip = r->rip;
	regs.rflags = r->eflags;
	return ioctl(fd, KVM_SET_REGS, &regs) < 0 ? -errno : 0;
}

static int set_system(int fd, const struct gdb_registers *r)
{
	struct kvm_sregs s;

	if (ioctl(fd, KVM_GET_SREGS, &s) < 0)
		return -errno;
	s.fs.base = r->fs_base;
	s.gs.base = r->gs_base;
	s.cr0 = r->cr0;
	s.cr2 = r->cr2;
	s.cr3 = r->cr3;
	s.cr4 = r->cr4;
	s.cr8 = r->cr8;
	s.efer = r->efer;
	if (ioctl(fd, KVM_SET_SREGS, &s) < 0)
		return -errno;
	return set_kernel_gs(fd, r->k_gs_base);
}

static int set_vectors(int fd, const struct gdb_registers *r)
{
	struct kvm_xsave xsave;

	if (ioctl(fd, KVM_GET_XSAVE, &xsave) < 0)
		return -errno;
	put_vectors((uint8_t *)xsave.region, r);
	return ioctl(fd, KVM_SET_XSAVE, &xsave) < 0 ? -errno : 0;
}

/* Whether the registers from @first to before @end differ. */
#define DIFFER(a, b, first, end)                                               \
	(memcmp((const char *)(a) + offsetof(struct gdb_registers, first),     \
		(const char *)(b) + offsetof(struct gdb_registers, first),     \
		offsetof(struct gdb_registers, end) -                          \
			offsetof(struct gdb_registers, first)) != 0)

int vcpu_registers_set(int fd, const struct gdb_registers *registers)
{
	const struct gdb_registers *r = registers;
	struct gdb_registers now;
	int err = vcpu_registers_get(fd, &now);

	if (err)
		return err;
	if (DIFFER(r, &now, cs, st))
		return -EOPNOTSUPP;
	if (DIFFER(r, &now, fs_base, ymmh) || r->k_gs_base != now.k_gs_base ||
	    DIFFER(r, &now, cr0, efer) || r->efer != now.efer)
		err = set_system(fd, r);
	if (!err &&
	    (DIFFER(r, &now, st, fs_base) || DIFFER(r, &now, ymmh, k_gs_base)))
		err = set_vectors(fd, r);
	if (!err && DIFFER(r, &now, general, cs))
		err = set_general(fd, r);
	return err;
}

uint64_t vcpu_rip(int fd)
{
	struct kvm_regs regs;

	return ioctl(fd, KVM_GET_REGS, &regs) < 0 ? 0 : regs.rip;
}

int vcpu_paging(int fd, struct gdb_paging *paging, uint64_t *pc)
{
	struct kvm_regs regs;
	struct kvm_sregs s;

	if (ioctl(fd, KVM_GET_REGS, &regs) < 0 ||
	    ioctl(fd, KVM_GET_SREGS, &s) < 0)
		return -errno;
	*paging = (struct gdb_paging){ s.cr0, s.cr3, s.cr4, s.efer };
	*pc = s.cs.base + regs.rip;
	return 0;
}
