/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/check.h"

#include <errno.h>
#include <string.h>

#include "base/exit_code.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/netcheck.h"
#include "cli/options/config.h"
#include "cli/sandbox.h"
#include "devices/disk/nbd.h"
#include "firmware/boot.h"
#include "vmm/debug_probe.h"
#include "vmm/kvm.h"
#include "vmm/speed.h"

/* Print them to @out, with advice for those that will not work. */
static void disk_check(FILE *out)
{
	const char *lacks = nbd_disk_lacks();

	fprintf(out, "disks: raw, block devices; ");
	if (lacks)
		fprintf(out, "no qcow2 and its like (%s)\n", lacks);
	else
		fprintf(out, "qcow2 and its like by qemu-nbd\n");
}

/* Long enough for a steady result, short enough to wait for. */
#define MEASURE_MS 100

/* Create a VM with everything that KVM adds to one, and destroy it.  -errno. */
static int try_vm(struct kvm *kvm)
{
	struct mem mem;
	int err = mem_init(&mem, MEM_SIZE_MIN);

	if (!err)
		err = kvm_vm_create(kvm, &mem);
	kvm_vm_destroy(kvm);
	mem_free(&mem);
	return err;
}

static int check_speed(const struct kvm *kvm, FILE *out)
{
	struct speed speed;
	int err = speed_measure(kvm->fd, MEASURE_MS, &speed);

	if (err)
		return log_fail(err, "guest code cannot be run: %s",
				strerror(-err));
	fprintf(out, "guest code, million instructions per second:\n");
	fprintf(out, "  ring 0: %.1f\n", speed.ring0_mips);
	fprintf(out, "  ring 3: %.1f\n", speed.ring3_mips);
	if (speed_can_boot_linux(&speed))
		fprintf(out, "linux: yes\n");
	else
		fprintf(out, "linux: no (this KVM emulates ring 0 instruction "
			     "by instruction: an ordinary kernel will not get "
			     "far)\n");
	return 0;
}

static int check_debugging(const struct kvm *kvm, FILE *out)
{
	struct gdb_abilities can;
	int err = debug_probe(kvm->fd, &can);

	if (err)
		return log_fail(err, "guest code cannot be debugged: %s",
				strerror(-err));
	debug_probe_describe(&can, out);
	return 0;
}

static int check_host(FILE *out)
{
	struct kvm kvm;
	int err = kvm_open(&kvm);

	if (!err)
		err = try_vm(&kvm);
	if (!err) {
		fprintf(out, KVM_DEVICE ": usable\n");
		kvm_describe(&kvm, out);
		err = check_speed(&kvm, out);
		if (!err)
			err = check_debugging(&kvm, out);
	}
	kvm_close(&kvm);
	return err;
}

static int check_kernel(const struct config *config, FILE *out)
{
	struct boot boot;
	int err = boot_open(&boot, config->machine.kernel,
			    config->machine.initrd, "");

	if (!err)
		err = boot_add_modules(&boot, config->machine.modules.strings,
				       config->machine.modules.count);
	if (!err) {
		fprintf(out, "%s:\n", config->machine.kernel);
		boot_describe(&boot, out);
	}
	boot_close(&boot);
	return err;
}

int check_run(const struct config *config, FILE *out)
{
	int code = EXIT_CODE_OK;

	if (config->machine.kernel && check_kernel(config, out) < 0)
		code = EXIT_CODE_USAGE;
	if (check_host(out) < 0)
		code = EXIT_CODE_HOST;
	sandbox_check(out);
	disk_check(out);
	netcheck(&config->net, out);
	if (fflush(out) != 0 || ferror(out)) {
		log_err("standard output: %s", strerror(errno));
		code = code ? code : EXIT_CODE_HOST;
	}
	return code;
}
