/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/msi.h"

#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/log.h"
#include "base/util.h"
#include "devices/pci/pci_msix.h"
#include "vmm/kvm.h"

enum { PIC_INPUTS = 16, PIC_PINS = 8, CASCADE = 2, IOAPIC_PINS = 24 };

/* A message to any other address would be a write to memory, which no driver
 * wants.  The lowest byte of the upper half is reserved. */
#define MSI_ADDR_MASK UINT64_C(0xfff00000)
#define MSI_ADDR      UINT64_C(0xfee00000)
#define MSI_ADDR_HIGH (UINT64_C(0xff) << 32)

/* The whole table, on its way to KVM. */
struct table {
	struct kvm_irq_routing head;
	struct kvm_irq_routing_entry
		entry[PIC_INPUTS + IOAPIC_PINS + KVM_MSI_MAX];
};

static void add_pin(struct table *t, unsigned gsi, unsigned chip, unsigned pin)
{
	t->entry[t->head.nr++] = (struct kvm_irq_routing_entry){
		.gsi = gsi,
		.type = KVM_IRQ_ROUTING_IRQCHIP,
		.u.irqchip = { .irqchip = chip, .pin = pin },
	};
}

/*
 * The inputs as a PC wires them: the timer, input 0, goes to IOAPIC pin 2
 * (the MADT says so), and input 2 of the PIC is the slave's cascade.
 */
static void add_inputs(struct table *t)
{
	for (unsigned gsi = 0; gsi < IOAPIC_PINS; gsi++) {
		if (gsi == CASCADE)
			continue;
		add_pin(t, gsi, KVM_IRQCHIP_IOAPIC, gsi ? gsi : CASCADE);
		if (gsi < PIC_INPUTS)
			add_pin(t, gsi,
				gsi < PIC_PINS ? KVM_IRQCHIP_PIC_MASTER :
						 KVM_IRQCHIP_PIC_SLAVE,
				gsi % PIC_PINS);
	}
}

static void add_message(struct table *t, unsigned i,
			const struct kvm_message *m)
{
	t->entry[t->head.nr++] = (struct kvm_irq_routing_entry){
		.gsi = IOAPIC_PINS + i,
		.type = KVM_IRQ_ROUTING_MSI,
		.u.msi = { .address_lo = (uint32_t)m->addr,
			   .address_hi = (uint32_t)(m->addr >> 32),
			   .data = m->data },
	};
}

/* Under the lock. */
static int submit(struct kvm_messages *msi)
{
	struct table t = { 0 };

	add_inputs(&t);
	for (unsigned i = 0; i < KVM_MSI_MAX; i++)
		if (msi->message[i].routed)
			add_message(&t, i, &msi->message[i]);
	if (ioctl(msi->kvm->vm, KVM_SET_GSI_ROUTING, &t) < 0)
		return -errno;
	return 0;
}

static int irqfd(const struct kvm_messages *msi, int handle, int fd,
		 uint32_t flags)
{
	struct kvm_irqfd irqfd = { .fd = (uint32_t)fd,
				   .gsi = IOAPIC_PINS + (uint32_t)handle,
				   .flags = flags };

	return ioctl(msi->kvm->vm, KVM_IRQFD, &irqfd) < 0 ? -errno : 0;
}

static int take(struct kvm_messages *msi)
{
	int handle = -ENOSPC;

	pthread_mutex_lock(&msi->lock);
	for (int i = 0; i < KVM_MSI_MAX && handle < 0; i++) {
		if (msi->message[i].used)
			continue;
		msi->message[i] = (struct kvm_message){ .used = true };
		handle = i;
	}
	pthread_mutex_unlock(&msi->lock);
	return handle;
}

/* KVM may keep the last message, but nothing is wired to it any more. */
static void give_back(struct kvm_messages *msi, int handle)
{
	pthread_mutex_lock(&msi->lock);
	msi->message[handle] = (struct kvm_message){ 0 };
	pthread_mutex_unlock(&msi->lock);
}

static int msi_add(void *arg, int fd)
{
	struct kvm_messages *msi = arg;
	int handle = take(msi), err;

	if (handle < 0)
		return handle;
	err = irqfd(msi, handle, fd, 0);
	if (!err)
		return handle;
	give_back(msi, handle);
	return err;
}

static void msi_remove(void *arg, int handle, int fd)
{
	struct kvm_messages *msi = arg;

	irqfd(msi, handle, fd, KVM_IRQFD_FLAG_DEASSIGN);
	give_back(msi, handle);
}

static bool sendable(uint64_t addr)
{
	return (addr & MSI_ADDR_MASK) == MSI_ADDR && !(addr & MSI_ADDR_HIGH);
}

/* A message that KVM refuses must not stay in the table, or it would refuse
 * all that come after. */
static int msi_route(void *arg, int handle, uint64_t addr, uint32_t data)
{
	struct kvm_messages *msi = arg;
	struct kvm_message *m = &msi->message[handle];
	int err;

	pthread_mutex_lock(&msi->lock);
	m->addr = addr;
	m->data = data;
	m->routed = sendable(addr);
	err = submit(msi);
	if (err && m->routed) {
		m->routed = false;
		submit(msi);
	}
	if (!err && !m->routed)
		err = -EINVAL;
	pthread_mutex_unlock(&msi->lock);
	return err;
}

const struct msi_ops kvm_msi_ops = { msi_add, msi_remove, msi_route };

int kvm_msi_init(struct kvm_messages *msi, const struct kvm *kvm)
{
	int err;

	*msi = (struct kvm_messages){ .kvm = kvm };
	pthread_mutex_init(&msi->lock, NULL);
	err = submit(msi);
	if (err) {
		log_err("KVM: interrupt routes: %s: see `dmesg | grep -i kvm`",
			strerror(-err));
		kvm_msi_free(msi);
	}
	return err;
}

void kvm_msi_free(struct kvm_messages *msi)
{
	pthread_mutex_destroy(&msi->lock);
}
