/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * wake.h - what can wake a processor that is halted with interrupts off
 */
#ifndef VMM_WAKE_H
#define VMM_WAKE_H

#include <stdbool.h>

struct kvm;
struct kvm_messages;

/*
 * Whether the guest has set up an interrupt that can wake such a processor
 * without the help of another processor: an input of the IOAPIC that is not
 * masked, or a message of a device, with delivery mode SMI, NMI or INIT.  If
 * KVM does not tell, the answer is yes.  Any thread.  Intel SDM volume 3A,
 * section 10.11.2; IOAPIC data sheet (82093AA), section 3.2.4.
 */
bool kvm_can_wake_halted(const struct kvm *kvm, struct kvm_messages *messages);

#endif
