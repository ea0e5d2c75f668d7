/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/debug_probe.h"

#include <errno.h>
#include <linux/kvm.h>
#include <stdbool.h>
#include <sys/ioctl.h>

#include "base/log.h"
#include "base/text.h"
#include "base/util.h"
#include "vmm/probe_vm.h"

enum {
	SECOND = PROBE_CODE + 1,
	BREAK = PROBE_CODE + 9,
	/* In a part of the page tables that is not used. */
	DATA = 0x2f00,

	/* Debug register 0 is on; and for writes of a byte. */
	DR7_CODE = BIT(1),
	DR7_DATA = BIT(1) | BIT(16),

	VECTOR_DB = 1,
	VECTOR_BP = 3,
};

/* nop; nop; mov %cl, DATA; int3; mov %cl, PROBE_DOORBELL */
static const uint8_t probe_code[] = {
	0x90, 0x90, 0x88, 0x0c, 0x25, 0x00, 0x2f, 0x00, 0x00,
	0xcc, 0x88, 0x0c, 0x25, 0x00, 0x00, 0x10, 0x00,
};

enum outcome {
	/* The guest ran on, without a stop. */
	MISSED,
	STOPPED,
	/* KVM gives up at the instruction. */
	GIVEN_UP,
};

/* How a run with @debug ends: with exception @vector at @addr, or otherwise. */
static enum outcome judge(const struct probe_vm *vm, unsigned vector,
			  uint64_t addr)
{
	struct kvm_regs regs;

	if (ioctl(vm->vcpu, KVM_GET_REGS, &regs) < 0 ||
	    (addr && regs.rip != addr))
		return MISSED;
	switch (vm->run->exit_reason) {
	case KVM_EXIT_DEBUG:
		return vm->run->debug.arch.exception == vector ? STOPPED :
								 MISSED;
	case KVM_EXIT_INTERNAL_ERROR:
		return GIVEN_UP;
	default:
		return MISSED;
	}
}

/* Each attempt has a machine of its own, as one that has shut down cannot be
 * used again. */
static int attempt(int kvm_fd, uint8_t ring,
		   const struct kvm_guest_debug *debug, unsigned vector,
		   uint64_t addr, enum outcome *outcome)
{
	struct probe_vm vm;
	int err = probe_vm_open(&vm, kvm_fd, probe_code, sizeof(probe_code));

	*outcome = MISSED;
	if (!err)
		err = probe_vm_start(&vm, ring, 0);
	if (!err && ioctl(vm.vcpu, KVM_SET_GUEST_DEBUG, debug) == 0) {
		err = probe_vm_run(&vm);
		if (!err)
			*outcome = judge(&vm, vector, addr);
	}
	probe_vm_close(&vm);
	return err;
}

static int try_step(int kvm_fd, uint8_t ring, bool *can)
{
	const struct kvm_guest_debug debug = {
		.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_SINGLESTEP,
	};
	enum outcome outcome;
	int err = attempt(kvm_fd, ring, &debug, VECTOR_DB, SECOND, &outcome);

	*can = outcome == STOPPED;
	return err;
}

static int try_register(int kvm_fd, uint8_t ring, bool code, bool *can)
{
	const struct kvm_guest_debug debug = {
		.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_HW_BP,
		.arch.debugreg = { [0] = code ? SECOND : DATA,
				   [7] = code ? DR7_CODE : DR7_DATA },
	};
	enum outcome outcome;
	int err = attempt(kvm_fd, ring, &debug, VECTOR_DB, code ? SECOND : 0,
			  &outcome);

	*can = outcome == STOPPED;
	return err;
}

static int try_int3(int kvm_fd, enum gdb_int3 *int3)
{
	const struct kvm_guest_debug debug = {
		.control = KVM_GUESTDBG_ENABLE | KVM_GUESTDBG_USE_SW_BP,
	};
	enum outcome ring0, ring3;
	int err = attempt(kvm_fd, 0, &debug, VECTOR_BP, BREAK, &ring0);

	if (!err)
		err = attempt(kvm_fd, 3, &debug, VECTOR_BP, BREAK, &ring3);
	if (err || ring0 == MISSED)
		*int3 = GDB_INT3_SEEN;
	else if (ring0 == STOPPED && ring3 == STOPPED)
		*int3 = GDB_INT3_STOPS;
	else
		*int3 = GDB_INT3_RING0;
	return err;
}

int debug_probe(int kvm_fd, struct gdb_abilities *can)
{
	bool data_ring3 = false;
	int err;

	*can = (struct gdb_abilities){ .step = false };
	err = try_step(kvm_fd, 0, &can->step);
	if (!err)
		err = try_step(kvm_fd, 3, &can->step_ring3);
	if (!err)
		err = try_register(kvm_fd, 0, true, &can->code);
	if (!err)
		err = try_register(kvm_fd, 3, true, &can->code_ring3);
	if (!err)
		err = try_register(kvm_fd, 0, false, &can->data);
	if (!err)
		err = try_register(kvm_fd, 3, false, &data_ring3);
	if (!err)
		err = try_int3(kvm_fd, &can->int3);
	can->data &= data_ring3;
	return err;
}

unsigned debug_probe_step(int kvm_fd)
{
	int can = ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_SET_GUEST_DEBUG2);

	return can > 0 ? (unsigned)can & KVM_GUESTDBG_BLOCKIRQ : 0;
}

/* "yes", "in ring 0 only" or "no". */
static const char *rings(bool ring0, bool ring3)
{
	return ring0 && ring3 ? "yes" : ring0 ? "in ring 0 only" : "no";
}

static const char *with_int3(const struct gdb_abilities *can)
{
	return rings(can->int3 != GDB_INT3_SEEN, can->int3 == GDB_INT3_STOPS);
}

void debug_probe_warn(const struct gdb_abilities *can)
{
	bool all = can->step_ring3 && can->code_ring3 && can->data &&
		   can->int3 == GDB_INT3_STOPS;

	if (!all)
		log_warn("--gdb: what works on this KVM: steps: %s; int3 "
			 "breakpoints: %s; up to 4 hardware breakpoints: %s; "
			 "watchpoints: %s",
			 rings(can->step, can->step_ring3), with_int3(can),
			 rings(can->code, can->code_ring3),
			 rings(can->data, can->data));
}

void debug_probe_describe(const struct gdb_abilities *can, FILE *out)
{
	fprintf(out, "debugger (--gdb):\n");
	fprintf(out, "  steps: %s\n", rings(can->step, can->step_ring3));
	fprintf(out, "  int3 breakpoints: %s\n", with_int3(can));
	fprintf(out, "  hardware breakpoints: %s\n",
		rings(can->code, can->code_ring3));
	fprintf(out, "  watchpoints: %s\n", rings(can->data, can->data));
}
