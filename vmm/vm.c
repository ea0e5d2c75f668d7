/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/vm.h"

#include "devices/console/console_part.h"
#include "devices/fs/fs.h"
#include "devices/platform/acpi_pm.h"
#include "devices/platform/crtc.h"
#include "devices/platform/exit_port.h"
#include "devices/platform/fw_cfg.h"
#include "devices/platform/i8042.h"
#include "devices/platform/post.h"
#include "devices/platform/reset.h"
#include "devices/platform/rtc.h"
#include "devices/platform/test_device.h"
#include "devices/serial/uart.h"
#include "firmware/acpi.h"
#include "firmware/bios.h"
#include "firmware/boot.h"
#include "firmware/mptable.h"

#define FROM(field) offsetof(struct vm_config, field)

/*
 * What a machine consists of, in the order in which it is put together, and
 * what each part is made from.  Parts are dropped in reverse.
 */
static const struct {
	const struct part *part;
	size_t config;
} list[] = {
	{ &ram_part, FROM(machine.mem) },
	{ &kvm_part, 0 },
	{ &routes_part, 0 },
	{ &uart_part, FROM(console) },
	{ &rtc_part, 0 },
	{ &i8042_part, 0 },
	{ &acpi_pm_part, 0 },
	{ &post_part, 0 },
	{ &crtc_part, 0 },
	{ &fw_cfg_part, 0 },
	{ &test_device_part, FROM(machine.test_device) },
	/* After the test device, which has port 0xE9. */
	{ &debugcon_part, FROM(debugcon) },
	{ &pci_part, 0 },
	/* Port 0xCF9 lies among PCI's ports. */
	{ &reset_part, 0 },
	{ &pvpanic_part, FROM(panic) },
	{ &exit_port_part, FROM(machine.exit_port) },
	{ &debug_exit_part, FROM(machine.debug_exit) },
	{ &port_pipe_part, FROM(pipe) },
	{ &rng_part, FROM(machine.rng) },
	{ &net_part, FROM(net) },
	{ &blk_part, FROM(disks) },
	{ &fs_part, FROM(shares) },
	{ &console_part, FROM(ports) },
};

const struct part *vm_part_kind(unsigned i)
{
	return i < ARRAY_SIZE(list) ? list[i].part : NULL;
}

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

int vm_init(struct vm *vm, struct kvm *kvm, const struct vm_config *config)
{
	struct mainboard *m = &vm->mainboard;
	int err = 0;

	*vm = (struct vm){ .config = *config,
			   .env = { .port = &m->port,
				    .mmio = &m->mmio,
				    .mem = &m->mem,
				    .coalesced = &vm->coalesced,
				    .places = config->exit_places,
				    .trace = config->trace,
				    .power = { request_power, vm } },
			   .ended_work = { .fn = report_end, .arg = vm } };
	pthread_mutex_init(&vm->ended_lock, NULL);
	mainboard_init(m, kvm, config->loop, &vm->env.power,
		       config->machine.cpus);
	m->virtio.lint = config->lint;
	m->virtio.trace = config->trace;
	if (config->machine.test_device && !config->machine.debug_exit)
		vm->config.machine.debug_exit = TEST_DEVICE_EXIT;
	coalesced_init(&vm->coalesced, kvm, &m->port, config->loop);
	doctor_init(&vm->doctor, config->loop);
	for (unsigned i = 0; i < ARRAY_SIZE(list) && !err; i++)
		err = parts_add(&vm->parts, &m->board, list[i].part,
				(const char *)&vm->config + list[i].config);
	return err;
}

int vm_load(struct vm *vm)
{
	const struct mem *mem = &vm->mainboard.mem;
	unsigned n = vm->config.machine.cpus;
	struct boot_cpu boot;
	uint64_t rsdp;
	int err = acpi_build(mem, n, &rsdp);

	mptable_build(mem, n);
	bios_build(mem);
	if (!err)
		err = boot_load(vm->config.boot, mem, rsdp, &boot);
	if (!err)
		err = vcpu_set_create(&vm->vcpus, vm->mainboard.kvm, &vm->env,
				      n, &boot);
	if (!err)
		coalesced_map(&vm->coalesced, vm->vcpus.vcpu->run,
			      vm->vcpus.vcpu->run_size);
	if (!err)
		err = doctor_set_vcpus(&vm->doctor, vm->vcpus.vcpu, n);
	if (!err)
		err = doctor_add(&vm->doctor, vm->mainboard.virtio.first);
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
				       &vm->vcpus, vm->mainboard.kvm,
				       &vm->mainboard.msi, stands_still, vm);
	return err;
}

void vm_stop(struct vm *vm)
{
	standstill_stop(&vm->standstill);
	vcpu_env_stop(&vm->env);
	vcpu_set_stop(&vm->vcpus);
}

void vm_show(const struct vm *vm, const struct count_view *view)
{
	if (!vm->vcpus.n)
		return;
	vcpu_set_show(&vm->vcpus, view);
	parts_show(&vm->parts, view);
}

void vm_free(struct vm *vm)
{
	vm_stop(vm);
	coalesced_free(&vm->coalesced);
	vcpu_set_free(&vm->vcpus);
	parts_drop(&vm->parts, &vm->mainboard.board);
	doctor_free(&vm->doctor);
	mainboard_free(&vm->mainboard);
	loop_cancel(vm->config.loop, &vm->ended_work);
	pthread_mutex_destroy(&vm->ended_lock);
}

void vm_free_last(struct vm *vm)
{
	vm_stop(vm);
	mem_leave(&vm->mainboard.mem);
	vm_free(vm);
}

void vm_hold(struct vm *vm, bool held)
{
	doctor_hold(&vm->doctor, held);
	standstill_hold(&vm->standstill, held);
}

void vm_press_power_button(struct vm *vm)
{
	const struct power_button *button = &vm->mainboard.board.power_button;

	if (button->press)
		button->press(button->arg);
}
