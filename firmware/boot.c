/* SPDX-License-Identifier: BSD-2-Clause */
#include "firmware/boot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/util.h"
#include "firmware/boot_format.h"
#include "firmware/boot_junk.h"

/* ---- Whether Linux can use a file as its initial RAM disk.  If it can't
 * unpack the file it prints little or nothing, and goes on until it finds no
 * root file system. ---- */

/* Linux's buffer-format.rst: an entry of cpio's "newc" format begins with
 * fixed fields of ASCII, of which two matter, 8 hexadecimal digits each. */
enum {
	HEADER_LEN = 110,
	FIELD_LEN = 8,
	FILE_LEN_AT = 54,
	NAME_LEN_AT = 94,
	NAME_MAX_LEN = 60,
	/* How many entries are looked at. */
	ENTRIES_MAX = 20000,
};

static const struct mistake {
	uint64_t offset;
	const char *magic, *what;
} mistakes[] = {
	{ 0,
	  "\x7f"
	  "ELF",
	  "an ELF file, not an initial RAM disk: did you "
	  "mean --kernel?" },
	{ 0x202, "HdrS",
	  "a kernel, not an initial RAM disk: did you mean "
	  "--kernel?" },
	{ 0, "#!", "a script, not an initial RAM disk: pack it in one" },
	{ 257, "ustar",
	  "a tar archive: Linux unpacks cpio archives only "
	  "(cpio -o -H newc)" },
	{ 0, "PK\x03\x04",
	  "a zip archive: Linux unpacks cpio archives only "
	  "(cpio -o -H newc)" },
	{ 0, "QFI\xfb", "a qcow2 disk image, not an initial RAM disk" },
	{ 0, "\x27\x05\x19\x56",
	  "wrapped up for U-Boot: take off the first "
	  "64 bytes" },
	{ 0, "<!DOCTYPE", "a page of HTML: the download went wrong" },
	{ 0, "<html", "a page of HTML: the download went wrong" },
	{ 0, "version https://git-lfs",
	  "a Git LFS pointer: get the file (git "
	  "lfs pull)" },
};

static bool matches(const struct image *image, const struct mistake *m)
{
	size_t len = strlen(m->magic);
	char buf[32];

	return image_peek(image, m->offset, buf, len) == len &&
	       memcmp(buf, m->magic, len) == 0;
}

static uint64_t number(const char *field)
{
	char text[FIELD_LEN + 1] = "";

	memcpy(text, field, FIELD_LEN);
	return strtoull(text, NULL, 16);
}

static int truncated(const struct image *image, uint64_t at, uint64_t name_len)
{
	char name[NAME_MAX_LEN + 1] = "";

	image_peek(image, at + HEADER_LEN, name, MIN(name_len, NAME_MAX_LEN));
	for (char *p = name; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	return log_fail(-EIO,
			"%s: truncated: the archive ends within \"%s\": get a "
			"whole copy",
			image->path, name);
}

/* Follow an uncompressed archive, entry by entry, to its end.  Compressed
 * archives may come after it. */
static int check_archive(const struct image *image)
{
	char header[HEADER_LEN];
	uint64_t at = 0, next, name_len;

	for (unsigned n = 0; n < ENTRIES_MAX && at < image->size; n++) {
		size_t len = image_peek(image, at, header, HEADER_LEN);

		if (len < 6 || (memcmp(header, "070701", 6) != 0 &&
				memcmp(header, "070702", 6) != 0))
			return 0;
		if (len < HEADER_LEN)
			return truncated(image, at, 0);
		name_len = number(header + NAME_LEN_AT);
		next = ALIGN_UP(at + HEADER_LEN + name_len, 4) +
		       number(header + FILE_LEN_AT);
		if (next > image->size)
			return truncated(image, at, name_len);
		at = ALIGN_UP(next, 4);
	}
	return 0;
}

/*
 * -EIO, logged, for an archive that is cut short; compressed files are not
 * checked.  @linux_only: the kernel is certainly Linux, which can't use files
 * of other kinds; for these -ENOEXEC, logged.
 */
static int initrd_check(const struct image *initrd, bool linux_only)
{
	for (unsigned i = 0; linux_only && i < ARRAY_SIZE(mistakes); i++)
		if (matches(initrd, &mistakes[i]))
			return log_fail(-ENOEXEC, "%s: %s", initrd->path,
					mistakes[i].what);
	return check_archive(initrd);
}

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
