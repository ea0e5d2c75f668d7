/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fuzz_boot.c - libFuzzer harness: kernel files, and what goes along with them
 *
 * An input is a header of 8 bytes, which picks one of the small kernels of
 * tests/kernels.h and what it is booted with, then patches to the file: an
 * offset of 2 bytes, a length of 1, and so many bytes.  Patches of length 0
 * cut the file short.  Or else the patches are to the initrd, a cpio archive.
 *
 * Whatever the file: what fails says so in one line, what loads is entered
 * within RAM, leaves the tables of the firmware alone, and is handed pointers
 * that are good and modules that are whole.  ACPI and MP tables add up for any
 * number of processors.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "firmware/acpi.h"
#include "firmware/bios.h"
#include "firmware/boot.h"
#include "firmware/layout.h"
#include "firmware/mptable.h"
#include "tests/fuzz/boot_check.h"
#include "tests/fuzz/check.h"
#include "tests/kernels.h"

enum {
	HEADER_LEN = 8,
	MODULES = 3,
	/* Bits of the header's modules. */
	PATCH_INITRD = 0x10,
	LONG_ARGS = 0x20,
	/* Two of it, and the longest command line, are too much. */
	ARGS_LEN = 20000,
	INITRD_SIZE = 512,
};

/* The header. */
struct setup {
	uint8_t kernel, variant;
	/* An initrd, an archive before it, 0 to 3 modules; who is patched. */
	uint8_t modules;
	uint8_t memory;
	uint16_t line_len, cpus;
};

static struct {
	/* The kernel, an initrd and modules: memfds, and their paths. */
	int fd[1 + 1 + MODULES];
	char path[1 + 1 + MODULES][32];
	unsigned failures, lines;
	uint8_t tables[LAYOUT_BIOS_END - LAYOUT_ACPI];
	uint8_t initrd[INITRD_SIZE];
	/* Of the initrd and the modules. */
	struct content content[1 + MODULES];
} f;

#define ZERO "00000000"
/* An entry of 4 bytes called "init", and the end of the archive. */
static const char archive[] =
	"070701" ZERO "000081ed" ZERO ZERO "00000001" ZERO
	"00000004" ZERO ZERO ZERO ZERO "00000005" ZERO "init\0\0data"
	"070701" ZERO "000081ed" ZERO ZERO
	"00000001" ZERO ZERO ZERO ZERO ZERO ZERO "0000000b" ZERO
	"TRAILER!!!\0\0\0";

/* --- what is said ------------------------------------------------------- */

int __wrap_log_fail(int err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void __wrap_log_line(enum log_level level, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void check_line(const char *fmt, va_list ap)
{
	char line[1024];
	int len = vsnprintf(line, sizeof(line), fmt, ap);

	check(len > 0 && len < (int)sizeof(line));
	check(!strchr(line, '\n'));
}

int __wrap_log_fail(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	check_line(fmt, ap);
	va_end(ap);
	check(err < 0);
	f.failures++;
	return err;
}

void __wrap_log_line(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	(void)level;
	va_start(ap, fmt);
	check_line(fmt, ap);
	va_end(ap);
	f.lines++;
}

/* --- the file ----------------------------------------------------------- */

static void make_kernel(struct toy *toy, const struct setup *s)
{
	static void (*const make[])(struct toy * toy) = {
		toy_bzimage, toy_elf32, toy_elf64,
		toy_pvh32,   toy_pvh64, toy_code,
	};
	static const uint32_t addresses[] = TOY_MB2_ADDRESSES;
	static const uint32_t more[] = {
		10, 24, MIB, UINT32_MAX,      4096, 0, 1, 20, 6, 8, 15,
		0,  3,	12,  TOY_ADDR + 0x40, 0,
	};

	make[s->kernel % ARRAY_SIZE(make)](toy);
	switch (s->variant % 6) {
	case 1:
		toy_multiboot(toy, 3);
		break;
	case 2:
		toy_multiboot(toy, 0x10003);
		break;
	case 3:
		toy_multiboot2(toy, NULL, 0);
		break;
	case 4:
		toy_multiboot2(toy, addresses, sizeof(addresses));
		break;
	case 5:
		toy_multiboot2(toy, more, sizeof(more));
		break;
	}
}

/* Apply the patches to a file of up to @max bytes; how long it is. */
static size_t patch(uint8_t *bytes, size_t len, size_t max, const uint8_t *data,
		    size_t size)
{
	while (size > 3) {
		size_t at = get_le16(data) % max;
		size_t n = MIN(MIN((size_t)data[2], size - 3), max - at);

		if (n == 0)
			len = MAX(at, 1);
		memcpy(bytes + at, data + 3, n);
		data += 3 + n;
		size -= 3 + n;
	}
	return len;
}

static void write_file(int fd, const void *bytes, size_t len)
{
	check(pwrite(fd, bytes, len, 0) == (ssize_t)len);
	check(!ftruncate(fd, (off_t)len));
}

static void write_files(const struct setup *s, const uint8_t *data, size_t size)
{
	bool to_initrd = s->modules & PATCH_INITRD;
	size_t len = TOY_SIZE, initrd_len = sizeof(archive) - 1;
	struct toy toy;

	make_kernel(&toy, s);
	memset(f.initrd, 0, sizeof(f.initrd));
	memcpy(f.initrd, archive, initrd_len);
	if (to_initrd)
		initrd_len =
			patch(f.initrd, initrd_len, INITRD_SIZE, data, size);
	else
		len = patch(toy.bytes, len, TOY_SIZE, data, size);
	write_file(f.fd[0], &toy, len);
	write_file(f.fd[1], f.initrd, initrd_len);
	f.content[0] = (struct content){ f.initrd, initrd_len };
}

/* --- the tables --------------------------------------------------------- */

static void memory(struct mem *mem, uint8_t which)
{
	static const uint64_t sizes[] = {
		MEM_SIZE_MIN,
		64 * MIB,
		3 * GIB,
		3 * GIB + 64 * MIB,
	};

	check(!mem_init(mem, sizes[which % ARRAY_SIZE(sizes)]));
	/* Little of it is touched. */
	madvise(mem->map, mem->map_size, MADV_NOHUGEPAGE);
}

static uint64_t build_tables(const struct mem *mem, unsigned cpus)
{
	uint64_t rsdp = 0;
	int err = acpi_build(mem, cpus, &rsdp);

	check(err == 0 || (err == -ENOSPC && cpus > 255));
	check(f.failures == (err != 0));
	f.failures = 0;
	mptable_build(mem, cpus);
	bios_build(mem);
	if (!err)
		boot_check_acpi(mem, rsdp, cpus);
	boot_check_mptable(mem);
	memcpy(f.tables, mem_at(mem, LAYOUT_ACPI, sizeof(f.tables)),
	       sizeof(f.tables));
	return err ? 0 : rsdp;
}

/* --- one run ------------------------------------------------------------ */

/* Whether @err was logged, once; warnings may be many. */
static void check_logged(int err)
{
	check(err <= 0);
	check(f.failures == (err < 0));
	f.failures = 0;
}

static void load(const struct boot *boot, const struct setup *s)
{
	struct boot_cpu cpu;
	struct mem mem;
	uint64_t rsdp;
	int err;

	memory(&mem, s->memory);
	rsdp = build_tables(&mem, s->cpus ? s->cpus : 1);
	err = boot_load(boot, &mem, rsdp, &cpu);
	check_logged(err);
	check(memcmp(f.tables, mem_at(&mem, LAYOUT_ACPI, sizeof(f.tables)),
		     sizeof(f.tables)) == 0);
	if (!err)
		boot_check_loaded(boot, &mem, &cpu, f.content);
	mem_free(&mem);
}

static void add_modules(struct boot *boot, const struct setup *s)
{
	static char spec[MODULES][ARGS_LEN];
	unsigned n = s->modules >> 2 & 3;
	char *specs[MODULES];
	int err;

	for (unsigned i = 0; i < n; i++) {
		bool is_long = i && s->modules & LONG_ARGS;

		snprintf(spec[i], ARGS_LEN, "%s%s%*s", f.path[2 + i],
			 i ? ",an argument" : "", is_long ? ARGS_LEN : 0, "");
		specs[i] = spec[i];
	}
	err = boot_add_modules(boot, specs, n);
	check_logged(err);
	if (err == 0 && boot->has_initrd && s->modules & 2)
		check_logged(boot_prepend(boot, "archive.", 8));
}

static void run(const struct setup *s, FILE *out)
{
	static char line[UINT16_MAX + 1];
	struct boot boot;
	int err;

	memset(line, 'x', s->line_len);
	line[s->line_len] = '\0';
	err = boot_open(&boot, f.path[0], s->modules & 1 ? f.path[1] : NULL,
			line);
	check_logged(err);
	if (err)
		return;
	boot_describe(&boot, out);
	check(f.failures == 0);
	add_modules(&boot, s);
	load(&boot, s);
	boot_close(&boot);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char *const modules[MODULES] = { "one", "two!", "three" };

	(void)argc;
	(void)argv;
	for (unsigned i = 0; i < ARRAY_SIZE(f.fd); i++) {
		f.fd[i] = memfd_create("boot", MFD_CLOEXEC);
		check(f.fd[i] >= 0);
		snprintf(f.path[i], sizeof(f.path[i]), "/proc/self/fd/%d",
			 f.fd[i]);
	}
	for (unsigned i = 0; i < MODULES; i++) {
		f.content[1 + i] =
			(struct content){ modules[i], strlen(modules[i]) };
		write_file(f.fd[2 + i], modules[i], strlen(modules[i]));
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[4096];
	struct setup s;
	FILE *out;

	if (size < HEADER_LEN)
		return 0;
	memcpy(&s, data, sizeof(s));
	/* What is described is told in a few lines. */
	out = fmemopen(text, sizeof(text), "w");
	check(out);
	write_files(&s, data + HEADER_LEN, size - HEADER_LEN);
	run(&s, out);
	check(fclose(out) == 0);
	return 0;
}
