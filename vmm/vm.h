/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vm.h - the machine: the one list of its parts and how they are plugged
 *
 * A machine lives for one boot.  A reset makes a new one, so nothing of the
 * old guest can linger; what belongs to the host (the serial line's far end,
 * the network, the kernel file) is lent to it and outlives it.
 *
 * Threads: main thread.  The machine adds one thread per vCPU.
 */
#ifndef VMM_VM_H
#define VMM_VM_H

#include "base/bus.h"
#include "base/irq.h"
#include "base/loop.h"
#include "base/mem.h"
#include "devices/net/net.h"
#include "devices/net/net_config.h"
#include "devices/pci/pci.h"
#include "devices/pci/pci_bar.h"
#include "devices/platform/acpi_pm.h"
#include "devices/platform/crtc.h"
#include "devices/platform/debugcon.h"
#include "devices/platform/exit_port.h"
#include "devices/platform/fw_cfg.h"
#include "devices/platform/i8042.h"
#include "devices/platform/post.h"
#include "devices/platform/pvpanic.h"
#include "devices/platform/reset.h"
#include "devices/platform/rtc.h"
#include "devices/platform/test_device.h"
#include "devices/rng/rng.h"
#include "devices/serial/uart.h"
#include "devices/virtio/virtio_config.h"
#include "vmm/doctor.h"
#include "vmm/kvm.h"
#include "vmm/line.h"
#include "vmm/msi.h"
#include "vmm/slot.h"
#include "vmm/standstill.h"
#include "vmm/vcpus.h"

struct boot;
struct chardev;
struct netdev;

struct vm_events {
	/* The guest has asked for its end: told once, on the loop's thread.
	 */
	void (*ended)(void *arg, const struct power_event *event);
	/* The guest's kernel says that it has panicked.  Any thread. */
	void (*panicked)(void *arg);
	void *arg;
};

/* What a machine is built from. */
struct vm_config {
	uint64_t mem;
	unsigned cpus;
	const struct boot *boot;
	struct loop *loop;
	struct chardev *console;
	struct virtio_config rng;
	/* Report what virtio drivers do wrong. */
	bool lint;
	/* What its network card is connected to, NULL for no card. */
	struct netdev *netdev;
	const struct net_config *net;
	/* Ports by which the guest ends with a code; 0 for none. */
	unsigned exit_port, debug_exit;
	/* Where the debug console's ports lead, NULL for no such ports; and
	 * whether only while COM1 has said nothing. */
	struct chardev *debugcon;
	bool debugcon_aside;
	/* There is what kvm-unit-tests expect: test_device.h. */
	bool test_device;
	struct vm_events events;
};

struct vm {
	struct vm_config config;
	struct kvm *kvm;
	/* How many entries of vm.c's parts list are built. */
	unsigned n_parts;

	struct mem mem;
	struct bus port, mmio;
	struct bus_range ram_range[2], apic_range;
	struct kvm_messages msi;

	struct irq com1_irq, rtc_irq;
	struct kvm_line sci;

	struct uart com1;
	struct rtc rtc;
	struct i8042 i8042;
	struct acpi_pm pm;
	struct post post;
	struct crtc crtc;
	struct fw_cfg fw_cfg;
	struct test_device test_device;
	struct debugcon debugcon;
	struct pci_bus pci;
	struct pci_host pci_host;
	struct reset reset;
	struct pvpanic pvpanic;
	struct exit_port exit_port, debug_exit;
	struct doctor doctor;
	struct rng rng;
	struct slot rng_slot;
	struct net net;
	struct slot net_slot;

	struct vcpu_env env;
	struct vcpu_set vcpus;
	struct standstill standstill;

	/* The first power request; under the lock. */
	pthread_mutex_t ended_lock;
	struct power_event ended;
	struct loop_work ended_work;
};

/*
 * Build a machine on @kvm, with nothing in its memory.  Logs; -errno, and
 * vm_free() is to be called all the same.
 */
int vm_init(struct vm *vm, struct kvm *kvm, const struct vm_config *config);

/* Put firmware tables and the kernel into its memory and create the vCPUs.
 * Logs; -errno: the kernel does not fit, or the host cannot. */
int vm_load(struct vm *vm);

/* Let it run.  Logs; -errno. */
int vm_start(struct vm *vm);

/* Bring every vCPU to a halt; takes milliseconds, whatever the guest does. */
void vm_stop(struct vm *vm);

/* Stop it if need be and take it apart; a half-built one is fine. */
void vm_free(struct vm *vm);

/* The same for the last one of the process, to whose end its memory is left:
 * much of it takes seconds to free, and the verdict does not wait for that. */
void vm_free_last(struct vm *vm);

/* A short press of the power button. */
void vm_press_power_button(struct vm *vm);

#endif
