/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * debug_probe.h - which debugging features work on this KVM
 *
 * KVM's interface promises more than some hosts keep: an emulated processor may
 * never stop at a debug register, and a KVM without VMX and SVM may show the
 * guest the int3 that was meant for the debugger.  So each feature is tried,
 * with a guest of five instructions.
 */
#ifndef VMM_DEBUG_PROBE_H
#define VMM_DEBUG_PROBE_H

#include <stdio.h>

#include "gdb/points.h"

/* Try the features on the open /dev/kvm @kvm_fd; takes some milliseconds.  Any
 * thread.  -errno; does not log. */
int debug_probe(int kvm_fd, struct gdb_abilities *can);

/* The control bit with which a step does not end in an interrupt handler,
 * KVM_GUESTDBG_BLOCKIRQ; 0 if the open /dev/kvm @kvm_fd has none.  Any thread.
 */
unsigned debug_probe_step(int kvm_fd);

/* Log one line about the features that do not work, if there are any. */
void debug_probe_warn(const struct gdb_abilities *can);

/* Print each feature, for `minivmm check`. */
void debug_probe_describe(const struct gdb_abilities *can, FILE *out);

#endif
