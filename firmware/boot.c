/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/boot.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "firmware/boot_format.h"
#include "firmware/boot_junk.h"
#include "firmware/initrd.h"

/* In the order in which they are tried.  Of the entries of an ELF file, the one
 * that tells most about the kernel comes first. */
static const struct boot_format_ops *const formats[] = {
	[BOOT_BZIMAGE] = &boot_bzimage,
	[BOOT_ELF_PVH] = &boot_pvh,
	[BOOT_MULTIBOOT] = &boot_multiboot,
	[BOOT_MULTIBOOT2] = &boot_multiboot2,
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

static int open_initrd(struct boot *boot, const char *path)
{
	int rc = image_open(&boot->module[0].file, path);

	if (rc < 0)
		return rc;
	boot->has_initrd = true;
	boot->n_modules = 1;
	if (boot->format == BOOT_MULTIBOOT || boot->format == BOOT_MULTIBOOT2)
		return 0;
	return initrd_check(&boot->module[0].file,
			    boot->format == BOOT_BZIMAGE);
}

int boot_open(struct boot *boot, const char *kernel, const char *initrd,
	      const char *cmdline)
{
	int rc;

	*boot = (struct boot){
		.kernel.fd = -1,
		.cmdline = cmdline ? cmdline : "",
	};
	rc = image_open(&boot->kernel, kernel);
	if (rc == 0)
		rc = recognise(boot);
	if (rc == 0 && initrd)
		rc = open_initrd(boot, initrd);
	if (rc < 0)
		boot_close(boot);
	return rc;
}

void boot_close(struct boot *boot)
{
	image_close(&boot->kernel);
	for (unsigned i = 0; i < boot->n_modules; i++) {
		image_close(&boot->module[i].file);
		free(boot->module[i].spec);
	}
	boot->n_modules = 0;
}

/* Check that the kernel can have @n more modules; logs. */
static int check_modules(const struct boot *boot, size_t n)
{
	const char *kernel = boot->kernel.path;

	if (!formats[boot->format]->modules ||
	    (boot->format == BOOT_ELF_PVH && boot_is_linux(&boot->kernel)))
		return log_fail(-EINVAL,
				"%s: Linux takes no modules: "
				"leave out --module, use --initrd",
				kernel);
	if (n > BOOT_MODULES_MAX - boot->n_modules)
		return log_fail(-EINVAL,
				"%s: more than %d modules: leave some out",
				kernel, BOOT_MODULES_MAX);
	return 0;
}

static int add_module(struct boot *boot, const char *spec)
{
	struct boot_module *module = &boot->module[boot->n_modules];
	char *comma;
	int rc;

	*module = (struct boot_module){ .spec = strdup(spec) };
	if (!module->spec)
		return log_fail(-ENOMEM, "--module: out of memory");
	comma = strchr(module->spec, ',');
	if (comma) {
		*comma = '\0';
		module->args = comma + 1;
	}
	rc = image_open(&module->file, module->spec);
	if (rc < 0)
		free(module->spec);
	else
		boot->n_modules++;
	return rc;
}

int boot_add_modules(struct boot *boot, char *const *specs, size_t n)
{
	int rc = n ? check_modules(boot, n) : 0;

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = add_module(boot, specs[i]);
	return rc;
}

void boot_set_cancel(struct boot *boot, const struct image_cancel *cancel)
{
	boot->kernel.cancel = cancel;
	for (unsigned i = 0; i < boot->n_modules; i++)
		boot->module[i].file.cancel = cancel;
}

int boot_prepend(struct boot *boot, const void *archive, size_t len)
{
	bool alone = boot->n_modules == 0;

	if (boot->format == BOOT_MULTIBOOT || boot->format == BOOT_MULTIBOOT2 ||
	    (!alone && !boot->has_initrd))
		return log_fail(-EINVAL,
				"%s: not Linux, which alone has an initramfs "
				"for a job: leave out -- COMMAND and --root",
				boot->kernel.path);
	if (alone) {
		boot->module[0] = (struct boot_module){
			.file = { .fd = -1, .path = "the initramfs" },
		};
		boot->has_initrd = true;
		boot->n_modules = 1;
	}
	boot->before = archive;
	boot->before_len = len;
	return 0;
}

int boot_load(const struct boot *boot, const struct mem *mem, uint64_t rsdp,
	      struct boot_cpu *cpu)
{
	int rc = formats[boot->format]->load(boot, mem, rsdp, cpu);

	if (!rc)
		log_info("kernel: entered at %#llx, in %s mode",
			 (unsigned long long)cpu->rip,
			 cpu->mode == BOOT_LONG64 ? "long" : "protected");
	return rc;
}

void boot_describe(const struct boot *boot, FILE *out)
{
	char version[BOOT_VERSION];

	fprintf(out, "  format: %s\n", formats[boot->format]->name);
	boot_version(boot, version);
	if (*version || boot->format == BOOT_BZIMAGE)
		fprintf(out, "  version: %s\n", *version ? version : "unknown");
	formats[boot->format]->describe(boot, out);
	if (formats[boot->format]->modules)
		fprintf(out, "  modules: up to %d, the initrd first\n",
			BOOT_MODULES_MAX);
	for (unsigned i = boot->has_initrd; i < boot->n_modules; i++)
		fprintf(out, "  module: %s, %llu bytes\n",
			image_name(&boot->module[i].file),
			(unsigned long long)boot->module[i].file.size);
}

void boot_version(const struct boot *boot, char version[BOOT_VERSION])
{
	if (formats[boot->format]->version)
		formats[boot->format]->version(&boot->kernel, version,
					       BOOT_VERSION);
	else
		boot_linux_version(&boot->kernel, version, BOOT_VERSION);
	version[strcspn(version, "\n")] = '\0';
	for (char *p = version; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}
