/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debug_probe.h - what of a debugger's needs this KVM can do
 *
 * KVM's interface promises more than some hosts keep: an emulated processor may
 * never stop at a debug register, and a KVM without VMX and SVM may show the
 * guest the int3 that was meant for the debugger.  So each is tried, with a
 * guest of five instructions.
 */
#ifndef VMM_DEBUG_PROBE_H
#define VMM_DEBUG_PROBE_H

#include <stdio.h>

#include "gdb/points.h"

/* Try them on the open /dev/kvm @kvm_fd; takes some milliseconds.  Any thread.
 * -errno; does not log. */
int debug_probe(int kvm_fd, struct gdb_abilities *can);

/* The control bit with which a step does not end in an interrupt handler,
 * KVM_GUESTDBG_BLOCKIRQ; 0 if the open /dev/kvm @kvm_fd has none.  Any thread.
 */
unsigned debug_probe_step(int kvm_fd);

/* Log in one line what does not work, if anything. */
void debug_probe_warn(const struct gdb_abilities *can);

/* The same for `minivmm check`. */
void debug_probe_describe(const struct gdb_abilities *can, FILE *out);

#endif
