/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/ioeventfd.h"

#include <errno.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>

#include "devices/pci/pci_bar.h"
#include "vmm/kvm.h"

/* Size 0 means any size: KVM then need not decode the instruction (possible
 * since Linux 4.4). */
static int request(const struct kvm *kvm, const struct doorbell *bell,
		   uint32_t flags)
{
	struct kvm_ioeventfd io = {
		.datamatch = bell->value,
		.addr = bell->addr,
		.len = bell->size,
		.fd = bell->fd,
		.flags = flags | (bell->port ? KVM_IOEVENTFD_FLAG_PIO : 0) |
			 (bell->match ? KVM_IOEVENTFD_FLAG_DATAMATCH : 0),
	};

	return ioctl(kvm->vm, KVM_IOEVENTFD, &io) < 0 ? -errno : 0;
}

static int doorbell_add(void *arg, const struct doorbell *bell)
{
	return request(arg, bell, 0);
}

static void doorbell_remove(void *arg, const struct doorbell *bell)
{
	request(arg, bell, KVM_IOEVENTFD_FLAG_DEASSIGN);
}

const struct doorbell_ops kvm_doorbell_ops = { doorbell_add, doorbell_remove };
