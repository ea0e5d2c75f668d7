/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/vm.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "devices/serial/chardev.h"
#include "firmware/acpi.h"
#include "firmware/bios.h"
#include "firmware/boot.h"
#include "firmware/mptable.h"
#include "vmm/ioeventfd.h"

/* Runs on the loop's thread after the first power request. */
static void report_end(void *arg)
{
	struct vm *vm = arg;
	struct power_event event;

	pthread_mutex_lock(&vm->ended_lock);
	event = vm->ended;
	pthread_mutex_unlock(&vm->ended_lock);
	vm->config.events.ended(vm->config.events.arg, &event);
}

/* Any thread: the first request decides, and no vCPU goes on after it. */
static void request_power(void *arg, const struct power_event *event)
{
	struct vm *vm = arg;

	pthread_mutex_lock(&vm->ended_lock);
	if (!vm->ended.what)
		vm->ended = *event;
	pthread_mutex_unlock(&vm->ended_lock);
	vcpu_env_stop(&vm->env);
	loop_post(vm->config.loop, &vm->ended_work);
}

static void no_event_descriptor(int err)
{
	log_err("event descriptors: %s: raise `ulimit -n`", strerror(-err));
}

/*
 * The parts, in the order they are plugged together.  Each is made from what
 * is above it and dropped in reverse; a part whose making fails has left
 * nothing behind.
 */
static int make_memory(struct vm *vm)
{
	return mem_init(&vm->mem, vm->config.mem);
}

static void drop_memory(struct vm *vm)
{
	mem_free(&vm->mem);
}

/* What lies at fixed addresses in the kernel is kept free of BARs. */
static int make_buses(struct vm *vm)
{
	const struct mem *mem = &vm->mem;
	int err = 0;

	bus_init(&vm->port, "port");
	bus_init(&vm->mmio, "mmio");
	for (unsigned i = 0; i < mem->n_regions && !err; i++)
		err = bus_reserve(&vm->mmio, &vm->ram_range[i],
				  mem->region[i].gpa, mem->region[i].size,
				  "RAM");
	if (!err)
		err = bus_reserve(&vm->mmio, &vm->apic_range,
				  ACPI_RESERVED_BASE, ACPI_RESERVED_LEN,
				  "interrupt controllers");
	assert(!err);
	return 0;
}

static void drop_buses(struct vm *vm)
{
	bus_free(&vm->mmio);
	bus_free(&vm->port);
}

static int make_kvm_vm(struct vm *vm)
{
	return kvm_vm_create(vm->kvm, &vm->mem);
}

static void drop_kvm_vm(struct vm *vm)
{
	kvm_vm_destroy(vm->kvm);
}

static int make_msi(struct vm *vm)
{
	return kvm_msi_init(&vm->msi, vm->kvm);
}

static void drop_msi(struct vm *vm)
{
	kvm_msi_free(&vm->msi);
}

static int make_sci(struct vm *vm)
{
	return kvm_line_init(&vm->sci, vm->kvm, vm->config.loop, ACPI_SCI_IRQ);
}

static void drop_sci(struct vm *vm)
{
	kvm_line_free(&vm->sci);
}

static int make_edge(struct vm *vm, unsigned gsi, struct irq *irq)
{
	int err = irq_init(irq);

	if (err)
		no_event_descriptor(err);
	else
		err = kvm_wire_irq(vm->kvm, gsi, irq);
	if (err)
		irq_free(irq);
	return err;
}

static int make_com1_irq(struct vm *vm)
{
	return make_edge(vm, UART_COM1_IRQ, &vm->com1_irq);
}

static void drop_com1_irq(struct vm *vm)
{
	irq_free(&vm->com1_irq);
}

static int make_com1(struct vm *vm)
{
	return uart_init(&vm->com1, &vm->port, UART_COM1_BASE, &vm->com1_irq,
			 vm->config.console);
}

static void drop_com1(struct vm *vm)
{
	uart_free(&vm->com1, &vm->port);
}

static int make_rtc_irq(struct vm *vm)
{
	return make_edge(vm, RTC_IRQ, &vm->rtc_irq);
}

static void drop_rtc_irq(struct vm *vm)
{
	irq_free(&vm->rtc_irq);
}

static int make_rtc(struct vm *vm)
{
	return rtc_init(&vm->rtc, &vm->port, vm->config.loop, &vm->rtc_irq,
			&vm->mem);
}

static void drop_rtc(struct vm *vm)
{
	rtc_free(&vm->rtc, &vm->port);
}

static int make_i8042(struct vm *vm)
{
	return i8042_init(&vm->i8042, &vm->port, &vm->env.power);
}

static void drop_i8042(struct vm *vm)
{
	i8042_free(&vm->i8042, &vm->port);
}

static int make_acpi_pm(struct vm *vm)
{
	return acpi_pm_init(&vm->pm, &vm->port, ACPI_PM_BASE, ACPI_S5_TYPE,
			    &vm->sci.line, &vm->env.power);
}

static void drop_acpi_pm(struct vm *vm)
{
	acpi_pm_free(&vm->pm, &vm->port);
}

static int make_post(struct vm *vm)
{
	return post_init(&vm->post, &vm->port);
}

static void drop_post(struct vm *vm)
{
	post_free(&vm->post, &vm->port);
}

static int make_crtc(struct vm *vm)
{
	return crtc_init(&vm->crtc, &vm->port);
}

static void drop_crtc(struct vm *vm)
{
	crtc_free(&vm->crtc, &vm->port);
}

static int make_fw_cfg(struct vm *vm)
{
	return fw_cfg_init(&vm->fw_cfg, &vm->port, vm->config.cpus,
			   vm->config.mem);
}

static void drop_fw_cfg(struct vm *vm)
{
	fw_cfg_free(&vm->fw_cfg, &vm->port);
}

static void set_line(void *arg, unsigned gsi, bool level)
{
	kvm_set_line(arg, gsi, level);
}

static int make_test_device(struct vm *vm)
{
	const struct test_device_lines lines = { set_line, vm->kvm };

	if (!vm->config.test_device)
		return 0;
	return test_device_init(&vm->test_device, &vm->port, &vm->mmio,
				&vm->mem, &lines);
}

static void drop_test_device(struct vm *vm)
{
	if (vm->config.test_device)
		test_device_free(&vm->test_device, &vm->port, &vm->mmio);
}

/* After the test device, which has port 0xE9. */
static int make_debugcon(struct vm *vm)
{
	if (vm->config.debugcon)
		debugcon_init(&vm->debugcon, &vm->port, vm->config.debugcon,
			      vm->config.debugcon_aside ? chardev_write_aside :
							  chardev_write);
	return 0;
}

static void drop_debugcon(struct vm *vm)
{
	if (vm->config.debugcon)
		debugcon_free(&vm->debugcon, &vm->port);
}

static int make_pci(struct vm *vm)
{
	vm->pci_host = (struct pci_host){
		.pci = &vm->pci,
		.port = &vm->port,
		.mmio = &vm->mmio,
		.port_window = { ACPI_PORT_BASE,
				 ACPI_PORT_BASE + ACPI_PORT_LEN },
		.mmio_window = { ACPI_MMIO_BASE,
				 ACPI_MMIO_BASE + ACPI_MMIO_LEN },
		.doorbells = &kvm_doorbell_ops,
		.doorbells_arg = vm->kvm,
		.msi = &kvm_msi_ops,
		.msi_arg = &vm->msi,
	};
	return pci_bus_init(&vm->pci, &vm->port, &vm->mmio, ACPI_ECAM_BASE);
}

static void drop_pci(struct vm *vm)
{
	pci_bus_free(&vm->pci, &vm->port, &vm->mmio);
}

/* Port 0xCF9 lies among PCI's ports; the host bridge passes it on. */
static int make_reset(struct vm *vm)
{
	return reset_init(&vm->reset, &vm->port, &vm->pci.passed,
			  &vm->env.power);
}

static void drop_reset(struct vm *vm)
{
	reset_free(&vm->reset, &vm->port, &vm->pci.passed);
}

static int make_pvpanic(struct vm *vm)
{
	const struct pvpanic_events events = { vm->config.events.panicked,
					       vm->config.events.arg };

	return pvpanic_init(&vm->pvpanic, &vm->port, &events);
}

static void drop_pvpanic(struct vm *vm)
{
	pvpanic_free(&vm->pvpanic, &vm->port);
}

static int make_exit_ports(struct vm *vm)
{
	unsigned debug_exit = vm->config.debug_exit;
	int err =
		exit_port_init(&vm->exit_port, &vm->port, vm->config.exit_port,
			       EXIT_PORT_PLAIN, &vm->env.power);

	if (!debug_exit && vm->config.test_device)
		debug_exit = TEST_DEVICE_EXIT;

	if (err)
		return err;
	err = exit_port_init(&vm->debug_exit, &vm->port, debug_exit,
			     EXIT_PORT_ISA_DEBUG, &vm->env.power);
	if (err)
		exit_port_free(&vm->exit_port, &vm->port);
	return err;
}

static void drop_exit_ports(struct vm *vm)
{
	exit_port_free(&vm->debug_exit, &vm->port);
	exit_port_free(&vm->exit_port, &vm->port);
}

static int make_doctor(struct vm *vm)
{
	doctor_init(&vm->doctor, vm->config.loop);
	return 0;
}

static void drop_doctor(struct vm *vm)
{
	doctor_free(&vm->doctor);
}

/* Watch a device that has been plugged in. */
static void watch_device(struct vm *vm, struct slot *slot)
{
	slot->pci.dev->lint.on = vm->config.lint;
	doctor_add(&vm->doctor, &slot->pci);
}

static int make_rng(struct vm *vm)
{
	const struct virtio_config *config = &vm->config.rng;
	int err;

	if (!config->on)
		return 0;
	err = rng_init(&vm->rng, (uint16_t)config->queue_size);
	if (err)
		return err;
	err = slot_plug(&vm->rng_slot, 1, &vm->rng.dev, config, vm->kvm,
			vm->config.loop, &vm->pci_host, &vm->mem);
	if (err)
		rng_free(&vm->rng);
	else
		watch_device(vm, &vm->rng_slot);
	return err;
}

static void drop_rng(struct vm *vm)
{
	if (!vm->config.rng.on)
		return;
	slot_unplug(&vm->rng_slot);
	rng_free(&vm->rng);
}

/* What the user said of the card, in the terms of any virtio device. */
static int make_net(struct vm *vm)
{
	const struct net_config *c = vm->config.net;
	unsigned size = c->queue_size ? c->queue_size : VIRTIO_QUEUE_SIZE;
	const struct virtio_config virtio = {
		.packed = c->ring != NET_RING_SPLIT,
		.in_order = c->in_order,
		.transitional = c->transitional,
	};
	struct net_options options = {
		.mtu = (uint16_t)c->mtu,
		.queue_size = (uint16_t)size,
		.packed_only = c->ring == NET_RING_PACKED,
	};
	int err;

	if (!vm->config.netdev)
		return 0;
	memcpy(options.mac, c->mac, sizeof(options.mac));
	err = net_init(&vm->net, vm->config.netdev, &options);
	if (err)
		return err;
	err = slot_plug(&vm->net_slot, 2, &vm->net.dev, &virtio, vm->kvm,
			vm->config.loop, &vm->pci_host, &vm->mem);
	if (err)
		net_free(&vm->net);
	else
		watch_device(vm, &vm->net_slot);
	return err;
}

static void drop_net(struct vm *vm)
{
	if (!vm->config.netdev)
		return;
	slot_unplug(&vm->net_slot);
	net_free(&vm->net);
}

static const struct part {
	const char *name;
	int (*make)(struct vm *vm);
	void (*drop)(struct vm *vm);
} parts[] = {
	{ "memory", make_memory, drop_memory },
	{ "buses", make_buses, drop_buses },
	{ "KVM virtual machine", make_kvm_vm, drop_kvm_vm },
	{ "interrupt routes", make_msi, drop_msi },
	{ "ACPI interrupt", make_sci, drop_sci },
	{ "COM1 interrupt", make_com1_irq, drop_com1_irq },
	{ "COM1", make_com1, drop_com1 },
	{ "RTC interrupt", make_rtc_irq, drop_rtc_irq },
	{ "RTC", make_rtc, drop_rtc },
	{ "keyboard controller", make_i8042, drop_i8042 },
	{ "ACPI power management", make_acpi_pm, drop_acpi_pm },
	{ "POST port", make_post, drop_post },
	{ "CRT controller", make_crtc, drop_crtc },
	{ "firmware configuration", make_fw_cfg, drop_fw_cfg },
	{ "test device", make_test_device, drop_test_device },
	{ "debug console", make_debugcon, drop_debugcon },
	{ "PCI bus", make_pci, drop_pci },
	{ "reset registers", make_reset, drop_reset },
	{ "pvpanic", make_pvpanic, drop_pvpanic },
	{ "exit ports", make_exit_ports, drop_exit_ports },
	{ "stall doctor", make_doctor, drop_doctor },
	{ "virtio-rng", make_rng, drop_rng },
	{ "virtio-net", make_net, drop_net },
};

int vm_init(struct vm *vm, struct kvm *kvm, const struct vm_config *config)
{
	*vm = (struct vm){ .config = *config,
			   .kvm = kvm,
			   .env = { .port = &vm->port,
				    .mmio = &vm->mmio,
				    .mem = &vm->mem,
				    .power = { request_power, vm } },
			   .ended_work = { .fn = report_end, .arg = vm } };
	pthread_mutex_init(&vm->ended_lock, NULL);
	while (vm->n_parts < ARRAY_SIZE(parts)) {
		int err = parts[vm->n_parts].make(vm);

		if (err) {
			log_debug("machine: no %s", parts[vm->n_parts].name);
			return err;
		}
		vm->n_parts++;
	}
	return 0;
}

int vm_load(struct vm *vm)
{
	unsigned n = vm->config.cpus;
	struct boot_cpu boot;
	uint64_t rsdp;
	int err = acpi_build(&vm->mem, n, &rsdp);

	mptable_build(&vm->mem, n);
	bios_build(&vm->mem);
	if (!err)
		err = boot_load(vm->config.boot, &vm->mem, rsdp, &boot);
	if (!err)
		err = vcpu_set_create(&vm->vcpus, vm->kvm, &vm->env, n, &boot);
	if (!err)
		err = doctor_set_vcpus(&vm->doctor, vm->vcpus.vcpu, n);
	return err;
}

static void stands_still(void *arg)
{
	const struct power_event event = {
		.what = POWER_HALTED,
		.by = "all processors are halted with interrupts off",
	};

	request_power(arg, &event);
}

int vm_start(struct vm *vm)
{
	int err = vcpu_set_start(&vm->vcpus);

	if (!err)
		err = standstill_start(&vm->standstill, vm->config.loop,
				       &vm->vcpus, vm->kvm, &vm->msi,
				       stands_still, vm);
	return err;
}

void vm_stop(struct vm *vm)
{
	standstill_stop(&vm->standstill);
	vcpu_env_stop(&vm->env);
	vcpu_set_stop(&vm->vcpus);
}

void vm_free(struct vm *vm)
{
	vm_stop(vm);
	vcpu_set_free(&vm->vcpus);
	while (vm->n_parts > 0)
		parts[--vm->n_parts].drop(vm);
	loop_cancel(vm->config.loop, &vm->ended_work);
	pthread_mutex_destroy(&vm->ended_lock);
}

void vm_free_last(struct vm *vm)
{
	vm_stop(vm);
	mem_leave(&vm->mem);
	vm_free(vm);
}

void vm_press_power_button(struct vm *vm)
{
	acpi_pm_press_power_button(&vm->pm);
}
