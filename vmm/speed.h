/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * speed.h - how fast a KVM executes guest code
 *
 * With VMX or SVM guest code is native at every privilege level.  A KVM
 * without them may emulate ring 0 instruction by instruction, a thousand
 * times slower: bare-metal guests made for that run well, an ordinary
 * kernel, which lives in ring 0, does not get far.  The only way to know is
 * to measure.
 */
#ifndef VMM_SPEED_H
#define VMM_SPEED_H

#include <stdbool.h>

/* Millions of instructions a second, in a tight loop. */
struct speed {
	double ring0_mips, ring3_mips;
};

/*
 * Measure in a small VM of its own on the open /dev/kvm @kvm_fd.  That takes
 * about @budget_ms (at least 1) of the thread's time, or a third of it if the
 * first run shows an ordinary KVM.  Any thread.  -errno, and -EIO if guest code
 * does not do what it should; does not log.
 */
int speed_measure(int kvm_fd, unsigned budget_ms, struct speed *speed);

/* Whether an ordinary kernel can be expected to boot in reasonable time. */
bool speed_can_boot_linux(const struct speed *speed);

#endif
