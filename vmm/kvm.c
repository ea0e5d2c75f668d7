/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/irq.h"
#include "base/log.h"
#include "base/mem.h"

/* Three pages KVM needs on hosts without unrestricted guest mode, out of
 * RAM's way and inside the area the e820 map reserves. */
#define IDENTITY_MAP_ADDR UINT64_C(0xfeffc000)
#define TSS_ADDR	  0xfeffd000

struct capability {
	int number;
	const char *name;
	bool required;
};

#define REQUIRED(x)                                                            \
	{                                                                      \
		KVM_CAP_##x, #x, true                                          \
	}
#define OPTIONAL(x)                                                            \
	{                                                                      \
		KVM_CAP_##x, #x, false                                         \
	}

static const struct capability capabilities[] = {
	REQUIRED(IRQCHIP),
	REQUIRED(USER_MEMORY),
	REQUIRED(SET_TSS_ADDR),
	REQUIRED(SET_IDENTITY_MAP_ADDR),
	REQUIRED(EXT_CPUID),
	REQUIRED(PIT2),
	REQUIRED(IRQFD),
	REQUIRED(IRQFD_RESAMPLE),
	REQUIRED(IOEVENTFD),
	REQUIRED(IRQ_ROUTING),
	REQUIRED(SIGNAL_MSI),
	REQUIRED(IMMEDIATE_EXIT),
	OPTIONAL(TSC_DEADLINE_TIMER),
	OPTIONAL(GET_TSC_KHZ),
	OPTIONAL(ADJUST_CLOCK),
	OPTIONAL(KVMCLOCK_CTRL),
	OPTIONAL(X2APIC_API),
	OPTIONAL(SYNC_REGS),
};

static int ask(const struct kvm *kvm, int capability)
{
	return ioctl(kvm->fd, KVM_CHECK_EXTENSION, capability);
}

static const char more_descriptors[] = "raise `ulimit -n`";

static const char *open_remedy(int err)
{
	switch (err) {
	case EMFILE:
	case ENFILE:
		return more_descriptors;
	case EACCES:
	case EPERM:
		return "add yourself to the group kvm: sudo usermod -aG kvm "
		       "$USER, then log in again";
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return "load KVM: sudo modprobe kvm_intel (or kvm_amd); if "
		       "that fails, enable virtualisation in the firmware "
		       "or, inside a VM, nested virtualisation";
	default:
		return "see `dmesg | grep -i kvm`";
	}
}

static const char *create_remedy(int err)
{
	if (err == EMFILE || err == ENFILE)
		return more_descriptors;
	return "is another hypervisor using the processor?";
}

static int check_capabilities(const struct kvm *kvm)
{
	for (unsigned i = 0; i < ARRAY_SIZE(capabilities); i++) {
		const struct capability *c = &capabilities[i];

		if (c->required && ask(kvm, c->number) <= 0)
			return log_fail(-EOPNOTSUPP,
					KVM_DEVICE ": no KVM_CAP_%s: use a "
						   "newer host kernel",
					c->name);
	}
	return 0;
}

int kvm_open(struct kvm *kvm)
{
	int version, size;

	*kvm = (struct kvm){ .vm = -1 };
	kvm->fd = open(KVM_DEVICE, O_RDWR | O_CLOEXEC);
	if (kvm->fd < 0)
		return log_fail(-errno, KVM_DEVICE ": %s: %s", strerror(errno),
				open_remedy(errno));
	version = ioctl(kvm->fd, KVM_GET_API_VERSION, 0);
	if (version != KVM_API_VERSION)
		return log_fail(-EOPNOTSUPP,
				KVM_DEVICE ": API version %d, not %d: is it "
					   "KVM?",
				version, KVM_API_VERSION);
	size = ioctl(kvm->fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size < (int)sizeof(struct kvm_run))
		return log_fail(-EOPNOTSUPP,
				KVM_DEVICE ": run area of %d bytes: use a "
					   "newer host kernel",
				size);
	kvm->run_size = (size_t)size;
	kvm->max_cpus = (unsigned)MAX(ask(kvm, KVM_CAP_MAX_VCPUS), 1);
	return check_capabilities(kvm);
}

void kvm_close(struct kvm *kvm)
{
	kvm_vm_destroy(kvm);
	close_fd(&kvm->fd);
}

static int add_memory(const struct kvm *kvm, const struct mem *mem)
{
	for (unsigned i = 0; i < mem->n_regions; i++) {
		const struct mem_region *r = &mem->region[i];
		struct kvm_userspace_memory_region slot = {
			.slot = i,
			.guest_phys_addr = r->gpa,
			.memory_size = r->size,
			.userspace_addr = (uintptr_t)r->host,
		};

		if (ioctl(kvm->vm, KVM_SET_USER_MEMORY_REGION, &slot) < 0)
			return log_fail(-errno,
					"KVM: guest memory of %llu MiB: %s: "
					"use a smaller --mem",
					(unsigned long long)(mem->size / MIB),
					strerror(errno));
	}
	return 0;
}

/* One step of building the VM; names it in the error. */
static int vm_ioctl(const struct kvm *kvm, const char *name,
		    unsigned long request, const void *arg)
{
	if (ioctl(kvm->vm, request, arg) == 0)
		return 0;
	return log_fail(-errno, "KVM: %s: %s: see `dmesg | grep -i kvm`", name,
			strerror(errno));
}

int kvm_vm_create(struct kvm *kvm, const struct mem *mem)
{
	const uint64_t identity = IDENTITY_MAP_ADDR;
	const struct kvm_pit_config pit = { .flags = KVM_PIT_SPEAKER_DUMMY };
	int err;

	kvm->vm = ioctl(kvm->fd, KVM_CREATE_VM, 0);
	if (kvm->vm < 0)
		return log_fail(-errno, "KVM: no virtual machine: %s: %s",
				strerror(errno), create_remedy(errno));
	/* Memory first: in a VM that already has devices KVM waits some
	 * milliseconds for its readers before it shows a new slot. */
	err = add_memory(kvm, mem);
	if (!err)
		err = vm_ioctl(kvm, "identity map", KVM_SET_IDENTITY_MAP_ADDR,
			       &identity);
	if (!err && ioctl(kvm->vm, KVM_SET_TSS_ADDR, TSS_ADDR) < 0)
		err = log_fail(-errno,
			       "KVM: task state segment: %s: see "
			       "`dmesg | grep -i kvm`",
			       strerror(errno));
	if (!err)
		err = vm_ioctl(kvm, "interrupt controllers", KVM_CREATE_IRQCHIP,
			       NULL);
	if (!err)
		err = vm_ioctl(kvm, "interval timer", KVM_CREATE_PIT2, &pit);
	return err;
}

void kvm_vm_destroy(struct kvm *kvm)
{
	close_fd(&kvm->vm);
}

static int wire(const struct kvm *kvm, struct kvm_irqfd irqfd)
{
	return vm_ioctl(kvm, "interrupt wiring", KVM_IRQFD, &irqfd);
}

int kvm_wire_irq(const struct kvm *kvm, unsigned gsi, const struct irq *irq)
{
	return wire(kvm,
		    (struct kvm_irqfd){ .fd = (uint32_t)irq->fd, .gsi = gsi });
}

/* Tell the PIC that input @gsi is level-triggered: its edge/level control
 * register, which a firmware would set. */
static int set_level_triggered(const struct kvm *kvm, unsigned gsi)
{
	enum { PIC_PINS = 8, PIC_INPUTS = 16 };
	struct kvm_irqchip chip = {
		.chip_id = gsi < PIC_PINS ? KVM_IRQCHIP_PIC_MASTER :
					    KVM_IRQCHIP_PIC_SLAVE,
	};
	int err;

	if (gsi >= PIC_INPUTS)
		return 0;
	err = vm_ioctl(kvm, "state of the PIC", KVM_GET_IRQCHIP, &chip);
	chip.chip.pic.elcr |= (uint8_t)BIT(gsi % PIC_PINS);
	return err ? err :
		     vm_ioctl(kvm, "state of the PIC", KVM_SET_IRQCHIP, &chip);
}

int kvm_wire_irq_line(const struct kvm *kvm, unsigned gsi,
		      const struct irq_line *line)
{
	int err = set_level_triggered(kvm, gsi);

	if (err)
		return err;
	return wire(kvm, (struct kvm_irqfd){
				 .fd = (uint32_t)line->assert_fd,
				 .gsi = gsi,
				 .flags = KVM_IRQFD_FLAG_RESAMPLE,
				 .resamplefd = (uint32_t)line->resample_fd,
			 });
}

void kvm_set_line(const struct kvm *kvm, unsigned gsi, bool level)
{
	struct kvm_irq_level line = { .irq = gsi, .level = level };

	/* It cannot fail for an input that exists. */
	ioctl(kvm->vm, KVM_IRQ_LINE, &line);
}

void kvm_describe(const struct kvm *kvm, FILE *out)
{
	fprintf(out, "  vcpus: up to %u (%d recommended)\n", kvm->max_cpus,
		ask(kvm, KVM_CAP_NR_VCPUS));
	for (unsigned i = 0; i < ARRAY_SIZE(capabilities); i++) {
		const struct capability *c = &capabilities[i];

		fprintf(out, "  %s: %s\n", c->name,
			ask(kvm, c->number) > 0 ? "yes" : "no");
	}
}
