/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/wake.h"

#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "base/util.h"
#include "vmm/kvm.h"
#include "vmm/msi.h"

/* The delivery mode has the same place in both formats. */
enum { DELIVERY_SHIFT = 8, DELIVERY_MASK = 7, MASKED = BIT(16) };
enum { DELIVERY_SMI = 2, DELIVERY_NMI = 4, DELIVERY_INIT = 5 };

static bool wakes(uint32_t low)
{
	unsigned delivery = low >> DELIVERY_SHIFT & DELIVERY_MASK;

	return delivery == DELIVERY_SMI || delivery == DELIVERY_NMI ||
	       delivery == DELIVERY_INIT;
}

static bool ioapic_wakes(const struct kvm *kvm)
{
	struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_IOAPIC };

	if (ioctl(kvm->vm, KVM_GET_IRQCHIP, &chip) < 0)
		return true;
	for (unsigned i = 0; i < KVM_IOAPIC_NUM_PINS; i++) {
		uint32_t low = (uint32_t)chip.chip.ioapic.redirtbl[i].bits;

		if (!(low & MASKED) && wakes(low))
			return true;
	}
	return false;
}

static bool messages_wake(struct kvm_messages *messages)
{
	bool any = false;

	pthread_mutex_lock(&messages->lock);
	for (unsigned i = 0; i < KVM_MSI_MAX; i++)
		any |= messages->message[i].routed &&
		       wakes(messages->message[i].data);
	pthread_mutex_unlock(&messages->lock);
	return any;
}

bool kvm_can_wake_halted(const struct kvm *kvm, struct kvm_messages *messages)
{
	return ioapic_wakes(kvm) || messages_wake(messages);
}
