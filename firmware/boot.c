/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/boot.h"

#include <errno.h>

#include "firmware/boot_format.h"
#include "firmware/boot_junk.h"
#include "vmm/log.h"
#include "vmm/util.h"

/* In the order they are tried: of the ways into an ELF file, the most
 * telling first. */
static const struct boot_format_ops *const formats[] = {
	[BOOT_BZIMAGE] = &boot_bzimage,
	[BOOT_ELF_PVH] = &boot_pvh,
	[BOOT_MULTIBOOT] = &boot_multiboot,
	[BOOT_ELF_LINUX64] = &boot_linux64,
};

static int recognise(struct boot *boot)
{
	for (unsigned i = 0; i < ARRAY_SIZE(formats); i++) {
		int rc = formats[i]->probe(boot);

		if (rc < 0)
			return rc;
		boot->format = (enum boot_format)i;
		if (rc > 0)
			return 0;
	}
	return boot_refuse_junk(&boot->kernel);
}

int boot_open(struct boot *boot, const char *kernel, const char *initrd,
	      const char *cmdline)
{
	int rc;

	*boot = (struct boot){
		.kernel.fd = -1,
		.initrd.fd = -1,
		.cmdline = cmdline ? cmdline : "",
	};
	rc = image_open(&boot->kernel, kernel);
	if (rc == 0)
		rc = recognise(boot);
	if (rc == 0 && initrd) {
		rc = image_open(&boot->initrd, initrd);
		boot->has_initrd = rc == 0;
	}
	if (rc < 0)
		boot_close(boot);
	return rc;
}

void boot_close(struct boot *boot)
{
	image_close(&boot->kernel);
	image_close(&boot->initrd);
}

int boot_prepend(struct boot *boot, const void *archive, size_t len)
{
	if (boot->format == BOOT_MULTIBOOT)
		return log_fail(-EINVAL,
				"%s: a multiboot kernel: only Linux has an "
				"initramfs for a job: leave out -- COMMAND",
				boot->kernel.path);
	boot->before = archive;
	boot->before_len = len;
	return 0;
}

int boot_load(const struct boot *boot, const struct mem *mem, uint64_t rsdp,
	      struct boot_cpu *cpu)
{
	return formats[boot->format]->load(boot, mem, rsdp, cpu);
}

void boot_describe(const struct boot *boot, FILE *out)
{
	fprintf(out, "  format: %s\n", formats[boot->format]->name);
	formats[boot->format]->describe(boot, out);
}

int boot_changed(const struct boot *boot)
{
	return log_fail(-ENOEXEC,
			"%s: no longer what it was when it was opened: "
			"restart with the new file",
			boot->kernel.path);
}
